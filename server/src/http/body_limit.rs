//! Bounds how much of a request body is read.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use http::{StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::time::timeout;

use super::uploads::is_upload;
use super::{Door, refuse};

/// Largest body, in bytes.
const BODY_MAX: u64 = 1024 * 1024;

/// Largest body of a request to train, in bytes: it may list the rows of a large table.
const TRAINING_BODY_MAX: u64 = 8 * 1024 * 1024;

/// Largest body of a request that says what datasets a run used, in bytes: the profile of one may have 16 MiB.
const INPUTS_BODY_MAX: u64 = 24 * 1024 * 1024;

/// Largest file of a run or model, in bytes; it is written to disk as it comes.
const UPLOAD_BODY_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Largest body with a dataset, in bytes: 1 GiB of it, and what is around it in a form.
const DATASET_BODY_MAX: u64 = (1 << 30) + (1 << 20);

fn limit_of(path: &str) -> u64 {
    match path {
        path if is_upload(path) => UPLOAD_BODY_MAX,
        "/api/v1/datasets/upload" | "/ui/datasets/upload" => DATASET_BODY_MAX,
        "/api/v1/training-jobs" => TRAINING_BODY_MAX,
        "/api/2.0/mlflow/runs/log-inputs" | "/ajax-api/2.0/mlflow/runs/log-inputs" => INPUTS_BODY_MAX,
        _ => BODY_MAX,
    }
}

/// How much of a refused body is read and thrown away, so that the client gets to see the answer: a connection
/// that is closed while the client still sends loses it.
const LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// How long a refused body is read.
const LINGER_TIME: Duration = Duration::from_secs(2);

/// What is known about the body of a request while and after its handler has it.
#[derive(Debug, Default)]
pub(super) struct Watch {
    over: AtomicBool,
    complete: AtomicBool,
    frames: AtomicU64,
}

impl Watch {
    /// How many pieces of the body have arrived.
    pub(super) fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// Whether the client has sent everything.
    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }
}

/// Answers 413 for bodies past the limit, whatever the handler made of the broken body.
pub(crate) async fn enforce(request: Request, next: Next) -> Response {
    let (door, limit) = (Door::of(&request), limit_of(request.uri().path()));
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limit) {
        // Who asks before sending is told before sending.
        if !request.headers().contains_key(header::EXPECT) {
            drain(request.into_body()).await;
        }
        return too_large(door, limit);
    }
    let watch = Arc::new(Watch::default());
    let mut request = request.map(|inner| {
        watch.complete.store(inner.is_end_stream(), Ordering::Relaxed);
        Body::new(Limited { inner, left: limit, watch: watch.clone() })
    });
    request.extensions_mut().insert(watch.clone());
    let response = next.run(request).await;
    if watch.over.load(Ordering::Relaxed) { too_large(door, limit) } else { response }
}

fn too_large(door: Door, limit: u64) -> Response {
    let message = format!("the request body is larger than {} MiB", limit / (1024 * 1024));
    refuse(door, StatusCode::PAYLOAD_TOO_LARGE, &message)
}

async fn drain(mut body: Body) {
    let read = async {
        let mut left = LINGER_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(rest) = left.checked_sub(length) else { return };
            left = rest;
        }
    };
    // Whether it ended or not, the answer is the same.
    let _ = timeout(LINGER_TIME, read).await;
}

/// A body that fails after `left` bytes.
struct Limited {
    inner: Body,
    left: u64,
    watch: Arc<Watch>,
}

#[derive(Debug, thiserror::Error)]
#[error("the request body is too large")]
struct TooLarge;

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            let Some(left) = self.left.checked_sub(length) else {
                self.watch.over.store(true, Ordering::Relaxed);
                return Poll::Ready(Some(Err(axum::Error::new(TooLarge))));
            };
            self.left = left;
            self.watch.frames.fetch_add(1, Ordering::Relaxed);
        }
        if frame.is_none() || self.inner.is_end_stream() {
            self.watch.complete.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use futures::stream;
    use tower::ServiceExt;

    use super::*;

    async fn status_of(body: Body) -> StatusCode {
        let handler = async |body: Result<Bytes, axum::extract::rejection::BytesRejection>| {
            body.map_or("unreadable", |_| "read")
        };
        let router = Router::new().route("/", post(handler)).layer(from_fn(enforce));
        router.oneshot(http::Request::post("/").body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_without_a_length_is_counted() {
        let chunks = |count| {
            Body::from_stream(stream::iter(
                (0..count).map(|_| Ok::<_, std::io::Error>(Bytes::from(vec![b'a'; 1024]))),
            ))
        };
        assert_eq!(status_of(chunks(1024)).await, StatusCode::OK);
        assert_eq!(status_of(chunks(1025)).await, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
