//! The syntax tree of the search languages (MLflow's, with OR, NOT and parentheses on top).
//!
//! `domain::search` reads it from text, the store turns it into SQL. Each kind of thing that can be searched has
//! its own attributes: runs unless said otherwise.

use serde::{Deserialize, Serialize};

/// A condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter<A = RunAttribute> {
    /// All of these hold.
    And(Vec<Self>),
    /// One of these holds.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// A comparison of one field.
    Compare {
        /// Left side.
        field: Field<A>,
        /// Operator and right side.
        test: Test,
    },
}

/// Left side of a comparison, or key of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Field<A = RunAttribute> {
    /// A metric; MLflow's plain `metrics.x` is its last value.
    Metric {
        /// Name of the metric.
        key: String,
        /// Which value of its history.
        which: MetricValue,
    },
    /// A param, as text.
    Param(String),
    /// A tag, as text.
    Tag(String),
    /// A property of the thing itself.
    Attribute(A),
    /// A property of a dataset that the run used; holds if one of them fits. Cannot order.
    Dataset(DatasetAttribute),
}

/// Which value of a metric's history is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum MetricValue {
    /// The last by (step, timestamp, value).
    #[default]
    Last,
    /// The first by (step, timestamp).
    First,
    /// The lowest.
    Min,
    /// The highest.
    Max,
}

/// A property of a run that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RunAttribute {
    /// Identifier; text.
    RunId,
    /// Name; text.
    RunName,
    /// State, as MLflow's name; text.
    Status,
    /// Who started it; text.
    UserId,
    /// Where its artifacts are; text.
    ArtifactUri,
    /// Start, in milliseconds; number.
    StartTime,
    /// End, in milliseconds; number.
    EndTime,
}

impl RunAttribute {
    /// Whether values are numbers, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::StartTime | Self::EndTime)
    }
}

/// A property of an experiment that can be searched or sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ExperimentAttribute {
    /// Name; text.
    Name,
    /// Identifier; text.
    Id,
    /// When it was created, in milliseconds; number.
    CreatedAt,
    /// When it last changed, in milliseconds; number.
    UpdatedAt,
}

impl ExperimentAttribute {
    /// Whether values are numbers, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt)
    }
}

/// A property of a logged model that can be searched or sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoggedModelAttribute {
    /// Name; text.
    Name,
    /// Identifier; text.
    Id,
    /// Kind of model; text.
    ModelType,
    /// State, as MLflow's name; text.
    Status,
    /// Run that made it; text.
    SourceRunId,
    /// When it was announced, in milliseconds; number.
    CreatedAt,
    /// When its state last changed, in milliseconds; number.
    UpdatedAt,
}

impl LoggedModelAttribute {
    /// Whether values are numbers, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt)
    }
}

/// A property of a registered model that can be searched or sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RegisteredModelAttribute {
    /// Name; text.
    Name,
    /// When it was registered, in milliseconds; number.
    CreatedAt,
    /// When it last changed, in milliseconds; number.
    UpdatedAt,
}

impl RegisteredModelAttribute {
    /// Whether values are numbers, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::CreatedAt | Self::UpdatedAt)
    }
}

/// A property of a registered version that can be searched or sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModelVersionAttribute {
    /// Name of the model; text.
    Name,
    /// Run that produced it; text, empty if there is none.
    RunId,
    /// What it was made from; text.
    SourcePath,
    /// Number of the version.
    VersionNumber,
    /// When it was registered, in milliseconds; number.
    CreatedAt,
    /// When it last changed, in milliseconds; number.
    UpdatedAt,
}

impl ModelVersionAttribute {
    /// Whether values are numbers, not texts.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::VersionNumber | Self::CreatedAt | Self::UpdatedAt)
    }
}

/// A property of a dataset that can be searched; all are texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DatasetAttribute {
    /// Name of the dataset.
    Name,
    /// Digest of its content.
    Digest,
    /// What the run used it for.
    Context,
}

/// Operator and right side of a comparison. The parser pairs number tests with number fields and text tests
/// with text fields only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// `= != < <= > >=` with a number; NaN compares false.
    Number(Comparison, f64),
    /// `[NOT] BETWEEN low AND high`, limits included.
    Between {
        /// Whether the value must lie outside.
        negated: bool,
        /// Lower limit.
        low: f64,
        /// Upper limit.
        high: f64,
    },
    /// `[NOT] IN` numbers.
    NumberIn {
        /// Whether the value must be none of them.
        negated: bool,
        /// The numbers.
        values: Vec<f64>,
    },
    /// `=` or `!=` with a text.
    Text {
        /// `!=`.
        negated: bool,
        /// The text.
        value: String,
    },
    /// `LIKE` or `ILIKE`, where `%` is any text and `_` any character.
    Like {
        /// Whether case counts (`LIKE`).
        case_sensitive: bool,
        /// The pattern.
        pattern: String,
    },
    /// `[NOT] IN` texts.
    TextIn {
        /// Whether the text must be none of them.
        negated: bool,
        /// The texts.
        values: Vec<String>,
    },
    /// `IS [NOT] NULL`: whether the field is absent.
    IsNull {
        /// `IS NOT NULL`.
        negated: bool,
    },
}

/// How two numbers compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// One key of an order. NaN sorts after numbers and absent values last of all, in both directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderBy<A = RunAttribute> {
    /// What is sorted by; not a dataset.
    pub field: Field<A>,
    /// From high to low.
    pub descending: bool,
}
