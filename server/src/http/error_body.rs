//! Gives errors that carry no text, such as the router's own 405, the form of their door.

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{StatusCode, header};

use super::{Door, refuse};

/// Fills empty 4xx and 5xx answers; headers such as `Allow` stay.
pub(crate) async fn fill(request: Request, next: Next) -> Response {
    let door = Door::of(&request);
    let response = next.run(request).await;
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.body().size_hint().exact() != Some(0) {
        return response;
    }
    let message = match status {
        StatusCode::INTERNAL_SERVER_ERROR => "Internal Server Error",
        _ => status.canonical_reason().unwrap_or("Error"),
    };
    let (mut parts, _) = response.into_parts();
    // Browsers do not send wrong methods by themselves: whoever does is a program.
    let door = if status == StatusCode::METHOD_NOT_ALLOWED && door == Door::Page { Door::Json } else { door };
    let (shaped, body) = refuse(door, status, message).into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.extend(shaped.headers);
    Response::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::post;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_wrong_method_is_told_in_json_and_keeps_allow() {
        let router = Router::new().route("/predict", post(async || "")).layer(from_fn(fill));
        let request = http::Request::get("/predict").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "POST");
        let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, r#"{"detail":"Method Not Allowed"}"#);
    }
}
