//! Training jobs.

use futures::FutureExt;
use types::{ExperimentName, JobId, JobState, Millis, Progress, RunId, RunName, RunStatus, TrainingJob};

use crate::database::{Change, Dialect, execute, fetch_all, fetch_optional, on_pool};
use crate::{Error, Result, Store};

const INSERT_JOB: &str = "
    INSERT INTO training_jobs (
        job_id, state, owner, heartbeat_at_ms, progress_fraction, progress_stage, experiment_name, run_name,
        dataset_digest, spec_json, run, error, created_at_ms, started_at_ms, ended_at_ms
    )
    VALUES (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT run FROM runs WHERE run_id = $11), $12, $13, $14, $15
    )
    ON CONFLICT (job_id) DO NOTHING";

/// Completes a statement that selects from `training_jobs j` with the columns of [`JobRow`].
macro_rules! jobs_where {
    ($rest:literal) => {
        concat!(
            "SELECT j.job_id, j.state, j.progress_fraction, j.progress_stage, j.experiment_name, j.run_name,
                j.dataset_digest, j.spec_json, r.run_id, j.error, j.created_at_ms, j.started_at_ms, j.ended_at_ms
            FROM training_jobs j
            LEFT JOIN runs r ON r.run = j.run ",
            $rest
        )
    };
}

const JOB_BY_ID: &str = jobs_where!("WHERE j.job_id = $1");

const NEWEST_JOBS: &str = jobs_where!("ORDER BY j.training_job DESC LIMIT $1");

const CLAIM_SQLITE: &str = "
    UPDATE training_jobs
    SET state = 'running', owner = $1, heartbeat_at_ms = $2, started_at_ms = $2
    WHERE training_job = (
        SELECT training_job
        FROM training_jobs
        WHERE state = 'queued'
        ORDER BY training_job
        LIMIT 1
    )
    RETURNING job_id";

