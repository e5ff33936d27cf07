//! Tables that runs are trained on.

use serde::{Deserialize, Serialize};

use crate::text::{checked_text, problem_of_line};
use crate::{ExperimentId, Millis};

checked_text!(
    /// Name of a dataset: 1 to 250 bytes, no control characters.
    DatasetName,
    "dataset name",
    |text| problem_of_line(text, 250)
);

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Whole numbers.
    Integer,
    /// Numbers with decimals.
    Decimal,
    /// Text, used as categories.
    Text,
}

/// What is known about one column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnProfile {
    /// Name in the header.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Number of empty cells.
    pub missing: u64,
    /// Lowest number; absent for text and for empty columns.
    pub min: Option<f64>,
    /// Highest number; absent for text and for empty columns.
    pub max: Option<f64>,
    /// Mean of the numbers; absent for text and for empty columns.
    pub mean: Option<f64>,
    /// Different texts with how often they occur, most frequent first, at most 100; empty for numbers.
    pub levels: Vec<(String, u64)>,
}

/// A stored table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dataset {
    /// Name for people, such as the file's.
    pub name: DatasetName,
    /// SHA-256 of the file, 64 hexadecimal digits; identifies the content.
    pub digest: String,
    /// Where it came from, such as `sample` or the name of an imported file.
    pub source: String,
    /// Number of data rows.
    pub row_count: i64,
    /// One profile for each column, in the file's order.
    pub columns: Vec<ColumnProfile>,
    /// Size of the file in bytes.
    pub size_bytes: i64,
    /// When it was stored.
    pub created_at: Millis,
}

/// A dataset as a run refers to it; MLflow's `DatasetInput`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetInput {
    /// Name of the dataset.
    pub name: String,
    /// Digest of its content.
    pub digest: String,
    /// What the run used it for, such as `training`.
    pub context: String,
    /// What the client said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<DatasetDetails>,
}

/// A dataset that runs of an experiment used, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetSummary {
    /// The experiment.
    pub experiment_id: ExperimentId,
    /// Name of the dataset.
    pub name: String,
    /// Digest of its content.
    pub digest: String,
    /// What it was used for; may be empty.
    pub context: String,
}

/// What a client says about a dataset that a run used. The texts are for other clients and mean nothing here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetDetails {
    /// Kind of source, such as `local` or `s3`.
    pub source_type: String,
    /// Where it came from.
    pub source: String,
    /// Columns and their types.
    pub schema: Option<String>,
    /// Summary of its content.
    pub profile: Option<String>,
    /// Labels of this use, beside the context: key and value.
    pub tags: Vec<(String, String)>,
}
