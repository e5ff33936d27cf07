//! Answers of MLflow's REST API, as far as they are needed. Names are those of MLflow's messages.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::record::{self, ModelLink, Pairs, Role};

#[derive(Debug, Deserialize)]
pub(super) struct ErrorAnswer {
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pair {
    key: String,
    #[serde(default)]
    value: String,
}

fn pairs(pairs: Vec<Pair>) -> Pairs {
    pairs.into_iter().map(|pair| (pair.key, pair.value)).collect()
}

#[derive(Debug, Deserialize)]
pub(super) struct ExperimentPage {
    #[serde(default)]
    pub(super) experiments: Vec<Experiment>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Experiment {
    experiment_id: String,
    name: String,
    lifecycle_stage: Option<String>,
    #[serde(default, deserialize_with = "integer")]
    creation_time: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    last_update_time: Option<i64>,
    #[serde(default)]
    tags: Vec<Pair>,
}

impl From<Experiment> for record::Experiment {
    fn from(wire: Experiment) -> Self {
        Self {
            id: wire.experiment_id,
            name: wire.name,
            is_deleted: wire.lifecycle_stage.as_deref() == Some("deleted"),
            created_at: wire.creation_time,
            updated_at: wire.last_update_time,
            tags: pairs(wire.tags),
            goal: None,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RunPage {
    #[serde(default)]
    pub(super) runs: Vec<RunName>,
    pub(super) next_page_token: Option<String>,
}

/// A run of which only the identifier is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct RunName {
    pub(super) info: RunNameInfo,
}

#[derive(Debug, Deserialize)]
pub(super) struct RunNameInfo {
    pub(super) run_id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct RunAnswer {
    pub(super) run: Run,
}

#[derive(Debug, Deserialize)]
pub(super) struct Run {
    info: RunInfo,
    #[serde(default)]
    data: RunData,
    #[serde(default)]
    inputs: Inputs,
    #[serde(default)]
    outputs: Outputs,
}

#[derive(Debug, Deserialize)]
struct RunInfo {
    run_id: String,
    #[serde(default)]
    run_name: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    status: String,
    lifecycle_stage: Option<String>,
    #[serde(default, deserialize_with = "integer")]
    start_time: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    end_time: Option<i64>,
    #[serde(default)]
    artifact_uri: String,
}

#[derive(Debug, Default, Deserialize)]
struct RunData {
    #[serde(default)]
    metrics: Vec<MetricName>,
    #[serde(default)]
    params: Vec<Pair>,
    #[serde(default)]
    tags: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
struct MetricName {
    key: String,
}

#[derive(Debug, Default, Deserialize)]
struct Inputs {
    #[serde(default)]
    dataset_inputs: Vec<DatasetInput>,
    #[serde(default)]
    model_inputs: Vec<Model>,
}

#[derive(Debug, Default, Deserialize)]
struct Outputs {
    #[serde(default)]
    model_outputs: Vec<Model>,
}

#[derive(Debug, Deserialize)]
struct Model {
    model_id: String,
    #[serde(default, deserialize_with = "integer")]
    step: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct DatasetInput {
    #[serde(default)]
    tags: Vec<Pair>,
    dataset: Dataset,
}

#[derive(Debug, Deserialize)]
struct Dataset {
    name: String,
    digest: String,
    #[serde(default)]
    source_type: String,
    #[serde(default)]
    source: String,
    schema: Option<String>,
    profile: Option<String>,
}

impl From<DatasetInput> for record::Dataset {
    fn from(wire: DatasetInput) -> Self {
        let Dataset { name, digest, source_type, source, schema, profile } = wire.dataset;
        Self { name, digest, source_type, source, schema, profile, tags: pairs(wire.tags) }
    }
}

impl From<Run> for record::Run {
    fn from(wire: Run) -> Self {
        let Run { info, data, inputs, outputs } = wire;
        let link = |role| {
            move |model: Model| ModelLink { model_id: model.model_id, role, step: model.step.unwrap_or(0) }
        };
        let models = inputs.model_inputs.into_iter().map(link(Role::Input));
        Self {
            id: info.run_id,
            name: info.run_name,
            user: info.user_id,
            status: info.status,
            is_deleted: info.lifecycle_stage.as_deref() == Some("deleted"),
            deleted_at: None,
            started_at: info.start_time,
            ended_at: info.end_time.filter(|at| *at > 0),
            params: pairs(data.params),
            tags: pairs(data.tags),
            datasets: inputs.dataset_inputs.into_iter().map(record::Dataset::from).collect(),
            models: models.chain(outputs.model_outputs.into_iter().map(link(Role::Output))).collect(),
            metrics: data.metrics.into_iter().map(|metric| metric.key).collect(),
            artifact_uri: info.artifact_uri,
            faults: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct PointPage {
    #[serde(default)]
    pub(super) metrics: Vec<Point>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Point {
    #[serde(default, deserialize_with = "real")]
    value: f64,
    #[serde(default, deserialize_with = "integer")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    step: Option<i64>,
}

impl Point {
    pub(super) fn into_point(self, key: &str) -> record::Point {
        record::Point {
            key: key.to_owned(),
            value: super::super::infinite(self.value),
            step: self.step.unwrap_or(0),
            timestamp: self.timestamp.unwrap_or(0),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct FilePage {
    #[serde(default)]
    pub(super) files: Vec<File>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct File {
    pub(super) path: String,
    #[serde(default)]
    pub(super) is_dir: bool,
    #[serde(default, deserialize_with = "integer")]
    pub(super) file_size: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TracePage {
    #[serde(default)]
    pub(super) traces: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoggedModelPage {
    #[serde(default)]
    pub(super) models: Vec<LoggedModel>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoggedModelAnswer {
    pub(super) model: LoggedModel,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoggedModel {
    pub(super) info: LoggedModelInfo,
    #[serde(default)]
    data: LoggedModelData,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoggedModelInfo {
    pub(super) model_id: String,
    #[serde(default)]
    name: String,
    model_type: Option<String>,
    #[serde(default)]
    status: String,
    source_run_id: Option<String>,
    #[serde(default, deserialize_with = "integer")]
    creation_timestamp_ms: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    last_updated_timestamp_ms: Option<i64>,
    #[serde(default)]
    artifact_uri: String,
    #[serde(default)]
    tags: Vec<Pair>,
}

#[derive(Debug, Default, Deserialize)]
struct LoggedModelData {
    #[serde(default)]
    params: Vec<Pair>,
    #[serde(default)]
    metrics: Vec<ModelMetric>,
}

#[derive(Debug, Deserialize)]
struct ModelMetric {
    key: String,
    #[serde(flatten)]
    point: Point,
    #[serde(default)]
    run_id: String,
    dataset_name: Option<String>,
    dataset_digest: Option<String>,
}

impl LoggedModel {
    pub(super) fn into_points(self) -> Vec<record::ModelPoint> {
        let point = |metric: ModelMetric| record::ModelPoint {
            point: metric.point.into_point(&metric.key),
            run_id: metric.run_id,
            dataset: metric.dataset_name.map(|name| (name, metric.dataset_digest.unwrap_or_default())),
        };
        self.data.metrics.into_iter().map(point).collect()
    }
}

impl From<LoggedModel> for record::LoggedModel {
    fn from(wire: LoggedModel) -> Self {
        let LoggedModel { info, data } = wire;
        Self {
            id: info.model_id,
            name: info.name,
            model_type: info.model_type.unwrap_or_default(),
            status: info.status.trim_start_matches("LOGGED_MODEL_").trim_start_matches("UPLOAD_").to_owned(),
            source_run_id: info.source_run_id.filter(|id| !id.is_empty()),
            is_deleted: false,
            created_at: info.creation_timestamp_ms,
            updated_at: info.last_updated_timestamp_ms,
            params: pairs(data.params),
            tags: pairs(info.tags),
            artifact_uri: info.artifact_uri,
            faults: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct RegisteredModelPage {
    #[serde(default)]
    pub(super) registered_models: Vec<RegisteredModel>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RegisteredModel {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default, deserialize_with = "integer")]
    creation_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    last_updated_timestamp: Option<i64>,
    #[serde(default)]
    tags: Vec<Pair>,
    #[serde(default)]
    aliases: Vec<Alias>,
}

#[derive(Debug, Deserialize)]
struct Alias {
    alias: String,
    version: String,
}

impl From<RegisteredModel> for record::RegisteredModel {
    fn from(wire: RegisteredModel) -> Self {
        Self {
            name: wire.name,
            description: wire.description,
            created_at: wire.creation_timestamp,
            updated_at: wire.last_updated_timestamp,
            tags: pairs(wire.tags),
            aliases: wire.aliases.into_iter().map(|alias| (alias.alias, alias.version)).collect(),
            versions: Vec::new(),
            faults: Vec::new(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelVersionPage {
    #[serde(default)]
    pub(super) model_versions: Vec<ModelVersion>,
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelVersion {
    #[serde(default, deserialize_with = "integer")]
    version: Option<i64>,
    run_id: Option<String>,
    model_id: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default)]
    current_stage: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    run_link: String,
    #[serde(default, deserialize_with = "integer")]
    creation_timestamp: Option<i64>,
    #[serde(default, deserialize_with = "integer")]
    last_updated_timestamp: Option<i64>,
    #[serde(default)]
    tags: Vec<Pair>,
}

impl From<ModelVersion> for record::ModelVersion {
    fn from(wire: ModelVersion) -> Self {
        Self {
            version: wire.version.unwrap_or(0),
            run_id: wire.run_id.filter(|id| !id.is_empty()),
            model_id: wire.model_id.filter(|id| !id.is_empty()),
            source: wire.source,
            location: String::new(),
            model_type: String::new(),
            stage: wire.current_stage,
            description: wire.description,
            run_link: wire.run_link,
            created_at: wire.creation_timestamp,
            updated_at: wire.last_updated_timestamp,
            tags: pairs(wire.tags),
        }
    }
}

/// A whole number, also as text: protobuf's JSON writes 64 bits as text.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Number(number) => Ok(number.as_i64()),
        Value::String(text) => Ok(text.parse().ok()),
        _ => Err(serde::de::Error::custom("a number is needed")),
    }
}

/// A number, or NaN and the infinities as text.
fn real<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Number(number) => Ok(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => text.parse().map_err(serde::de::Error::custom),
        _ => Err(serde::de::Error::custom("a number is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_every_form() {
        let page: PointPage = serde_json::from_str(
            r#"{"metrics": [
                {"key": "a", "value": "NaN", "timestamp": "5", "step": "1"},
                {"key": "a", "value": 1.7976931348623157e308, "timestamp": 6},
                {"key": "a", "value": "-Infinity", "timestamp": 7, "step": 2}
            ]}"#,
        )
        .unwrap();
        let points: Vec<_> = page.metrics.into_iter().map(|point| point.into_point("a")).collect();
        assert!(points[0].value.is_nan());
        assert_eq!((points[0].timestamp, points[0].step), (5, 1));
        assert_eq!((points[1].value, points[1].step), (f64::INFINITY, 0));
        assert_eq!(points[2].value, f64::NEG_INFINITY);
    }
}
