//! Training jobs: the queue, and who works on what.

use futures::FutureExt;
use types::{
    ExperimentName, JobId, JobLogLine, JobMetric, JobState, JobStatus, Millis, Priority, Progress, RunId,
    RunName, TrainingJob,
};

use crate::database::{Change, Dialect, execute, fetch_optional, on_pool};
use crate::job_log::append;
use crate::{Error, Result, Store};

const INSERT_JOB: &str = "
    INSERT INTO training_jobs (
        job_id, state, owner, heartbeat_at_ms, progress_fraction, progress_stage, experiment_name, run_name,
        dataset_digest, spec_json, run, error, created_at_ms, started_at_ms, ended_at_ms, priority,
        time_limit_seconds, attempt, attempt_limit, origin_run_id
    )
    VALUES (
        $1, $2, $3, $4, 0, '', $5, $6, $7, $8, (SELECT run FROM runs WHERE run_id = $9), $10, $11, $12, $13, $14, $15,
        $16, $17, $18
    )
    ON CONFLICT (job_id) DO NOTHING";

/// Completes a statement that selects from `training_jobs j` with the columns of [`StatusRow`].
macro_rules! statuses_where {
    ($rest:literal) => {
        concat!(
            "SELECT j.job_id, j.state, j.progress_fraction, j.progress_stage, j.progress_remaining_seconds,
                j.metric_key, j.metric_value, j.attempt, j.is_cancel_requested, r.run_id, j.error,
                j.created_at_ms, j.started_at_ms, j.ended_at_ms
            FROM training_jobs j
            LEFT JOIN runs r ON r.run = j.run ",
            $rest
        )
    };
}

/// Completes a statement that selects from `training_jobs j` with the columns of [`JobRow`].
macro_rules! jobs_where {
    ($rest:literal) => {
        concat!(
            "SELECT j.job_id, j.state, j.progress_fraction, j.progress_stage, j.progress_remaining_seconds,
                j.metric_key, j.metric_value, j.attempt, j.is_cancel_requested, r.run_id, j.error,
                j.created_at_ms, j.started_at_ms, j.ended_at_ms, j.priority, j.time_limit_seconds,
                j.experiment_name, j.run_name, j.dataset_digest, j.spec_json, j.origin_run_id
            FROM training_jobs j
            LEFT JOIN runs r ON r.run = j.run ",
            $rest
        )
    };
}

const STATUS_BY_ID: &str = statuses_where!("WHERE j.job_id = $1");

const JOB_BY_ID: &str = jobs_where!("WHERE j.job_id = $1");

const NEWEST_JOBS: &str = jobs_where!("ORDER BY j.training_job DESC LIMIT $1");

const CLAIM_SQLITE: &str = "
    UPDATE training_jobs
    SET state = 'running', owner = $1, heartbeat_at_ms = $2, started_at_ms = $2, attempt = attempt + 1
    WHERE training_job = (
        SELECT training_job
        FROM training_jobs
        WHERE state = 'queued'
        ORDER BY priority DESC, training_job
        LIMIT 1
    )
    RETURNING job_id";