// Two claimers see the same oldest job here. With SKIP LOCKED the second takes the next one instead of waiting
// and finding it gone. SQLite has one writer at a time and no such clause.
const CLAIM_POSTGRES: &str = "
    UPDATE training_jobs
    SET state = 'running', owner = $1, heartbeat_at_ms = $2, started_at_ms = $2
    WHERE training_job = (
        SELECT training_job
        FROM training_jobs
        WHERE state = 'queued'
        ORDER BY training_job
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING job_id";

const BEAT: &str = "
    UPDATE training_jobs
    SET heartbeat_at_ms = $3, progress_fraction = $4, progress_stage = $5
    WHERE job_id = $1 AND owner = $2 AND state = 'running'";

const SET_RUN: &str = "
    UPDATE training_jobs
    SET run = (SELECT run FROM runs WHERE run_id = $2)
    WHERE job_id = $1 AND EXISTS (SELECT 1 FROM runs WHERE run_id = $2)";

const FINISH: &str = "
    UPDATE training_jobs
    SET state = $2, error = $3, ended_at_ms = $4
    WHERE job_id = $1 AND state IN ('queued', 'running')";

const INTERRUPT: &str = "
    UPDATE training_jobs
    SET state = 'interrupted', ended_at_ms = $2
    WHERE state = 'running' AND heartbeat_at_ms < $1
    RETURNING job_id, run";

const FAIL_RUN: &str = "
    UPDATE runs
    SET status = $2, ended_at_ms = $3
    WHERE run = $1 AND status = $4";

#[derive(sqlx::FromRow)]
struct JobRow {
    job_id: String,
    state: String,
    progress_fraction: f64,
    progress_stage: String,
    experiment_name: String,
    run_name: Option<String>,
    dataset_digest: String,
    spec_json: String,
    run_id: Option<String>,
    error: Option<String>,
    created_at_ms: i64,
    started_at_ms: Option<i64>,
    ended_at_ms: Option<i64>,
}

impl TryFrom<JobRow> for TrainingJob {
    type Error = Error;

    fn try_from(row: JobRow) -> Result<Self> {
        let state = JobState::from_name(&row.state).ok_or_else(|| {
            Error::inconsistent(format!("job {} has the state `{}`", row.job_id, row.state))
        })?;
        let spec = serde_json::from_str(&row.spec_json).map_err(|error| {
            Error::inconsistent(format!("job {} has no readable task: {error}", row.job_id))
        })?;
        Ok(Self {
            id: JobId::parse(&row.job_id)?,
            state,
            progress: Progress { fraction: row.progress_fraction, stage: row.progress_stage },
            experiment: ExperimentName::parse(&row.experiment_name)?,
            run_name: row.run_name.as_deref().map(RunName::parse).transpose()?,
            dataset_digest: row.dataset_digest,
            spec,
            run_id: row.run_id.as_deref().map(RunId::parse).transpose()?,
            error: row.error,
            created_at: Millis(row.created_at_ms),
            started_at: row.started_at_ms.map(Millis),
            ended_at: row.ended_at_ms.map(Millis),
        })
    }
}

impl Store {
    /// Stores a new job. With an `owner` it is not up for claiming: the owner works on it already.
    ///
    /// # Errors
    ///
    /// `Taken` if the identifier is in use.
    pub async fn insert_job(&self, job: &TrainingJob, owner: Option<&str>) -> Result<()> {
        let spec = serde_json::to_string(&job.spec)
            .map_err(|error| Error::inconsistent(format!("task of job {}: {error}", job.id)))?;
        let (job, owner) = (job.clone(), owner.map(str::to_owned));
        self.write(move |mut connection| {
            async move {
                let heartbeat = owner.as_ref().map(|_| job.started_at.unwrap_or(job.created_at).0);
                let inserted = execute!(
                    connection,
                    INSERT_JOB,
                    job.id.as_str(),
                    job.state.as_str(),
                    owner.as_deref(),
                    heartbeat,
                    job.progress.fraction,
                    &job.progress.stage,
                    job.experiment.as_str(),
                    job.run_name.as_ref().map(RunName::as_str),
                    &job.dataset_digest,
                    spec.as_str(),
                    job.run_id.as_ref().map(RunId::as_str),
                    job.error.as_deref(),
                    job.created_at.0,
                    job.started_at.map(|at| at.0),
                    job.ended_at.map(|at| at.0)
                )?;
                if inserted == 0 {
                    return Err(Error::Taken { what: "job", id: job.id.to_string() });
                }
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Returns a job.
    pub async fn job(&self, id: &JobId) -> Result<Option<TrainingJob>> {
        let row = on_pool!(self, |pool| {
            sqlx::query_as::<_, JobRow>(JOB_BY_ID).bind(id.as_str()).fetch_optional(pool).await
        })?;
        row.map(TrainingJob::try_from).transpose()
    }

    /// Returns the newest jobs, at most `limit`.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, JobRow>(NEWEST_JOBS).bind(i64::from(limit)).fetch_all(pool).await
        })?;
        rows.into_iter().map(TrainingJob::try_from).collect()
    }

    /// Gives the oldest queued job to `owner`, as running since `now`. No job is given to two.
    pub async fn claim_job(&self, owner: &str, now: Millis) -> Result<Option<TrainingJob>> {
        let owner = owner.to_owned();
        self.write(move |mut connection| {
            async move {
                let claim = match connection.dialect() {
                    Dialect::Sqlite => CLAIM_SQLITE,
                    Dialect::Postgres => CLAIM_POSTGRES,
                };
                let claimed = fetch_optional!(connection, (String,), claim, &owner, now.0)?;
                let Some((id,)) = claimed else { return Ok(Change::Undo(None)) };
                let row = fetch_optional!(connection, JobRow, JOB_BY_ID, &id)?;
                Ok(Change::Keep(row.map(TrainingJob::try_from).transpose()?))
            }
            .boxed()
        })
        .await
    }

    /// Tells that `owner` is alive and how far the job is. `false` if the job is no longer theirs.
    pub async fn beat_job(&self, id: &JobId, owner: &str, progress: &Progress, now: Millis) -> Result<bool> {
        let (id, owner, progress) = (id.clone(), owner.to_owned(), progress.clone());
        self.write(move |mut connection| {
            async move {
                let (fraction, stage) = (progress.fraction, progress.stage.as_str());
                let changed = execute!(connection, BEAT, id.as_str(), &owner, now.0, fraction, stage)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Ties a job to its run. `false` if one of them does not exist.
    pub async fn set_job_run(&self, id: &JobId, run: &RunId) -> Result<bool> {
        let (id, run) = (id.clone(), run.clone());
        self.write(move |mut connection| {
            async move {
                let changed = execute!(connection, SET_RUN, id.as_str(), run.as_str())?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Ends a job. `false` if it does not exist or was over before, such as interrupted.
    pub async fn finish_job(
        &self,
        id: &JobId,
        state: JobState,
        error: Option<&str>,
        now: Millis,
    ) -> Result<bool> {
        let (id, error) = (id.clone(), error.map(str::to_owned));
        self.write(move |mut connection| {
            async move {
                let changed =
                    execute!(connection, FINISH, id.as_str(), state.as_str(), error.as_deref(), now.0)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Gives up running jobs whose last sign of life is older than `beat_before`, and fails their runs that
    /// are still running. Returns the jobs.
    pub async fn interrupt_jobs(&self, beat_before: Millis, now: Millis) -> Result<Vec<JobId>> {
        self.write(move |mut connection| {
            async move {
                let jobs = fetch_all!(connection, (String, Option<i64>), INTERRUPT, beat_before.0, now.0)?;
                let mut interrupted = Vec::with_capacity(jobs.len());
                for (id, run) in jobs {
                    interrupted.push(JobId::parse(&id)?);
                    let (failed, running) = (RunStatus::Failed.as_str(), RunStatus::Running.as_str());
                    execute!(connection, FAIL_RUN, run, failed, now.0, running)?;
                }
                Ok(Change::Keep(interrupted))
            }
            .boxed()
        })
        .await
    }
}
