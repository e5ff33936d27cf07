//! Training: from a dataset to a recorded run.
//!
//! A training is a job in the database. [`submit`] queues it for the workers of a server; [`train`] does it
//! here and now. Either way `record` writes the run, and a heartbeat shows that somebody is at work.

mod desk;
mod folder;
mod learn;
mod plots;
mod record;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, instrument, warn};
use types::{
    Dataset, JobId, JobState, NewTrainingJob, Progress, RunStatus, RunUpdate, TrainingJob, TrainingResult,
    TrainingSpec,
};

use crate::background::HEARTBEAT_INTERVAL;
use crate::{Ctx, Error, Result, datasets, experiments};
use desk::Desk;

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

/// Queues a training.
///
/// # Errors
///
/// `NotFound` if there is no such dataset; `Invalid` if it has no such target column.
#[instrument(name = "training.submit", skip_all, fields(dataset = new.dataset))]
pub async fn submit(ctx: &Ctx, new: NewTrainingJob) -> Result<TrainingJob> {
    let job = plan(ctx, new, JobState::Queued).await?;
    ctx.store().insert_job(&job, None).await?;
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
    let mut job = plan(ctx, new, JobState::Running).await?;
    job.started_at = Some(job.created_at);
    ctx.store().insert_job(&job, Some(ctx.engine().owner())).await?;
    run_job(ctx, &job, on_progress).await
}

/// Works off a job that this process owns and writes down how it ended.
///
/// # Errors
///
/// Whatever stopped the training; the job and its run say so too.
pub(crate) async fn run_job(
    ctx: &Ctx,
    job: &TrainingJob,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<TrainingResult> {
    let desk = Arc::new(Desk::new(&job.spec.algorithm));
    let outcome = tokio::select! {
        outcome = fit_and_record(ctx, job, &desk) => Some(outcome),
        () = stay_alive(ctx, job, &desk, on_progress) => None,
    };
    let now = ctx.now();
    let Some(outcome) = outcome else {
        // Stopped from outside. The computation ends at its next report; what it returns is dropped.
        desk.give_up();
        close_run(ctx, job, RunStatus::Killed).await?;
        ctx.store().finish_job(&job.id, JobState::Interrupted, None, now).await?;
        return Err(Error::Conflict(format!("training job `{}` was interrupted", job.id)));
    };
    match &outcome {
        Ok(result) => {
            ctx.store().finish_job(&job.id, JobState::Finished, None, now).await?;
            info!(job.id = %job.id, run.id = %result.run_id, "trained `{}` in {:.2} s", result.model, result.fit_seconds);
        }
        Err(error) => {
            close_run(ctx, job, RunStatus::Failed).await?;
            let message = error.public_message(types::Language::En);
            ctx.store().finish_job(&job.id, JobState::Failed, Some(&message), now).await?;
        }
    }
    outcome
}

/// Checks what can be checked without training.
async fn plan(ctx: &Ctx, new: NewTrainingJob, state: JobState) -> Result<TrainingJob> {
    let dataset = datasets::get(ctx, &new.dataset).await?;
    check_target(&new.spec, &dataset)?;
    Ok(TrainingJob {
        id: JobId::from_bits(ctx.new_id()),
        state,
        progress: Progress { fraction: 0.0, stage: String::new() },
        experiment: new.experiment,
        run_name: new.run_name,
        dataset_digest: dataset.digest,
        spec: new.spec,
        run_id: None,
        error: None,
        created_at: ctx.now(),
        started_at: None,
        ended_at: None,
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

async fn fit_and_record(ctx: &Ctx, job: &TrainingJob, desk: &Arc<Desk>) -> Result<TrainingResult> {
    let dataset = datasets::get(ctx, &job.dataset_digest).await?;
    let (spec, table) = (job.spec.clone(), datasets::read(ctx, &dataset).await?);
    let (table, prepared, findings) = spawn_blocking(move || {
        let prepared = ml::prepare(&spec, &table)?;
        let findings = ml::training_findings(&prepared, &table);
        Ok::<_, ml::Error>((table, prepared, findings))
    })
    .await??;

    let experiment = experiments::get_or_create(ctx, &job.experiment).await?;
    let run = record::begin(ctx, job, &experiment, &dataset, prepared.task()).await?;
    ctx.store().set_job_run(&job.id, &run.id).await?;
    record::findings(ctx, &run, &findings).await?;

    let (work, spec) = (Arc::clone(desk), job.spec.clone());
    let (on_trial, mut trials) = mpsc::unbounded_channel();
    let learning = spawn_blocking(move || learn::learn(&spec, &table, &prepared, work.as_ref(), &on_trial));
    // Candidates of a search become runs while it goes on.
    let recording = async {
        let mut count = 0;
        while let Some(trial) = trials.recv().await {
            count += 1;
            record::trial(ctx, &run, count, &trial).await?;
        }
        Ok::<_, Error>(())
    };
    let (outcome, recorded) = tokio::join!(learning, recording);
    let outcome = outcome??;
    recorded?;
    let metrics = record::finish(ctx, &run, &outcome).await?;
    Ok(TrainingResult {
        run_id: run.id,
        model: job.spec.algorithm.name().to_owned(),
        params: job
            .spec
            .algorithm
            .params()
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<BTreeMap<_, _>>(),
        metrics,
        fit_seconds: outcome.fit_seconds,
        predict_seconds: outcome.predict_seconds,
    })
}

/// Tells the store and the caller how far the job is, until it is not ours any more or the engine stops.
async fn stay_alive(
    ctx: &Ctx,
    job: &TrainingJob,
    desk: &Desk,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) {
    let mut ticks = interval(HEARTBEAT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = ctx.engine().stop().cancelled() => return,
        }
        let progress = desk.progress();
        on_progress(progress.clone());
        match ctx.store().beat_job(&job.id, ctx.engine().owner(), &progress, ctx.now()).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                warn!(job.id = %job.id, error = &error as &dyn std::error::Error, "heartbeat failed");
            }
        }
    }
}

/// Ends the run of a job that did not get to its end, if it has one.
async fn close_run(ctx: &Ctx, job: &TrainingJob, status: RunStatus) -> Result<()> {
    if let Some(run_id) = ctx.store().job(&job.id).await?.and_then(|job| job.run_id) {
        let update = RunUpdate { status: Some(status), ended_at: Some(ctx.now()), name: None };
        ctx.store().update_run(&run_id, &update).await?;
    }
    Ok(())
}
