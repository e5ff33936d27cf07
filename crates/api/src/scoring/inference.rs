//! The Open Inference Protocol, version 2, over REST
//! (<https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md>).

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use domain::scoring::{self, Array, Input, Port};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value, json};
use types::{ErrorKind, Language, ModelName};
use utoipa::ToSchema;

use crate::mlflow::Op;
use crate::v1::Path;

/// An error in the protocol's shape.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InferenceError {
    /// What is wrong.
    error: String,
    #[serde(skip)]
    #[schema(ignore)]
    status: u16,
}

impl From<domain::Error> for InferenceError {
    fn from(error: domain::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotReady | ErrorKind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            tracing::error!(error = &error as &(dyn std::error::Error + 'static), "request failed");
        }
        Self { error: error.public_message(Language::En), status: status.as_u16() }
    }
}

impl IntoResponse for InferenceError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self)).into_response()
    }
}

fn malformed(problem: impl Into<String>) -> InferenceError {
    InferenceError { error: problem.into(), status: 400 }
}

/// A tensor without its values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TensorMetadata {
    /// Its name.
    name: String,
    /// Type of its values, such as `FP64`.
    datatype: &'static str,
    /// Lengths of its axes; -1 where any will do.
    shape: Vec<i64>,
}

impl From<Port> for TensorMetadata {
    fn from(port: Port) -> Self {
        Self { name: port.name, datatype: port.element, shape: port.shape }
    }
}

/// What a model takes and gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ModelMetadata {
    /// Its name.
    name: String,
    /// The version that answers.
    versions: Vec<String>,
    /// `cuaderno` or `onnx`.
    platform: &'static str,
    /// What it takes.
    inputs: Vec<TensorMetadata>,
    /// What it gives.
    outputs: Vec<TensorMetadata>,
}

/// A tensor with its values.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InferenceOutput {
    /// Its name.
    name: String,
    /// Lengths of its axes.
    shape: Vec<usize>,
    /// Type of its values, such as `FP64`.
    datatype: &'static str,
    /// The values, row by row.
    data: Vec<Value>,
}

/// What a model answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InferenceResponse {
    /// The model.
    model_name: String,
    /// The version that answered.
    model_version: String,
    /// The request's own identifier, if it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What it gives.
    outputs: Vec<InferenceOutput>,
}

/// Tells that the server lives.
pub(crate) async fn is_live() -> Json<Value> {
    Json(json!({"live": true}))
}

/// Tells that the server answers.
pub(crate) async fn is_ready() -> Json<Value> {
    Json(json!({"ready": true}))
}

/// Describe the inference server
#[utoipa::path(
    get,
    path = "/v2",
    tag = "serving",
    responses((status = 200, description = "Name, version and extensions", body = Value)),
)]
pub(crate) async fn get_server() -> Json<Value> {
    Json(json!({"name": "cuaderno", "version": env!("CARGO_PKG_VERSION"), "extensions": []}))
}

/// Describe what a model takes and gives
#[utoipa::path(
    get,
    path = "/v2/models/{name}",
    tag = "serving",
    params(("name" = ModelName, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "Inputs and outputs", body = ModelMetadata),
        (status = 404, description = "No such model", body = InferenceError),
        (status = 409, description = "The version cannot be served", body = InferenceError),
    ),
)]
pub(crate) async fn get_model(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
) -> Result<Json<ModelMetadata>, InferenceError> {
    let (version, described) = scoring::describe(&ctx, &name, None).await?;
    Ok(Json(ModelMetadata {
        name: name.to_string(),
        versions: vec![version.version.to_string()],
        platform: described.platform,
        inputs: described.inputs.into_iter().map(Into::into).collect(),
        outputs: described.outputs.into_iter().map(Into::into).collect(),
    }))
}

/// Ask whether a model can answer
#[utoipa::path(
    get,
    path = "/v2/models/{name}/ready",
    tag = "serving",
    params(("name" = ModelName, Path, description = "Name of the model")),
    responses(
        (status = 200, description = "It can", body = Value),
        (status = 404, description = "No such model", body = InferenceError),
        (status = 409, description = "The version cannot be served", body = InferenceError),
    ),
)]
pub(crate) async fn is_model_ready(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
) -> Result<Json<Value>, InferenceError> {
    scoring::describe(&ctx, &name, None).await?;
    Ok(Json(json!({"name": name.to_string(), "ready": true})))
}

