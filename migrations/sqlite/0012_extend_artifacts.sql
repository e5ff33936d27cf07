-- Twin: migrations/postgres/0012_extend_artifacts.sql
-- Files can be removed. The row stays and is marked, so that a place on disk is never used twice: whoever still
-- reads the removed file, or is about to remove it, does not meet a newer one.
ALTER TABLE artifacts ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1));

-- Files of logged models; as those of runs.
CREATE TABLE model_artifacts (
    logged_model INTEGER NOT NULL REFERENCES logged_models (logged_model) ON DELETE CASCADE,
    path         TEXT NOT NULL,
    generation   INTEGER NOT NULL,
    size_bytes   INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    deleted      INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    PRIMARY KEY (logged_model, path)
) STRICT, WITHOUT ROWID;
