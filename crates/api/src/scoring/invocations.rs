//! MLflow's scoring protocol: `mlflow models serve`.

use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use domain::scoring::{self, Answers, Output};
use serde::Serialize;
use serde_json::{Map, Value};
use types::ModelName;
use utoipa::ToSchema;

use super::body::Asked;
use crate::mlflow::{ErrorBody, MlflowError, Op};
use crate::v1::Path;

/// What a model answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"predictions": [{"precio": 18500.0}]}))]
pub(crate) struct Predictions {
    /// For rows of a table a list of objects, one for each row; for an array an object of arrays.
    predictions: Value,
}

impl From<Answers> for Predictions {
    fn from(answers: Answers) -> Self {
        let predictions = if answers.is_table {
            rows(answers.outputs)
        } else {
            let nested =
                |output: Output| (output.name, nested(&output.shape, &mut output.values.into_iter()));
            Value::Object(answers.outputs.into_iter().map(nested).collect())
        };
        Self { predictions }
    }
}

/// One object for each row; what a model gives for a row beyond one value is a list.
fn rows(outputs: Vec<Output>) -> Value {
    let count = outputs.iter().filter_map(|output| output.shape.first()).copied().max().unwrap_or(0);
    let mut rows: Vec<Map<String, Value>> = (0..count).map(|_| Map::new()).collect();
    for output in outputs {
        let rest = output.shape.get(1..).unwrap_or_default();
        let mut values = output.values.into_iter();
        let is_one = rest.iter().product::<usize>() == 1;
        for row in &mut rows {
            let value = if is_one { values.next().unwrap_or_default() } else { nested(rest, &mut values) };
            row.insert(output.name.clone(), value);
        }
    }
    Value::Array(rows.into_iter().map(Value::Object).collect())
}

/// Values as lists of lists of a shape.
pub(super) fn nested(shape: &[usize], values: &mut impl Iterator<Item = Value>) -> Value {
    match shape.split_first() {
        None => values.next().unwrap_or_default(),
        Some((length, rest)) => {
            let mut items = Vec::new();
            for _ in 0..*length {
                items.push(nested(rest, values));
            }
            Value::Array(items)
        }
    }
}

/// Ask the model behind the valuation
///
/// As `/models/{name}/invocations` for `automoviles`.
#[utoipa::path(
    post,
    path = "/invocations",
    tag = "serving",
    request_body(
        description = "An object with one of `dataframe_split`, `dataframe_records`, `instances`, `inputs`; or CSV",
        content((Value = "application/json", example = json!({"dataframe_records": [{"marca": "Toyota", "año": 2020}]})), (String = "text/csv")),
    ),
    responses(
        (status = 200, description = "The answers", body = Predictions),
        (status = 400, description = "The input does not fit, or the version cannot be served", body = ErrorBody),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "Neither JSON nor CSV", body = ErrorBody),
    ),
)]
pub(crate) async fn invoke_default(
    Op(ctx): Op,
    Asked(input): Asked,
) -> Result<Json<Predictions>, MlflowError> {
    Ok(Json(scoring::predict(&ctx, &ModelName::cars(), None, input).await?.into()))
}

/// Ask a registered model
///
/// MLflow's scoring protocol. The version that `champion` points to answers, or the newest one of a model without a champion.
/// Models that were trained here answer, and ONNX models of other programs.
#[utoipa::path(
    post,
    path = "/models/{name}/invocations",
    tag = "serving",
    params(("name" = ModelName, Path, description = "Name of the model")),
    request_body(
        description = "An object with one of `dataframe_split`, `dataframe_records`, `instances`, `inputs`; or CSV",
        content((Value = "application/json", example = json!({"inputs": [[1.0, 2.0]]})), (String = "text/csv")),
    ),
    responses(
        (status = 200, description = "The answers", body = Predictions),
        (status = 400, description = "The input does not fit, or the version cannot be served", body = ErrorBody),
        (status = 404, description = "No such model", body = ErrorBody),
        (status = 413, description = "The body is too large", body = ErrorBody),
        (status = 415, description = "Neither JSON nor CSV", body = ErrorBody),
    ),
)]
pub(crate) async fn invoke(
    Op(ctx): Op,
    Path(name): Path<ModelName>,
    Asked(input): Asked,
) -> Result<Json<Predictions>, MlflowError> {
    Ok(Json(scoring::predict(&ctx, &name, None, input).await?.into()))
}

/// Tells that the server lives, as MLflow's scoring server does.
pub(crate) async fn ping() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], "\n")
}
