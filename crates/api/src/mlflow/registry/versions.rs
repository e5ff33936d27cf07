//! Versions of registered models (`mlflow/protos/model_registry.proto`).

use axum::Json;
use axum::response::Response;
use domain::{registry, search};
use http::HeaderMap;
use serde::Serialize;
use types::{ModelStage, ModelVersion, NewModelVersion, TagKey, VersionQuery};

use super::view::ModelVersionView;
use super::{model_name, page_size, registry_tag, registry_tags};
use crate::download::{self, Show};
use crate::mlflow::artifacts::artifact_path;
use crate::mlflow::error::MlflowError;
use crate::mlflow::logged_models::model_id;
use crate::mlflow::message::{Place, message};
use crate::mlflow::op::{Asked, Op, Received};
use crate::mlflow::runs::run_id;
use crate::mlflow::wire::{Empty, KeyValue};

/// Size of a page if none is asked for.
const DEFAULT_RESULTS: i64 = 10_000;

message! {
    struct CreateModelVersion {
        required name: String,
        required source: String,
        plain run_id: String,
        plain tags: Vec<KeyValue>,
        plain run_link: String,
        plain description: String,
        plain model_id: String,
    }
}

message! {
    /// `GetModelVersion`, `DeleteModelVersion` and `GetModelVersionDownloadUri`: only which one.
    struct WhichVersion {
        required name: String,
        required version: String,
    }
}

message! {
    struct UpdateModelVersion {
        required name: String,
        required version: String,
        plain description: String,
    }
}

message! {
    struct TransitionStage {
        required name: String,
        required version: String,
        required stage: String,
        optional archive_existing_versions: bool,
    }
}

message! {
    struct GetLatestVersions {
        required name: String,
        plain stages: Vec<String>,
    }
}

message! {
    struct SearchModelVersions {
        plain filter: String,
        optional max_results: i64,
        plain order_by: Vec<String>,
        plain page_token: String,
    }
}

message! {
    struct SetModelVersionTag {
        required name: String,
        required version: String,
        required key: String,
        plain value: String,
    }
}

message! {
    struct DeleteModelVersionTag {
        required name: String,
        required version: String,
        required key: String,
    }
}

