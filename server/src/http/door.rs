//! Which kind of client is asking, and what a refusal looks like to it.

use axum::Json;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::json;

/// The dialect of an answer that no handler gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// A browser that wants a page.
    Page,
    /// A client of our JSON API.
    Json,
    /// An MLflow client.
    Mlflow,
}

impl Door {
    /// The door that a request knocks at.
    pub(crate) fn of(request: &Request) -> Self {
        Self::of_parts(request.uri().path(), request.headers())
    }

    /// The door of a path and headers.
    pub(crate) fn of_parts(path: &str, headers: &HeaderMap) -> Self {
        let is_below = |folder: &str| {
            path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if ["/api/2.0", "/api/3.0", "/ajax-api"].into_iter().any(is_below) {
            Self::Mlflow
        } else if ["/api", "/predict", "/health", "/model-info", "/openapi.json"].into_iter().any(is_below) {
            Self::Json
        } else if accepts_html(headers) {
            Self::Page
        } else {
            Self::Json
        }
    }
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|accept| accept.contains("text/html") || accept.contains("application/xhtml+xml"))
}

/// An answer that says no, in the dialect of the door.
pub(crate) fn refuse(door: Door, status: StatusCode, message: &str) -> Response {
    match door {
        Door::Json => (status, Json(json!({ "detail": message }))).into_response(),
        Door::Mlflow => {
            (status, Json(json!({ "error_code": mlflow_code(status), "message": message }))).into_response()
        }
        // Plain text, because messages may repeat what the client sent.
        Door::Page => (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{message}\n"))
            .into_response(),
    }
}

/// The name that MLflow gives to a status.
fn mlflow_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "PERMISSION_DENIED",
        StatusCode::NOT_FOUND => "ENDPOINT_NOT_FOUND",
        StatusCode::PAYLOAD_TOO_LARGE => "REQUEST_LIMIT_EXCEEDED",
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => "TEMPORARILY_UNAVAILABLE",
        status if status.is_server_error() => "INTERNAL_ERROR",
        _ => "BAD_REQUEST",
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_path_decides_before_the_accept_header() {
        let mut browser = HeaderMap::new();
        browser.insert(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        for (path, door) in [
            ("/runs/x", Door::Page),
            ("/api/v1/runs", Door::Json),
            ("/predict", Door::Json),
            ("/predictions", Door::Page),
            ("/api/2.0/mlflow/x", Door::Mlflow),
            ("/api/2.05", Door::Json),
            ("/ajax-api", Door::Mlflow),
        ] {
            assert_eq!(Door::of_parts(path, &browser), door, "{path}");
        }
        assert_eq!(Door::of_parts("/runs/x", &HeaderMap::new()), Door::Json);
    }
}
