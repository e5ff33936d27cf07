//! Tables held against the columns of a signature, as MLflow does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ml::onnx::{Cells, ColumnType, SignatureColumn};
use serde_json::Value;

use super::{Input, type_name};
use crate::{Error, Result};

/// What keeps rows from being enforced, in MLflow's words.
fn refused(problem: &str) -> Error {
    Error::Rule(format!("Failed to enforce schema of data. Error: {problem}"))
}

/// Names in a list as Python writes it.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.take(30).map(|name| format!("'{name}'")).collect();
    format!("[{}]", names.join(", "))
}

/// The input as columns by name, and how many rows it has.
pub(super) fn by_name(input: Input) -> Result<(BTreeMap<String, Vec<Value>>, usize)> {
    match input {
        Input::Table { columns: Some(names), rows } => {
            let count = rows.len();
            let mut columns: Vec<Vec<Value>> = names.iter().map(|_| Vec::with_capacity(count)).collect();
            for (number, row) in rows.into_iter().enumerate() {
                if row.len() != names.len() {
                    return Err(Error::Rule(format!(
                        "row {number} has {} values, but there are {} columns",
                        row.len(),
                        names.len()
                    )));
                }
                columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
            }
            let mut found = BTreeMap::new();
            for (name, column) in names.into_iter().zip(columns) {
                if found.insert(name.clone(), column).is_some() {
                    return Err(Error::Rule(format!("the column `{name}` is there twice")));
                }
            }
            Ok((found, count))
        }
        Input::Arrays(arrays) => {
            let columns: BTreeMap<String, Vec<Value>> = arrays
                .into_iter()
                .map(|(name, array)| Ok((name.clone(), array.into_column(&name)?)))
                .collect::<Result<_>>()?;
            let count = columns.values().map(Vec::len).max().unwrap_or(0);
            if let Some((name, column)) = columns.iter().find(|(_, column)| column.len() != count) {
                return Err(Error::Rule(format!(
                    "column `{name}` has {} values, but another has {count}",
                    column.len()
                )));
            }
            Ok((columns, count))
        }
        Input::Table { columns: None, .. } | Input::Array(_) => Err(refused(
            "the model takes columns by their names, so send `dataframe_split` with `columns`, `dataframe_records`, or `inputs` as an \
             object of lists",
        )),
    }
}

/// The columns of a signature, in its order; extra ones are dropped, and of optional ones those that are not there are
/// missing in every row.
pub(super) fn enforced(
    input: Input,
    signature: &[SignatureColumn],
    takes_gaps: bool,
) -> Result<(Vec<Cells>, usize)> {
    let (mut columns, count) = by_name(input)?;
    let is_missing = |column: &&SignatureColumn| column.required && !columns.contains_key(&column.name);
    let missing: Vec<&str> = signature.iter().filter(is_missing).map(|column| column.name.as_str()).collect();
    if !missing.is_empty() {
        let mut told = format!("Model is missing inputs {}.", listed(missing.into_iter()));
        let extra: Vec<&str> = columns
            .keys()
            .filter(|name| !signature.iter().any(|column| column.name == **name))
            .map(String::as_str)
            .collect();
        if !extra.is_empty() {
            told = format!("{told} Note that there were extra inputs: {}.", listed(extra.into_iter()));
        }
        return Err(refused(&told));
    }
    let cells = signature.iter().map(|column| {
        let values = columns.remove(&column.name).unwrap_or_else(|| vec![Value::Null; count]);
        converted(values, column, takes_gaps)
    });
    Ok((cells.collect::<Result<_>>()?, count))
}

/// The values of a column as its type wants them.
fn converted(values: Vec<Value>, column: &SignatureColumn, takes_gaps: bool) -> Result<Cells> {
    let name = &column.name;
    let unsafe_value = |row: usize, value: &Value| {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "double",
            Value::Number(_) => "long",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        refused(&format!(
            "Incompatible input types for column {name}. Can not safely convert {kind} to {} (row {row}).",
            type_name(column.r#type)
        ))
    };
    let whole = |most: f64| {
        move |value: &Value| {
            let number = number(value)?;
            (number.fract() == 0.0 && (-most - 1.0..=most).contains(&number)).then_some(number)
        }
    };
    let read: Box<dyn Fn(&Value) -> Option<f64>> = match column.r#type {
        ColumnType::String => {
            let text = |(row, value): (usize, &Value)| match value {
                Value::String(text) => Ok(Arc::from(text.as_str())),
                Value::Null => Ok(Arc::from("")),
                other => Err(unsafe_value(row, other)),
            };
            return Ok(Cells::Texts(values.iter().enumerate().map(text).collect::<Result<_>>()?));
        }
        ColumnType::Boolean => Box::new(|value| match value {
            Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
            _ => None,
        }),
        ColumnType::Integer => Box::new(whole(f64::from(i32::MAX))),
        // What a double can hold exactly.
        ColumnType::Long => Box::new(whole(9_007_199_254_740_992.0)),
        ColumnType::Float | ColumnType::Double | ColumnType::Any => Box::new(number),
        ColumnType::Binary | ColumnType::Datetime | ColumnType::Other => {
            return Err(Error::Conflict(format!(
                "column `{name}` has the type {}, which is not served here",
                type_name(column.r#type)
            )));
        }
    };
    let takes_gaps =
        takes_gaps || matches!(column.r#type, ColumnType::Float | ColumnType::Double | ColumnType::Any);
    let cell = |(row, value): (usize, &Value)| match value {
        Value::Null if takes_gaps => Ok(f64::NAN),
        value => read(value).ok_or_else(|| unsafe_value(row, value)),
    };
    Ok(Cells::Numbers(values.iter().enumerate().map(cell).collect::<Result<_>>()?))
}

/// A number, also one that is written as text: CSV has nothing else, and JSON no NaN.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
