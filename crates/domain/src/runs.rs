//! Runs: create, log, search, compare.

use serde::{Deserialize, Serialize};
use tracing::instrument;
use types::{
    Batch, DatasetInput, ExperimentId, Lifecycle, MetricKey, MetricPoint, NewRun, PARAM_VALUE_MAX, ParamKey,
    RUN_NAME_TAG, Run, RunId, RunModel, RunName, RunPage, RunQuery, RunStatus, RunUpdate, TAG_VALUE_MAX, Tag,
    TagKey,
};

use crate::{Ctx, Error, Result, experiments, names};

/// Tag that lists the models that a run logged; MLflow's 2.x clients read it.
const LOG_MODEL_HISTORY_TAG: &str = "mlflow.log-model.history";

pub use store::artifact_uri;

/// Largest page of a search.
pub const MAX_RESULTS: u32 = 50_000;

/// Most runs that are compared at once.
pub const MAX_COMPARED: usize = 100;

/// The metrics and params that runs of an experiment have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Columns {
    /// Names of metrics, sorted.
    pub metrics: Vec<MetricKey>,
    /// Names of params, sorted.
    pub params: Vec<ParamKey>,
}

/// Starts a run in an experiment.
///
/// # Errors
///
/// - `NotFound` if the experiment does not exist.
/// - `Conflict` if the experiment is deleted.
/// - `Rule` if the name and the tag with the name differ.
#[instrument(name = "runs.create", skip_all, fields(experiment.id = %new.experiment_id))]
pub async fn create(ctx: &Ctx, new: NewRun) -> Result<Run> {
    let experiment = experiments::get(ctx, new.experiment_id).await?;
    if experiment.lifecycle == Lifecycle::Deleted {
        return Err(Error::Conflict(format!(
            "experiment `{}` is deleted; restore it first",
            experiment.name
        )));
    }

    let bits = ctx.new_id();
    let tagged = new.tags.iter().rfind(|tag| tag.key.as_str() == RUN_NAME_TAG).map(|tag| tag.value.as_str());
    let name = match (new.name, tagged) {
        (Some(name), Some(tagged)) if name.as_str() != tagged => {
            return Err(Error::Rule(format!(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values \
                 (run_name='{name}', mlflow.runName='{tagged}')."
            )));
        }
        (Some(name), _) => name,
        (None, Some(tagged)) => RunName::parse(tagged)?,
        (None, None) => names::run_name(bits)?,
    };
    let mut tags = new.tags;
    for tag in &mut tags {
        shorten(&mut tag.value, TAG_VALUE_MAX);
    }
    tags.retain(|tag| tag.key.as_str() != RUN_NAME_TAG);
    tags.push(Tag { key: TagKey::parse(RUN_NAME_TAG)?, value: name.to_string() });
    tags.sort();
    tags.dedup_by(|later, earlier| later.key == earlier.key);
    let run = Run {
        id: RunId::from_bits(bits),
        experiment_id: new.experiment_id,
        name,
        status: RunStatus::Running,
        lifecycle: Lifecycle::Active,
        user: if new.user.is_empty() { ctx.caller().name().to_owned() } else { new.user },
        started_at: new.started_at.unwrap_or_else(|| ctx.now()),
        ended_at: None,
        metrics: Vec::new(),
        params: Vec::new(),
        tags,
        inputs: Vec::new(),
        models: Vec::new(),
    };
    ctx.store().insert_run(&run).await?;
    Ok(run)
}

/// Returns a run with its current values, deleted ones too.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn get(ctx: &Ctx, id: &RunId) -> Result<Run> {
    ctx.store().run(id).await?.ok_or_else(|| Error::not_found("run", id))
}

/// Changes the state, end or name of a run. A run that ends without an end time ends now.
///
/// # Errors
///
/// - `NotFound` if the run does not exist.
/// - `Conflict` if it is deleted.
#[instrument(name = "runs.update", skip_all, fields(run.id = %id))]
pub async fn update(ctx: &Ctx, id: &RunId, mut update: RunUpdate) -> Result<Run> {
    active(ctx, id).await?;
    if update.ended_at.is_none() && update.status.is_some_and(RunStatus::is_over) {
        update.ended_at = Some(ctx.now());
    }
    if !ctx.store().update_run(id, &update).await? {
        return Err(Error::not_found("run", id));
    }
    get(ctx, id).await
}

