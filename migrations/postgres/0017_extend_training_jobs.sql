-- Twin: migrations/sqlite/0017_extend_training_jobs.sql
-- A queue with priorities and time limits, jobs that are begun again after a crash, and jobs that can be cancelled.
ALTER TABLE training_jobs ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN time_limit_seconds BIGINT;
ALTER TABLE training_jobs ADD COLUMN attempt BIGINT NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN attempt_limit BIGINT NOT NULL DEFAULT 1;
ALTER TABLE training_jobs ADD COLUMN is_cancel_requested BIGINT NOT NULL DEFAULT 0;
ALTER TABLE training_jobs ADD COLUMN progress_remaining_seconds DOUBLE PRECISION;
ALTER TABLE training_jobs ADD COLUMN metric_key TEXT COLLATE "C";
ALTER TABLE training_jobs ADD COLUMN metric_value DOUBLE PRECISION;
-- The run that a reproduction trains once more; a text, since that run may be deleted.
ALTER TABLE training_jobs ADD COLUMN origin_run_id TEXT COLLATE "C";

CREATE INDEX training_jobs_by_turn ON training_jobs (state, priority DESC, training_job);
