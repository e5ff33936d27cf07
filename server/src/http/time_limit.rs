//! Bounds how long a handler may take until its answer begins.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::StatusCode;
use tokio::time::timeout;

use super::body_limit::Watch;
use super::{Door, refuse};

/// Time from the end of the headers to the first byte of the answer.
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
    let door = Door::of(&request);
    let watch = request.extensions().get::<Arc<Watch>>().cloned();
    match timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) if watch.is_some_and(|watch| !watch.is_complete()) => {
            refuse(door, StatusCode::REQUEST_TIMEOUT, "the request body did not arrive in time")
        }
        Err(_) => {
            refuse(door, StatusCode::SERVICE_UNAVAILABLE, "the server is too busy to answer; try again later")
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
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
}
