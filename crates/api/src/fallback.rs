//! Answers to requests that no route takes.

use axum::Json;
use axum::extract::Request;
use axum::response::{Html, IntoResponse, Response};
use http::{StatusCode, header};

use crate::mlflow::MlflowError;
use crate::v1::Detail;

/// Where programs live; browsers get no page there.
const FOR_PROGRAMS: [&str; 2] = ["/api/", "/ajax-api/"];

/// Where MLflow's clients live.
const FOR_MLFLOW: [&str; 3] = ["/api/2.0", "/api/3.0", "/ajax-api"];

/// 404 in the dialect of whoever asks: MLflow's error body below its prefixes, a page for browsers, and
/// `{"detail": "Not Found"}` for everybody else.
///
/// `accept` is the request's `Accept` header.
pub fn not_found(path: &str, accept: Option<&str>) -> Response {
    if is_for_mlflow(path) {
        return MlflowError::endpoint_not_found(path).into_response();
    }
    if wants_page(path, accept) {
        return (StatusCode::NOT_FOUND, Html(PAGE)).into_response();
    }
    (StatusCode::NOT_FOUND, Json(Detail::new("Not Found"))).into_response()
}

/// 405 for a path that exists with other methods; the router adds `Allow`.
pub fn method_not_allowed(path: &str) -> Response {
    if is_for_mlflow(path) {
        return MlflowError::method_not_allowed().into_response();
    }
    (StatusCode::METHOD_NOT_ALLOWED, Json(Detail::new("Method Not Allowed"))).into_response()
}

/// Whether an unknown `path` should be answered with a page: the client accepts HTML by name, and the path is
/// not one for programs.
pub fn wants_page(path: &str, accept: Option<&str>) -> bool {
    let is_for_programs = FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
    let accepts_html = accept.is_some_and(|accept| {
        accept.split(',').any(|range| {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            media_type.eq_ignore_ascii_case("text/html")
        })
    });
    accepts_html && !is_for_programs
}

/// Handler for everything below the prefixes of programs that is not a route.
pub(crate) async fn unknown(request: Request) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    not_found(request.uri().path(), accept)
}

/// Handler for a wrong method on a route of this crate.
pub(crate) async fn wrong_method(request: Request) -> Response {
    method_not_allowed(request.uri().path())
}

fn is_for_mlflow(path: &str) -> bool {
    FOR_MLFLOW.iter().any(|prefix| is_below(path, prefix))
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="es">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>404 · Cuaderno</title></head>
<body>
<h1>Esta página no existe</h1>
<p lang="en">This page does not exist.</p>
<p><a href="/">Cuaderno</a></p>
</body>
</html>
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_browsers_outside_the_api_get_a_page() {
        let browser = Some("text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(wants_page("/nothing", browser));
        assert!(wants_page("/nothing", Some("application/json;q=0.5, Text/HTML;q=0.9")));
        assert!(!wants_page("/nothing", Some("*/*")));
        assert!(!wants_page("/nothing", None));
        assert!(!wants_page("/api/v1/nothing", browser));
    }
}
