//! One span for each request, one line for each answer.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, debug, info, info_span};

use super::Ends;
use super::request_id::RequestId;

/// Answers that went well are logged at `debug`, refusals at `info`. What went wrong inside was logged by the
/// door that turned it into an answer.
pub(crate) async fn record(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request.extensions().get::<RequestId>().and_then(|id| id.0.to_str().ok()).unwrap_or_default();
    let peer = request.extensions().get::<Ends>().map(|ends| ends.peer.ip().to_string());
    // `?` escapes: a path cannot forge a log line.
    let span = info_span!(
        "http",
        request.id = id,
        http.method = request.method().as_str(),
        http.path = ?request.uri().path(),
        client.ip = peer,
    );
    async move {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status < 400 {
            debug!(http.status = status, duration_ms, "answered {status}");
        } else {
            info!(http.status = status, duration_ms, "answered {status}");
        }
        response
    }
    .instrument(span)
    .await
}
