//! Why a model predicts what it predicts.

mod drivers;
mod importance;
mod quadrature;
mod response;
mod sampling;
mod scale;
mod shapley_tree;
mod study;

pub use importance::permutation_importance;
pub use response::responses;
pub use study::study;

/// A prediction as a sum: `base` plus all amounts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributions {
    /// What is expected without knowing the row.
    pub(crate) base: f64,
    /// What each feature adds.
    pub(crate) amounts: Vec<f64>,
}
