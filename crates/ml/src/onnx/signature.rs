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
