//! Histories of metrics (`mlflow/protos/service.proto`).

use std::pin::Pin;

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Ctx;
use domain::metrics::{self, RunPoint};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http::{HeaderValue, header};
use serde::Serialize;
use types::{MetricKey, MetricPoint, RunId};

use super::error::MlflowError;
use super::message::{Place, message};
use super::op::{Op, Received};
use super::runs::run_id;
use super::wire::Real;

/// Bytes of a point on the wire, roughly: the first guess for a buffer.
const POINT_BYTES: usize = 96;

message! {
    struct GetMetricHistory {
        plain run_id: String,
        plain run_uuid: String,
        required metric_key: String,
        optional max_results: i64,
        plain page_token: String,
    }
}

message! {
    /// Asked by MLflow's pages only; there is no message of it.
    struct GetMetricHistoryBulk {
        plain run_id: Vec<String>,
        plain metric_key: String,
        optional max_results: i64,
    }
}

message! {
    struct GetMetricHistoryBulkInterval {
        required run_ids: Vec<String>,
        required metric_key: String,
        optional start_step: i64,
        optional end_step: i64,
        optional max_results: i64,
    }
}

/// MLflow's `Metric`, and `MetricWithRunId` if there is one.
#[derive(Debug, Serialize)]
struct MetricView<'a> {
    key: &'a MetricKey,
    value: Real,
    timestamp: i64,
    step: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<RunId>,
}

#[derive(Debug, Serialize)]
struct MetricsAnswer<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    metrics: Vec<MetricView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

fn view(key: &MetricKey, point: MetricPoint) -> MetricView<'_> {
    MetricView { key, value: Real(point.value), timestamp: point.timestamp.0, step: point.step, run_id: None }
}

fn answer(key: &MetricKey, points: Vec<RunPoint>) -> Response {
    let points = points.into_iter();
    let metrics = points.map(|found| MetricView { run_id: Some(found.run_id), ..view(key, found.point) });
    Json(MetricsAnswer { metrics: metrics.collect(), next_page_token: None }).into_response()
}

/// The answer for what nobody has logged.
fn nothing() -> Response {
    Json(MetricsAnswer { metrics: Vec::new(), next_page_token: None }).into_response()
}

/// Without `max_results` the whole history, sent while it is read; with it one page.
pub(crate) async fn get_metric_history(
    Op(ctx): Op,
    Received(message): Received<GetMetricHistory>,
) -> Result<Response, MlflowError> {
    if message.run_id.is_empty() && message.run_uuid.is_empty() {
        return Err(Place::Root.field("run_id").missing());
    }
    let Ok(max_results) = message.max_results.map(u32::try_from).transpose() else {
        let value = message.max_results.unwrap_or_default();
        return Err(MlflowError::invalid(format!(
            "Invalid value {value} for parameter 'max_results' supplied. It must be a positive integer."
        )));
    };
    let known = (run_id(message.run_id, message.run_uuid), MetricKey::parse(&message.metric_key));
    let (Ok(run_id), Ok(key)) = known else { return Ok(nothing()) };
    let token = Some(message.page_token.as_str()).filter(|token| !token.is_empty());
    match max_results {
        None if token.is_none() => whole_history(ctx, run_id, key).await,
        _ => {
            let size = max_results.unwrap_or(metrics::PAGE_MAX);
            let page = metrics::history_page(&ctx, &run_id, &key, size, token).await?;
            let metrics = page.points.into_iter().map(|point| view(&key, point)).collect();
            Ok(Json(MetricsAnswer { metrics, next_page_token: page.next_page_token }).into_response())
        }
    }
}

type Parts = Pin<Box<dyn Stream<Item = Result<Vec<MetricPoint>, domain::Error>> + Send>>;

