//! Stored tables.

use axum::Json;
use domain::datasets;
use serde::Serialize;
use types::Dataset;
use utoipa::ToSchema;

use super::error::{ListProblems, Problem};
use super::op::Op;

/// All stored tables.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetList {
    /// The newest first.
    datasets: Vec<Dataset>,
}

/// List datasets
#[utoipa::path(
    get,
    path = "/api/v1/datasets",
    tag = "training",
    responses((status = 200, description = "All datasets with their columns", body = DatasetList), ListProblems),
)]
pub(crate) async fn list_datasets(Op(ctx): Op) -> Result<Json<DatasetList>, Problem> {
    Ok(Json(DatasetList { datasets: datasets::list(&ctx).await? }))
}
