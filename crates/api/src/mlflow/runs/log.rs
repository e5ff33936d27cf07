//! What runs log: metrics, params and tags.

use axum::Json;
use domain::runs;
use serde_json::Value;
use types::{Batch, Metric, MetricKey, MetricPoint, Millis, ModelMetric, Param, ParamKey, TagKey};

use super::run_id;
use crate::mlflow::error::MlflowError;
use crate::mlflow::logged_models::{dataset, model_id};
use crate::mlflow::message::{Place, message};
use crate::mlflow::op::{Op, Received};
use crate::mlflow::wire::{Empty, KeyValue, tag, tags};

/// Most metrics in a batch, and most entries in all.
const METRICS_MAX: usize = 1000;

/// Most params and most tags in a batch.
const TEXTS_MAX: usize = 100;

message! {
    struct LogMetric {
        plain run_id: String,
        plain run_uuid: String,
        required key: String,
        required value: f64,
        required timestamp: i64,
        optional step: i64,
        plain model_id: String,
        plain dataset_name: String,
        plain dataset_digest: String,
    }
}

message! {
    struct LogParam {
        plain run_id: String,
        plain run_uuid: String,
        required key: String,
        plain value: String,
    }
}

message! {
    struct SetTag {
        plain run_id: String,
        plain run_uuid: String,
        required key: String,
        plain value: String,
    }
}

message! {
    struct DeleteTag {
        required run_id: String,
        required key: String,
    }
}

message! {
    /// MLflow's `Metric`.
    struct BatchMetric {
        required key: String,
        required value: f64,
        required timestamp: i64,
        optional step: i64,
        plain model_id: String,
        plain dataset_name: String,
        plain dataset_digest: String,
    }
}

message! {
    struct LogBatch {
        required run_id: String,
        plain metrics: Vec<BatchMetric>,
        plain params: Vec<KeyValue>,
        plain tags: Vec<KeyValue>,
    }
}

message! {
    struct LogModel {
        required run_id: String,
        required model_json: String,
    }
}

pub(crate) async fn log_metric(
    Op(ctx): Op,
    Received(message): Received<LogMetric>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, message.run_uuid)?;
    let logged = BatchMetric {
        key: message.key,
        value: message.value,
        timestamp: message.timestamp,
        step: message.step,
        model_id: message.model_id,
        dataset_name: message.dataset_name,
        dataset_digest: message.dataset_digest,
    };
    let metric = metric(&logged, &Place::Root)?;
    let model_metrics = about_model(logged, &metric)?.into_iter().collect();
    runs::log_batch(&ctx, &id, Batch { metrics: vec![metric], model_metrics, ..Batch::default() }).await?;
    Ok(Json(Empty {}))
}

fn metric(message: &BatchMetric, place: &Place<'_>) -> Result<Metric, MlflowError> {
    let key = place.field("name").parsed(&message.key, MetricKey::parse)?;
    if message.timestamp < 0 {
        return Err(place.field("timestamp").invalid(
            &Value::from(message.timestamp),
            &format!("metric '{key}'. Timestamp must be a nonnegative long (64-bit integer) "),
        ));
    }
    let point = MetricPoint {
        value: message.value,
        step: message.step.unwrap_or_default(),
        timestamp: Millis(message.timestamp),
    };
    Ok(Metric { key, point })
}

/// The same point as one about a model, if the client names one.
fn about_model(message: BatchMetric, metric: &Metric) -> Result<Option<ModelMetric>, MlflowError> {
    if message.model_id.is_empty() {
        return Ok(None);
    }
    Ok(Some(ModelMetric {
        model_id: model_id(&message.model_id)?,
        metric: metric.clone(),
        dataset: dataset(message.dataset_name, message.dataset_digest),
    }))
}

fn param(pair: KeyValue, place: &Place<'_>) -> Result<Param, MlflowError> {
    let key = place.field("key").parsed(&pair.key, ParamKey::parse)?;
    Ok(Param { key, value: pair.value })
}

