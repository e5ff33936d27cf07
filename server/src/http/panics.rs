//! Turns a panic into an answer, so that the connection and its neighbours live on.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use http::StatusCode;
use tracing::error;

use super::{Door, refuse};

/// Answers 500 without details if anything inside panics.
pub(crate) async fn catch(request: Request, next: Next) -> Response {
    let door = Door::of(&request);
    // Nothing of ours is shared across requests in a half-changed state: the store has its own transactions.
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| {
        error!("a handler panicked: {:?}", message(panic.as_ref()));
        refuse(door, StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    })
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
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
    async fn a_panic_becomes_an_answer_without_details() {
        async fn broken() -> &'static str {
            ["a secret"].into_iter().find(|text| text.is_empty()).expect("a secret")
        }
        let router = Router::new().route("/", get(broken)).layer(from_fn(catch));
        let response = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, r#"{"detail":"Internal Server Error"}"#);
    }
}
