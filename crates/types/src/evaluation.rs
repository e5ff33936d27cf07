//! What was found about the errors of a model, beyond its scores.

use serde::{Deserialize, Serialize};

use crate::{ResponseCurve, ResponseFinding};

/// What was found out about a model on the rows that did not train it; its run keeps it as `evaluation.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evaluation {
    /// Column that the model predicts. Errors and predictions below are in its units.
    pub target: String,
    /// Number of test rows.
    pub test_rows: u64,
    /// What the model loses without each feature, most important first.
    pub importance: Vec<FeatureImportance>,
    /// Errors of the test rows by the values of each feature, in the model's order of features.
    pub segments: Vec<ColumnErrors>,
    /// How predictions answer to each feature, in the same order.
    pub curves: Vec<ResponseCurve>,
    /// Verdicts on these curves.
    pub findings: Vec<ResponseFinding>,
    /// What the model's ranges hold; absent if it has none.
    pub calibration: Option<Calibration>,
}

impl Evaluation {
    /// Whether the curve of any column was held against a rule.
    #[must_use]
    pub fn has_checked_rules(&self) -> bool {
        self.findings.iter().any(ResponseFinding::is_about_rule)
    }

    /// The verdicts for which a model is refused where its curves must keep their rules.
    pub fn broken_rules(&self) -> impl Iterator<Item = &ResponseFinding> {
        self.findings.iter().filter(|finding| finding.breaks_rule())
    }
}

/// By how much the error grows when a feature's values are shuffled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureImportance {
    /// Name of the feature.
    pub feature: String,
    /// Mean growth of the root of the mean squared error over the repeats, in units of the target; about 0 or below for a
    /// feature that the model does not need.
    pub mean: f64,
    /// Standard deviation over the repeats.
    pub deviation: f64,
}

/// Errors by the values of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnErrors {
    /// Name of the column.
    pub column: String,
    /// Its parts: frequent texts or bands of numbers, then the rest.
    pub segments: Vec<SegmentErrors>,
}

/// A prediction of a model beside the truth, for a row that did not train it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RowPrediction {
    /// Number of the row in the dataset, from 0.
    pub row: u32,
    /// Its target.
    pub real: f64,
    /// What the model said.
    pub predicted: f64,
}

/// How often the real value lay inside a range that promised it for a share of the rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Coverage {
    /// Share that was promised.
    pub nominal: f64,
    /// Share of all rows whose real value lay inside.
    pub actual: f64,
    /// The same in each fifth of the rows by real value, the lowest first; empty with fewer than five rows.
    pub by_real: Vec<f64>,
    /// The same in each fifth of the rows by predicted value.
    pub by_predicted: Vec<f64>,
    /// Mean of upper minus lower end, in units of the target.
    pub mean_width: f64,
}

/// Whether ranges hold what they promise, on rows that neither trained nor calibrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calibration {
    /// Number of rows.
    pub rows: u64,
    /// From the lowest to the highest promise.
    pub levels: Vec<Coverage>,
}

/// Errors of the rows that have something in common.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SegmentErrors {
    /// What the rows share.
    pub segment: Segment,
    /// Number of rows, at least 1.
    pub rows: u64,
    /// Root of the mean squared error, in units of the target.
    pub rmse: f64,
    /// Mean absolute error, in units of the target.
    pub mae: f64,
    /// Mean of predicted minus real, in units of the target.
    pub bias: f64,
}

/// What the rows of a segment share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Segment {
    /// A text.
    Level {
        /// The text.
        level: String,
    },
    /// A number between two others, both included.
    Band {
        /// Lowest number.
        low: f64,
        /// Highest number.
        high: f64,
    },
    /// An empty cell.
    Missing,
    /// A text that is none of the segments.
    Other,
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Level { level } => f.write_str(level),
            Self::Band { low, high } if low.total_cmp(high).is_eq() => write!(f, "{low}"),
            Self::Band { low, high } => write!(f, "{low} – {high}"),
            Self::Missing => f.write_str("∅"),
            Self::Other => f.write_str("…"),
        }
    }
}

/// How the absolute errors of two models differ on the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairedDifference {
    /// Number of rows.
    pub rows: u64,
    /// Mean of the second model's absolute error minus the first one's; below 0 if the second is better.
    pub mean: f64,
    /// Lower end of the 95 % interval of the mean.
    pub low: f64,
    /// Upper end of the 95 % interval of the mean.
    pub high: f64,
}

impl PairedDifference {
    /// Whether the interval leaves no doubt which model is better.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Two runs on the test rows that both predicted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PairedComparison {
    /// How the absolute error of the second run differs from the first one's, row by row; null with other data or fewer than 5
    /// common rows.
    pub difference: Option<PairedDifference>,
    /// Whether both were tested on the same rows of the same data, and on no others.
    pub is_same_rows: bool,
}
