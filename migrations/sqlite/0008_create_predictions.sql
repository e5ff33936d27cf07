-- Twin: migrations/postgres/0008_create_predictions.sql
-- What served models answered.
CREATE TABLE predictions (
    prediction       INTEGER PRIMARY KEY AUTOINCREMENT,
    prediction_id    TEXT NOT NULL UNIQUE,
    registered_model INTEGER NOT NULL REFERENCES registered_models (registered_model) ON DELETE CASCADE,
    version          INTEGER NOT NULL,
    input_json       TEXT NOT NULL,
    output           REAL,
    latency_us       INTEGER NOT NULL,
    created_at_ms    INTEGER NOT NULL
) STRICT;

CREATE INDEX predictions_by_model ON predictions (registered_model, created_at_ms);
