//! Registered models and their aliases (`mlflow/protos/model_registry.proto`).

pub(super) mod versions;
mod view;

use axum::Json;
use domain::models::{self, Unservable};
use domain::{registry, search};
use serde::Serialize;
use types::{Alias, ModelName, RegistryQuery, Tag, TagKey};

use self::versions::{ModelVersionAnswer, version_number};
use self::view::RegisteredModelView;
use super::error::MlflowError;
use super::message::{Place, message};
use super::op::{Op, Received};
use super::wire::{Empty, KeyValue, tag, tags};

/// Size of a page if none is asked for.
const DEFAULT_RESULTS: i64 = 100;

/// Longest value of a tag, in characters.
const TAG_VALUE_MAX: usize = 100_000;

message! {
    struct CreateRegisteredModel {
        required name: String,
        plain tags: Vec<KeyValue>,
        plain description: String,
    }
}

message! {
    /// `GetRegisteredModel` and `DeleteRegisteredModel`: only which one.
    struct WhichRegisteredModel {
        required name: String,
    }
}

message! {
    struct UpdateRegisteredModel {
        required name: String,
        plain description: String,
    }
}

message! {
    struct RenameRegisteredModel {
        required name: String,
        required new_name: String,
    }
}

message! {
    struct SearchRegisteredModels {
        plain filter: String,
        optional max_results: i64,
        plain order_by: Vec<String>,
        plain page_token: String,
    }
}

message! {
    struct SetRegisteredModelTag {
        required name: String,
        required key: String,
        plain value: String,
    }
}

message! {
    struct DeleteRegisteredModelTag {
        required name: String,
        required key: String,
    }
}

message! {
    struct SetRegisteredModelAlias {
        required name: String,
        required alias: String,
        required version: String,
    }
}

