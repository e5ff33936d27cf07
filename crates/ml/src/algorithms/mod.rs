//! Learning algorithms, in linfa's pattern: parameters, checked parameters, fitted model.

pub mod gradient_boosting;
mod linear;
pub mod random_forest;
pub(crate) mod tree;

pub use gradient_boosting::{GradientBoosting, GradientBoostingParams, GradientBoostingValidParams};
pub(crate) use linear::Linear;
pub use random_forest::{RandomForest, RandomForestParams, RandomForestValidParams};