pub(crate) async fn log_param(
    Op(ctx): Op,
    Received(message): Received<LogParam>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, message.run_uuid)?;
    let param = param(KeyValue { key: message.key, value: message.value }, &Place::Root)?;
    runs::log_batch(&ctx, &id, Batch { params: vec![param], ..Batch::default() }).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn set_tag(
    Op(ctx): Op,
    Received(message): Received<SetTag>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, message.run_uuid)?;
    let tag = tag(KeyValue { key: message.key, value: message.value }, &Place::Root)?;
    runs::log_batch(&ctx, &id, Batch { tags: vec![tag], ..Batch::default() }).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_tag(
    Op(ctx): Op,
    Received(message): Received<DeleteTag>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, String::new())?;
    let Ok(key) = TagKey::parse(&message.key) else {
        return Err(domain::Error::NotFound { what: "tag", id: message.key }.into());
    };
    runs::delete_tag(&ctx, &id, &key).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn log_batch(
    Op(ctx): Op,
    Received(message): Received<LogBatch>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, String::new())?;
    let batch = batch(message.metrics, message.params, message.tags)?;
    runs::log_batch(&ctx, &id, batch).await?;
    Ok(Json(Empty {}))
}

fn batch(
    metrics: Vec<BatchMetric>,
    params: Vec<KeyValue>,
    pairs: Vec<KeyValue>,
) -> Result<Batch, MlflowError> {
    let total = metrics.len() + params.len() + pairs.len();
    for (what, limit, length) in [
        ("metrics", METRICS_MAX, metrics.len()),
        ("params", TEXTS_MAX, params.len()),
        ("tags", TEXTS_MAX, pairs.len()),
        ("metrics, params, and tags", METRICS_MAX, total),
    ] {
        if length > limit {
            return Err(MlflowError::invalid(format!(
                "A batch logging request can contain at most {limit} {what}. Got {length} {what}. Please split up \
                 {what} across multiple requests and try again."
            )));
        }
    }
    let (metrics_place, params_place) = (Place::Root.field("metrics"), Place::Root.field("params"));
    let mut model_metrics = Vec::new();
    let metrics = metrics.into_iter().enumerate().map(|(index, message)| {
        let metric = metric(&message, &Place::Item(&metrics_place, index))?;
        model_metrics.extend(about_model(message, &metric)?);
        Ok::<_, MlflowError>(metric)
    });
    let params = params.into_iter().enumerate();
    let batch = Batch {
        metrics: metrics.collect::<Result<_, _>>()?,
        params: params
            .map(|(index, pair)| param(pair, &Place::Item(&params_place, index)))
            .collect::<Result<_, _>>()?,
        tags: tags(pairs)?,
        model_metrics,
    };
    let mut keys: Vec<&ParamKey> = batch.params.iter().map(|param| &param.key).collect();
    keys.sort_unstable();
    if let Some([twice, ..]) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(MlflowError::invalid(format!(
            "Duplicate parameter keys have been submitted: ['{twice}']. Please ensure the request contains only one \
             param value per param key."
        )));
    }
    Ok(batch)
}

pub(crate) async fn log_model(
    Op(ctx): Op,
    Received(message): Received<LogModel>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, String::new())?;
    let Ok(Value::Object(model)) = serde_json::from_str(&message.model_json) else {
        return Err(MlflowError::invalid("Malformed model info: 'model_json' is not a valid JSON object."));
    };
    let missing: Vec<&str> = ["artifact_path", "flavors", "utc_time_created", "run_id"]
        .into_iter()
        .filter(|field| !model.contains_key(*field))
        .collect();
    if !missing.is_empty() {
        let missing = missing.join("', '");
        return Err(MlflowError::invalid(format!("Model json is missing mandatory fields: {{'{missing}'}}")));
    }
    runs::log_model(&ctx, &id, Value::Object(model)).await?;
    Ok(Json(Empty {}))
}
