//! Errors in MLflow's shape: `{"error_code", "message"}`. Its clients raise by the code.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use types::{ErrorKind, Language};
use utoipa::ToSchema;

/// MLflow's names of what went wrong (`mlflow.protos.databricks_pb2.ErrorCode`), as far as we use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// The request is not of the kind that the address takes.
    BadRequest,
    /// No endpoint has this address.
    EndpointNotFound,
    /// Our own fault.
    Internal,
    /// A value breaks a rule.
    InvalidParameterValue,
    /// The thing is not in the state for this.
    InvalidState,
    /// The server has no such thing; clients take another way.
    NotImplemented,
    /// The caller may not do this.
    PermissionDenied,
    /// Too much at once; trying again is safe, and clients do.
    RequestLimitExceeded,
    /// The name is taken.
    ResourceAlreadyExists,
    /// There is no such thing.
    ResourceDoesNotExist,
    /// Not now; clients try again.
    TemporarilyUnavailable,
    /// The caller is unknown.
    Unauthenticated,
}

impl ErrorCode {
    /// The name on the wire.
    fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::Internal => "INTERNAL_ERROR",
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::InvalidState => "INVALID_STATE",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::RequestLimitExceeded => "REQUEST_LIMIT_EXCEEDED",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }

    /// The status that goes with it: MLflow's `ERROR_CODE_TO_HTTP_STATUS`, except that `INVALID_STATE` is the
    /// user's mistake here. With 500 its clients would repeat the request for minutes.
    fn status(self) -> StatusCode {
        match self {
            Self::BadRequest
            | Self::InvalidParameterValue
            | Self::InvalidState
            | Self::ResourceAlreadyExists => StatusCode::BAD_REQUEST,
            Self::EndpointNotFound | Self::ResourceDoesNotExist => StatusCode::NOT_FOUND,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Self::PermissionDenied => StatusCode::FORBIDDEN,
            Self::RequestLimitExceeded => StatusCode::TOO_MANY_REQUESTS,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
        }
    }
}

/// An error on its way to an MLflow client.
#[derive(Debug)]
pub(crate) struct MlflowError {
    code: ErrorCode,
    status: StatusCode,
    message: String,
}

/// Body of MLflow's errors (`mlflow.exceptions.MlflowException.serialize_as_json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MlflowErrorBody)]
pub(crate) struct ErrorBody {
    /// What kind of error, such as `INVALID_PARAMETER_VALUE`.
    error_code: &'static str,
    /// What is wrong.
    message: String,
}

impl MlflowError {
    /// An error with this code and its usual status.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, status: code.status(), message: message.into() }
    }

    /// A value of the request breaks a rule.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message)
    }

    /// No endpoint has this path.
    pub(crate) fn endpoint_not_found(path: &str) -> Self {
        Self::new(ErrorCode::EndpointNotFound, format!("No endpoint was found at {path}"))
    }

    /// The endpoint exists with other methods.
    pub(crate) fn method_not_allowed() -> Self {
        Self::bad_request(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    }

    /// A request that cannot be read, with the status that says why.
    pub(crate) fn bad_request(status: StatusCode, message: &str) -> Self {
        Self { status, ..Self::new(ErrorCode::BadRequest, message) }
    }
}

/// The one table from our kinds of errors to MLflow's codes.
impl From<domain::Error> for MlflowError {
    fn from(error: domain::Error) -> Self {
        let code = match error.kind() {
            ErrorKind::NotFound => ErrorCode::ResourceDoesNotExist,
            ErrorKind::AlreadyExists => ErrorCode::ResourceAlreadyExists,
            ErrorKind::Invalid
            | ErrorKind::Rule
            | ErrorKind::Unsupported
            | ErrorKind::TooLarge
            | ErrorKind::Conflict => ErrorCode::InvalidParameterValue,
            ErrorKind::Unauthenticated => ErrorCode::Unauthenticated,
            ErrorKind::Forbidden => ErrorCode::PermissionDenied,
            ErrorKind::NotReady => ErrorCode::TemporarilyUnavailable,
            ErrorKind::Busy => ErrorCode::RequestLimitExceeded,
            ErrorKind::Internal => ErrorCode::Internal,
        };
        if code == ErrorCode::Internal {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "request failed");
        }
        Self::new(code, message(&error))
    }
}

impl From<types::InvalidValue> for MlflowError {
    fn from(error: types::InvalidValue) -> Self {
        domain::Error::from(error).into()
    }
}

/// MLflow's sentence where its clients or their tests know one, else ours.
fn message(error: &domain::Error) -> String {
    match error {
        domain::Error::NotFound { what: "run", id } => format!("Run with id={id} not found"),
        domain::Error::NotFound { what: "experiment", id } => {
            // Found by number, or by name.
            if id.bytes().all(|byte| byte.is_ascii_digit()) {
                format!("No Experiment with id={id} exists")
            } else {
                format!("Could not find experiment with name '{id}'")
            }
        }
        domain::Error::NotFound { what: "logged model", id } => {
            format!("Logged model with ID '{id}' not found.")
        }
        domain::Error::NotFound { what: "artifact", id } => format!("No such artifact: '{id}'"),
        domain::Error::NotFound { what: "model", id } => format!("Registered Model with name={id} not found"),
        domain::Error::NotFound { what: "version", id } => {
            let (name, version) = id.rsplit_once('/').unwrap_or((id, ""));
            format!("Model Version (name={name}, version={version}) not found")
        }
        domain::Error::AlreadyExists { what: "model", name } => {
            format!("Registered Model (name={name}) already exists.")
        }
        domain::Error::NotFound { what: "tag", id } => format!("No tag with name: {id}"),
        domain::Error::AlreadyExists { what: "experiment", name } => {
            format!("Experiment(name={name}) already exists.")
        }
        error => error.public_message(Language::En),
    }
}

impl IntoResponse for MlflowError {
    fn into_response(self) -> Response {
        let body = ErrorBody { error_code: self.code.as_str(), message: self.message };
        let mut response = (self.status, Json(body)).into_response();
        if self.code == ErrorCode::RequestLimitExceeded {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