// Two claimers see the same first job here. With SKIP LOCKED the second takes the next one instead of waiting
// and finding it gone. SQLite has one writer at a time and no such clause.
const CLAIM_POSTGRES: &str = "
    UPDATE training_jobs
    SET state = 'running', owner = $1, heartbeat_at_ms = $2, started_at_ms = $2, attempt = attempt + 1
    WHERE training_job = (
        SELECT training_job
        FROM training_jobs
        WHERE state = 'queued'
        ORDER BY priority DESC, training_job
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING job_id";

const BEAT: &str = "
    UPDATE training_jobs
    SET heartbeat_at_ms = $3, progress_fraction = $4, progress_stage = $5, progress_remaining_seconds = $6,
        metric_key = $7, metric_value = $8
    WHERE job_id = $1 AND owner = $2 AND state = 'running'
    RETURNING is_cancel_requested";

const SET_RUN: &str = "
    UPDATE training_jobs
    SET run = (SELECT run FROM runs WHERE run_id = $3)
    WHERE job_id = $1 AND owner = $2 AND state = 'running' AND EXISTS (SELECT 1 FROM runs WHERE run_id = $3)";

const FINISH: &str = "
    UPDATE training_jobs
    SET state = $3, error = $4, ended_at_ms = $5
    WHERE job_id = $1 AND owner = $2 AND state = 'running'";

/// The last share and measurement of a job that came to its end.
const FINISH_PROGRESS: &str = "
    UPDATE training_jobs
    SET progress_fraction = $2, progress_stage = $3, progress_remaining_seconds = NULL, metric_key = $4, metric_value = $5
    WHERE job_id = $1";

const CANCEL_QUEUED: &str = "
    UPDATE training_jobs
    SET state = 'cancelled', is_cancel_requested = 1, ended_at_ms = $2
    WHERE job_id = $1 AND state = 'queued'";

const CANCEL_RUNNING: &str = "
    UPDATE training_jobs
    SET is_cancel_requested = 1
    WHERE job_id = $1 AND state = 'running' AND is_cancel_requested = 0";

#[derive(sqlx::FromRow)]
struct StatusRow {
    job_id: String,
    state: String,
    progress_fraction: f64,
    progress_stage: String,
    progress_remaining_seconds: Option<f64>,
    metric_key: Option<String>,
    metric_value: Option<f64>,
    attempt: i64,
    is_cancel_requested: i64,
    run_id: Option<String>,
    error: Option<String>,
    created_at_ms: i64,
    started_at_ms: Option<i64>,
    ended_at_ms: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct JobRow {
    #[sqlx(flatten)]
    status: StatusRow,
    priority: i64,
    time_limit_seconds: Option<i64>,
    experiment_name: String,
    run_name: Option<String>,
    dataset_digest: String,
    spec_json: String,
    origin_run_id: Option<String>,
}

impl TryFrom<StatusRow> for JobStatus {
    type Error = Error;

    fn try_from(row: StatusRow) -> Result<Self> {
        let state = JobState::from_name(&row.state).ok_or_else(|| {
            Error::inconsistent(format!("job {} has the state `{}`", row.job_id, row.state))
        })?;
        Ok(Self {
            id: JobId::parse(&row.job_id)?,
            state,
            progress: Progress {
                fraction: row.progress_fraction,
                stage: row.progress_stage,
                remaining_seconds: row.progress_remaining_seconds,
                metric: metric(row.metric_key, row.metric_value),
            },
            attempt: u32::try_from(row.attempt).unwrap_or(0),
            is_cancel_requested: row.is_cancel_requested != 0,
            run_id: row.run_id.as_deref().map(RunId::parse).transpose()?,
            error: row.error,
            created_at: Millis(row.created_at_ms),
            started_at: row.started_at_ms.map(Millis),
            ended_at: row.ended_at_ms.map(Millis),
        })
    }
}

impl TryFrom<JobRow> for TrainingJob {
    type Error = Error;

    fn try_from(row: JobRow) -> Result<Self> {
        let status = JobStatus::try_from(row.status)?;
        let spec = serde_json::from_str(&row.spec_json).map_err(|error| {
            Error::inconsistent(format!("job {} has no readable task: {error}", status.id))
        })?;
        Ok(Self {
            status,
            priority: Priority::new(row.priority)?,
            time_limit_seconds: row.time_limit_seconds.and_then(|limit| u32::try_from(limit).ok()),
            experiment: ExperimentName::parse(&row.experiment_name)?,
            run_name: row.run_name.as_deref().map(RunName::parse).transpose()?,
            dataset_digest: row.dataset_digest,
            spec,
            origin_run_id: row.origin_run_id.as_deref().map(RunId::parse).transpose()?,
        })
    }
}

/// A measurement, if both halves of it are there.
pub(crate) fn metric(key: Option<String>, value: Option<f64>) -> Option<JobMetric> {
    Some(JobMetric { key: key?, value: value? })
}

/// What a heartbeat is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// The job is still the owner's.
    GoOn,
    /// The same, but somebody asked to cancel it.
    Cancel,
    /// The job is over, or somebody else's.
    Lost,
}

impl Store {
    /// Stores a new job that may be begun `attempts` times, should workers die. With an `owner` it is not up for
    /// claiming: the owner works on it already.
    ///
    /// # Errors
    ///
    /// `Taken` if the identifier is in use.
    pub async fn insert_job(&self, job: &TrainingJob, owner: Option<&str>, attempts: u32) -> Result<()> {
        let spec = serde_json::to_string(&job.spec)
            .map_err(|error| Error::inconsistent(format!("task of job {}: {error}", job.status.id)))?;
        let (job, owner) = (job.clone(), owner.map(str::to_owned));
        self.write(move |mut connection| {
            async move {
                let status = &job.status;
                let heartbeat = owner.as_ref().map(|_| status.started_at.unwrap_or(status.created_at).0);
                let inserted = execute!(
                    connection,
                    INSERT_JOB,
                    status.id.as_str(),
                    status.state.as_str(),
                    owner.as_deref(),
                    heartbeat,
                    job.experiment.as_str(),
                    job.run_name.as_ref().map(RunName::as_str),
                    &job.dataset_digest,
                    spec.as_str(),
                    status.run_id.as_ref().map(RunId::as_str),
                    status.error.as_deref(),
                    status.created_at.0,
                    status.started_at.map(|at| at.0),
                    status.ended_at.map(|at| at.0),
                    i64::from(job.priority.get()),
                    job.time_limit_seconds.map(i64::from),
                    i64::from(status.attempt),
                    i64::from(attempts),
                    job.origin_run_id.as_ref().map(RunId::as_str)
                )?;
                if inserted == 0 {
                    return Err(Error::Taken { what: "job", id: status.id.to_string() });
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

    /// Returns the part of a job that changes, without its task, which may be long.
    pub async fn job_status(&self, id: &JobId) -> Result<Option<JobStatus>> {
        let row = on_pool!(self, |pool| {
            sqlx::query_as::<_, StatusRow>(STATUS_BY_ID).bind(id.as_str()).fetch_optional(pool).await
        })?;
        row.map(JobStatus::try_from).transpose()
    }

    /// Returns the newest jobs, at most `limit`.
    pub async fn jobs(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, JobRow>(NEWEST_JOBS).bind(i64::from(limit)).fetch_all(pool).await
        })?;
        rows.into_iter().map(TrainingJob::try_from).collect()
    }

    /// Gives the queued job of the highest priority, the oldest of those, to `owner`, as running since `now`. No job is
    /// given to two.
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

    /// Tells that `owner` is alive, how far the job is and what happened since; the numbers of `lines` do not matter.
    pub async fn beat_job(
        &self,
        id: &JobId,
        owner: &str,
        progress: &Progress,
        lines: Vec<JobLogLine>,
        now: Millis,
    ) -> Result<Beat> {
        let (id, owner, progress) = (id.clone(), owner.to_owned(), progress.clone());
        self.write(move |mut connection| {
            async move {
                let metric = progress.metric.as_ref();
                let beaten = fetch_optional!(
                    connection,
                    (i64,),
                    BEAT,
                    id.as_str(),
                    &owner,
                    now.0,
                    progress.fraction,
                    progress.stage.as_str(),
                    progress.remaining_seconds,
                    metric.map(|metric| metric.key.as_str()),
                    metric.map(|metric| metric.value)
                )?;
                let Some((is_cancel_requested,)) = beaten else { return Ok(Change::Undo(Beat::Lost)) };
                append(&mut connection, &id, &lines).await?;
                Ok(Change::Keep(if is_cancel_requested == 0 { Beat::GoOn } else { Beat::Cancel }))
            }
            .boxed()
        })
        .await
    }

    /// Ties a job to its run. `false` if there is no such run, or the job is no longer the owner's.
    pub async fn set_job_run(&self, id: &JobId, owner: &str, run: &RunId) -> Result<bool> {
        let (id, owner, run) = (id.clone(), owner.to_owned(), run.clone());
        self.write(move |mut connection| {
            async move {
                let changed = execute!(connection, SET_RUN, id.as_str(), &owner, run.as_str())?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Ends a job of `owner`. `false` if it is no longer theirs, or was over before.
    #[expect(clippy::too_many_arguments, reason = "all that is known at the end of a job")]
    pub async fn finish_job(
        &self,
        id: &JobId,
        owner: &str,
        state: JobState,
        error: Option<&str>,
        progress: &Progress,
        lines: Vec<JobLogLine>,
        now: Millis,
    ) -> Result<bool> {
        let (id, owner, error) = (id.clone(), owner.to_owned(), error.map(str::to_owned));
        let progress = progress.clone();
        self.write(move |mut connection| {
            async move {
                let (state, id) = (state.as_str(), id);
                let changed =
                    execute!(connection, FINISH, id.as_str(), &owner, state, error.as_deref(), now.0)?;
                if changed == 0 {
                    return Ok(Change::Undo(false));
                }
                let metric = progress.metric.as_ref();
                execute!(
                    connection,
                    FINISH_PROGRESS,
                    id.as_str(),
                    progress.fraction,
                    progress.stage.as_str(),
                    metric.map(|metric| metric.key.as_str()),
                    metric.map(|metric| metric.value)
                )?;
                append(&mut connection, &id, &lines).await?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Takes a job out of the queue, or asks its worker to stop. Returns whether that changed anything: not for jobs that
    /// do not exist, are over, or were asked to stop before.
    pub async fn cancel_job(&self, id: &JobId, line: JobLogLine, now: Millis) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let mut changed = execute!(connection, CANCEL_QUEUED, id.as_str(), now.0)?;
                if changed == 0 {
                    changed = execute!(connection, CANCEL_RUNNING, id.as_str())?;
                }
                if changed == 0 {
                    return Ok(Change::Undo(false));
                }
                append(&mut connection, &id, &[line]).await?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }
}
