//! Learning algorithms, in linfa's pattern: parameters, checked parameters, fitted model.

mod linear;
pub mod random_forest;
pub(crate) mod tree;

pub(crate) use linear::Linear;
pub use random_forest::{RandomForest, RandomForestParams, RandomForestValidParams};
