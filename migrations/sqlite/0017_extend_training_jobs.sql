-- Twin: migrations/postgres/0017_extend_training_jobs.sql
-- A queue with priorities and time limits, jobs that are begun again after a crash, and jobs that can be cancelled.
ALTER TABLE training_jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN time_limit_seconds INTEGER;
ALTER TABLE training_jobs ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN attempt_limit INTEGER NOT NULL DEFAULT 1;
ALTER TABLE training_jobs ADD COLUMN is_cancel_requested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN progress_remaining_seconds REAL;
ALTER TABLE training_jobs ADD COLUMN metric_key TEXT;
ALTER TABLE training_jobs ADD COLUMN metric_value REAL;
-- The run that a reproduction trains once more; a text, since that run may be deleted.
ALTER TABLE training_jobs ADD COLUMN origin_run_id TEXT;

CREATE INDEX training_jobs_by_turn ON training_jobs (state, priority DESC, training_job);
