//! A run as MLflow's `Run` message.

use domain::runs;
use serde::Serialize;
use types::{
    DatasetInput, ExperimentId, MetricKey, MetricPoint, MetricSummary, ModelRole, Param, Run, RunId,
    RunModel, RunName, Tag,
};

use crate::mlflow::wire::{Real, stage};

/// Tag of an input that says what the dataset was used for.
pub(super) const CONTEXT_TAG: &str = "mlflow.data.context";

#[derive(Debug, Serialize)]
pub(super) struct RunView {
    info: RunInfo,
    data: RunData,
    inputs: RunInputs,
    outputs: RunOutputs,
}

#[derive(Debug, Serialize)]
pub(super) struct RunInfo {
    run_id: RunId,
    run_uuid: RunId,
    run_name: RunName,
    experiment_id: ExperimentId,
    user_id: String,
    status: &'static str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<i64>,
    artifact_uri: String,
    lifecycle_stage: &'static str,
}

#[derive(Debug, Serialize)]
struct RunData {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<LastMetric>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Param>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

/// MLflow's `Metric`: the last value of a key.
#[derive(Debug, Serialize)]
struct LastMetric {
    key: MetricKey,
    #[serde(flatten)]
    point: Point,
}

/// The point of a metric.
#[derive(Debug, Serialize)]
pub(crate) struct Point {
    value: Real,
    timestamp: i64,
    step: i64,
}

#[derive(Debug, Serialize)]
struct RunInputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dataset_inputs: Vec<DatasetInputView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_inputs: Vec<ModelInput>,
}

#[derive(Debug, Serialize)]
struct RunOutputs {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    model_outputs: Vec<ModelOutput>,
}

#[derive(Debug, Serialize)]
struct DatasetInputView {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<InputTag>,
    dataset: DatasetView,
}

#[derive(Debug, Serialize)]
struct InputTag {
    key: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct DatasetView {
    name: String,
    digest: String,
    source_type: String,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
}

#[derive(Debug, Serialize)]
struct ModelInput {
    model_id: String,
}

#[derive(Debug, Serialize)]
struct ModelOutput {
    model_id: String,
    step: i64,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        let (inputs, outputs): (Vec<RunModel>, Vec<RunModel>) =
            run.models.iter().cloned().partition(|model| model.role == ModelRole::Input);
        Self {
            info: RunInfo::of(&run),
            data: RunData {
                metrics: run.metrics.into_iter().map(LastMetric::from).collect(),
                params: run.params,
                tags: run.tags,
            },
            inputs: RunInputs {
                dataset_inputs: run.inputs.into_iter().map(DatasetInputView::from).collect(),
                model_inputs: inputs
                    .into_iter()
                    .map(|model| ModelInput { model_id: model.model_id })
                    .collect(),
            },
            outputs: RunOutputs {
                model_outputs: outputs
                    .into_iter()
                    .map(|model| ModelOutput { model_id: model.model_id, step: model.step })
                    .collect(),
            },
        }
    }
}

impl RunInfo {
    pub(super) fn of(run: &Run) -> Self {
        Self {
            run_id: run.id.clone(),
            run_uuid: run.id.clone(),
            run_name: run.name.clone(),
            experiment_id: run.experiment_id,
            user_id: run.user.clone(),
            status: run.status.as_str(),
            start_time: run.started_at.0,
            end_time: run.ended_at.map(|at| at.0),
            artifact_uri: runs::artifact_uri(run.experiment_id, &run.id),
            lifecycle_stage: stage(run.lifecycle),
        }
    }
}

impl From<MetricPoint> for Point {
    fn from(point: MetricPoint) -> Self {
        Self { value: Real(point.value), timestamp: point.timestamp.0, step: point.step }
    }
}

impl From<MetricSummary> for LastMetric {
    fn from(summary: MetricSummary) -> Self {
        Self { key: summary.key, point: summary.last.into() }
    }
}

impl From<DatasetInput> for DatasetInputView {
    fn from(input: DatasetInput) -> Self {
        let DatasetInput { name, digest, context, details } = input;
        let mut tags = Vec::new();
        if !context.is_empty() {
            tags.push(InputTag { key: CONTEXT_TAG.to_owned(), value: context });
        }
        // What was trained here says nothing of a source; clients expect one.
        let (mut source_type, mut source) = ("cuaderno".to_owned(), "{}".to_owned());
        let (mut schema, mut profile) = (None, None);
        if let Some(details) = details {
            (source_type, source) = (details.source_type, details.source);
            (schema, profile) = (details.schema, details.profile);
            tags.extend(details.tags.into_iter().map(|(key, value)| InputTag { key, value }));
        }
        Self { tags, dataset: DatasetView { name, digest, source_type, source, schema, profile } }
    }
}
