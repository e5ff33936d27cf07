//! The model registry.

use axum::Json;
use domain::models::{self, Checks, Unservable};
use http::StatusCode;
use serde::Serialize;
use types::{Alias, ModelName, ModelVersion, RegisteredModel, RunId};
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

wire! {
    /// The model of a run is to answer.
    #[schema(example = json!({"run_id": "0123456789abcdef0123456789abcdef", "require_checks": true}))]
    struct Promote {
        /// Run that trained the model.
        required run_id: RunId = Input::parsed,
        /// Refuse a model whose curves break what is expected of it; false if absent.
        optional require_checks: Option<bool> = Input::flag,
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

/// Promote the model of a run
///
/// Registers it as a new version and makes it the `champion`; the next request sees the change.
#[utoipa::path(
    post,
    path = "/api/v1/models/{name}/promotions",
    tag = "models",
    params(("name" = ModelName, Path, description = "Name of the model; registered if it is new")),
    request_body = Promote,
    responses((status = 201, description = "The version that answers now", body = ModelVersion), WriteProblems),
)]
pub(crate) async fn promote(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
    Body(wire): Body<Promote>,
) -> Result<(StatusCode, Json<ModelVersion>), Problem> {
    let checks = if wire.require_checks == Some(true) { Checks::Required } else { Checks::Waived };
    Ok((StatusCode::CREATED, Json(models::promote(&ctx, &wire.run_id, &name, checks).await?)))
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
    Ok(Json(models::set_alias(&ctx, &name, &alias, wire.version, Unservable::Refused).await?))
}
