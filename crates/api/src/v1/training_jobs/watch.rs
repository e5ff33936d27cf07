//! Jobs that wait or run: follow them, read their logs, stop them.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Response, Sse};
use axum::{Extension, Json};
use domain::training;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use types::{JobEvent, JobId, JobLogLine, JobStatus};
use utoipa::ToSchema;

use crate::Peer;
use crate::v1::error::{ChangeProblems, FollowProblems, Problem, ReadProblems};
use crate::v1::op::{Op, Path};

/// How often a stream without news shows that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Header of a browser that lost its stream: the last line of the log that it has.
const LAST_EVENT_ID: &str = "last-event-id";

/// The log of a job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobLog {
    /// The newest 1000 lines, oldest first.
    lines: Vec<JobLogLine>,
}

/// Cancel a training job
///
/// A job that waits is cancelled at once, one that runs within a second; the fits of `linear` and `logistic` then go on
/// unheard until their end. Cancelling twice does no harm.
#[utoipa::path(
    post,
    path = "/api/v1/training-jobs/{job_id}/cancel",
    tag = "training",
    params(("job_id" = JobId, Path, description = "Identifier of the job")),
    responses((status = 200, description = "The job, cancelled or about to be", body = JobStatus), ChangeProblems),
)]
pub(crate) async fn cancel_training_job(
    Op(ctx): Op,
    Path(job_id): Path<JobId>,
) -> Result<Json<JobStatus>, Problem> {
    Ok(Json(training::cancel(&ctx, &job_id).await?))
}

/// Get the log of a training job
#[utoipa::path(
    get,
    path = "/api/v1/training-jobs/{job_id}/log",
    tag = "training",
    params(("job_id" = JobId, Path, description = "Identifier of the job")),
    responses((status = 200, description = "What happened", body = JobLog), ReadProblems),
)]
pub(crate) async fn get_training_job_log(
    Op(ctx): Op,
    Path(job_id): Path<JobId>,
) -> Result<Json<JobLog>, Problem> {
    Ok(Json(JobLog { lines: training::log(&ctx, &job_id).await? }))
}

/// Follow a training job
///
/// Server-sent events: `status` holds a `JobStatus`, now and after each change; `line` holds a `JobLogLine`, whose number is the
/// event's id, so that a stream that broke goes on where it was. The last event is the status that ends the job; then the
/// stream ends, and so it does after an hour. Comments show every five seconds that the stream is alive. One server
/// has 128 followers, of one address at most 16.
#[utoipa::path(
    get,
    path = "/api/v1/training-jobs/{job_id}/events",
    tag = "training",
    params(
        ("job_id" = JobId, Path, description = "Identifier of the job"),
        ("last-event-id" = Option<i64>, Header, description = "Number of the last line that is known"),
    ),
    responses(
        (status = 200, description = "Events until the job is over", body = String, content_type = "text/event-stream"),
        FollowProblems,
    ),
)]
pub(crate) async fn follow_training_job(
    Op(ctx): Op,
    Path(job_id): Path<JobId>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or(0);
    let address = peer.map(|Extension(Peer(address))| address);
    let events = training::follow(&ctx, &job_id, after, address).await?;
    let events = events.map(|event| Ok::<_, Infallible>(told(&event)));
    let keep_alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    // Proxies that collect answers before they pass them on would hold the news back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn told(event: &JobEvent) -> Event {
    let (event, data) = match event {
        JobEvent::Status(status) => (Event::default().event("status"), serde_json::to_string(status)),
        JobEvent::Line(line) => {
            (Event::default().event("line").id(line.line.to_string()), serde_json::to_string(line))
        }
    };
    // Neither holds anything that JSON cannot.
    event.data(data.unwrap_or_default())
}