/// Stores metrics, params and tags of a run, all of them or none.
///
/// Values of params and tags that are too long are cut, as MLflow does. The tag `mlflow.runName` renames the run.
///
/// # Errors
///
/// - `NotFound` if the run, or the logged model that a point is about, does not exist.
/// - `Conflict` if the run is deleted.
/// - `Rule` if a param already has another value.
/// - `Invalid` if the tag with the name of the run is none.
#[instrument(level = "debug", name = "runs.log_batch", skip_all, fields(run.id = %id))]
pub async fn log_batch(ctx: &Ctx, id: &RunId, mut batch: Batch) -> Result<()> {
    batch.params.iter_mut().for_each(|param| shorten(&mut param.value, PARAM_VALUE_MAX));
    for tag in &mut batch.tags {
        shorten(&mut tag.value, TAG_VALUE_MAX);
        if tag.key.as_str() == RUN_NAME_TAG {
            RunName::parse(&tag.value)?;
        }
    }
    let given =
        |key: &ParamKey| batch.params.iter().find(|param| param.key == *key).map_or("", |param| &param.value);
    match ctx.store().insert_batch(id, &batch).await? {
        store::BatchOutcome::Stored => Ok(()),
        store::BatchOutcome::NoRun => Err(Error::not_found("run", id)),
        store::BatchOutcome::Deleted => Err(not_active(id)),
        store::BatchOutcome::ParamChanged { key, stored } => Err(Error::Rule(format!(
            "Changing param values is not allowed. Param with key='{key}' was already logged with value='{stored}' \
             for run ID='{id}'. Attempted logging new value '{}'.",
            given(&key)
        ))),
    }
}

/// Removes a tag.
///
/// # Errors
///
/// - `NotFound` if the run does not exist or does not have the tag.
/// - `Conflict` if it is deleted.
#[instrument(name = "runs.delete_tag", skip_all, fields(run.id = %id))]
pub async fn delete_tag(ctx: &Ctx, id: &RunId, key: &TagKey) -> Result<()> {
    active(ctx, id).await?;
    if ctx.store().delete_run_tag(id, key).await? { Ok(()) } else { Err(Error::not_found("tag", key)) }
}

/// Notes datasets and logged models that a run used or made; those it has already stay as they are.
///
/// # Errors
///
/// - `NotFound` if the run or a model does not exist.
/// - `Conflict` if the run is deleted.
#[instrument(name = "runs.log_inputs", skip_all, fields(run.id = %id))]
pub async fn log_inputs(
    ctx: &Ctx,
    id: &RunId,
    datasets: Vec<DatasetInput>,
    models: Vec<RunModel>,
) -> Result<()> {
    active(ctx, id).await?;
    if ctx.store().insert_inputs(id, &datasets, &models).await? {
        Ok(())
    } else {
        Err(Error::not_found("run", id))
    }
}

/// Adds a model to the run's own list of models, which is a tag that MLflow's 2.x clients read. `model` is JSON.
///
/// # Errors
///
/// - `NotFound` if the run does not exist.
/// - `Conflict` if it is deleted.
#[instrument(name = "runs.log_model", skip_all, fields(run.id = %id))]
pub async fn log_model(ctx: &Ctx, id: &RunId, model: serde_json::Value) -> Result<()> {
    active(ctx, id).await?;
    let key = TagKey::parse(LOG_MODEL_HISTORY_TAG)?;
    if ctx.store().append_to_run_tag(id, &key, &model).await? {
        Ok(())
    } else {
        Err(Error::not_found("run", id))
    }
}

