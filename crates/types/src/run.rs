//! Runs: one training or evaluation each.

use serde::{Deserialize, Serialize};

use crate::search::{Filter, OrderBy};
use crate::text::{checked_text, problem_of_line};
use crate::{DatasetInput, ExperimentId, Metric, MetricSummary, Millis, ModelMetric, Param, RunId, Tag};

checked_text!(
    /// Name of a run: 1 to 250 bytes, no control characters; need not be unique.
    RunName,
    "run name",
    |text| problem_of_line(text, 250)
);

/// Whether something is in use or in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    /// In use.
    #[default]
    Active,
    /// Deleted, can be restored.
    Deleted,
}

/// How far a run has come; MLflow's `RunStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum RunStatus {
    /// At work.
    Running,
    /// Waiting for its turn.
    Scheduled,
    /// Ended well.
    Finished,
    /// Ended with an error.
    Failed,
    /// Stopped from outside.
    Killed,
}

impl RunStatus {
    /// All states, in the order of their documentation.
    pub const ALL: [Self; 5] = [Self::Running, Self::Scheduled, Self::Finished, Self::Failed, Self::Killed];

    /// MLflow's name, such as `FINISHED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Scheduled => "SCHEDULED",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Finished | Self::Failed | Self::Killed)
    }
}

/// A run with its current values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Run {
    /// Identifier.
    pub id: RunId,
    /// Experiment that it belongs to.
    pub experiment_id: ExperimentId,
    /// Name for people.
    pub name: RunName,
    /// How far it has come.
    pub status: RunStatus,
    /// Whether it is deleted.
    pub lifecycle: Lifecycle,
    /// Who started it; may be empty.
    pub user: String,
    /// When it began.
    pub started_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// One summary for each metric, by key.
    pub metrics: Vec<MetricSummary>,
    /// Parameters, by key.
    pub params: Vec<Param>,
    /// Labels, by key.
    pub tags: Vec<Tag>,
    /// Datasets that it used.
    pub inputs: Vec<DatasetInput>,
    /// Logged models that it read or made.
    #[serde(default)]
    pub models: Vec<RunModel>,
}

/// A logged model that a run read or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunModel {
    /// Identifier, `m-` and 32 hexadecimal digits.
    pub model_id: String,
    /// Read or made.
    pub role: ModelRole,
    /// At which step of the run it was made.
    pub step: i64,
}

/// What a run did with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ModelRole {
    /// Read it.
    Input,
    /// Made it.
    Output,
}

impl Run {
    /// The summary of a metric.
    #[must_use]
    pub fn metric(&self, key: &str) -> Option<&MetricSummary> {
        self.metrics.iter().find(|metric| metric.key.as_str() == key)
    }

    /// The value of a param.
    #[must_use]
    pub fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|param| param.key.as_str() == key).map(|param| param.value.as_str())
    }

    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|tag| tag.key.as_str() == key).map(|tag| tag.value.as_str())
    }
}

/// Input of `runs::create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Experiment that the run belongs to.
    pub experiment_id: ExperimentId,
    /// Name; invented if absent.
    pub name: Option<RunName>,
    /// Who starts it; may be empty.
    pub user: String,
    /// When it began; now if absent.
    pub started_at: Option<Millis>,
    /// Labels.
    pub tags: Vec<Tag>,
}

/// Input of `runs::update`; absent fields stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunUpdate {
    /// New state.
    pub status: Option<RunStatus>,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// New name.
    pub name: Option<RunName>,
}

/// Input of `runs::log_batch`: stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// Points to add.
    pub metrics: Vec<Metric>,
    /// Params to set; a param that exists must keep its value.
    pub params: Vec<Param>,
    /// Tags to set or replace.
    pub tags: Vec<Tag>,
    /// Which of the points are about a model.
    pub model_metrics: Vec<ModelMetric>,
}

/// Which rows a search sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum View {
    /// Those in use.
    #[default]
    Active,
    /// Those in the trash.
    Deleted,
    /// Both.
    All,
}

/// Input of `runs::search`.
#[derive(Debug, Clone, PartialEq)]
pub struct RunQuery {
    /// Experiments to look into; none means no runs.
    pub experiment_ids: Vec<ExperimentId>,
    /// Condition on each run; all runs if absent.
    pub filter: Option<Filter>,
    /// Order; ties and the default are newest first, then by id.
    pub order_by: Vec<OrderBy>,
    /// Deleted, active or all runs.
    pub view: View,
    /// Size of the page, 1 to 50,000.
    pub max_results: u32,
    /// Where the page begins: `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// One page of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RunPage {
    /// Runs in the order asked for.
    pub runs: Vec<Run>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
}
