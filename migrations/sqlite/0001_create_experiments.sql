-- Twin: migrations/postgres/0001_create_experiments.sql
-- Experiments. The key is the number that clients see. `goal_*` names the metric that ranks the runs.
-- Times are milliseconds since the Unix epoch, here and everywhere; flags are 0 or 1.
CREATE TABLE experiments (
    experiment     INTEGER PRIMARY KEY AUTOINCREMENT,
    name           TEXT NOT NULL UNIQUE,
    deleted        INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    goal_metric    TEXT NOT NULL DEFAULT 'test_rmse',
    goal_direction TEXT NOT NULL DEFAULT 'minimize' CHECK (goal_direction IN ('minimize', 'maximize')),
    created_at_ms  INTEGER NOT NULL,
    updated_at_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE experiment_tags (
    experiment INTEGER NOT NULL REFERENCES experiments (experiment) ON DELETE CASCADE,
    key        TEXT NOT NULL,
    value      TEXT NOT NULL,
    PRIMARY KEY (experiment, key)
) STRICT, WITHOUT ROWID;

-- MLflow clients expect the experiment 0 from the first request on. Nobody is there yet to ask for the time.
INSERT INTO experiments (experiment, name, created_at_ms, updated_at_ms)
VALUES (0, 'Default', CAST(unixepoch('subsec') * 1000 AS INTEGER), CAST(unixepoch('subsec') * 1000 AS INTEGER));
