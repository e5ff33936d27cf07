-- Twin: migrations/postgres/0007_create_training_jobs.sql
-- Requests to train. A worker owns a running job and shows by its heartbeat that it is alive.
CREATE TABLE training_jobs (
    training_job      INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id            TEXT NOT NULL UNIQUE,
    state             TEXT NOT NULL,
    owner             TEXT,
    heartbeat_at_ms   INTEGER,
    progress_fraction REAL NOT NULL,
    progress_stage    TEXT NOT NULL,
    experiment_name   TEXT NOT NULL,
    run_name          TEXT,
    dataset_digest    TEXT NOT NULL,
    spec_json         TEXT NOT NULL,
    run               INTEGER REFERENCES runs (run) ON DELETE SET NULL,
    error             TEXT,
    created_at_ms     INTEGER NOT NULL,
    started_at_ms     INTEGER,
    ended_at_ms       INTEGER
) STRICT;

CREATE INDEX training_jobs_by_state ON training_jobs (state, training_job);
CREATE INDEX training_jobs_by_run ON training_jobs (run);
