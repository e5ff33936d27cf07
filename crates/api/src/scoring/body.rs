//! Bodies of MLflow's scoring protocol.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use domain::scoring::{Array, Input};
use http::{StatusCode, header};
use serde_json::{Map, Value};

use crate::mlflow::{ErrorCode, MlflowError};

/// The keys of which a body has exactly one.
const KEYS: [&str; 4] = ["dataframe_split", "dataframe_records", "instances", "inputs"];

/// What is asked in a body of JSON or CSV.
pub(super) struct Asked(pub(super) Input);

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = MlflowError;

    async fn from_request(request: Request, state: &S) -> Result<Self, MlflowError> {
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let (essence, parameters) = content_type.split_once(';').unwrap_or((&content_type, ""));
        let is_utf8 = parameters.split(';').all(|parameter| {
            let parameter = parameter.trim().to_ascii_lowercase();
            parameter.is_empty()
                || parameter.strip_prefix("charset=").is_some_and(|set| set.trim_matches('"') == "utf-8")
        });
        let is_csv = essence.trim().eq_ignore_ascii_case("text/csv");
        let is_known = is_csv || essence.trim().eq_ignore_ascii_case("application/json");
        if !is_known || !is_utf8 {
            return Err(MlflowError::bad_request(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This predictor only supports the content types 'text/csv' and 'application/json', in UTF-8.",
            ));
        }
        let body =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => MlflowError::bad_request(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "The request is larger than this endpoint takes. Please send fewer rows at once.",
                ),
                status => MlflowError::bad_request(status, "The request body could not be read"),
            })?;
        if is_csv { of_csv(&body) } else { of_json(&body) }.map(Self)
    }
}

fn malformed(problem: impl Into<String>) -> MlflowError {
    MlflowError::new(ErrorCode::BadRequest, problem)
}

fn of_csv(body: &[u8]) -> Result<Input, MlflowError> {
    domain::scoring::read_csv(body).map_err(|error| malformed(error.to_string()))
}

fn of_json(body: &[u8]) -> Result<Input, MlflowError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        malformed(format!(
            "Invalid input. Ensure that input is a valid JSON formatted string. Error: '{error}'"
        ))
    })?;
    let Value::Object(mut members) = value else {
        return Err(malformed(
            "Invalid input. The input must be a JSON dictionary with exactly one of the input fields \
             ['dataframe_split', 'dataframe_records', 'instances', 'inputs']",
        ));
    };
    let there: Vec<&str> = KEYS.into_iter().filter(|key| members.contains_key(*key)).collect();
    let [key] = there.as_slice() else {
        return Err(malformed(
            "Invalid input. The input must be a JSON dictionary with exactly one of the input fields \
             ['dataframe_split', 'dataframe_records', 'instances', 'inputs']",
        ));
    };
    let value = members.remove(*key).unwrap_or_default();
    match *key {
        "dataframe_split" => of_split(value),
        "dataframe_records" => of_records(value, key),
        "instances" => of_instances(value),
        _ => of_inputs(value),
    }
}

fn of_split(value: Value) -> Result<Input, MlflowError> {
    let Value::Object(mut members) = value else {
        return Err(malformed("Dataframe split format must be a dictionary."));
    };
    let columns = match members.remove("columns") {
        None | Some(Value::Null) => None,
        Some(Value::Array(names)) => {
            let name = |(place, name)| match name {
                Value::String(name) => Ok(name),
                Value::Number(number) => Ok(number.to_string()),
                _ => Err(malformed(format!("dataframe_split.columns[{place}] is not a name"))),
            };
            Some(names.into_iter().enumerate().map(name).collect::<Result<Vec<String>, _>>()?)
        }
        Some(_) => return Err(malformed("dataframe_split.columns is not a list")),
    };
    let Some(Value::Array(rows)) = members.remove("data") else {
        return Err(malformed("dataframe_split.data is not a list of rows"));
    };
    let width = columns.as_ref().map(Vec::len);
    let row = |(place, row)| match row {
        Value::Array(cells) if width.is_none_or(|width| width == cells.len()) => Ok(cells),
        Value::Array(cells) => Err(malformed(format!(
            "dataframe_split.data[{place}] has {} values, but there are {} columns",
            cells.len(),
            width.unwrap_or_default()
        ))),
        _ => Err(malformed(format!("dataframe_split.data[{place}] is not a list"))),
    };
    let rows = rows.into_iter().enumerate().map(row).collect::<Result<_, _>>()?;
    Ok(Input::Table { columns, rows })
}

/// Objects with the columns as members; what an object lacks is null.
fn of_records(value: Value, key: &str) -> Result<Input, MlflowError> {
    let Value::Array(records) = value else {
        return Err(malformed(format!("{key} is not a list of records")));
    };
    let mut members: Vec<Map<String, Value>> = Vec::with_capacity(records.len());
    let mut columns: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (place, record) in records.into_iter().enumerate() {
        let Value::Object(record) = record else {
            return Err(malformed(format!("{key}[{place}] is not a record")));
        };
        for name in record.keys() {
            if known.insert(name.clone()) {
                columns.push(name.clone());
            }
        }
        members.push(record);
    }
    // Every record a column of its own would be a table of the square of the body's size.
    if columns.len().saturating_mul(members.len()) > super::BODY_MAX {
        return Err(malformed(format!("{key} has too many different columns")));
    }
    let row = |mut record: Map<String, Value>| -> Vec<Value> {
        columns.iter().map(|name| record.remove(name).unwrap_or_default()).collect()
    };
    let rows = members.into_iter().map(row).collect();
    Ok(Input::Table { columns: Some(columns), rows })
}

/// One array row by row, or a list of objects that hold one row of every array.
fn of_instances(value: Value) -> Result<Input, MlflowError> {
    let is_of_objects = matches!(&value, Value::Array(items) if items.first().is_some_and(Value::is_object));
    if !is_of_objects {
        return array(value, "instances").map(Input::Array);
    }
    let Input::Table { columns: Some(names), rows } = of_records(value, "instances")? else {
        return Err(malformed("instances is not a list of records"));
    };
    let mut columns: Vec<Vec<Value>> = names.iter().map(|_| Vec::new()).collect();
    for row in rows {
        columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
    }
    let arrays = names.into_iter().zip(columns).map(|(name, column)| {
        let place = format!("instances[].{name}");
        Ok((name, array(Value::Array(column), &place)?))
    });
    arrays.collect::<Result<BTreeMap<_, _>, MlflowError>>().map(Input::Arrays)
}

fn of_inputs(value: Value) -> Result<Input, MlflowError> {
    match value {
        Value::Object(members) => {
            let arrays = members.into_iter().map(|(name, value)| {
                let place = format!("inputs.{name}");
                Ok((name, array(value, &place)?))
            });
            arrays.collect::<Result<BTreeMap<_, _>, MlflowError>>().map(Input::Arrays)
        }
        value @ Value::Array(_) => array(value, "inputs").map(Input::Array),
        _ => Err(malformed("inputs is neither a list nor an object of lists")),
    }
}

fn array(value: Value, place: &str) -> Result<Array, MlflowError> {
    Array::from_json(value, place).map_err(|error| malformed(error.to_string()))
}
