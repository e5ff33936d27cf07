//! The OpenAPI document and the two pages that show it. Everything comes from the binary.

mod redoc;
mod swagger;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use domain::Engine;
use http::header;
use utoipa::openapi::OpenApi;

/// Address of the document.
const DOCUMENT: &str = "/openapi.json";

/// The document itself, `/docs` and `/redoc`.
pub(crate) fn routes(document: OpenApi) -> Router<Engine> {
    let document = Bytes::from(as_json(document));
    Router::new()
        .route(DOCUMENT, get(async move || (JSON, document)))
        .merge(swagger::routes())
        .merge(redoc::routes())
}

const JSON: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The document as text, with paths as OpenAPI writes them: `{path}` also where it may contain slashes.
fn as_json(mut document: OpenApi) -> String {
    document.paths.paths = std::mem::take(&mut document.paths.paths)
        .into_iter()
        .map(|(path, item)| (path.replace("{*", "{"), item))
        .collect();
    document.to_json().unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the OpenAPI document cannot be written");
        "{}".to_owned()
    })
}

/// A page of this module, with the policy that lets it run its own scripts and nothing else.
fn page(policy: &'static str, html: &'static str) -> impl IntoResponse {
    let head = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (head, html)
}

/// A file that belongs to a page; it changes only with the binary.
fn asset(media_type: String, content: Bytes) -> impl IntoResponse {
    let head = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "public, max-age=3600".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (head, content)
}
