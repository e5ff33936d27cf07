//! The door for MLflow's clients.
//!
//! So far it only says, in MLflow's words, that an endpoint does not exist.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;

/// An error on its way to an MLflow client, which reads both fields and raises by `error_code`.
#[derive(Debug)]
pub(crate) struct MlflowError {
    status: StatusCode,
    body: MlflowErrorBody,
}

/// Body of MLflow's errors (`mlflow.exceptions.MlflowException.serialize_as_json`).
#[derive(Debug, Serialize)]
struct MlflowErrorBody {
    error_code: &'static str,
    message: String,
}

impl MlflowError {
    /// No endpoint has this path.
    pub(crate) fn endpoint_not_found(path: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            body: MlflowErrorBody {
                error_code: "ENDPOINT_NOT_FOUND",
                message: format!("No endpoint was found at {path}"),
            },
        }
    }
}

impl IntoResponse for MlflowError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
