//! Learning algorithms, in linfa's pattern: parameters, checked parameters, fitted model.

pub mod gradient_boosting;
mod linear;
mod penalised;
pub mod random_forest;
pub(crate) mod tree;

pub use gradient_boosting::{GradientBoosting, GradientBoostingParams, GradientBoostingValidParams};
pub(crate) use linear::Linear;
pub(crate) use penalised::Penalised;
pub use random_forest::{RandomForest, RandomForestParams, RandomForestValidParams};