/// Ask a registered model
///
/// The Open Inference Protocol, version 2. For models of tables every column is a tensor.
#[utoipa::path(
    post,
    path = "/v2/models/{name}/infer",
    tag = "serving",
    params(("name" = ModelName, Path, description = "Name of the model")),
    request_body(content = Value, example = json!({"inputs": [
        {"name": "año", "shape": [1], "datatype": "INT64", "data": [2020]}
    ]})),
    responses(
        (status = 200, description = "The answers", body = InferenceResponse),
        (status = 400, description = "The input does not fit", body = InferenceError),
        (status = 404, description = "No such model", body = InferenceError),
        (status = 409, description = "The version cannot be served", body = InferenceError),
    ),
)]
pub(crate) async fn infer(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<InferenceResponse>, InferenceError> {
    let body = body.map_err(|rejection| InferenceError {
        error: "the body could not be read, or is too large".to_owned(),
        status: rejection.status().as_u16(),
    })?;
    let body =
        serde_json::from_slice(&body).map_err(|error| malformed(format!("the body is no JSON: {error}")))?;
    let (id, wanted, input) = read(body)?;
    let answers = scoring::predict(&ctx, &name, None, input).await?;
    let outputs = answers.outputs.into_iter().map(|output| InferenceOutput {
        name: output.name,
        shape: output.shape,
        datatype: output.element,
        data: output.values,
    });
    let is_wanted =
        |output: &InferenceOutput| wanted.as_ref().is_none_or(|wanted| wanted.contains(&output.name));
    Ok(Json(InferenceResponse {
        model_name: name.to_string(),
        model_version: answers.version.version.to_string(),
        id,
        outputs: outputs.filter(is_wanted).collect(),
    }))
}

type Question = (Option<String>, Option<Vec<String>>, Input);

/// Reads a request: its identifier, the names of the outputs that it wants, and its tensors.
fn read(body: Value) -> Result<Question, InferenceError> {
    let Value::Object(mut members) = body else { return Err(malformed("the body is not an object")) };
    let id = match members.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => Some(id),
        Some(_) => return Err(malformed("id is not a text")),
    };
    let wanted = match members.remove("outputs") {
        None | Some(Value::Null) => None,
        Some(Value::Array(outputs)) => {
            let name = |(place, output): (usize, Value)| {
                let name = output.get("name").and_then(Value::as_str).map(str::to_owned);
                name.ok_or_else(|| malformed(format!("outputs[{place}].name is missing")))
            };
            Some(outputs.into_iter().enumerate().map(name).collect::<Result<Vec<_>, _>>()?)
        }
        Some(_) => return Err(malformed("outputs is not a list")),
    };
    let Some(Value::Array(inputs)) = members.remove("inputs") else {
        return Err(malformed("inputs is not a list of tensors"));
    };
    let mut arrays = BTreeMap::new();
    for (place, input) in inputs.into_iter().enumerate() {
        let Value::Object(input) = input else {
            return Err(malformed(format!("inputs[{place}] is not an object")));
        };
        let (name, array) = tensor(input, &format!("inputs[{place}]"))?;
        if arrays.insert(name.clone(), array).is_some() {
            return Err(malformed(format!("inputs has `{name}` twice")));
        }
    }
    Ok((id, wanted.filter(|wanted| !wanted.is_empty()), Input::Arrays(arrays)))
}

fn tensor(mut input: Map<String, Value>, place: &str) -> Result<(String, Array), InferenceError> {
    let Some(Value::String(name)) = input.remove("name") else {
        return Err(malformed(format!("{place}.name is missing")));
    };
    let length = |length: &Value| length.as_u64().and_then(|length| usize::try_from(length).ok());
    let shape = input.get("shape").and_then(Value::as_array);
    let shape: Option<Vec<usize>> = shape.and_then(|shape| shape.iter().map(length).collect());
    let shape = shape.ok_or_else(|| malformed(format!("{place}.shape is not a list of lengths")))?;
    let data = input.remove("data").ok_or_else(|| malformed(format!("{place}.data is missing")))?;
    let array = Array::with_shape(shape, data, &format!("{place}.data"))?;
    Ok((name, array))
}
