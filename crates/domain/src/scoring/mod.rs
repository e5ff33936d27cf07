//! Models that answer for tables and arrays, by their name in the registry: those trained here, and ONNX models of other
//! programs. MLflow's scoring protocol and the Open Inference Protocol are two ways to ask for the same.
//!
//! The version that the alias `champion` points to answers, or the newest one of a model without a champion.

mod array;
mod cache;
mod columns;
mod csv_body;
mod loaded;

use std::collections::BTreeMap;

use ml::onnx::ColumnType;
use serde_json::Value;
use tokio::task::spawn_blocking;
use tracing::instrument;
use types::{Alias, ModelName, ModelVersion};

use crate::{Ctx, Error, Result, registry};
pub use array::Array;
pub(crate) use cache::Scoring;
pub use csv_body::read_csv;
pub use loaded::{Described, Output, Port};

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Rows of a table, each with as many cells as there are columns.
    Table {
        /// Names of the columns; absent if they are told apart by their place.
        columns: Option<Vec<String>>,
        /// The rows.
        rows: Vec<Vec<Value>>,
    },
    /// One array without a name.
    Array(Array),
    /// Arrays by name; for models of tables, each is a column.
    Arrays(BTreeMap<String, Array>),
}

/// What a model answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Who answered.
    pub version: ModelVersion,
    /// What it gives, one after the other.
    pub outputs: Vec<Output>,
    /// Whether a table was asked about, so that the answers are rows as well.
    pub is_table: bool,
}

/// Asks a model; of the given version, or of the one that answers for the name.
///
/// # Errors
///
/// - `NotFound` if there is no such model or version.
/// - `Conflict` if the version cannot be served here.
/// - `Rule` if the input does not fit.
#[instrument(name = "scoring.predict", level = "debug", skip_all, fields(model.name = %name))]
pub async fn predict(ctx: &Ctx, name: &ModelName, version: Option<i64>, input: Input) -> Result<Answers> {
    let version = resolve(ctx, name, version).await?;
    let model = ctx.engine().scoring().get(ctx.store(), &version).await?;
    let is_table = model.takes_columns() || matches!(input, Input::Table { .. });
    let outputs = spawn_blocking(move || model.predict(input)).await??;
    Ok(Answers { version, outputs, is_table })
}

/// Says what a model takes and gives, after making sure that it can answer.
///
/// # Errors
///
/// As [`predict`].
pub async fn describe(
    ctx: &Ctx,
    name: &ModelName,
    version: Option<i64>,
) -> Result<(ModelVersion, Described)> {
    let version = resolve(ctx, name, version).await?;
    let model = ctx.engine().scoring().get(ctx.store(), &version).await?;
    let described = model.describe();
    Ok((version, described))
}

/// The version that answers.
async fn resolve(ctx: &Ctx, name: &ModelName, version: Option<i64>) -> Result<ModelVersion> {
    if let Some(version) = version {
        return registry::get_version(ctx, name, version).await;
    }
    if let Some(champion) = ctx.store().alias_target(name, &Alias::champion()).await? {
        return Ok(champion);
    }
    let model = ctx.store().registered_model(name).await?;
    let newest = model.and_then(|model| model.versions.into_iter().next());
    newest.ok_or_else(|| Error::not_found("model", name))
}

/// MLflow's word for a type.
fn type_name(r#type: ColumnType) -> &'static str {
    match r#type {
        ColumnType::Boolean => "boolean",
        ColumnType::Integer => "integer",
        ColumnType::Long => "long",
        ColumnType::Float => "float",
        ColumnType::Double => "double",
        ColumnType::String => "string",
        ColumnType::Binary => "binary",
        ColumnType::Datetime => "datetime",
        ColumnType::Any => "any",
        ColumnType::Other => "other",
    }
}
