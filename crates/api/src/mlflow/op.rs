//! Extractors of MLflow's door. A request that they refuse is already answered in MLflow's shape.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use domain::{Caller, Ctx, Engine};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use serde::de::DeserializeOwned;

use super::error::MlflowError;
use super::message::Message;

/// Who is calling, and the engine to ask. Credentials will be read here.
pub(crate) struct Op(pub(crate) Ctx);

impl FromRequestParts<Engine> for Op {
    type Rejection = MlflowError;

    async fn from_request_parts(_: &mut Parts, engine: &Engine) -> Result<Self, MlflowError> {
        Ok(Self(Ctx::new(engine.clone(), Caller::Anonymous)))
    }
}

/// The message of a request: the query string of GET, else the JSON body.
pub(crate) struct Received<M>(pub(crate) M);

impl<M: Message, S: Send + Sync> FromRequest<S> for Received<M> {
    type Rejection = MlflowError;

    async fn from_request(request: Request, state: &S) -> Result<Self, MlflowError> {
        if request.method() == Method::GET || request.method() == Method::HEAD {
            return M::from_query(request.uri().query().unwrap_or_default()).map(Self);
        }
        check_content_type(request.headers())?;
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => MlflowError::invalid(
                    "The request is larger than this endpoint takes. Please split it up.",
                ),
                status => MlflowError::bad_request(status, "The request body could not be read"),
            })?;
        M::from_json(&body).map(Self)
    }
}

/// The message in the query string, whatever the method: the body is a file.
pub(crate) struct Asked<M>(pub(crate) M);

impl<M: Message, S: Send + Sync> FromRequestParts<S> for Asked<M> {
    type Rejection = MlflowError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MlflowError> {
        M::from_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// The one part of an address that varies, decoded once.
pub(crate) struct Rest(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Rest {
    type Rejection = MlflowError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, MlflowError> {
        Steps::from_request_parts(parts, state).await.map(|Steps(rest)| Self(rest))
    }
}

/// The parts of an address that vary, decoded once.
pub(crate) struct Steps<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Steps<T> {
    type Rejection = MlflowError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, MlflowError> {
        let steps = Path::<T>::from_request_parts(parts, state).await;
        steps.map(|Path(steps)| Self(steps)).map_err(|_| MlflowError::invalid("Invalid path: it is no text."))
    }
}

fn check_content_type(headers: &HeaderMap) -> Result<(), MlflowError> {
    let Some(content_type) = headers.get(header::CONTENT_TYPE) else {
        return Err(MlflowError::invalid("Bad Request. Content-Type header is missing."));
    };
    let essence = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    if essence.trim_ascii().eq_ignore_ascii_case(b"application/json") {
        Ok(())
    } else {
        Err(MlflowError::invalid("Bad Request. Content-Type must be one of ['application/json']."))
    }
}
