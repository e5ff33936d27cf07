-- Twin: migrations/sqlite/0018_create_training_job_log.sql
-- What happened in a job, line by line; only the newest lines are kept.
CREATE TABLE training_job_log (
    training_job BIGINT NOT NULL REFERENCES training_jobs (training_job) ON DELETE CASCADE,
    line         BIGINT NOT NULL,
    at_ms        BIGINT NOT NULL,
    text         TEXT COLLATE "C" NOT NULL,
    metric_key   TEXT COLLATE "C",
    metric_value DOUBLE PRECISION,
    PRIMARY KEY (training_job, line)
);
