//! What was found about the errors of a model, beyond its scores.

use serde::{Deserialize, Serialize};

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
