//! Experiments (`mlflow/protos/service.proto`).

use axum::Json;
use domain::{experiments, search};
use serde::Serialize;
use types::{
    DatasetSummary, ErrorKind, Experiment, ExperimentId, ExperimentName, ExperimentQuery, NewExperiment, Tag,
    TagKey,
};

use super::error::{ErrorCode, MlflowError};
use super::message::{Place, message};
use super::op::{Op, Received};
use super::runs::{experiment_ids, page_size, view};
use super::wire::{Empty, KeyValue, stage, tag, tags};

/// Longest value of a tag, in characters.
const TAG_VALUE_MAX: usize = 20_000;

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

message! {
    struct SearchExperiments {
        optional max_results: i64,
        plain page_token: String,
        plain filter: String,
        plain order_by: Vec<String>,
        plain view_type: String,
    }
}

message! {
    struct UpdateExperiment {
        required experiment_id: String,
        required new_name: String,
    }
}

message! {
    struct SetExperimentTag {
        required experiment_id: String,
        required key: String,
        plain value: String,
    }
}

message! {
    struct DeleteExperimentTag {
        required experiment_id: String,
        required key: String,
    }
}

message! {
    struct SearchDatasets {
        plain experiment_ids: Vec<String>,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ExperimentsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    experiments: Vec<ExperimentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct DatasetsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_summaries: Vec<DatasetSummaryView>,
}

#[derive(Debug, Serialize)]
struct DatasetSummaryView {
    experiment_id: ExperimentId,
    name: String,
    digest: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    context: String,
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

fn check_tag_value(value: &str) -> Result<(), MlflowError> {
    // A character has at least one byte.
    if value.len() > TAG_VALUE_MAX && value.chars().nth(TAG_VALUE_MAX).is_some() {
        return Err(MlflowError::invalid(format!(
            "'value' exceeds the maximum length of {TAG_VALUE_MAX} characters"
        )));
    }
    Ok(())
}

/// Reads the field `experiment_id`.
pub(super) fn experiment_id(text: &str) -> Result<ExperimentId, MlflowError> {
    ExperimentId::parse(text).map_err(|_| {
        MlflowError::invalid(format!(
            "Invalid experiment ID '{text}'. Experiment ID must be a valid integer."
        ))
    })
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
    message.tags.iter().try_for_each(|tag| check_tag_value(&tag.value))?;
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

pub(crate) async fn search_experiments(
    Op(ctx): Op,
    Received(message): Received<SearchExperiments>,
) -> Result<Json<ExperimentsAnswer>, MlflowError> {
    let order_by = message.order_by.iter().map(|key| search::parse_experiment_order(key));
    let query = ExperimentQuery {
        filter: search::parse_experiment_filter(&message.filter)?,
        order_by: order_by.collect::<Result<_, _>>()?,
        view: view(&message.view_type),
        max_results: page_size(message.max_results.unwrap_or_default())?,
        page_token: Some(message.page_token).filter(|token| !token.is_empty()),
    };
    let page = experiments::search(&ctx, query).await?;
    let experiments = page.experiments.into_iter().map(ExperimentView::from).collect();
    Ok(Json(ExperimentsAnswer { experiments, next_page_token: page.next_page_token }))
}

/// Renaming a deleted experiment has a code of its own.
pub(crate) async fn update_experiment(
    Op(ctx): Op,
    Received(message): Received<UpdateExperiment>,
) -> Result<Json<Empty>, MlflowError> {
    let name = Place::Root.field("new_name").parsed(&message.new_name, ExperimentName::parse)?;
    match experiments::rename(&ctx, experiment_id(&message.experiment_id)?, &name).await {
        Ok(()) => Ok(Json(Empty {})),
        Err(error) if error.kind() == ErrorKind::Conflict => {
            Err(MlflowError::new(ErrorCode::InvalidState, error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn delete_experiment(
    Op(ctx): Op,
    Received(message): Received<GetExperiment>,
) -> Result<Json<Empty>, MlflowError> {
    experiments::delete(&ctx, experiment_id(&message.experiment_id)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn restore_experiment(
    Op(ctx): Op,
    Received(message): Received<GetExperiment>,
) -> Result<Json<Empty>, MlflowError> {
    experiments::restore(&ctx, experiment_id(&message.experiment_id)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn set_experiment_tag(
    Op(ctx): Op,
    Received(message): Received<SetExperimentTag>,
) -> Result<Json<Empty>, MlflowError> {
    check_tag_value(&message.value)?;
    let tag = tag(KeyValue { key: message.key, value: message.value }, &Place::Root)?;
    experiments::set_tag(&ctx, experiment_id(&message.experiment_id)?, &tag).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_experiment_tag(
    Op(ctx): Op,
    Received(message): Received<DeleteExperimentTag>,
) -> Result<Json<Empty>, MlflowError> {
    let Ok(key) = TagKey::parse(&message.key) else {
        return Err(domain::Error::NotFound { what: "tag", id: message.key }.into());
    };
    experiments::delete_tag(&ctx, experiment_id(&message.experiment_id)?, &key).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn search_datasets(
    Op(ctx): Op,
    Received(message): Received<SearchDatasets>,
) -> Result<Json<DatasetsAnswer>, MlflowError> {
    let found = experiments::datasets(&ctx, &experiment_ids(&message.experiment_ids)?).await?;
    let summaries = found.into_iter().map(|summary| {
        let DatasetSummary { experiment_id, name, digest, context } = summary;
        DatasetSummaryView { experiment_id, name, digest, context }
    });
    Ok(Json(DatasetsAnswer { dataset_summaries: summaries.collect() }))
}