async fn whole_history(ctx: Ctx, run_id: RunId, key: MetricKey) -> Result<Response, MlflowError> {
    let mut parts: Parts = Box::pin(metrics::history(ctx, run_id, key.clone()));
    // The first part decides about the answer; what fails later breaks it off.
    let Some(first) = parts.try_next().await? else { return Ok(nothing()) };
    let opening = stream::once(async { Ok(Bytes::from_static(b"{\"metrics\":[")) });
    let mut is_first = true;
    let body = stream::once(async { Ok(first) }).chain(parts).map(move |points| {
        let points = points.inspect_err(|error| {
            tracing::error!(error = error as &(dyn std::error::Error + 'static), "a history broke off");
        })?;
        let written = written(&key, &points, is_first)?;
        is_first = false;
        Ok::<_, domain::Error>(written)
    });
    let closing = stream::once(async { Ok(Bytes::from_static(b"]}")) });
    let mut response = Response::new(Body::from_stream(opening.chain(body).chain(closing)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Points as items of a list that has begun.
fn written(key: &MetricKey, points: &[MetricPoint], is_first: bool) -> Result<Bytes, serde_json::Error> {
    let mut text = Vec::with_capacity(points.len() * POINT_BYTES);
    for (index, point) in points.iter().enumerate() {
        if index > 0 || !is_first {
            text.push(b',');
        }
        serde_json::to_writer(&mut text, &view(key, *point))?;
    }
    Ok(text.into())
}

/// Identifiers that can be some.
fn run_ids(texts: Vec<String>) -> Vec<RunId> {
    texts.iter().filter_map(|text| RunId::parse(text).ok()).collect()
}

pub(crate) async fn get_metric_history_bulk(
    Op(ctx): Op,
    Received(message): Received<GetMetricHistoryBulk>,
) -> Result<Response, MlflowError> {
    let told = |problem: String| MlflowError::invalid(format!("GetMetricHistoryBulk request {problem}"));
    if message.run_id.is_empty() {
        return Err(told("must specify at least one run_id.".to_owned()));
    }
    if message.metric_key.is_empty() {
        return Err(told("must specify a metric_key.".to_owned()));
    }
    check_count("GetMetricHistoryBulk", message.run_id.len())?;
    let Ok(key) = MetricKey::parse(&message.metric_key) else { return Ok(nothing()) };
    let max_results = message.max_results.unwrap_or_else(|| i64::from(metrics::PAGE_MAX)).max(0);
    let max_results = u32::try_from(max_results).unwrap_or(u32::MAX);
    let points = metrics::histories(&ctx, run_ids(message.run_id), &key, max_results).await?;
    Ok(answer(&key, points))
}

pub(crate) async fn get_metric_history_bulk_interval(
    Op(ctx): Op,
    Received(message): Received<GetMetricHistoryBulkInterval>,
) -> Result<Response, MlflowError> {
    check_count("GetMetricHistoryBulkInterval", message.run_ids.len())?;
    let range = match (message.start_step, message.end_step) {
        (Some(start), Some(end)) => Some((start, end)),
        (None, None) => None,
        _ => {
            return Err(MlflowError::invalid(
                "If either start step or end step are specified, both must be specified.",
            ));
        }
    };
    let Ok(max_results) = message.max_results.map_or(Ok(metrics::SAMPLE_MAX), u32::try_from) else {
        return Err(MlflowError::invalid(format!(
            "max_results must be between 1 and {}.",
            metrics::SAMPLE_MAX
        )));
    };
    let Ok(key) = MetricKey::parse(&message.metric_key) else { return Ok(nothing()) };
    let points = metrics::samples(&ctx, &run_ids(message.run_ids), &key, range, max_results).await?;
    Ok(answer(&key, points))
}

fn check_count(message: &str, count: usize) -> Result<(), MlflowError> {
    if count > metrics::RUNS_MAX {
        return Err(MlflowError::invalid(format!(
            "{message} request cannot specify more than {} run_ids. Received {count} run_ids.",
            metrics::RUNS_MAX
        )));
    }
    Ok(())
}
