-- Twin: migrations/postgres/0003_create_metrics.sql
-- Names of metrics, stored once.
CREATE TABLE metric_keys (
    metric_key INTEGER PRIMARY KEY AUTOINCREMENT,
    key        TEXT NOT NULL UNIQUE
) STRICT;

-- Every point ever logged. The value belongs to the key: a client that repeats a batch adds nothing, and two
-- values at one step are two points. A NaN is value 0 with is_nan 1, since SQLite keeps NaN as NULL and NULL
-- cannot be part of a key. `position` counts the points of a metric as they came in.
CREATE TABLE metric_points (
    run          INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    metric_key   INTEGER NOT NULL REFERENCES metric_keys (metric_key),
    step         INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    value        REAL NOT NULL,
    is_nan       INTEGER NOT NULL CHECK (is_nan IN (0, 1)),
    position     INTEGER NOT NULL,
    PRIMARY KEY (run, metric_key, step, timestamp_ms, value, is_nan)
) STRICT, WITHOUT ROWID;

-- One row for each run and metric: what lists show and sort by. `experiment` repeats the run's, so that
-- sorting the runs of an experiment by a metric walks an index. min and max are NaN only if every point is.
CREATE TABLE metric_summaries (
    run                INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    metric_key         INTEGER NOT NULL REFERENCES metric_keys (metric_key),
    experiment         INTEGER NOT NULL,
    count              INTEGER NOT NULL,
    last_value         REAL NOT NULL,
    last_is_nan        INTEGER NOT NULL,
    last_step          INTEGER NOT NULL,
    last_timestamp_ms  INTEGER NOT NULL,
    first_value        REAL NOT NULL,
    first_is_nan       INTEGER NOT NULL,
    first_step         INTEGER NOT NULL,
    first_timestamp_ms INTEGER NOT NULL,
    min_value          REAL NOT NULL,
    min_is_nan         INTEGER NOT NULL,
    min_step           INTEGER NOT NULL,
    min_timestamp_ms   INTEGER NOT NULL,
    max_value          REAL NOT NULL,
    max_is_nan         INTEGER NOT NULL,
    max_step           INTEGER NOT NULL,
    max_timestamp_ms   INTEGER NOT NULL,
    PRIMARY KEY (run, metric_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX metric_summaries_by_last ON metric_summaries (experiment, metric_key, last_is_nan, last_value);
CREATE INDEX metric_summaries_by_min ON metric_summaries (experiment, metric_key, min_is_nan, min_value);
CREATE INDEX metric_summaries_by_max ON metric_summaries (experiment, metric_key, max_is_nan, max_value);
