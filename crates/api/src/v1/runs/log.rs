//! What runs log: metrics, params and tags.

use axum::Json;
use domain::runs;
use serde::Serialize;
use types::{Batch, Metric, MetricKey, MetricPoint, Millis, Param, ParamKey, RunId, Tag, TagKey};
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, OneOfBuilder, Schema, Type};

use crate::v1::error::{Problem, ReadProblems, WriteProblems};
use crate::v1::fields::{Input, wire};
use crate::v1::op::{Body, Op, Path};

wire! {
    /// One point of a metric.
    #[schema(example = json!({"key": "test_rmse", "value": 1234.5, "step": 0}))]
    struct LogMetric {
        /// Name of the metric.
        required key: MetricKey = Input::parsed,
        /// The number, or one of the texts `NaN`, `Infinity` and `-Infinity`.
        #[schema(schema_with = number_or_text)]
        required value: f64 = Input::number,
        /// Position in the run's own count, such as the epoch; 0 if absent.
        optional step: Option<i64> = Input::integer,
        /// When it was measured, in milliseconds since 1970; now if absent.
        optional timestamp: Option<i64> = Input::integer,
    }
}

/// JSON has no NaN and no infinities, so they are sent as text.
fn number_or_text() -> Schema {
    OneOfBuilder::new()
        .item(Object::with_type(Type::Number))
        .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some([
            "NaN",
            "Infinity",
            "-Infinity",
        ])))
        .build()
        .into()
}

impl LogMetric {
    fn into_metric(self, now: Millis) -> Metric {
        let step = self.step.unwrap_or_default();
        let timestamp = self.timestamp.map_or(now, Millis);
        Metric { key: self.key, point: MetricPoint { value: self.value, step, timestamp } }
    }
}

wire! {
    /// A parameter of a run.
    #[schema(example = json!({"key": "n_estimators", "value": "100"}))]
    struct LogParam {
        /// Name of the parameter.
        required key: ParamKey = Input::parsed,
        /// Its value.
        required value: String = Input::text,
    }
}

wire! {
    /// A label.
    #[schema(example = json!({"key": "author", "value": "ana"}))]
    struct KeyValue {
        /// Name of the label.
        required key: TagKey = Input::parsed,
        /// Its value.
        required value: String = Input::text,
    }
}

impl KeyValue {
    /// The label as the domain knows it.
    pub(crate) fn into_tag(self) -> Tag {
        Tag { key: self.key, value: self.value }
    }
}

/// How much was stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Logged {
    /// Number of entries; all that were sent.
    logged: usize,
}

/// All points of a metric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricHistory {
    /// Name of the metric.
    key: MetricKey,
    /// By step, then by time.
    points: Vec<MetricPoint>,
}

/// Log metrics
///
/// Adds points; all are stored, or none.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_id}/metrics",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    request_body = Vec<LogMetric>,
    responses((status = 200, description = "Stored", body = Logged), WriteProblems),
)]
pub(crate) async fn log_metrics(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
    Body(wire): Body<Vec<LogMetric>>,
) -> Result<Json<Logged>, Problem> {
    let (logged, now) = (wire.len(), ctx.now());
    let metrics = wire.into_iter().map(|metric| metric.into_metric(now)).collect();
    runs::log_batch(&ctx, &run_id, Batch { metrics, ..Batch::default() }).await?;
    Ok(Json(Logged { logged }))
}

/// Log parameters
///
/// A parameter keeps its first value: sending another one is 400, sending the same again is fine.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_id}/params",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    request_body = Vec<LogParam>,
    responses((status = 200, description = "Stored", body = Logged), WriteProblems),
)]
pub(crate) async fn log_params(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
    Body(wire): Body<Vec<LogParam>>,
) -> Result<Json<Logged>, Problem> {
    let logged = wire.len();
    let params = wire.into_iter().map(|param| Param { key: param.key, value: param.value }).collect();
    runs::log_batch(&ctx, &run_id, Batch { params, ..Batch::default() }).await?;
    Ok(Json(Logged { logged }))
}

/// Set tags
///
/// A tag that exists gets the new value.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_id}/tags",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    request_body = Vec<KeyValue>,
    responses((status = 200, description = "Stored", body = Logged), WriteProblems),
)]
pub(crate) async fn set_tags(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
    Body(wire): Body<Vec<KeyValue>>,
) -> Result<Json<Logged>, Problem> {
    let logged = wire.len();
    let tags = wire.into_iter().map(KeyValue::into_tag).collect();
    runs::log_batch(&ctx, &run_id, Batch { tags, ..Batch::default() }).await?;
    Ok(Json(Logged { logged }))
}

/// Get the history of a metric
///
/// The key may contain slashes. A metric that the run has not logged has no points.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/metrics/{*key}",
    tag = "runs",
    params(
        ("run_id" = RunId, Path, description = "Identifier of the run"),
        ("key" = MetricKey, Path, description = "Name of the metric"),
    ),
    responses((status = 200, description = "All points", body = MetricHistory), ReadProblems),
)]
pub(crate) async fn get_metric_history(
    Op(ctx): Op,
    Path((run_id, key)): Path<(RunId, MetricKey)>,
) -> Result<Json<MetricHistory>, Problem> {
    let points = runs::metric_history(&ctx, &run_id, &key).await?;
    Ok(Json(MetricHistory { key, points }))
}
