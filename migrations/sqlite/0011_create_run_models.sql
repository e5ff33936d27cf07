-- Twin: migrations/postgres/0011_create_run_models.sql
-- Logged models that runs read (`input`) or made (`output`).
CREATE TABLE run_models (
    run          INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    role         TEXT NOT NULL CHECK (role IN ('input', 'output')),
    logged_model INTEGER NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    step         INTEGER NOT NULL,
    PRIMARY KEY (run, role, logged_model)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_models_by_logged_model ON run_models (logged_model);
