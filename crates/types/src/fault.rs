//! What is wrong with single fields of a request, as FastAPI (with pydantic 1) says it.

use serde::{Deserialize, Serialize};

/// One step on the way to a field: a name, or a position in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Location {
    /// Position in a list, from 0.
    Index(u64),
    /// Name of a field, or `body`, `path`, `query`.
    Name(String),
}

/// Numbers that belong to a fault.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FaultContext {
    /// The limit that the value breaks.
    #[serde(serialize_with = "whole_as_integer")]
    pub limit_value: f64,
}

/// Writes `2027`, not `2027.0`, as pydantic does for integer limits.
#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `serialize_with` passes a reference")
)]
#[expect(clippy::cast_possible_truncation, reason = "limits are small")]
fn whole_as_integer<S: serde::Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.fract() == 0.0 {
        serializer.serialize_i64(*value as i64)
    } else {
        serializer.serialize_f64(*value)
    }
}

/// One entry of the list in a 422 answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// Way to the field, such as `["body", "año"]`.
    pub loc: Vec<Location>,
    /// What is wrong, in English.
    pub msg: String,
    /// Machine-readable kind, such as `type_error.integer`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Numbers that belong to the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ctx: Option<FaultContext>,
}

impl Fault {
    /// A fault of the body field `name`.
    pub fn of_field(name: &str, msg: impl Into<String>, kind: &str) -> Self {
        let loc = vec![Location::Name("body".to_owned()), Location::Name(name.to_owned())];
        Self { loc, msg: msg.into(), kind: kind.to_owned(), ctx: None }
    }

    /// A fault of the body as a whole.
    pub fn of_body(msg: impl Into<String>, kind: &str) -> Self {
        Self {
            loc: vec![Location::Name("body".to_owned())],
            msg: msg.into(),
            kind: kind.to_owned(),
            ctx: None,
        }
    }

    /// The field is absent.
    #[must_use]
    pub fn missing(name: &str) -> Self {
        Self::of_field(name, "field required", "value_error.missing")
    }

    /// The field is not a whole number.
    #[must_use]
    pub fn not_integer(name: &str) -> Self {
        Self::of_field(name, "value is not a valid integer", "type_error.integer")
    }

    /// The field is not a number.
    #[must_use]
    pub fn not_float(name: &str) -> Self {
        Self::of_field(name, "value is not a valid float", "type_error.float")
    }

    /// The field is not a text.
    #[must_use]
    pub fn not_text(name: &str) -> Self {
        Self::of_field(name, "str type expected", "type_error.str")
    }

    /// The body is not a JSON object.
    #[must_use]
    pub fn not_object() -> Self {
        Self::of_body("value is not a valid dict", "type_error.dict")
    }

    /// The number is below `limit`.
    #[must_use]
    pub fn below(name: &str, limit: f64) -> Self {
        let msg = format!("ensure this value is greater than or equal to {limit}");
        Self::of_field(name, msg, "value_error.number.not_ge").with_limit(limit)
    }

    /// The number is above `limit`.
    #[must_use]
    pub fn above(name: &str, limit: f64) -> Self {
        let msg = format!("ensure this value is less than or equal to {limit}");
        Self::of_field(name, msg, "value_error.number.not_le").with_limit(limit)
    }

    /// The text has fewer than `limit` characters.
    #[must_use]
    pub fn too_short(name: &str, limit: f64) -> Self {
        let msg = format!("ensure this value has at least {limit} characters");
        Self::of_field(name, msg, "value_error.any_str.min_length").with_limit(limit)
    }

    /// The text has more than `limit` characters.
    #[must_use]
    pub fn too_long(name: &str, limit: f64) -> Self {
        let msg = format!("ensure this value has at most {limit} characters");
        Self::of_field(name, msg, "value_error.any_str.max_length").with_limit(limit)
    }

    fn with_limit(mut self, limit_value: f64) -> Self {
        self.ctx = Some(FaultContext { limit_value });
        self
    }

    /// Name of the field at the end of `loc`; empty if the body as a whole is meant.
    #[must_use]
    pub fn field(&self) -> &str {
        match self.loc.get(1) {
            Some(Location::Name(name)) => name,
            _ => "",
        }
    }
}
