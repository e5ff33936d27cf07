-- Twin: migrations/sqlite/0010_extend_run_inputs.sql
-- What clients say about the datasets that their runs used, once for each experiment, name and digest.
CREATE TABLE input_datasets (
    experiment  BIGINT NOT NULL REFERENCES experiments (experiment) ON DELETE CASCADE,
    name        TEXT COLLATE "C" NOT NULL,
    digest      TEXT COLLATE "C" NOT NULL,
    source_type TEXT COLLATE "C" NOT NULL,
    source      TEXT COLLATE "C" NOT NULL,
    schema      TEXT COLLATE "C",
    profile     TEXT COLLATE "C",
    PRIMARY KEY (experiment, name, digest)
);

-- Labels of one use of a dataset, beside its context: a JSON list of [key, value].
ALTER TABLE run_inputs ADD COLUMN tags_json TEXT COLLATE "C" NOT NULL DEFAULT '[]';
