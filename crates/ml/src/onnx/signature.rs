//! What a model takes and gives, in MLflow's words.

use serde::{Deserialize, Serialize};

/// Type of a column (`mlflow.types.DataType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// True or false.
    Boolean,
    /// 32-bit whole numbers.
    Integer,
    /// 64-bit whole numbers.
    Long,
    /// 32-bit numbers.
    Float,
    /// 64-bit numbers.
    Double,
    /// Texts.
    String,
    /// Bytes.
    Binary,
    /// Points in time.
    Datetime,
    /// Anything, such as whole numbers or NaN.
    Any,
    /// Lists, objects and what newer clients may add; not served.
    #[serde(other)]
    Other,
}

impl ColumnType {
    /// The type of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let known = [
            ("boolean", Self::Boolean),
            ("integer", Self::Integer),
            ("long", Self::Long),
            ("float", Self::Float),
            ("double", Self::Double),
            ("string", Self::String),
            ("binary", Self::Binary),
            ("datetime", Self::Datetime),
            ("any", Self::Any),
        ];
        known.iter().find(|(known, _)| *known == name).map_or(Self::Other, |(_, found)| *found)
    }
}

/// One column of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureColumn {
    /// Type of its values.
    pub r#type: ColumnType,
    /// Name in the header.
    pub name: String,
    /// Whether a request must have it.
    pub required: bool,
}

impl SignatureColumn {
    /// A column that every request must have.
    #[must_use]
    pub fn required(name: &str, r#type: ColumnType) -> Self {
        Self { r#type, name: name.to_owned(), required: true }
    }
}
