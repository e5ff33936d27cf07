//! Metrics: numbers of a run, with their history.

use serde::{Deserialize, Serialize};

use crate::text::{checked_text, problem_of_key};
use crate::{Millis, real};

/// Longest key of a metric, param or tag in bytes; MLflow's limit.
pub const METRIC_KEY_MAX: usize = 250;

checked_text!(
    /// Name of a metric within a run, such as `val/accuracy`: letters of any alphabet, digits, space and
    /// `_ - . : /`, up to [`METRIC_KEY_MAX`] bytes, without empty, `.` or `..` parts.
    MetricKey,
    "metric key",
    |text| problem_of_key(text, METRIC_KEY_MAX)
);

/// One value of a metric at one step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricPoint {
    /// The number; NaN and infinities are kept as they are.
    #[serde(with = "real")]
    pub value: f64,
    /// Position in the run's own count, such as the epoch.
    pub step: i64,
    /// When it was measured.
    pub timestamp: Millis,
}

/// A point with the name of its metric, as clients log it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Name of the metric.
    pub key: MetricKey,
    /// The measured point.
    pub point: MetricPoint,
}

/// What a list needs to know about the history of one metric of one run.
///
/// `last` is the point with the greatest (step, timestamp, value), as in MLflow. `min` and `max` leave NaN
/// out unless there is nothing else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricSummary {
    /// Name of the metric.
    pub key: MetricKey,
    /// The point that counts as the metric's value.
    pub last: MetricPoint,
    /// The first point by (step, timestamp).
    pub first: MetricPoint,
    /// The lowest point.
    pub min: MetricPoint,
    /// The highest point.
    pub max: MetricPoint,
    /// Number of points.
    pub count: i64,
}
