//! Experiments: folders of runs that share a question.

use serde::{Deserialize, Serialize};

use crate::search::{ExperimentAttribute, Filter, OrderBy};
use crate::text::{checked_text, problem_of_line};
use crate::{ExperimentId, Lifecycle, MetricKey, Millis, Tag, View};

/// Longest experiment name, in bytes; MLflow's limit.
pub const EXPERIMENT_NAME_MAX: usize = 500;

checked_text!(
    /// Name of an experiment, unique in the store: 1 to [`EXPERIMENT_NAME_MAX`] bytes, no control characters.
    ExperimentName,
    "experiment name",
    |text| problem_of_line(text, EXPERIMENT_NAME_MAX)
);

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Lower is better, as for errors.
    #[default]
    Minimize,
    /// Higher is better, as for accuracy.
    Maximize,
}

/// The metric by which the runs of an experiment are ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Goal {
    /// Name of the metric; its last value counts.
    pub metric: MetricKey,
    /// Which way it gets better.
    pub direction: Direction,
}

/// An experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Experiment {
    /// Identifier; `"0"` is the experiment `Default`.
    pub id: ExperimentId,
    /// Unique name.
    pub name: ExperimentName,
    /// Whether it is deleted.
    pub lifecycle: Lifecycle,
    /// When it was created.
    pub created_at: Millis,
    /// When its name, state or tags last changed.
    pub updated_at: Millis,
    /// Free labels.
    pub tags: Vec<Tag>,
    /// Metric that ranks its runs.
    pub goal: Goal,
}

/// Input of `experiments::create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExperiment {
    /// Unique name.
    pub name: ExperimentName,
    /// Free labels.
    pub tags: Vec<Tag>,
}

/// Input of `experiments::search`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExperimentQuery {
    /// Condition on each experiment; all if absent.
    pub filter: Option<Filter<ExperimentAttribute>>,
    /// Order by attributes; ties and the default are newest first, then the highest number.
    pub order_by: Vec<OrderBy<ExperimentAttribute>>,
    /// Deleted, active or all experiments.
    pub view: View,
    /// Size of the page, 1 to 50,000.
    pub max_results: u32,
    /// Where the page begins: `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// One page of a search for experiments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExperimentPage {
    /// Experiments in the order asked for.
    pub experiments: Vec<Experiment>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
}

/// An experiment with what a list shows beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExperimentSummary {
    /// The experiment.
    pub experiment: Experiment,
    /// Number of runs that are not deleted.
    pub run_count: i64,
    /// Start of the newest run.
    pub last_run_at: Option<Millis>,
    /// Best last value of the goal metric.
    pub best: Option<f64>,
}