/// Returns one page of the runs that fit a query.
///
/// # Errors
///
/// `Invalid` if `max_results` is out of range; `Rule` if the page token is not one of this query.
#[instrument(name = "runs.search", skip_all)]
pub async fn search(ctx: &Ctx, query: RunQuery) -> Result<RunPage> {
    if !(1..=MAX_RESULTS).contains(&query.max_results) {
        return Err(Error::invalid_field("max_results", format!("must be from 1 to {MAX_RESULTS}")));
    }
    if query.experiment_ids.is_empty() {
        return Ok(RunPage { runs: Vec::new(), next_page_token: None });
    }
    Ok(ctx.store().search_runs(&query).await?)
}

/// Returns several runs in the order asked for.
///
/// # Errors
///
/// `Invalid` if there are more than [`MAX_COMPARED`]; `NotFound` if one of them does not exist.
pub async fn compare(ctx: &Ctx, ids: &[RunId]) -> Result<Vec<Run>> {
    if ids.len() > MAX_COMPARED {
        return Err(Error::invalid_field("run", format!("may be given at most {MAX_COMPARED} times")));
    }
    let runs = ctx.store().runs(ids).await?;
    match ids.iter().find(|id| !runs.iter().any(|run| run.id == **id)) {
        Some(missing) => Err(Error::not_found("run", missing)),
        None => Ok(runs),
    }
}

/// Returns the finished run that is best by the experiment's goal.
///
/// # Errors
///
/// `NotFound` if the experiment does not exist.
pub async fn best(ctx: &Ctx, experiment_id: ExperimentId) -> Result<Option<RunId>> {
    let experiment = experiments::get(ctx, experiment_id).await?;
    Ok(ctx.store().best_run(experiment_id, &experiment.goal).await?)
}

/// Returns the names of the metrics and params that the experiment's runs have.
///
/// # Errors
///
/// Only those of the store.
pub async fn columns(ctx: &Ctx, experiment_id: ExperimentId) -> Result<Columns> {
    let (metrics, params) =
        tokio::try_join!(ctx.store().metric_keys(experiment_id), ctx.store().param_keys(experiment_id))?;
    Ok(Columns { metrics, params })
}

/// Returns all points of a metric by step, time and arrival; empty if it was never logged.
///
/// # Errors
///
/// `NotFound` if the run does not exist.
pub async fn metric_history(ctx: &Ctx, id: &RunId, key: &MetricKey) -> Result<Vec<MetricPoint>> {
    let points = ctx.store().metric_history(id, key).await?;
    if points.is_empty() {
        get(ctx, id).await?;
    }
    Ok(points)
}

/// Puts a run into the trash; nothing happens if it is there already.
///
/// # Errors
///
/// `NotFound` if the run does not exist.
#[instrument(name = "runs.delete", skip_all, fields(run.id = %id))]
pub async fn delete(ctx: &Ctx, id: &RunId) -> Result<()> {
    set_lifecycle(ctx, id, Lifecycle::Deleted).await
}

/// Takes a run out of the trash; nothing happens if it is not there.
///
/// # Errors
///
/// `NotFound` if the run does not exist.
#[instrument(name = "runs.restore", skip_all, fields(run.id = %id))]
pub async fn restore(ctx: &Ctx, id: &RunId) -> Result<()> {
    set_lifecycle(ctx, id, Lifecycle::Active).await
}

async fn set_lifecycle(ctx: &Ctx, id: &RunId, lifecycle: Lifecycle) -> Result<()> {
    if ctx.store().set_run_lifecycle(id, lifecycle, ctx.now()).await? {
        Ok(())
    } else {
        Err(Error::not_found("run", id))
    }
}

async fn active(ctx: &Ctx, id: &RunId) -> Result<()> {
    match ctx.store().run_lifecycle(id).await? {
        Some(Lifecycle::Active) => Ok(()),
        Some(Lifecycle::Deleted) => Err(not_active(id)),
        None => Err(Error::not_found("run", id)),
    }
}

fn not_active(id: &RunId) -> Error {
    Error::Conflict(format!("The run {id} must be in the 'active' state. Current state is deleted."))
}

/// Cuts a text to so many characters.
pub(crate) fn shorten(text: &mut String, characters: usize) {
    // A character has at least one byte: most texts are not even looked at.
    if text.len() > characters
        && let Some((end, _)) = text.char_indices().nth(characters)
    {
        text.truncate(end);
    }
}