message! {
    /// `GetModelVersionByAlias` and `DeleteRegisteredModelAlias`: only which one.
    struct WhichAlias {
        required name: String,
        required alias: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct RegisteredModelAnswer {
    registered_model: RegisteredModelView,
}

#[derive(Debug, Serialize)]
pub(crate) struct RegisteredModelsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    registered_models: Vec<RegisteredModelView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Reads a name of a registered model.
pub(super) fn model_name(text: &str) -> Result<ModelName, MlflowError> {
    if text.trim().is_empty() {
        return Err(Place::Root.field("name").missing());
    }
    if text.contains(['/', ':']) {
        return Err(MlflowError::invalid(format!(
            "Invalid model name '{text}'. Names cannot contain '/' or ':'."
        )));
    }
    Place::Root.field("name").parsed(text, ModelName::parse)
}

/// Reads a name of an alias.
fn alias(text: &str) -> Result<Alias, MlflowError> {
    Alias::parse(text).map_err(|invalid| {
        if text.eq_ignore_ascii_case("latest") {
            MlflowError::invalid("'latest' alias name (case insensitive) is reserved.")
        } else if invalid.problem.contains("reserved") {
            MlflowError::invalid(format!("Version alias name '{text}' is reserved."))
        } else {
            MlflowError::invalid(format!(
                "Invalid alias name: '{text}'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
            ))
        }
    })
}

/// Reads a tag of the registry.
pub(super) fn registry_tag(key: String, value: String) -> Result<Tag, MlflowError> {
    check_tag_value(&value)?;
    tag(KeyValue { key, value }, &Place::Root)
}

/// Reads tags of the registry.
pub(super) fn registry_tags(pairs: Vec<KeyValue>) -> Result<Vec<Tag>, MlflowError> {
    pairs.iter().try_for_each(|pair| check_tag_value(&pair.value))?;
    tags(pairs)
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

pub(crate) async fn create_registered_model(
    Op(ctx): Op,
    Received(message): Received<CreateRegisteredModel>,
) -> Result<Json<RegisteredModelAnswer>, MlflowError> {
    let (name, tags) = (model_name(&message.name)?, registry_tags(message.tags)?);
    let created = registry::create(&ctx, &name, &message.description, &tags).await?;
    Ok(Json(RegisteredModelAnswer { registered_model: created.into() }))
}

pub(crate) async fn get_registered_model(
    Op(ctx): Op,
    Received(message): Received<WhichRegisteredModel>,
) -> Result<Json<RegisteredModelAnswer>, MlflowError> {
    let found = registry::get(&ctx, &model_name(&message.name)?).await?;
    Ok(Json(RegisteredModelAnswer { registered_model: found.into() }))
}

pub(crate) async fn update_registered_model(
    Op(ctx): Op,
    Received(message): Received<UpdateRegisteredModel>,
) -> Result<Json<RegisteredModelAnswer>, MlflowError> {
    let changed = registry::describe(&ctx, &model_name(&message.name)?, &message.description).await?;
    Ok(Json(RegisteredModelAnswer { registered_model: changed.into() }))
}

pub(crate) async fn rename_registered_model(
    Op(ctx): Op,
    Received(message): Received<RenameRegisteredModel>,
) -> Result<Json<RegisteredModelAnswer>, MlflowError> {
    let (name, new_name) = (model_name(&message.name)?, model_name(&message.new_name)?);
    let renamed = registry::rename(&ctx, &name, &new_name).await?;
    Ok(Json(RegisteredModelAnswer { registered_model: renamed.into() }))
}

pub(crate) async fn delete_registered_model(
    Op(ctx): Op,
    Received(message): Received<WhichRegisteredModel>,
) -> Result<Json<Empty>, MlflowError> {
    registry::delete(&ctx, &model_name(&message.name)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn search_registered_models(
    Op(ctx): Op,
    Received(message): Received<SearchRegisteredModels>,
) -> Result<Json<RegisteredModelsAnswer>, MlflowError> {
    let order_by = message.order_by.iter().map(|key| search::parse_registry_order(key));
    let query = RegistryQuery {
        filter: search::parse_registry_filter(&message.filter)?,
        order_by: order_by.collect::<Result<_, _>>()?,
        max_results: page_size(message.max_results.unwrap_or(DEFAULT_RESULTS), registry::MODELS_MAX)?,
        page_token: Some(message.page_token).filter(|token| !token.is_empty()),
    };
    let page = registry::search(&ctx, query).await?;
    let registered_models = page.models.into_iter().map(RegisteredModelView::from).collect();
    Ok(Json(RegisteredModelsAnswer { registered_models, next_page_token: page.next_page_token }))
}

/// Reads the size of a page.
pub(super) fn page_size(max_results: i64, max: u32) -> Result<u32, MlflowError> {
    if max_results > i64::from(max) {
        return Err(Place::Root.field("max_results").wrong(&max_results.into()));
    }
    u32::try_from(max_results).map_err(|_| {
        MlflowError::invalid(format!(
            "Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer"
        ))
    })
}

pub(crate) async fn set_tag(
    Op(ctx): Op,
    Received(message): Received<SetRegisteredModelTag>,
) -> Result<Json<Empty>, MlflowError> {
    let tag = registry_tag(message.key, message.value)?;
    registry::set_tag(&ctx, &model_name(&message.name)?, &tag).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_tag(
    Op(ctx): Op,
    Received(message): Received<DeleteRegisteredModelTag>,
) -> Result<Json<Empty>, MlflowError> {
    let key = Place::Root.field("key").parsed(&message.key, TagKey::parse)?;
    registry::delete_tag(&ctx, &model_name(&message.name)?, &key).await?;
    Ok(Json(Empty {}))
}

/// `champion` of the model behind `/predict` may be a version that cannot answer there: then the one before it goes
/// on answering.
pub(crate) async fn set_alias(
    Op(ctx): Op,
    Received(message): Received<SetRegisteredModelAlias>,
) -> Result<Json<Empty>, MlflowError> {
    let (name, alias) = (model_name(&message.name)?, alias(&message.alias)?);
    let version = version_number(&message.version)?;
    models::set_alias(&ctx, &name, &alias, version, Unservable::Allowed).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn get_by_alias(
    Op(ctx): Op,
    Received(message): Received<WhichAlias>,
) -> Result<Json<ModelVersionAnswer>, MlflowError> {
    let name = model_name(&message.name)?;
    // A text that cannot be an alias is that of nothing.
    let Ok(alias) = Alias::parse(&message.alias) else {
        return Err(MlflowError::invalid(format!("Registered model alias {} not found.", message.alias)));
    };
    let version = registry::version_by_alias(&ctx, &name, &alias).await?;
    Ok(Json(ModelVersionAnswer::from(version)))
}

pub(crate) async fn delete_alias(
    Op(ctx): Op,
    Received(message): Received<WhichAlias>,
) -> Result<Json<Empty>, MlflowError> {
    registry::delete_alias(&ctx, &model_name(&message.name)?, &alias(&message.alias)?).await?;
    Ok(Json(Empty {}))
}
