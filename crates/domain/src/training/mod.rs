//! Training: from a dataset to a recorded run.
//!
//! A training is a job in the database. [`submit`] queues it for the workers of a server; [`train`] does it
//! here and now. Either way `record` writes the run, and a heartbeat shows that somebody is at work.

mod desk;
mod folder;
mod follow;
mod learn;
mod plots;
mod python;
mod record;
mod reproduce;
mod work;

use tracing::instrument;
use types::{
    Dataset, InvalidValue, JobId, JobLogLine, JobState, JobStatus, NewTrainingJob, Progress, TIME_LIMIT_MAX,
    TrainingJob, TrainingResult, TrainingSpec,
};

use crate::{Ctx, Error, Result, datasets};
pub(crate) use follow::Followers;
pub use follow::follow;
pub use python::{Repeat, python, repeat};
pub use reproduce::{RECIPE_PATH, REPRODUCTION_PATH, recipe, reproduce, reproduce_now, reproduction};
pub(crate) use work::run_job;

/// Artifact path of the model that a training leaves.
pub const MODEL_PATH: &str = "model/model.cuaderno";

/// The same within its folder.
pub(crate) const MODEL_FILE: &str = "model.cuaderno";
/// Tag that says why the model of a run has no ONNX file.
pub const NO_ONNX_TAG: &str = "cuaderno.no_onnx";

/// Tag by which MLflow's clients find the models of a run.
const LOGGED_MODELS_TAG: &str = "mlflow.log-model.history";

/// Artifact path of what target and split of a training show about its data, as a JSON list of findings.
pub const DATA_FINDINGS_PATH: &str = "data_findings.json";

/// Tag that names the kind of model in scikit-learn's words, such as `RandomForestRegressor`.
pub const ESTIMATOR_TAG: &str = "cuaderno.estimator";

/// How often a queued job is begun before it is given up, should its workers die.
const ATTEMPTS: u32 = 3;

/// Queues a training.
///
/// # Errors
///
/// `NotFound` if there is no such dataset; `Invalid` if it has no such target column.
#[instrument(name = "training.submit", skip_all, fields(dataset = new.dataset))]
pub async fn submit(ctx: &Ctx, new: NewTrainingJob) -> Result<TrainingJob> {
    let job = plan(ctx, new, JobState::Queued).await?;
    ctx.store().insert_job(&job, None, ATTEMPTS).await?;
    Ok(job)
}

/// Returns a job with its state.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn get(ctx: &Ctx, id: &JobId) -> Result<TrainingJob> {
    ctx.store().job(id).await?.ok_or_else(|| Error::not_found("training job", id))
}

/// Returns the newest jobs, at most `limit`.
///
/// # Errors
///
/// Only those of the store.
pub async fn list(ctx: &Ctx, limit: u32) -> Result<Vec<TrainingJob>> {
    Ok(ctx.store().jobs(limit).await?)
}

/// Returns the part of a job that changes.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn status(ctx: &Ctx, id: &JobId) -> Result<JobStatus> {
    ctx.store().job_status(id).await?.ok_or_else(|| Error::not_found("training job", id))
}

/// Returns what happened in a job: the newest [`JOB_LOG_LINES_MAX`](types::JOB_LOG_LINES_MAX) lines, oldest first.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn log(ctx: &Ctx, id: &JobId) -> Result<Vec<JobLogLine>> {
    let lines = ctx.store().job_log(id, 0).await?;
    if lines.is_empty() {
        status(ctx, id).await?;
    }
    Ok(lines)
}

/// Stops a job: at once while it waits, else within a second. A fit that cannot be interrupted goes on until its end,
/// unheard; those are the least squares of `linear` and the steps of `logistic`.
///
/// # Errors
///
/// `NotFound` if there is none with this id; `Conflict` if it has ended otherwise.
#[instrument(name = "training.cancel", skip_all, fields(job.id = %id))]
pub async fn cancel(ctx: &Ctx, id: &JobId) -> Result<JobStatus> {
    let now = ctx.now();
    let line = JobLogLine { line: 0, at: now, text: "somebody asked to cancel".to_owned(), metric: None };
    let has_changed = ctx.store().cancel_job(id, line, now).await?;
    let status = status(ctx, id).await?;
    if !has_changed && status.state.is_over() && status.state != JobState::Cancelled {
        let state = status.state.as_str();
        return Err(Error::Conflict(format!("training job `{id}` is {state}; there is nothing to cancel")));
    }
    Ok(status)
}

/// Trains here and now, recorded as a job of this process.
///
/// # Errors
///
/// As [`submit`], and whatever the training itself runs into.
#[instrument(name = "training.train", skip_all, fields(dataset = new.dataset))]
pub async fn train(
    ctx: &Ctx,
    new: NewTrainingJob,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<TrainingResult> {
    let job = insert_own(ctx, plan(ctx, new, JobState::Running).await?).await?;
    run_job(ctx, ctx.engine().owner(), &job, on_progress).await
}

/// Stores a job that this process works on itself.
async fn insert_own(ctx: &Ctx, mut job: TrainingJob) -> Result<TrainingJob> {
    job.status.started_at = Some(job.status.created_at);
    job.status.attempt = 1;
    ctx.store().insert_job(&job, Some(ctx.engine().owner()), 1).await?;
    Ok(job)
}

/// Checks what can be checked without training.
async fn plan(ctx: &Ctx, new: NewTrainingJob, state: JobState) -> Result<TrainingJob> {
    if new.time_limit_seconds.is_some_and(|limit| !(1..=TIME_LIMIT_MAX).contains(&limit)) {
        let problem = format!("must be a whole number of seconds from 1 to {TIME_LIMIT_MAX}");
        return Err(InvalidValue::new("time_limit", problem).into());
    }
    if let Some(sweep) = &new.spec.sweep {
        sweep.check(&new.spec.algorithm)?;
    }
    let dataset = datasets::get(ctx, &new.dataset).await?;
    check_target(&new.spec, &dataset)?;
    let status = JobStatus {
        id: JobId::from_bits(ctx.new_id()),
        state,
        progress: Progress::default(),
        attempt: 0,
        is_cancel_requested: false,
        run_id: None,
        error: None,
        created_at: ctx.now(),
        started_at: None,
        ended_at: None,
    };
    Ok(TrainingJob {
        status,
        priority: new.priority,
        time_limit_seconds: new.time_limit_seconds,
        experiment: new.experiment,
        run_name: new.run_name,
        dataset_digest: dataset.digest,
        spec: new.spec,
        origin_run_id: None,
    })
}

fn check_target(spec: &TrainingSpec, dataset: &Dataset) -> Result<()> {
    if dataset.columns.iter().any(|column| column.name == spec.target) {
        return Ok(());
    }
    let names =
        dataset.columns.iter().map(|column| format!("`{}`", column.name)).collect::<Vec<_>>().join(", ");
    Err(Error::invalid_field(
        "target",
        format!("`{}` is not a column of the data; there are {names}", spec.target),
    ))
}
