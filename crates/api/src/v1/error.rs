//! Errors in FastAPI's shape: `{"detail": …}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use types::{ErrorKind, Fault, Language};
use utoipa::openapi::response::Response as ResponseDocument;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// A domain error on its way to a JSON client.
#[derive(Debug)]
pub(crate) struct Problem(domain::Error);

impl From<domain::Error> for Problem {
    fn from(error: domain::Error) -> Self {
        Self(error)
    }
}

impl Problem {
    /// Single parts of the request are wrong.
    pub(crate) fn of_faults(faults: Vec<Fault>) -> Self {
        Self(domain::Error::Faults(faults))
    }

    /// The sentence for whoever asked.
    pub(super) fn sentence(&self, language: Language) -> String {
        self.0.public_message(language)
    }

    fn status(&self) -> StatusCode {
        match self.0.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::AlreadyExists | ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Rule => StatusCode::BAD_REQUEST,
            ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotReady => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Busy => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Answers in Spanish, the language of the tutorial; [`finish`] says it again in the caller's language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = &self.0 as &(dyn std::error::Error + 'static), "request failed");
        }
        let faults = self.0.faults();
        if !faults.is_empty() {
            return (status, Json(Faults { detail: faults })).into_response();
        }
        let sentence = Sentence(Arc::new(self.0));
        let mut response = (status, Json(sentence.in_language(Language::Es))).into_response();
        response.extensions_mut().insert(sentence);
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// Travels with a response until the language of its request is known.
#[derive(Clone)]
struct Sentence(Arc<domain::Error>);

impl Sentence {
    fn in_language(&self, language: Language) -> Detail {
        Detail { detail: self.0.public_message(language) }
    }
}

/// Layer over all operations: says errors in the caller's language and forbids to store JSON.
pub(crate) async fn finish(request: Request, next: Next) -> Response {
    let language = language_of(request.headers());
    let mut response = next.run(request).await;
    if let Some(sentence) = response.extensions_mut().remove::<Sentence>() {
        let told = Json(sentence.in_language(language)).into_response();
        *response.body_mut() = Body::new(told.into_body());
        let headers = response.headers_mut();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    }
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The language for sentences: what `Accept-Language` asks for, else Spanish.
pub(crate) fn language_of(headers: &HeaderMap) -> Language {
    headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|header| header.to_str().ok())
        .and_then(Language::from_accept_language)
        .unwrap_or(Language::Es)
}

/// Body of errors that are told in one sentence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"detail": "Not Found"}))]
pub(crate) struct Detail {
    /// What is wrong and, where it is not obvious, what to do.
    detail: String,
}

impl Detail {
    /// The body with this sentence.
    pub(crate) fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }
}

/// Body of 422: everything that is wrong with single fields.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"detail": [
    {"loc": ["body", "año"], "msg": "value is not a valid integer", "type": "type_error.integer"}
]}))]
pub(crate) struct Faults {
    /// One entry for each fault.
    detail: Vec<Fault>,
}

/// What can go wrong with a question that names nothing: for the OpenAPI document.
pub(crate) struct ListProblems;

impl IntoResponses for ListProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[500])
    }
}

/// What can go wrong with a question: for the OpenAPI document.
pub(crate) struct ReadProblems;

impl IntoResponses for ReadProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[404, 422, 500])
    }
}

/// What can go wrong with a change that has no body: for the OpenAPI document.
pub(crate) struct ChangeProblems;

impl IntoResponses for ChangeProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[404, 409, 500])
    }
}

/// What can go wrong with a question about how a run was trained: for the OpenAPI document.
pub(crate) struct RepeatProblems;

impl IntoResponses for RepeatProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[400, 404, 500])
    }
}

/// What can go wrong with a stream: for the OpenAPI document.
pub(crate) struct FollowProblems;

impl IntoResponses for FollowProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[404, 429, 500])
    }
}

/// What can go wrong with a request that has a body: for the OpenAPI document.
pub(crate) struct WriteProblems;

impl IntoResponses for WriteProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[400, 404, 409, 413, 415, 422, 500])
    }
}

/// What can go wrong with a valuation: for the OpenAPI document.
pub(crate) struct PredictProblems;

impl IntoResponses for PredictProblems {
    fn responses() -> BTreeMap<String, RefOr<ResponseDocument>> {
        problems(&[400, 413, 415, 422, 500, 503])
    }
}

fn problems(statuses: &[u16]) -> BTreeMap<String, RefOr<ResponseDocument>> {
    statuses
        .iter()
        .map(|status| {
            let (description, schema) = match status {
                400 => ("A rule about the matter is broken; `detail` says which", "Detail"),
                404 => ("Nothing with this identifier", "Detail"),
                409 => ("The name is taken, or the state does not allow it", "Detail"),
                413 => ("The body is too large", "Detail"),
                415 => ("The body is not sent as `application/json`", "Detail"),
                422 => ("Fields are wrong; `detail` lists all of them", "Faults"),
                429 => ("Too many at once; `Retry-After` says when to try again", "Detail"),
                503 => ("No model answers yet; `detail` says what to do", "Detail"),
                _ => ("Our own fault; the log has more under the header `x-request-id`", "Detail"),
            };
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
            let response =
                ResponseBuilder::new().description(description).content("application/json", content).build();
            (status.to_string(), RefOr::T(response))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn our_own_faults_say_nothing_about_the_inside() {
        let inner = serde_json::from_str::<u8>("secret").unwrap_err();
        let response = Problem::from(domain::Error::from(inner)).into_response();

        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        assert_eq!(body, r#"{"detail":"Internal Server Error"}"#);
    }
}
