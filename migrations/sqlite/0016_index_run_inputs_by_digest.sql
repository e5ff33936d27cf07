-- Twin: migrations/postgres/0016_index_run_inputs_by_digest.sql
-- Which runs used this dataset?
CREATE INDEX run_inputs_by_digest ON run_inputs (digest, run);
