//! Bounds how long a handler may take until its answer begins; with a file, how long the file may stand still.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use tokio::time::timeout;

use super::body_limit::Watch;
use super::uploads::is_upload;
use super::{Door, refuse};

/// Time from the end of the headers, or from the last piece of a file, to the first byte of the answer.
const HANDLER_TIME: Duration = Duration::from_secs(30);

/// The same for a request that brings a dataset or lets one be looked over again: it may be large, and its line slow.
const DATASET_TIME: Duration = Duration::from_mins(30);

fn limit_of(path: &str) -> Duration {
    let is_dataset = ["/api/v1/datasets/", "/ui/datasets/"].iter().any(|folder| path.starts_with(folder));
    if is_dataset { DATASET_TIME } else { HANDLER_TIME }
}

/// Gives up on a handler that takes too long.
pub(crate) async fn enforce(request: Request, next: Next) -> Response {
    within(limit_of(request.uri().path()), request, next).await
}

async fn within(limit: Duration, request: Request, next: Next) -> Response {
    let (door, is_upload) = (Door::of(&request), is_upload(request.uri().path()));
    let watch = request.extensions().get::<Arc<Watch>>().cloned();
    let mut answer = pin!(next.run(request));
    let mut frames = 0;
    loop {
        if let Ok(response) = timeout(limit, answer.as_mut()).await {
            return response;
        }
        let Some(watch) = &watch else { break };
        if is_upload && watch.frames() > frames {
            // The file is on its way.
            frames = watch.frames();
        } else if watch.is_complete() {
            break;
        } else {
            let message = "the request body did not arrive in time";
            return refuse(door, StatusCode::REQUEST_TIMEOUT, message);
        }
    }
    refuse(door, StatusCode::SERVICE_UNAVAILABLE, "the server is too busy to answer; try again later")
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use futures::StreamExt;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_handler_that_hangs_is_given_up() {
        let soon =
            async |request: Request, next: Next| within(Duration::from_millis(10), request, next).await;
        let router = Router::new().route("/", get(std::future::pending::<&str>)).layer(from_fn(soon));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test]
    async fn a_file_may_take_its_time_as_long_as_it_moves() {
        let limit = Duration::from_millis(200);
        let soon = async move |request: Request, next: Next| within(limit, request, next).await;
        let upload = "/api/2.0/mlflow-artifacts/artifacts/x";
        let read = async |body: axum::body::Bytes| body.len().to_string();
        let router = Router::new()
            .route(upload, axum::routing::put(read))
            .layer(from_fn(soon))
            .layer(from_fn(crate::http::body_limit::enforce));
        let status = async |pause: Duration| {
            let pieces = futures::stream::iter(0..5).then(move |_| async move {
                tokio::time::sleep(pause).await;
                Ok::<_, std::io::Error>(axum::body::Bytes::from_static(b"piece"))
            });
            let request = http::Request::put(upload).body(Body::from_stream(pieces)).unwrap();
            router.clone().oneshot(request).await.unwrap().status()
        };
        assert_eq!(status(Duration::from_millis(60)).await, StatusCode::OK);
        assert_eq!(status(Duration::from_secs(2)).await, StatusCode::REQUEST_TIMEOUT);
    }
}
