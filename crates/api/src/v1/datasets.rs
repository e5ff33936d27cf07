//! Stored tables.

mod columns;
mod upload;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::response::{IntoResponse, Response};
use domain::datasets;
use http::header;
use serde::Serialize;
use types::{
    ColumnReport, DataFinding, Dataset, DatasetLineage, DatasetName, DatasetRows, DatasetUpdate, TableFormat,
};
use utoipa::ToSchema;

use super::error::{ListProblems, Problem, ReadProblems, WriteProblems};
use super::fields::{Input, wire};
use super::op::{Asked, Body, Op, Path, Query};
use crate::download::attachment;
use columns::Columns;
pub(crate) use upload::{BODY_MAX, upload_dataset};
// The document is made beside the handler.
pub(crate) use upload::__path_upload_dataset;

/// Rows in a preview if none are asked for.
const PREVIEWED: u32 = 100;

/// Stored tables.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetList {
    /// The newest first.
    datasets: Vec<Dataset>,
}

/// What the columns of a table hold.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatasetProfile {
    /// How the file is written.
    format: TableFormat,
    /// One entry for each column, in the file's order.
    columns: Vec<ColumnReport>,
}

/// What may be wrong with a table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckUp {
    /// The most serious first.
    findings: Vec<Verdict>,
}

/// A finding with what it means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// In plain words, in the language that `Accept-Language` asks for.
    message: String,
    /// What was found.
    #[serde(flatten)]
    finding: DataFinding,
}

wire! {
    /// Which rows.
    struct Window {
        /// The first row, from 0; 0 if absent.
        optional offset: Option<u32> = |input| input.integer_within(0, u32::MAX),
        /// How many, 1 to 1000; 100 if absent.
        optional limit: Option<u32> = |input| input.integer_within(1, datasets::ROWS_MAX),
    }
}

wire! {
    /// What is to change; what is absent stays.
    #[schema(example = json!({
        "description": "From the shop, May", "columns": {"kilometraje": {"unit": "km"}, "codigo": {"kind": "text"}}
    }))]
    struct UpdateDataset {
        /// Text for people, at most 10,000 bytes.
        optional description: Option<String> = Input::text,
        /// Changes by column.
        #[schema(value_type = Option<std::collections::BTreeMap<String, columns::ColumnChange>>)]
        optional columns: Option<Columns> = Input::columns,
    }
}

/// List datasets
#[utoipa::path(
    get,
    path = "/api/v1/datasets",
    tag = "datasets",
    responses((status = 200, description = "All datasets with their columns", body = DatasetList), ListProblems),
)]
pub(crate) async fn list_datasets(Op(ctx): Op) -> Result<Json<DatasetList>, Problem> {
    Ok(Json(DatasetList { datasets: datasets::list(&ctx).await? }))
}

/// Get a dataset
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    responses((status = 200, description = "The dataset", body = Dataset), ReadProblems),
)]
pub(crate) async fn get_dataset(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
) -> Result<Json<Dataset>, Problem> {
    Ok(Json(datasets::get(&ctx, dataset.as_str()).await?))
}

/// Describe a dataset
///
/// Changes the description, and kinds and units of columns. They belong to the content, whatever it is called. In a column of
/// numbers, cells that are no numbers count as missing. A new kind is checked against the whole table.
#[utoipa::path(
    patch,
    path = "/api/v1/datasets/{dataset}",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    request_body = UpdateDataset,
    responses((status = 200, description = "The dataset as it is now", body = Dataset), WriteProblems),
)]
pub(crate) async fn update_dataset(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
    Body(wire): Body<UpdateDataset>,
) -> Result<Json<Dataset>, Problem> {
    let columns = wire.columns.unwrap_or_default();
    let update = DatasetUpdate { description: wire.description, kinds: columns.kinds, units: columns.units };
    Ok(Json(datasets::update(&ctx, dataset.as_str(), update).await?))
}

