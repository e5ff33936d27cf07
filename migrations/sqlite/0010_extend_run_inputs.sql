-- Twin: migrations/postgres/0010_extend_run_inputs.sql
-- What clients say about the datasets that their runs used, once for each experiment, name and digest.
CREATE TABLE input_datasets (
    experiment  INTEGER NOT NULL REFERENCES experiments (experiment) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    digest      TEXT NOT NULL,
    source_type TEXT NOT NULL,
    source      TEXT NOT NULL,
    schema      TEXT,
    profile     TEXT,
    PRIMARY KEY (experiment, name, digest)
) STRICT, WITHOUT ROWID;

-- Labels of one use of a dataset, beside its context: a JSON list of [key, value].
ALTER TABLE run_inputs ADD COLUMN tags_json TEXT NOT NULL DEFAULT '[]';
