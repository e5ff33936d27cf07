//! Why a model predicts what it predicts for one row.

use serde::{Deserialize, Serialize};

/// What one feature adds to a prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Driver {
    /// Name of the column.
    pub feature: String,
    /// The row's value as text; empty if it is missing.
    pub value: String,
    /// What it adds, in units of the target; negative if it takes away.
    pub amount: f64,
}

/// A prediction as a sum: `base` plus the amounts of all `contributions` is `prediction`.
///
/// Amounts are Shapley values (Lundberg and Lee, *A Unified Approach to Interpreting Model Predictions*, 2017).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drivers {
    /// What the model expects of a row that it knows nothing about, in units of the target.
    pub base: f64,
    /// What it predicts for this row, in units of the target.
    pub prediction: f64,
    /// One for each feature, the largest first, whatever its sign.
    pub contributions: Vec<Driver>,
}