/// List the versions of a dataset
///
/// All contents that were stored under its name.
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/versions",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name")),
    responses((status = 200, description = "All versions", body = DatasetList), ReadProblems),
)]
pub(crate) async fn list_dataset_versions(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
) -> Result<Json<DatasetList>, Problem> {
    Ok(Json(DatasetList { datasets: datasets::versions(&ctx, dataset.as_str()).await? }))
}

/// Get rows of a dataset
///
/// Cells are texts, as they are written in the file.
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/rows",
    tag = "datasets",
    params(
        ("dataset" = String, Path, description = "Digest of the content, or name: its newest version"),
        ("offset" = Option<u32>, Query, description = "The first row, from 0; 0 if absent", minimum = 0),
        ("limit" = Option<u32>, Query, description = "How many, 1 to 1000; 100 if absent", minimum = 1, maximum = 1000),
    ),
    responses((status = 200, description = "The rows", body = DatasetRows), ReadProblems),
)]
pub(crate) async fn get_dataset_rows(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
    Query(window): Query<Window>,
) -> Result<Json<DatasetRows>, Problem> {
    let (offset, limit) = (window.offset.unwrap_or(0), window.limit.unwrap_or(PREVIEWED));
    Ok(Json(datasets::rows(&ctx, dataset.as_str(), offset.into(), limit).await?))
}

/// Get what the columns of a dataset hold
///
/// Missing and different values, quantiles, histogram and most frequent values of each column; made once, at the import.
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/profile",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    responses((status = 200, description = "The profile", body = DatasetProfile), ReadProblems),
)]
pub(crate) async fn get_dataset_profile(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
) -> Result<Json<DatasetProfile>, Problem> {
    let report = datasets::report(&ctx, dataset.as_str()).await?;
    Ok(Json(DatasetProfile { format: report.format, columns: report.columns }))
}

/// Get what may be wrong with a dataset
///
/// `serious`: models learn something false or nothing; `warning`: look at it before you trust a model; `note`: good to know.
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/check-up",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    responses((status = 200, description = "The verdicts", body = CheckUp), ReadProblems),
)]
pub(crate) async fn get_dataset_check_up(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
    Asked(language): Asked,
) -> Result<Json<CheckUp>, Problem> {
    let report = datasets::report(&ctx, dataset.as_str()).await?;
    let verdict = |finding: DataFinding| Verdict { message: finding.sentence(language), finding };
    Ok(Json(CheckUp { findings: report.findings.into_iter().map(verdict).collect() }))
}

/// Get what came of a dataset
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/lineage",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    responses((status = 200, description = "Runs that used it, and their models", body = DatasetLineage), ReadProblems),
)]
pub(crate) async fn get_dataset_lineage(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
) -> Result<Json<DatasetLineage>, Problem> {
    Ok(Json(datasets::lineage(&ctx, dataset.as_str()).await?))
}

/// Download the file of a dataset
///
/// The bytes as they were uploaded. The `ETag` is their SHA-256.
#[utoipa::path(
    get,
    path = "/api/v1/datasets/{dataset}/file",
    tag = "datasets",
    params(("dataset" = String, Path, description = "Digest of the content, or name: its newest version")),
    responses(
        (status = 200, description = "The content", body = String, content_type = "application/octet-stream"),
        ReadProblems,
    ),
)]
pub(crate) async fn download_dataset(
    Op(ctx): Op,
    Path(dataset): Path<DatasetName>,
) -> Result<Response, Problem> {
    let content = datasets::open(&ctx, dataset.as_str()).await?;
    let name = format!("{}.{}", content.dataset.name, content.extension);
    let media_type = if content.extension == "csv" { "text/csv" } else { "application/vnd.apache.parquet" };
    let head = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, content.size_bytes.to_string()),
        (header::ETAG, format!("\"{}\"", content.dataset.digest)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((attachment(&name), head, HttpBody::from_stream(content.bytes)).into_response())
}
