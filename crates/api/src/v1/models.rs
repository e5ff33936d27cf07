//! The model registry.

use axum::Json;
use domain::models;
use serde::Serialize;
use types::{Alias, ModelName, ModelVersion, RegisteredModel};
use utoipa::ToSchema;

use super::error::{ListProblems, Problem, ReadProblems, WriteProblems};
use super::fields::{Input, wire};
use super::op::{Body, Op, Path};

/// All registered models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelList {
    /// By name.
    models: Vec<RegisteredModel>,
}

wire! {
    /// What an alias points to.
    #[schema(example = json!({"version": 1}))]
    struct SetAlias {
        /// Number of the version.
        #[schema(minimum = 1)]
        required version: i64 = Input::integer,
    }
}

/// List registered models
#[utoipa::path(
    get,
    path = "/api/v1/models",
    tag = "models",
    responses((status = 200, description = "All models with their versions", body = ModelList), ListProblems),
)]
pub(crate) async fn list_models(Op(ctx): Op) -> Result<Json<ModelList>, Problem> {
    Ok(Json(ModelList { models: models::list(&ctx).await? }))
}

/// Get a registered model
#[utoipa::path(
    get,
    path = "/api/v1/models/{name}",
    tag = "models",
    params(("name" = ModelName, Path, description = "Name of the model")),
    responses((status = 200, description = "The model with its versions", body = RegisteredModel), ReadProblems),
)]
pub(crate) async fn get_model(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
) -> Result<Json<RegisteredModel>, Problem> {
    Ok(Json(models::get(&ctx, &name).await?))
}

/// Point an alias to a version
///
/// The alias `champion` of `automoviles` chooses the model behind `/predict`; the next request sees the change.
#[utoipa::path(
    put,
    path = "/api/v1/models/{name}/aliases/{alias}",
    tag = "models",
    params(
        ("name" = ModelName, Path, description = "Name of the model"),
        ("alias" = Alias, Path, description = "Name of the alias, such as `champion`"),
    ),
    request_body = SetAlias,
    responses((status = 200, description = "The version with its aliases", body = ModelVersion), WriteProblems),
)]
pub(crate) async fn set_alias(
    Op(ctx): Op,
    Path((name, alias)): Path<(ModelName, Alias)>,
    Body(wire): Body<SetAlias>,
) -> Result<Json<ModelVersion>, Problem> {
    Ok(Json(models::set_alias(&ctx, &name, &alias, wire.version).await?))
}
