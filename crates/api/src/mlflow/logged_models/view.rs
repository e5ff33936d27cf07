//! A logged model as MLflow's `LoggedModel` message.

use domain::logged_models;
use serde::Serialize;
use types::{
    ExperimentId, LoggedModel, LoggedModelId, LoggedModelMetric, LoggedModelName, LoggedModelStatus,
    MetricKey, Param, RunId, Tag,
};

use crate::mlflow::runs::Point;

#[derive(Debug, Serialize)]
pub(super) struct LoggedModelView {
    info: Info,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Info {
    model_id: LoggedModelId,
    experiment_id: ExperimentId,
    name: LoggedModelName,
    creation_timestamp_ms: i64,
    last_updated_timestamp_ms: i64,
    artifact_uri: String,
    status: &'static str,
    model_type: String,
    source_run_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
struct Data {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    params: Vec<Param>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricView>,
}

/// MLflow's `Metric`.
#[derive(Debug, Serialize)]
struct MetricView {
    key: MetricKey,
    #[serde(flatten)]
    point: Point,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataset_digest: Option<String>,
    model_id: LoggedModelId,
    run_id: RunId,
}

impl From<LoggedModel> for LoggedModelView {
    fn from(model: LoggedModel) -> Self {
        let id = model.id;
        let metrics = model.metrics.into_iter().map(|metric| MetricView::of(&id, metric)).collect();
        Self {
            info: Info {
                experiment_id: model.experiment_id,
                name: model.name,
                creation_timestamp_ms: model.created_at.0,
                last_updated_timestamp_ms: model.updated_at.0,
                artifact_uri: logged_models::artifact_uri(model.experiment_id, &id),
                status: match model.status {
                    LoggedModelStatus::Pending => "LOGGED_MODEL_PENDING",
                    LoggedModelStatus::Ready => "LOGGED_MODEL_READY",
                    LoggedModelStatus::Failed => "LOGGED_MODEL_UPLOAD_FAILED",
                },
                model_type: model.model_type,
                source_run_id: model.source_run_id.map(String::from).unwrap_or_default(),
                tags: model.tags,
                model_id: id,
            },
            data: Data { params: model.params, metrics },
        }
    }
}

impl MetricView {
    fn of(model_id: &LoggedModelId, metric: LoggedModelMetric) -> Self {
        let (dataset_name, dataset_digest) =
            metric.dataset.map(|dataset| (dataset.name, dataset.digest)).unzip();
        Self {
            key: metric.metric.key,
            point: metric.metric.point.into(),
            dataset_name,
            dataset_digest: dataset_digest.filter(|digest| !digest.is_empty()),
            model_id: model_id.clone(),
            run_id: metric.run_id,
        }
    }
}
