-- Twin: migrations/postgres/0005_create_artifacts.sql
-- Files of runs. `generation` counts how often the file was replaced and is part of its place on disk, so that
-- a file and its row change together.
CREATE TABLE artifacts (
    run        INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    path       TEXT NOT NULL,
    generation INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    PRIMARY KEY (run, path)
) STRICT, WITHOUT ROWID;
