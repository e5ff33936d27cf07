-- Twin: migrations/sqlite/0005_create_artifacts.sql
-- Files of runs. `generation` counts how often the file was replaced and is part of its place on disk, so that
-- a file and its row change together.
CREATE TABLE artifacts (
    run        BIGINT NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    path       TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (run, path)
);
