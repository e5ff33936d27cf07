//! Works off a job: computes on a blocking thread while a heartbeat shows that somebody is at work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ml::search::Trial;
use store::Beat;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use types::{
    Algorithm, Candidate, CandidateResult, JobState, Language, Millis, Progress, Recipe, RunId, RunStatus,
    RunUpdate, TrainingJob, TrainingResult,
};

use super::desk::Desk;
use super::{learn, recipe, record};
use crate::background::HEARTBEAT_INTERVAL;
use crate::{Ctx, Error, Result, datasets, experiments, runs};

/// Why a job is stopped before its end.
enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// The time limit is reached.
    OutOfTime(u32),
    /// It is no longer ours.
    Lost,
    /// This process ends.
    Leaving,
}

/// Works off a job of `owner` and writes down how it ended.
///
/// Ends only when the computation has ended too, so that a worker never computes two jobs; but does not hold up the end of
/// the process.
///
/// # Errors
///
/// Whatever stopped the training; the job and its run say so too.
pub(crate) async fn run_job(
    ctx: &Ctx,
    owner: &str,
    job: &TrainingJob,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<TrainingResult> {
    let desk = Arc::new(Desk::new(owner, &job.spec.algorithm, ctx.now()));
    desk.write(&format!("attempt {} begins", job.status.attempt), None);
    let computing = TaskTracker::new();
    let outcome = tokio::select! {
        outcome = fit_and_record(ctx, job, &desk, &computing) => Ok(outcome),
        stop = stay_alive(ctx, job, &desk, on_progress) => Err(stop),
    };
    match outcome {
        Ok(outcome) => ended(ctx, job, &desk, outcome).await,
        Err(stop) => {
            // What the computation returns is dropped.
            desk.give_up();
            let error = stopped(ctx, job, &desk, stop).await?;
            computing.close();
            tokio::select! {
                () = computing.wait() => {}
                () = ctx.engine().stop().cancelled() => {}
            }
            Err(error)
        }
    }
}

/// Writes down that the training came to an end, good or bad.
async fn ended(
    ctx: &Ctx,
    job: &TrainingJob,
    desk: &Desk,
    outcome: Result<TrainingResult>,
) -> Result<TrainingResult> {
    let id = &job.status.id;
    match &outcome {
        Ok(result) => {
            desk.write(&format!("finished as run {}", result.run_id), None);
            finish(ctx, job, desk, JobState::Finished, None).await?;
            info!(job.id = %id, run.id = %result.run_id, "trained `{}` in {:.2} s", result.model, result.fit_seconds);
        }
        Err(error) => {
            let message = error.public_message(Language::En);
            desk.write(&format!("failed: {message}"), None);
            close_run(ctx, desk, RunStatus::Failed).await?;
            finish(ctx, job, desk, JobState::Failed, Some(&message)).await?;
        }
    }
    outcome
}

/// Writes down that the training was stopped; returns what to tell whoever waits for it.
async fn stopped(ctx: &Ctx, job: &TrainingJob, desk: &Desk, stop: Stop) -> Result<Error> {
    let id = &job.status.id;
    Ok(match stop {
        Stop::Cancelled => {
            desk.write("cancelled", None);
            close_run(ctx, desk, RunStatus::Killed).await?;
            finish(ctx, job, desk, JobState::Cancelled, None).await?;
            Error::Conflict(format!("training job `{id}` was cancelled"))
        }
        Stop::OutOfTime(limit) => {
            let message = format!(
                "the time limit of {limit} s was reached; raise `time_limit`, or ask for fewer trees, folds or candidates"
            );
            desk.write(&message, None);
            close_run(ctx, desk, RunStatus::Failed).await?;
            finish(ctx, job, desk, JobState::Failed, Some(&message)).await?;
            Error::Rule(message)
        }
        Stop::Lost => {
            // Whoever took the job away has said so, and the job's run is another one by now.
            close_run(ctx, desk, RunStatus::Failed).await?;
            Error::Conflict(format!("training job `{id}` was taken over by another worker"))
        }
        Stop::Leaving => {
            close_run(ctx, desk, RunStatus::Killed).await?;
            let now = ctx.now();
            ctx.store().let_go_of_jobs(Millis(now.0 + 1), Some(id), now).await?;
            Error::Conflict(format!("training job `{id}` was interrupted"))
        }
    })
}

async fn finish(
    ctx: &Ctx,
    job: &TrainingJob,
    desk: &Desk,
    state: JobState,
    error: Option<&str>,
) -> Result<()> {
    let (owner, now) = (desk.owner(), ctx.now());
    let (progress, lines) = (desk.progress(), desk.take_lines());
    ctx.store().finish_job(&job.status.id, owner, state, error, &progress, lines, now).await?;
    Ok(())
}

async fn fit_and_record(
    ctx: &Ctx,
    job: &TrainingJob,
    desk: &Arc<Desk>,
    computing: &TaskTracker,
) -> Result<TrainingResult> {
    let dataset = datasets::get(ctx, &job.dataset_digest).await?;
    let origin = match &job.origin_run_id {
        Some(origin) => Some((runs::get(ctx, origin).await?, recipe(ctx, origin).await?)),
        None => None,
    };
    let (spec, table) = (job.spec.clone(), datasets::read(ctx, &dataset).await?);
    let (table, prepared, findings) = computing
        .spawn_blocking(move || {
            let prepared = ml::prepare(&spec, &table)?;
            let findings = ml::training_findings(&prepared, &table);
            Ok::<_, ml::Error>((table, prepared, findings))
        })
        .await??;
    desk.write(
        &format!(
            "dataset `{}`: {} rows train, {} rows test, {} columns to learn from",
            dataset.name,
            prepared.train_row_count(),
            prepared.test_row_count(),
            prepared.features().len()
        ),
        None,
    );

    let experiment = experiments::get_or_create(ctx, &job.experiment).await?;
    let run = record::begin(ctx, job, &experiment, &dataset, prepared.task()).await?;
    desk.begun(run.id.clone());
    ctx.store().set_job_run(&job.status.id, desk.owner(), &run.id).await?;
    record::findings(ctx, &run, &findings).await?;

    let (work, spec) = (Arc::clone(desk), job.spec.clone());
    let recorded = origin.as_ref().map(|(_, recipe)| recipe.candidates.clone());
    let is_auto = matches!(spec.algorithm, Algorithm::Auto(_));
    let recorded = recorded.filter(|_| is_auto);
    let (on_trial, mut trials) = mpsc::unbounded_channel();
    let learning = computing.spawn_blocking(move || {
        learn::learn(&spec, recorded.as_deref(), &table, &prepared, work.as_ref(), &on_trial)
    });
    // Candidates of a search become runs while it goes on.
    let recording = async {
        let mut tried = Vec::new();
        while let Some(trial) = trials.recv().await {
            let number = tried.len() + 1;
            let id = record::trial(ctx, &run, number, &trial).await?;
            tried.push((id, trial));
        }
        Ok::<_, Error>(tried)
    };
    let (outcome, tried) = tokio::join!(learning, recording);
    let outcome = outcome??;
    let tried = tried?;
    let candidates = tried
        .iter()
        .map(|(_, trial)| Candidate { algorithm: trial.algorithm.clone(), transform: trial.transform });
    let recipe = Recipe {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dataset: dataset.name.to_string(),
        dataset_digest: dataset.digest.clone(),
        spec: job.spec.clone(),
        candidates: if is_auto { candidates.collect() } else { Vec::new() },
        chosen: outcome.chosen(&job.spec),
    };
    let (metrics, reproduction) = record::finish(ctx, &run, &outcome, &recipe, origin.as_ref()).await?;
    Ok(TrainingResult {
        run_id: run.id,
        model: job.spec.algorithm.name().to_owned(),
        params: texts(outcome.swept(&job.spec)),
        metrics,
        fit_seconds: outcome.fit_seconds,
        predict_seconds: outcome.predict_seconds,
        candidates: ranked(tried),
        reproduction,
    })
}

/// What a search or sweep tried, best first; those that fell behind come last.
fn ranked(tried: Vec<(RunId, Trial)>) -> Vec<CandidateResult> {
    let mut tried = tried;
    let rank = |trial: &Trial| (!trial.is_complete, trial.measured.loss());
    tried.sort_by(|(_, a), (_, b)| {
        let ((a_behind, a_loss), (b_behind, b_loss)) = (rank(a), rank(b));
        a_behind.cmp(&b_behind).then(a_loss.total_cmp(&b_loss))
    });
    let result = |(run_id, trial): (RunId, Trial)| CandidateResult {
        run_id,
        model: trial.algorithm.name().to_owned(),
        params: texts(&trial.algorithm),
        transform: trial.transform,
        metrics: record::cross_validated(&trial.measured).into_iter().collect(),
        is_complete: trial.is_complete,
    };
    tried.into_iter().map(result).collect()
}

fn texts(algorithm: &Algorithm) -> BTreeMap<String, String> {
    algorithm.params().into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Tells the store and the caller how far the job is, until there is a reason to stop.
async fn stay_alive(
    ctx: &Ctx,
    job: &TrainingJob,
    desk: &Desk,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Stop {
    let limit = job.time_limit_seconds;
    let mut ticks = interval(HEARTBEAT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = ctx.engine().stop().cancelled() => return Stop::Leaving,
        }
        let (progress, lines) = (desk.progress(), desk.take_lines());
        on_progress(progress.clone());
        match ctx.store().beat_job(&job.status.id, desk.owner(), &progress, lines, ctx.now()).await {
            Ok(Beat::GoOn) => {}
            Ok(Beat::Cancel) => return Stop::Cancelled,
            Ok(Beat::Lost) => return Stop::Lost,
            Err(error) => {
                warn!(job.id = %job.status.id, error = &error as &dyn std::error::Error, "heartbeat failed");
            }
        }
        if let Some(limit) = limit
            && desk.elapsed() >= Duration::from_secs(limit.into())
        {
            return Stop::OutOfTime(limit);
        }
    }
}

/// Ends the run of a job that did not get to its end, if it has one.
async fn close_run(ctx: &Ctx, desk: &Desk, status: RunStatus) -> Result<()> {
    if let Some(run_id) = desk.run() {
        let update = RunUpdate { status: Some(status), ended_at: Some(ctx.now()), name: None };
        ctx.store().update_run(run_id, &update).await?;
    }
    Ok(())
}
