//! A run as answers show it: by the names under which its parts are sent.

use serde::Serialize;
use types::{
    DatasetInput, ExperimentId, Lifecycle, MetricKey, MetricPoint, MetricSummary, Millis, Param, Run, RunId,
    RunName, RunStatus, Tag,
};
use utoipa::ToSchema;

/// A run with its current values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    /// Identifier.
    run_id: RunId,
    /// Experiment that it belongs to.
    experiment_id: ExperimentId,
    /// Name for people.
    run_name: RunName,
    /// How far it has come.
    status: RunStatus,
    /// Whether it is deleted.
    lifecycle_stage: Lifecycle,
    /// Who started it; may be empty.
    user: String,
    /// When it began.
    start_time: Millis,
    /// When it ended.
    end_time: Option<Millis>,
    /// The last value of each metric, by key.
    metrics: Vec<MetricView>,
    /// Parameters, by key.
    params: Vec<Param>,
    /// Labels, by key.
    tags: Vec<Tag>,
    /// Datasets that it used.
    inputs: Vec<DatasetInput>,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            run_id: run.id,
            experiment_id: run.experiment_id,
            run_name: run.name,
            status: run.status,
            lifecycle_stage: run.lifecycle,
            user: run.user,
            start_time: run.started_at,
            end_time: run.ended_at,
            metrics: run.metrics.into_iter().map(Into::into).collect(),
            params: run.params,
            tags: run.tags,
            inputs: run.inputs,
        }
    }
}

/// A metric: its last value, and how it got there.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricView {
    /// Name of the metric.
    key: MetricKey,
    /// The point with the greatest step, the newest of those.
    #[serde(flatten)]
    last: MetricPoint,
    /// The first point.
    first: MetricPoint,
    /// The lowest point.
    min: MetricPoint,
    /// The highest point.
    max: MetricPoint,
    /// Number of points.
    count: i64,
}

impl From<MetricSummary> for MetricView {
    fn from(summary: MetricSummary) -> Self {
        let MetricSummary { key, last, first, min, max, count } = summary;
        Self { key, last, first, min, max, count }
    }
}
