-- Twin: migrations/sqlite/0013_extend_logged_models.sql
-- What clients say about logged models. Params are written once.
CREATE TABLE logged_model_params (
    logged_model BIGINT NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    key          TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (logged_model, key)
);

CREATE TABLE logged_model_tags (
    logged_model BIGINT NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    key          TEXT COLLATE "C" NOT NULL,
    value        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (logged_model, key)
);

-- Points of metrics of runs that are about a model, and maybe about a dataset (both texts are empty if not). As
-- with metrics of runs, a NaN is value 0 with is_nan 1.
CREATE TABLE logged_model_metrics (
    logged_model   BIGINT NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    key            TEXT COLLATE "C" NOT NULL,
    run            BIGINT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    step           BIGINT NOT NULL,
    timestamp_ms   BIGINT NOT NULL,
    value          DOUBLE PRECISION NOT NULL,
    is_nan         BIGINT NOT NULL CHECK (is_nan IN (0, 1)),
    dataset_name   TEXT COLLATE "C" NOT NULL,
    dataset_digest TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (logged_model, key, timestamp_ms, step, run, value, is_nan, dataset_name, dataset_digest)
);

CREATE INDEX logged_model_metrics_by_run ON logged_model_metrics (run);