message! {
    /// There is no message of it: MLflow reads it from the address.
    struct WhichFile {
        required name: String,
        required version: String,
        required path: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ModelVersionAnswer {
    model_version: ModelVersionView,
}

impl From<ModelVersion> for ModelVersionAnswer {
    fn from(version: ModelVersion) -> Self {
        Self { model_version: version.into() }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ModelVersionsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_versions: Vec<ModelVersionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct DownloadUriAnswer {
    artifact_uri: String,
}

/// Reads the number of a version.
pub(super) fn version_number(text: &str) -> Result<i64, MlflowError> {
    text.parse()
        .map_err(|_| MlflowError::invalid(format!("Parameter 'version' must be an integer, got '{text}'.")))
}

/// Reads the name of a stage.
fn stage(text: &str) -> Result<ModelStage, MlflowError> {
    ModelStage::from_name(text).ok_or_else(|| {
        let names = ModelStage::ALL.map(ModelStage::as_str).join(", ");
        MlflowError::invalid(format!("Invalid Model Version stage: {text}. Value must be one of {names}."))
    })
}

pub(crate) async fn create_version(
    Op(ctx): Op,
    Received(message): Received<CreateModelVersion>,
) -> Result<Json<ModelVersionAnswer>, MlflowError> {
    let new = NewModelVersion {
        name: model_name(&message.name)?,
        source: message.source,
        run_id: match message.run_id {
            id if id.is_empty() => None,
            id => Some(run_id(id, String::new())?),
        },
        model_id: match message.model_id.as_str() {
            "" => None,
            id => Some(model_id(id)?),
        },
        run_link: message.run_link,
        description: message.description,
        tags: registry_tags(message.tags)?,
    };
    Ok(Json(registry::create_version(&ctx, new).await?.into()))
}

pub(crate) async fn get_version(
    Op(ctx): Op,
    Received(message): Received<WhichVersion>,
) -> Result<Json<ModelVersionAnswer>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    Ok(Json(registry::get_version(&ctx, &name, version).await?.into()))
}

pub(crate) async fn update_version(
    Op(ctx): Op,
    Received(message): Received<UpdateModelVersion>,
) -> Result<Json<ModelVersionAnswer>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    Ok(Json(registry::describe_version(&ctx, &name, version, &message.description).await?.into()))
}

pub(crate) async fn delete_version(
    Op(ctx): Op,
    Received(message): Received<WhichVersion>,
) -> Result<Json<Empty>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    registry::delete_version(&ctx, &name, version).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn transition_stage(
    Op(ctx): Op,
    Received(message): Received<TransitionStage>,
) -> Result<Json<ModelVersionAnswer>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    let (stage, archive) = (stage(&message.stage)?, message.archive_existing_versions.unwrap_or(false));
    Ok(Json(registry::set_stage(&ctx, &name, version, stage, archive).await?.into()))
}

pub(crate) async fn get_latest_versions(
    Op(ctx): Op,
    Received(message): Received<GetLatestVersions>,
) -> Result<Json<ModelVersionsAnswer>, MlflowError> {
    let stages: Vec<_> = message.stages.iter().map(|text| stage(text)).collect::<Result<_, _>>()?;
    let versions = registry::latest_versions(&ctx, &model_name(&message.name)?, &stages).await?;
    Ok(Json(ModelVersionsAnswer {
        model_versions: versions.into_iter().map(ModelVersionView::from).collect(),
        next_page_token: None,
    }))
}

pub(crate) async fn search_versions(
    Op(ctx): Op,
    Received(message): Received<SearchModelVersions>,
) -> Result<Json<ModelVersionsAnswer>, MlflowError> {
    let order_by = message.order_by.iter().map(|key| search::parse_version_order(key));
    let query = VersionQuery {
        filter: search::parse_version_filter(&message.filter)?,
        order_by: order_by.collect::<Result<_, _>>()?,
        max_results: page_size(message.max_results.unwrap_or(DEFAULT_RESULTS), registry::VERSIONS_MAX)?,
        page_token: Some(message.page_token).filter(|token| !token.is_empty()),
    };
    let page = registry::search_versions(&ctx, query).await?;
    let model_versions = page.versions.into_iter().map(ModelVersionView::from).collect();
    Ok(Json(ModelVersionsAnswer { model_versions, next_page_token: page.next_page_token }))
}

pub(crate) async fn get_download_uri(
    Op(ctx): Op,
    Received(message): Received<WhichVersion>,
) -> Result<Json<DownloadUriAnswer>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    let artifact_uri = registry::download_uri(&ctx, &name, version).await?;
    Ok(Json(DownloadUriAnswer { artifact_uri }))
}

pub(crate) async fn set_tag(
    Op(ctx): Op,
    Received(message): Received<SetModelVersionTag>,
) -> Result<Json<Empty>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    let tag = registry_tag(message.key, message.value)?;
    registry::set_version_tag(&ctx, &name, version, &tag).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_tag(
    Op(ctx): Op,
    Received(message): Received<DeleteModelVersionTag>,
) -> Result<Json<Empty>, MlflowError> {
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    let key = Place::Root.field("key").parsed(&message.key, TagKey::parse)?;
    registry::delete_version_tag(&ctx, &name, version, &key).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn get_artifact(
    Op(ctx): Op,
    headers: HeaderMap,
    Asked(message): Asked<WhichFile>,
) -> Result<Response, MlflowError> {
    let path = artifact_path(&message.path)?;
    let (name, version) = (model_name(&message.name)?, version_number(&message.version)?);
    let (artifact, content) = registry::open(&ctx, &name, version, &path).await?;
    Ok(download::send(&artifact, content, Show::Saved, &headers))
}
