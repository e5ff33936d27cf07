-- Twin: migrations/sqlite/0011_create_run_models.sql
-- Logged models that runs read (`input`) or made (`output`).
CREATE TABLE run_models (
    run          BIGINT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    role         TEXT COLLATE "C" NOT NULL CHECK (role IN ('input', 'output')),
    logged_model BIGINT NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    step         BIGINT NOT NULL,
    PRIMARY KEY (run, role, logged_model)
);

CREATE INDEX run_models_by_logged_model ON run_models (logged_model);
