//! Experiments: create, look up, rank.

use tracing::instrument;
use types::{Experiment, ExperimentId, ExperimentName, ExperimentSummary, Goal, NewExperiment};

use crate::{Ctx, Error, Result};

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
