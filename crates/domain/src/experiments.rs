//! Experiments: create, look up, rank.

use tracing::instrument;
use types::{
    DatasetSummary, Experiment, ExperimentId, ExperimentName, ExperimentPage, ExperimentQuery,
    ExperimentSummary, Goal, Lifecycle, NewExperiment, Tag, TagKey,
};

use crate::{Ctx, Error, Result};

/// Largest page of a search.
const MAX_RESULTS: u32 = 50_000;

const MUST_BE_ACTIVE: &str =
    "The experiment must be in the 'active' state. Current state is deleted; restore it first.";

/// Where the artifacts of an experiment's runs are, as MLflow's clients are told.
#[must_use]
pub fn artifact_location(id: ExperimentId) -> String {
    format!("mlflow-artifacts:/{id}")
}

/// Creates an experiment.
///
/// # Errors
///
/// `AlreadyExists` if the name is taken, also by a deleted experiment.
#[instrument(name = "experiments.create", skip_all, fields(experiment.name = %new.name))]
pub async fn create(ctx: &Ctx, new: NewExperiment) -> Result<Experiment> {
    ctx.store()
        .insert_experiment(&new, ctx.now())
        .await?
        .ok_or_else(|| Error::AlreadyExists { what: "experiment", name: new.name.to_string() })
}

/// Returns an experiment, deleted ones too.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn get(ctx: &Ctx, id: ExperimentId) -> Result<Experiment> {
    ctx.store().experiment(id).await?.ok_or_else(|| Error::not_found("experiment", id))
}

/// Returns the experiment of this name, deleted ones too.
///
/// # Errors
///
/// `NotFound` if there is none.
pub async fn get_by_name(ctx: &Ctx, name: &ExperimentName) -> Result<Experiment> {
    ctx.store().experiment_by_name(name).await?.ok_or_else(|| Error::not_found("experiment", name))
}

/// Returns all active experiments, the last used first.
///
/// # Errors
///
/// Only those of the store.
pub async fn list(ctx: &Ctx) -> Result<Vec<ExperimentSummary>> {
    Ok(ctx.store().experiment_summaries().await?)
}

/// Returns one page of the experiments that fit a query.
///
/// # Errors
///
/// `Invalid` if `max_results` is out of range; `Rule` if the page token is not one of this query.
pub async fn search(ctx: &Ctx, query: ExperimentQuery) -> Result<ExperimentPage> {
    if !(1..=MAX_RESULTS).contains(&query.max_results) {
        return Err(Error::invalid_field("max_results", format!("must be from 1 to {MAX_RESULTS}")));
    }
    Ok(ctx.store().search_experiments(&query).await?)
}

/// Renames an active experiment.
///
/// # Errors
///
/// - `NotFound` if there is no such experiment.
/// - `Conflict` if it is deleted.
/// - `AlreadyExists` if the name is taken, also by a deleted experiment.
#[instrument(name = "experiments.rename", skip_all, fields(experiment.id = %id))]
pub async fn rename(ctx: &Ctx, id: ExperimentId, name: &ExperimentName) -> Result<()> {
    active(ctx, id, "Cannot rename a non-active experiment.").await?;
    if ctx.store().rename_experiment(id, name, ctx.now()).await? {
        Ok(())
    } else {
        Err(Error::not_found("experiment", id))
    }
}

/// Puts an experiment and its runs into the trash.
///
/// # Errors
///
/// `NotFound` if there is no such experiment in use.
#[instrument(name = "experiments.delete", skip_all, fields(experiment.id = %id))]
pub async fn delete(ctx: &Ctx, id: ExperimentId) -> Result<()> {
    set_lifecycle(ctx, id, Lifecycle::Deleted).await
}

/// Takes an experiment and its runs out of the trash.
///
/// # Errors
///
/// `NotFound` if there is no such experiment in the trash.
#[instrument(name = "experiments.restore", skip_all, fields(experiment.id = %id))]
pub async fn restore(ctx: &Ctx, id: ExperimentId) -> Result<()> {
    set_lifecycle(ctx, id, Lifecycle::Active).await
}

async fn set_lifecycle(ctx: &Ctx, id: ExperimentId, lifecycle: Lifecycle) -> Result<()> {
    if ctx.store().set_experiment_lifecycle(id, lifecycle, ctx.now()).await? {
        Ok(())
    } else {
        Err(Error::not_found("experiment", id))
    }
}

/// Sets a tag, or replaces it.
///
/// # Errors
///
/// - `NotFound` if there is no such experiment.
/// - `Conflict` if it is deleted.
#[instrument(name = "experiments.set_tag", skip_all, fields(experiment.id = %id))]
pub async fn set_tag(ctx: &Ctx, id: ExperimentId, tag: &Tag) -> Result<()> {
    active(ctx, id, MUST_BE_ACTIVE).await?;
    Ok(ctx.store().set_experiment_tag(id, tag, ctx.now()).await?)
}

/// Removes a tag.
///
/// # Errors
///
/// - `NotFound` if there is no such experiment, or it does not have the tag.
/// - `Conflict` if it is deleted.
#[instrument(name = "experiments.delete_tag", skip_all, fields(experiment.id = %id))]
pub async fn delete_tag(ctx: &Ctx, id: ExperimentId, key: &TagKey) -> Result<()> {
    active(ctx, id, MUST_BE_ACTIVE).await?;
    if ctx.store().delete_experiment_tag(id, key, ctx.now()).await? {
        Ok(())
    } else {
        Err(Error::not_found("tag", key))
    }
}

/// Returns the datasets that runs of these experiments used.
///
/// # Errors
///
/// Only those of the store.
pub async fn datasets(ctx: &Ctx, ids: &[ExperimentId]) -> Result<Vec<DatasetSummary>> {
    Ok(ctx.store().input_datasets(ids).await?)
}

async fn active(ctx: &Ctx, id: ExperimentId, otherwise: &str) -> Result<()> {
    match get(ctx, id).await?.lifecycle {
        Lifecycle::Active => Ok(()),
        Lifecycle::Deleted => Err(Error::Conflict(otherwise.to_owned())),
    }
}

/// Sets the metric that ranks the runs of an experiment.
///
/// # Errors
///
/// `NotFound` if there is no such experiment.
#[instrument(name = "experiments.set_goal", skip_all, fields(experiment.id = %id))]
pub async fn set_goal(ctx: &Ctx, id: ExperimentId, goal: Goal) -> Result<Experiment> {
    if !ctx.store().set_goal(id, &goal, ctx.now()).await? {
        return Err(Error::not_found("experiment", id));
    }
    get(ctx, id).await
}

/// Returns the experiment of this name and creates it if there is none.
pub(crate) async fn get_or_create(ctx: &Ctx, name: &ExperimentName) -> Result<Experiment> {
    if let Some(experiment) = ctx.store().experiment_by_name(name).await? {
        return Ok(experiment);
    }
    match create(ctx, NewExperiment { name: name.clone(), tags: Vec::new() }).await {
        // Somebody else was faster.
        Err(Error::AlreadyExists { .. }) => get_by_name(ctx, name).await,
        other => other,
    }
}
