//! Trains the model of a run again, and says whether it is the same.

use std::collections::BTreeMap;

use tracing::instrument;
use types::{
    ArtifactPath, JobState, NewTrainingJob, Priority, Progress, Recipe, ReproducedMetric, Reproduction, Run,
    RunId, RunName, TrainingJob, TrainingResult,
};

use super::{ATTEMPTS, insert_own, plan, run_job};
use crate::{Ctx, Error, Result, artifacts, experiments, runs};

/// Artifact path of a run's [`Recipe`], as JSON.
pub const RECIPE_PATH: &str = "training.json";

/// Artifact path of a run's [`Reproduction`], as JSON.
pub const REPRODUCTION_PATH: &str = "reproduction.json";

/// Metrics that tell how long things took, which is never the same.
const TIMES: [&str; 2] = ["fit_seconds", "predict_seconds"];

/// Largest file that is read whole, in bytes: row lists and candidates may be long, and a client may have written it.
const FILE_MAX: u64 = 64 * 1024 * 1024;

/// Returns what a run was trained from.
///
/// # Errors
///
/// `NotFound` if the run does not exist; `Rule` if it was not trained here, or by a version that did not write this down.
pub async fn recipe(ctx: &Ctx, run_id: &RunId) -> Result<Recipe> {
    runs::get(ctx, run_id).await?;
    let path = ArtifactPath::parse(RECIPE_PATH)?;
    let Some(bytes) = artifacts::read_whole(ctx, run_id, &path, FILE_MAX).await? else {
        return Err(Error::Rule(format!(
            "run `{run_id}` has no `{RECIPE_PATH}`: it was not trained by this program, or by a version that did not write \
             it yet"
        )));
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| Error::Rule(format!("`{RECIPE_PATH}` of run `{run_id}` is no recipe: {error}")))
}

/// Returns how a run compares with the one that it trained again; `None` if it did not.
///
/// # Errors
///
/// `NotFound` if the run does not exist; `Rule` if its file is none.
pub async fn reproduction(ctx: &Ctx, run_id: &RunId) -> Result<Option<Reproduction>> {
    let path = ArtifactPath::parse(REPRODUCTION_PATH)?;
    let Some(bytes) = artifacts::read_whole(ctx, run_id, &path, FILE_MAX).await? else {
        runs::get(ctx, run_id).await?;
        return Ok(None);
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        Error::Rule(format!("`{REPRODUCTION_PATH}` of run `{run_id}` is no comparison: {error}"))
    })
}

/// Queues a training that repeats that of a run: same data, rows, seeds, parameters and candidates.
///
/// # Errors
///
/// As [`recipe`]; `NotFound` if the dataset is gone.
#[instrument(name = "training.reproduce", skip_all, fields(run.id = %run_id))]
pub async fn reproduce(ctx: &Ctx, run_id: &RunId) -> Result<TrainingJob> {
    let job = repeat(ctx, run_id, JobState::Queued).await?;
    ctx.store().insert_job(&job, None, ATTEMPTS).await?;
    Ok(job)
}

/// Repeats the training of a run here and now.
///
/// # Errors
///
/// As [`reproduce`], and whatever the training itself runs into.
#[instrument(name = "training.reproduce_now", skip_all, fields(run.id = %run_id))]
pub async fn reproduce_now(
    ctx: &Ctx,
    run_id: &RunId,
    on_progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<TrainingResult> {
    let job = insert_own(ctx, repeat(ctx, run_id, JobState::Running).await?).await?;
    run_job(ctx, ctx.engine().owner(), &job, on_progress).await
}

async fn repeat(ctx: &Ctx, run_id: &RunId, state: JobState) -> Result<TrainingJob> {
    let run = runs::get(ctx, run_id).await?;
    let recipe = recipe(ctx, run_id).await?;
    let experiment = experiments::get(ctx, run.experiment_id).await?;
    let new = NewTrainingJob {
        experiment: experiment.name,
        // A name that would get too long is invented instead.
        run_name: RunName::parse(&format!("{}_again", run.name)).ok(),
        dataset: recipe.dataset_digest,
        spec: recipe.spec,
        priority: Priority::default(),
        time_limit_seconds: None,
    };
    Ok(TrainingJob { origin_run_id: Some(run_id.clone()), ..plan(ctx, new, state).await? })
}

/// Compares the metrics of a run with those of the one that trained it again.
pub(super) fn compare(origin: &Run, recipe: &Recipe, now: &BTreeMap<String, f64>) -> Reproduction {
    let before: BTreeMap<&str, f64> =
        origin.metrics.iter().map(|metric| (metric.key.as_str(), metric.last.value)).collect();
    let mut keys: Vec<&str> = before.keys().copied().chain(now.keys().map(String::as_str)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.retain(|key| !TIMES.contains(key));
    let metrics: Vec<ReproducedMetric> = keys
        .into_iter()
        .map(|key| {
            let (before, after) = (before.get(key).copied(), now.get(key).copied());
            let is_equal = before.map(f64::to_bits) == after.map(f64::to_bits);
            ReproducedMetric { key: key.to_owned(), before, after, is_equal }
        })
        .collect();
    Reproduction {
        origin_run_id: origin.id.clone(),
        origin_version: recipe.version.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        is_equal: metrics.iter().all(|metric| metric.is_equal),
        metrics,
    }
}
