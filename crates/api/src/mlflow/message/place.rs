//! Where in a request a field stands, and the errors that name it.

use std::fmt;

use serde_json::Value;
use types::InvalidValue;

use crate::mlflow::error::MlflowError;

/// Longest wrong value that is repeated in an error, in characters.
const REPEATED_MAX: usize = 200;

/// What MLflow adds to what is wrong with a parameter.
const MORE: &str = "See the API docs for more information about request parameters.";

/// Way to a field, such as `metrics[0].timestamp`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// The message as a whole.
    Root,
    /// A field of a message.
    Field(&'a Self, &'static str),
    /// An item of a list.
    Item(&'a Self, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Place::Root, name) => f.write_str(name),
            Self::Field(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Place<'_> {
    /// The field of this name of the message here.
    pub(crate) fn field<'p>(&'p self, name: &'static str) -> Place<'p> {
        Place::Field(self, name)
    }

    /// Reads the text that stood here into the type with its rules.
    pub(crate) fn parsed<T>(
        &self,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Result<T, MlflowError> {
        parse(text).map_err(|invalid| self.invalid(&Value::from(text), &invalid.to_string()))
    }

    /// The error of a required field that is not there.
    pub(crate) fn missing(&self) -> MlflowError {
        MlflowError::invalid(format!("Missing value for required parameter '{self}'. {MORE}"))
    }

    /// The error of a field of the wrong type.
    pub(crate) fn wrong(&self, value: &Value) -> MlflowError {
        let kind = match value {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "float",
            Value::Number(_) => "int",
            Value::String(_) => "str",
            Value::Array(_) => "list",
            Value::Object(_) => "dict",
        };
        self.invalid(value, &format!(" Hint: Value was of type '{kind}'. {MORE}"))
    }

    /// The error of a value that breaks a rule; `rule` is a sentence.
    pub(crate) fn invalid(&self, value: &Value, rule: &str) -> MlflowError {
        let mut text = value.to_string();
        if let Some((end, _)) = text.char_indices().nth(REPEATED_MAX) {
            text.truncate(end);
            text.push('…');
        }
        MlflowError::invalid(format!("Invalid value {text} for parameter '{self}' supplied: {rule}"))
    }
}
