//! Lets web pages of listed origins call the JSON API; off unless origins are listed.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use super::Policy;

/// How browsers write an origin: lower case, no slash at the end.
pub(super) fn normalised(origin: &str) -> String {
    origin.trim().trim_end_matches('/').to_ascii_lowercase()
}

/// Whether pages of other origins may be let in to this path at all.
pub(super) fn is_open(path: &str) -> bool {
    ["/predict", "/health", "/model-info"].contains(&path) || path.starts_with("/api/v1/")
}

/// Answers preflight requests of listed origins and marks answers that their pages may read.
pub(crate) async fn answer(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    if policy.cors_origins.is_empty() || !is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .filter(|origin| origin.to_str().is_ok_and(|origin| policy.allows_origin(origin)))
        .cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);

    let mut response = match (&origin, is_preflight) {
        (Some(_), true) => preflight(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        let readable = HeaderValue::from_static("x-request-id");
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, readable);
        let policy = HeaderName::from_static("cross-origin-resource-policy");
        headers.insert(policy, HeaderValue::from_static("cross-origin"));
    }
    response
}

fn preflight() -> Response {
    let mut headers = HeaderMap::new();
    let methods = HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE");
    let accepted = HeaderValue::from_static("accept, accept-language, content-type");
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, accepted);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    async fn ask(method: Method, path: &str, origin: &'static str) -> Response {
        let policy = Policy { cors_origins: vec![normalised("https://Shop.example/")], ..Policy::default() };
        let router = Router::new()
            .route("/predict", post(async || "18500"))
            .route("/runs", post(async || "page"))
            .layer(from_fn_with_state(Arc::new(policy), answer));
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .body(Body::empty())
            .unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn only_listed_origins_may_read_and_only_the_api() {
        let response = ask(Method::POST, "/predict", "https://shop.example").await;
        assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://shop.example");
        for (path, origin) in [
            ("/predict", "https://shop.example.evil"),
            ("/predict", "null"),
            ("/runs", "https://shop.example"),
        ] {
            let response = ask(Method::POST, path, origin).await;
            assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN), "{path} {origin}");
        }
    }

    #[tokio::test]
    async fn preflight_requests_are_answered_for_listed_origins_only() {
        let response = ask(Method::OPTIONS, "/predict", "https://shop.example").await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        assert!(response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_METHODS));
        let refused = ask(Method::OPTIONS, "/predict", "https://evil.example").await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
