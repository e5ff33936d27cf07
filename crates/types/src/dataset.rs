//! Tables that runs are trained on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::text::{checked_text, problem_of_line};
use crate::{DatasetReport, ExperimentId, Millis, RunId};

checked_text!(
    /// Name of a dataset: 1 to 250 bytes, no control characters.
    DatasetName,
    "dataset name",
    |text| problem_of_line(text, 250)
);

checked_text!(
    /// What the numbers of a column are measured in, such as `km`: 1 to 40 bytes, no control characters.
    ColumnUnit,
    "unit",
    |text| problem_of_line(text, 40)
);

/// Longest description of a dataset, in bytes.
pub const DESCRIPTION_MAX: usize = 10_000;

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

impl ColumnKind {
    /// Names of all, as forms and the command line spell them.
    pub const NAMES: [&str; 3] = ["integer", "decimal", "text"];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Text => "text",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Integer, Self::Decimal, Self::Text].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// How the file of a table is written, found out from its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TableFormat {
    /// Separated values.
    Csv {
        /// Name of the encoding, such as `UTF-8` or `windows-1252`.
        encoding: String,
        /// Mark between cells.
        separator: String,
        /// Mark before decimals.
        decimal_mark: String,
    },
    /// Apache Parquet.
    Parquet,
}

/// What a person said about the columns of a table, by name. It belongs to the content, whatever it is called.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnEdits {
    /// Kinds of columns that differ from what their cells show.
    #[serde(default)]
    pub kinds: BTreeMap<String, ColumnKind>,
    /// Units of numbers.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, String>))]
    pub units: BTreeMap<String, ColumnUnit>,
}

/// What is to change about a dataset; what is absent stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetUpdate {
    /// Text for people, at most [`DESCRIPTION_MAX`] bytes.
    pub description: Option<String>,
    /// New kinds by column; none goes back to what the cells show.
    pub kinds: BTreeMap<String, Option<ColumnKind>>,
    /// New units by column; none has no unit.
    pub units: BTreeMap<String, Option<ColumnUnit>>,
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
    /// What a person wrote about it; empty if nobody did.
    pub description: String,
    /// What a person said about its columns.
    pub edits: ColumnEdits,
}

/// What came of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetLineage {
    /// Runs that used it, the newest first; at most 1000.
    pub runs: Vec<DatasetRun>,
}

/// A run that used a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetRun {
    /// The run.
    pub run_id: RunId,
    /// Its name.
    pub run_name: String,
    /// Its experiment.
    pub experiment_id: ExperimentId,
    /// What it used the dataset for, such as `training`.
    pub context: String,
    /// Versions of registered models that came of it: name and number.
    pub models: Vec<(String, i64)>,
}

/// Some rows of a dataset as texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetRows {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Number of the first row, from 0.
    pub offset: u64,
    /// Number of rows in the dataset.
    pub row_count: u64,
    /// Cells, one list for each row; null where nothing is.
    pub rows: Vec<Vec<Option<String>>>,
}

/// A dataset with all that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetOverview {
    /// The dataset.
    pub dataset: Dataset,
    /// What a look at it found.
    pub report: DatasetReport,
    /// All datasets of its name, newest first.
    pub versions: Vec<Dataset>,
    /// Runs and models that came of it.
    pub lineage: DatasetLineage,
    /// Its first rows.
    pub rows: DatasetRows,
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
