-- Twin: migrations/postgres/0018_create_training_job_log.sql
-- What happened in a job, line by line; only the newest lines are kept.
CREATE TABLE training_job_log (
    training_job INTEGER NOT NULL REFERENCES training_jobs (training_job) ON DELETE CASCADE,
    line         INTEGER NOT NULL,
    at_ms        INTEGER NOT NULL,
    text         TEXT NOT NULL,
    metric_key   TEXT,
    metric_value REAL,
    PRIMARY KEY (training_job, line)
) STRICT, WITHOUT ROWID;
