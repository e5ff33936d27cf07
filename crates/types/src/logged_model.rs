//! Models that runs made, before anybody gives them a name in the registry.

use serde::{Deserialize, Serialize};

use crate::search::{Field, Filter, LoggedModelAttribute};
use crate::text::{checked_text, problem_of_line};
use crate::{ExperimentId, LoggedModelId, Metric, Millis, Param, RunId, Tag};

checked_text!(
    /// Name of a logged model: 1 to 500 bytes, no control characters, none of `/ : . % " '`; need not be unique.
    LoggedModelName,
    "model name",
    |text| problem_of_line(text, 500).or_else(|| {
        text.contains(['/', ':', '.', '%', '"', '\'']).then(|| "contains one of / : . % \" '".to_owned())
    })
);

/// How far the upload of a logged model has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoggedModelStatus {
    /// Files are on their way.
    Pending,
    /// All files are here.
    Ready,
    /// The client gave up.
    Failed,
}

impl LoggedModelStatus {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Ready, Self::Failed];

    /// MLflow's name in searches, such as `READY`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Ready => "READY",
            Self::Failed => "FAILED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// A model that a run made, with what is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedModel {
    /// Identifier.
    pub id: LoggedModelId,
    /// Experiment that it belongs to.
    pub experiment_id: ExperimentId,
    /// Name for people.
    pub name: LoggedModelName,
    /// Kind of model in the client's words; may be empty.
    pub model_type: String,
    /// How far its upload has come.
    pub status: LoggedModelStatus,
    /// Run that made it.
    pub source_run_id: Option<RunId>,
    /// When it was announced.
    pub created_at: Millis,
    /// When its state last changed.
    pub updated_at: Millis,
    /// Parameters, by key.
    pub params: Vec<Param>,
    /// Labels, by key.
    pub tags: Vec<Tag>,
    /// Points of metrics that are about it, by key, then as they were logged.
    pub metrics: Vec<LoggedModelMetric>,
}

/// A point of a metric about a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoggedModelMetric {
    /// The point.
    pub metric: Metric,
    /// Run that logged it.
    pub run_id: RunId,
    /// Dataset that it was measured on.
    pub dataset: Option<DatasetReference>,
}

/// Name and digest of a dataset that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetReference {
    /// Name of the dataset.
    pub name: String,
    /// Digest of its content; empty if any will do, or none was said.
    pub digest: String,
}

/// A point that is logged to a run and is about a model too.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelMetric {
    /// The model.
    pub model_id: LoggedModelId,
    /// The point.
    pub metric: Metric,
    /// Dataset that it was measured on.
    pub dataset: Option<DatasetReference>,
}

/// Input of `logged_models::create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoggedModel {
    /// Experiment that the model belongs to.
    pub experiment_id: ExperimentId,
    /// Name; invented if absent.
    pub name: Option<LoggedModelName>,
    /// Kind of model; may be empty.
    pub model_type: String,
    /// Run that makes it.
    pub source_run_id: Option<RunId>,
    /// Parameters.
    pub params: Vec<Param>,
    /// Labels.
    pub tags: Vec<Tag>,
}

/// Input of `logged_models::search`.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModelQuery {
    /// Experiments to look into; none means no models.
    pub experiment_ids: Vec<ExperimentId>,
    /// Condition on each model; all if absent.
    pub filter: Option<Filter<LoggedModelAttribute>>,
    /// If there are any: comparisons of metrics see only points on one of these, and a model must have one.
    pub datasets: Vec<DatasetReference>,
    /// Order; ties and the default are newest first, then by identifier.
    pub order_by: Vec<LoggedModelOrder>,
    /// Size of the page, 1 to 50,000.
    pub max_results: u32,
    /// Where the page begins: `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// One key of an order. Models without the value come last in both directions.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModelOrder {
    /// An attribute, or a metric: its latest point counts.
    pub field: Field<LoggedModelAttribute>,
    /// From high to low.
    pub descending: bool,
    /// Points of a metric that count: those on this dataset.
    pub dataset: Option<DatasetReference>,
}

/// One page of a search for logged models.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedModelPage {
    /// Models in the order asked for.
    pub models: Vec<LoggedModel>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
}
