//! Params and tags: texts attached to runs.

use serde::{Deserialize, Serialize};

use crate::METRIC_KEY_MAX;
use crate::text::{checked_text, problem_of_key};

/// Longest value of a param in bytes; MLflow's limit.
pub const PARAM_VALUE_MAX: usize = 6000;

/// Longest value of a tag in bytes; MLflow's limit.
pub const TAG_VALUE_MAX: usize = 8000;

/// Tag that carries the name of a run; MLflow's clients read and write it.
pub const RUN_NAME_TAG: &str = "mlflow.runName";

checked_text!(
    /// Name of a param within a run: the rules of [`MetricKey`](crate::MetricKey).
    ParamKey,
    "param key",
    |text| problem_of_key(text, METRIC_KEY_MAX)
);

checked_text!(
    /// Name of a tag within a run or experiment: the rules of [`MetricKey`](crate::MetricKey).
    TagKey,
    "tag key",
    |text| problem_of_key(text, METRIC_KEY_MAX)
);

/// A parameter of a run; written once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Param {
    /// Name, unique within the run.
    pub key: ParamKey,
    /// Value as text.
    pub value: String,
}

/// A label that may change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tag {
    /// Name, unique within its owner.
    pub key: TagKey,
    /// Value as text.
    pub value: String,
}
