//! Logged models (`mlflow/protos/service.proto`).

mod view;

use axum::Json;
use axum::response::Response;
use domain::{logged_models, search};
use http::HeaderMap;
use serde::Serialize;
use types::{
    DatasetReference, LoggedModelId, LoggedModelName, LoggedModelOrder, LoggedModelQuery, LoggedModelStatus,
    NewLoggedModel, Param, ParamKey, TagKey,
};

use self::view::LoggedModelView;
use super::artifacts::{ArtifactsAnswer, FileInfo, artifact_path, folder_path};
use super::error::MlflowError;
use super::experiments::experiment_id;
use super::message::{Place, message};
use super::op::{Asked, Op, Received, Rest, Steps};
use super::runs::{experiment_ids, run_id};
use super::wire::{Empty, KeyValue, tags};
use crate::download::{self, Show};

/// Size of a page if none is asked for.
const DEFAULT_RESULTS: u32 = 100;

message! {
    struct CreateLoggedModel {
        required experiment_id: String,
        plain name: String,
        plain model_type: String,
        plain source_run_id: String,
        plain params: Vec<KeyValue>,
        plain tags: Vec<KeyValue>,
    }
}

message! {
    struct GetLoggedModel {
        optional allow_deleted: bool,
    }
}

message! {
    struct FinalizeLoggedModel {
        required model_id: String,
        required status: String,
    }
}

message! {
    struct LogLoggedModelParams {
        required model_id: String,
        plain params: Vec<KeyValue>,
    }
}

message! {
    struct SetLoggedModelTags {
        plain tags: Vec<KeyValue>,
    }
}

message! {
    struct SearchedDataset {
        plain dataset_name: String,
        plain dataset_digest: String,
    }
}

message! {
    struct OrderedBy {
        required field_name: String,
        optional ascending: bool,
        plain dataset_name: String,
        plain dataset_digest: String,
    }
}

message! {
    struct SearchLoggedModels {
        required experiment_ids: Vec<String>,
        plain filter: String,
        plain datasets: Vec<SearchedDataset>,
        optional max_results: i64,
        plain order_by: Vec<OrderedBy>,
        plain page_token: String,
    }
}

message! {
    /// The pages of MLflow say `path`.
    struct ListLoggedModelArtifacts {
        plain artifact_directory_path: String,
        plain path: String,
    }
}

