//! Extractors of the JSON door. A request that they refuse is already answered in FastAPI's shape.

use std::convert::Infallible;
use std::str::FromStr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use domain::{Caller, Ctx, Engine};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value};
use types::{
    Alias, ArtifactPath, DatasetName, ExperimentId, Fault, InvalidValue, JobId, Language, Location,
    MetricKey, ModelName, RunId,
};

use super::error::{Detail, Problem, language_of};
use super::fields::Wire;
use crate::fallback;

/// Largest JSON body, in bytes.
pub(crate) const BODY_MAX: usize = 1024 * 1024;

/// Who is calling, and the engine to ask.
pub(crate) struct Op(pub(crate) Ctx);

impl FromRequestParts<Engine> for Op {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, engine: &Engine) -> Result<Self, Infallible> {
        Ok(Self(Ctx::new(engine.clone(), Caller::Anonymous)))
    }
}

/// The language of sentences in the answer.
pub(crate) struct Asked(pub(crate) Language);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(language_of(&parts.headers)))
    }
}

/// Values from the path, in its order.
pub(crate) struct Path<T>(pub(crate) T);

/// One value from the path.
pub(crate) trait PathValue: FromStr<Err = InvalidValue> {
    /// The kind of thing that the value identifies. A value that breaks its rules then identifies nothing, which
    /// is 404; without a kind it is a fault of the request, which is 422.
    const IDENTIFIES: Option<&'static str> = None;
}

impl PathValue for ExperimentId {
    const IDENTIFIES: Option<&'static str> = Some("experiment");
}

impl PathValue for RunId {
    const IDENTIFIES: Option<&'static str> = Some("run");
}

impl PathValue for JobId {
    const IDENTIFIES: Option<&'static str> = Some("training job");
}

impl PathValue for ModelName {
    const IDENTIFIES: Option<&'static str> = Some("model");
}

impl PathValue for DatasetName {
    const IDENTIFIES: Option<&'static str> = Some("dataset");
}

impl PathValue for Alias {}
impl PathValue for ArtifactPath {}
impl PathValue for MetricKey {}

/// Reads one named piece of the path.
fn piece<T: PathValue>((name, text): (&str, &str)) -> Result<T, Problem> {
    text.parse().map_err(|invalid: InvalidValue| match T::IDENTIFIES {
        Some(what) => Problem::from(domain::Error::NotFound { what, id: text.to_owned() }),
        None => Problem::of_faults(vec![Fault {
            loc: vec![Location::Name("path".to_owned()), Location::Name(name.to_owned())],
            msg: invalid.to_string(),
            kind: "value_error".to_owned(),
            ctx: None,
        }]),
    })
}

/// What [`Path`] can hold.
pub(crate) trait FromPath: Sized {
    /// Reads the pieces of a path.
    fn from_pieces<'a>(pieces: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem>;
}

impl<T: PathValue> FromPath for T {
    fn from_pieces<'a>(mut pieces: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        piece(pieces.next().unwrap_or_default())
    }
}

impl<A: PathValue, B: PathValue> FromPath for (A, B) {
    fn from_pieces<'a>(mut pieces: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, Problem> {
        Ok((piece(pieces.next().unwrap_or_default())?, piece(pieces.next().unwrap_or_default())?))
    }
}

impl<T: FromPath, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        // Fails only on text that is not UTF-8, which no path of ours contains.
        let Ok(pieces) = RawPathParams::from_request_parts(parts, state).await else {
            return Err(fallback::not_found(parts.uri.path(), None));
        };
        T::from_pieces(pieces.iter()).map(Self).map_err(IntoResponse::into_response)
    }
}

/// Values from the query string; of a repeated one the last counts.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: Wire, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| {
                let loc = vec![Location::Name("query".to_owned())];
                let fault =
                    Fault { loc, msg: rejection.body_text(), kind: "value_error".to_owned(), ctx: None };
                Problem::of_faults(vec![fault])
            })?;
        let members: Map<String, Value> =
            pairs.0.into_iter().map(|(name, text)| (name, Value::String(text))).collect();
        T::from_value(&Value::Object(members), "query").map(Self).map_err(Problem::of_faults)
    }
}

