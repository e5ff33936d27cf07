//! Experiments (`mlflow/protos/service.proto`).

use axum::Json;
use domain::experiments;
use serde::Serialize;
use types::{Experiment, ExperimentId, ExperimentName, NewExperiment, Tag};

use super::error::MlflowError;
use super::message::{Place, message};
use super::op::{Op, Received};
use super::wire::{KeyValue, stage, tags};

message! {
    struct CreateExperiment {
        required name: String,
        plain artifact_location: String,
        plain tags: Vec<KeyValue>,
    }
}

message! {
    struct GetExperiment {
        required experiment_id: String,
    }
}

message! {
    struct GetExperimentByName {
        required experiment_name: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct CreatedExperiment {
    experiment_id: ExperimentId,
}

#[derive(Debug, Serialize)]
pub(crate) struct ExperimentAnswer {
    experiment: ExperimentView,
}

/// MLflow's `Experiment`.
#[derive(Debug, Serialize)]
struct ExperimentView {
    experiment_id: ExperimentId,
    name: ExperimentName,
    artifact_location: String,
    lifecycle_stage: &'static str,
    last_update_time: i64,
    creation_time: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    workspace: &'static str,
}

impl From<Experiment> for ExperimentView {
    fn from(experiment: Experiment) -> Self {
        Self {
            experiment_id: experiment.id,
            name: experiment.name,
            artifact_location: experiments::artifact_location(experiment.id),
            lifecycle_stage: stage(experiment.lifecycle),
            last_update_time: experiment.updated_at.0,
            creation_time: experiment.created_at.0,
            tags: experiment.tags,
            workspace: "default",
        }
    }
}

/// Reads the field `experiment_id`.
pub(super) fn experiment_id(text: &str) -> Result<ExperimentId, MlflowError> {
    Place::Root.field("experiment_id").parsed(text, ExperimentId::parse)
}

pub(crate) async fn create_experiment(
    Op(ctx): Op,
    Received(message): Received<CreateExperiment>,
) -> Result<Json<CreatedExperiment>, MlflowError> {
    if !message.artifact_location.is_empty() {
        return Err(MlflowError::invalid(
            "Invalid value for parameter 'artifact_location' supplied: this server decides where artifacts are \
             kept; create the experiment without a location.",
        ));
    }
    let name = Place::Root.field("name").parsed(&message.name, ExperimentName::parse)?;
    let created = experiments::create(&ctx, NewExperiment { name, tags: tags(message.tags)? }).await?;
    Ok(Json(CreatedExperiment { experiment_id: created.id }))
}

pub(crate) async fn get_experiment(
    Op(ctx): Op,
    Received(message): Received<GetExperiment>,
) -> Result<Json<ExperimentAnswer>, MlflowError> {
    let experiment = experiments::get(&ctx, experiment_id(&message.experiment_id)?).await?;
    Ok(Json(ExperimentAnswer { experiment: experiment.into() }))
}

pub(crate) async fn get_experiment_by_name(
    Op(ctx): Op,
    Received(message): Received<GetExperimentByName>,
) -> Result<Json<ExperimentAnswer>, MlflowError> {
    // A text that cannot be a name is the name of nothing.
    let Ok(name) = ExperimentName::parse(&message.experiment_name) else {
        return Err(domain::Error::NotFound { what: "experiment", id: message.experiment_name }.into());
    };
    let experiment = experiments::get_by_name(&ctx, &name).await?;
    Ok(Json(ExperimentAnswer { experiment: experiment.into() }))
}
