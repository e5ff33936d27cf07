-- Twin: migrations/postgres/0002_create_runs.sql
-- Runs. `run` is the key inside, `run_id` the identifier that clients see.
CREATE TABLE runs (
    run           INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id        TEXT NOT NULL UNIQUE,
    experiment    INTEGER NOT NULL REFERENCES experiments (experiment),
    name          TEXT NOT NULL,
    status        TEXT NOT NULL,
    deleted       INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    deleted_at_ms INTEGER,
    user_name     TEXT NOT NULL,
    started_at_ms INTEGER NOT NULL,
    ended_at_ms   INTEGER
) STRICT;

-- The default order of a search; `deleted` at the end lets counts and filters stay inside the index.
CREATE INDEX runs_by_start ON runs (experiment, started_at_ms DESC, run_id, deleted);

-- Written once. `experiment` repeats the run's, so that the keys of an experiment are found by skipping
-- through an index.
CREATE TABLE params (
    run        INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    experiment INTEGER NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX params_by_experiment ON params (experiment, key, run);

CREATE TABLE run_tags (
    run   INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;