message! {
    struct WhichFile {
        required artifact_file_path: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct LoggedModelAnswer {
    model: LoggedModelView,
}

#[derive(Debug, Serialize)]
pub(crate) struct LoggedModelsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    models: Vec<LoggedModelView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Reads an identifier. A text that is none is that of nothing.
pub(super) fn model_id(text: &str) -> Result<LoggedModelId, MlflowError> {
    LoggedModelId::parse(text)
        .map_err(|_| domain::Error::NotFound { what: "logged model", id: text.to_owned() }.into())
}

/// Reads params of the field `params`.
fn params(pairs: Vec<KeyValue>) -> Result<Vec<Param>, MlflowError> {
    let place = Place::Root.field("params");
    let param = |(index, KeyValue { key, value })| {
        let key = Place::Item(&place, index).field("key").parsed(&key, ParamKey::parse)?;
        Ok(Param { key, value })
    };
    pairs.into_iter().enumerate().map(param).collect()
}

/// Reads a dataset that may be left out; a digest alone means nothing.
pub(super) fn dataset(name: String, digest: String) -> Option<DatasetReference> {
    (!name.is_empty()).then_some(DatasetReference { name, digest })
}

pub(crate) async fn create_logged_model(
    Op(ctx): Op,
    Received(message): Received<CreateLoggedModel>,
) -> Result<Json<LoggedModelAnswer>, MlflowError> {
    let name = match message.name.as_str() {
        "" => None,
        name => Some(LoggedModelName::parse(name).map_err(|_| {
            MlflowError::invalid(format!(
                "Invalid model name ('{name}') provided. Model name must be a non-empty string and cannot contain the \
                 following characters: ('/', ':', '.', '%', '\"', \"'\")"
            ))
        })?),
    };
    let source = message.source_run_id;
    let new = NewLoggedModel {
        experiment_id: experiment_id(&message.experiment_id)?,
        name,
        model_type: message.model_type,
        source_run_id: if source.is_empty() { None } else { Some(run_id(source, String::new())?) },
        params: params(message.params)?,
        tags: tags(message.tags)?,
    };
    let model = logged_models::create(&ctx, new).await?;
    Ok(Json(LoggedModelAnswer { model: model.into() }))
}

pub(crate) async fn get_logged_model(
    Op(ctx): Op,
    Rest(id): Rest,
    Asked(message): Asked<GetLoggedModel>,
) -> Result<Json<LoggedModelAnswer>, MlflowError> {
    let with_deleted = message.allow_deleted.unwrap_or(false);
    let model = logged_models::get(&ctx, &model_id(&id)?, with_deleted).await?;
    Ok(Json(LoggedModelAnswer { model: model.into() }))
}

pub(crate) async fn finalize_logged_model(
    Op(ctx): Op,
    Received(message): Received<FinalizeLoggedModel>,
) -> Result<Json<LoggedModelAnswer>, MlflowError> {
    let status = match message.status.as_str() {
        "LOGGED_MODEL_PENDING" => LoggedModelStatus::Pending,
        "LOGGED_MODEL_READY" => LoggedModelStatus::Ready,
        "LOGGED_MODEL_UPLOAD_FAILED" => LoggedModelStatus::Failed,
        // An unknown name is as good as none.
        _ => return Err(Place::Root.field("status").missing()),
    };
    let model = logged_models::finalize(&ctx, &model_id(&message.model_id)?, status).await?;
    Ok(Json(LoggedModelAnswer { model: model.into() }))
}

pub(crate) async fn delete_logged_model(Op(ctx): Op, Rest(id): Rest) -> Result<Json<Empty>, MlflowError> {
    logged_models::delete(&ctx, &model_id(&id)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn log_params(
    Op(ctx): Op,
    Received(message): Received<LogLoggedModelParams>,
) -> Result<Json<Empty>, MlflowError> {
    logged_models::log_params(&ctx, &model_id(&message.model_id)?, params(message.params)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn set_tags(
    Op(ctx): Op,
    Rest(id): Rest,
    Received(message): Received<SetLoggedModelTags>,
) -> Result<Json<Empty>, MlflowError> {
    logged_models::set_tags(&ctx, &model_id(&id)?, tags(message.tags)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_tag(
    Op(ctx): Op,
    Steps((id, key)): Steps<(String, String)>,
) -> Result<Json<Empty>, MlflowError> {
    let Ok(key) = TagKey::parse(&key) else {
        return Err(domain::Error::NotFound { what: "tag", id: key }.into());
    };
    logged_models::delete_tag(&ctx, &model_id(&id)?, &key).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn search_logged_models(
    Op(ctx): Op,
    Received(message): Received<SearchLoggedModels>,
) -> Result<Json<LoggedModelsAnswer>, MlflowError> {
    let datasets: Option<Vec<_>> = message
        .datasets
        .into_iter()
        .map(|searched| dataset(searched.dataset_name, searched.dataset_digest))
        .collect();
    let Some(datasets) = datasets else {
        return Err(MlflowError::invalid("`dataset_name` in the `datasets` clause must be specified."));
    };
    let order_by = message.order_by.into_iter().map(|key| {
        Ok::<_, MlflowError>(LoggedModelOrder {
            field: search::parse_logged_model_order(&key.field_name)?,
            descending: key.ascending == Some(false),
            dataset: dataset(key.dataset_name, key.dataset_digest),
        })
    });
    let query = LoggedModelQuery {
        experiment_ids: experiment_ids(&message.experiment_ids)?,
        filter: search::parse_logged_model_filter(&message.filter)?,
        datasets,
        order_by: order_by.collect::<Result<_, _>>()?,
        max_results: match message.max_results {
            None | Some(0) => DEFAULT_RESULTS,
            Some(size) => super::runs::page_size(size)?,
        },
        page_token: Some(message.page_token).filter(|token| !token.is_empty()),
    };
    let page = logged_models::search(&ctx, query).await?;
    let models = page.models.into_iter().map(LoggedModelView::from).collect();
    Ok(Json(LoggedModelsAnswer { models, next_page_token: page.next_page_token }))
}

pub(crate) async fn list_artifacts(
    Op(ctx): Op,
    Rest(id): Rest,
    Asked(message): Asked<ListLoggedModelArtifacts>,
) -> Result<Json<ArtifactsAnswer>, MlflowError> {
    let path = if message.artifact_directory_path.is_empty() {
        message.path
    } else {
        message.artifact_directory_path
    };
    let folder = folder_path(&path)?;
    let (model, entries) = logged_models::list_folder(&ctx, &model_id(&id)?, folder.as_ref()).await?;
    Ok(Json(ArtifactsAnswer {
        root_uri: logged_models::artifact_uri(model.experiment_id, &model.id),
        files: entries.into_iter().map(FileInfo::from).collect(),
    }))
}

pub(crate) async fn get_artifact(
    Op(ctx): Op,
    Rest(id): Rest,
    headers: HeaderMap,
    Asked(message): Asked<WhichFile>,
) -> Result<Response, MlflowError> {
    let path = artifact_path(&message.artifact_file_path)?;
    let (artifact, content) = logged_models::open(&ctx, &model_id(&id)?, &path).await?;
    Ok(download::send(&artifact, content, Show::Saved, &headers))
}