/// A JSON body, read into the type that the operation expects.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: Wire, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let JsonBody(value) = JsonBody::from_request(request, state).await?;
        let wire = T::from_value(&value, "body").map_err(Problem::of_faults);
        wire.map(Self).map_err(IntoResponse::into_response)
    }
}

/// A JSON body as it is; of a repeated field the last counts.
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let is_json = is_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(refuse_bytes)?;
        // Some editors put a byte order mark in front, which JSON does not know.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if bytes.is_empty() {
            let missing = Fault::of_body("field required", "value_error.missing");
            return Err(Problem::of_faults(vec![missing]).into_response());
        }
        if !is_json {
            let told = Detail::new("Content-Type must be application/json");
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, Json(told)).into_response());
        }
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|error| Problem::of_faults(vec![not_json(bytes, &error)]).into_response())
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(media_type)) = headers.get(header::CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn refuse_bytes(rejection: BytesRejection) -> Response {
    let status = rejection.status();
    let told = if status == StatusCode::PAYLOAD_TOO_LARGE {
        "The request body is too large"
    } else {
        "There was an error reading the body"
    };
    (status, Json(Detail::new(told))).into_response()
}

/// Says where `bytes` stop being JSON, in the words of Python's `json`.
fn not_json(bytes: &[u8], error: &serde_json::Error) -> Fault {
    let at = if error.is_eof() {
        bytes.len()
    } else {
        let before: usize = bytes
            .split_inclusive(|byte| *byte == b'\n')
            .take(error.line().saturating_sub(1))
            .map(<[u8]>::len)
            .sum();
        (before + error.column().saturating_sub(1)).min(bytes.len())
    };
    let before = String::from_utf8_lossy(&bytes[..at]);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let told = error.to_string();
    let problem = PYTHON_WORDS
        .iter()
        .find(|(ours, _)| told.starts_with(ours))
        .map_or("Expecting value", |(_, python)| python);
    let msg = format!("{problem}: line {line} column {column} (char {})", before.chars().count());
    Fault::of_body(msg, "value_error.jsondecode")
}

/// How `serde_json` and Python's `json` call the same faults.
const PYTHON_WORDS: [(&str, &str); 9] = [
    ("trailing characters", "Extra data"),
    ("key must be a string", "Expecting property name enclosed in double quotes"),
    ("trailing comma", "Expecting property name enclosed in double quotes"),
    ("expected `:`", "Expecting ':' delimiter"),
    ("expected `,`", "Expecting ',' delimiter"),
    ("EOF while parsing a string", "Unterminated string"),
    ("control character", "Invalid control character"),
    ("invalid escape", "Invalid \\escape"),
    ("recursion limit exceeded", "Too many nested values"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_where_json_breaks_is_told_as_python_does() {
        let msg = |text: &str| {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            not_json(text.as_bytes(), &error).msg
        };
        assert_eq!(msg("abc"), "Expecting value: line 1 column 1 (char 0)");
        assert_eq!(msg(r#"{"a":}"#), "Expecting value: line 1 column 6 (char 5)");
        assert_eq!(msg("{\"año\": 1}\n x"), "Extra data: line 2 column 2 (char 12)");
        assert_eq!(
            msg("{1: 2}"),
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
        );
        assert!(msg(&"[".repeat(200)).starts_with("Too many nested values: line 1"));
    }

    #[test]
    fn only_json_is_json() {
        let is_json = |media_type: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, media_type.parse().unwrap());
            super::is_json(&headers)
        };
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        assert!(is_json("application/vnd.api+json"));
        assert!(!is_json("text/plain"));
        assert!(!is_json("application/x-www-form-urlencoded"));
        assert!(!is_json("text/plain; application/json"));
    }
}
