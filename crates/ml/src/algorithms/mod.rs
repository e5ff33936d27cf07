//! Learning algorithms, in linfa's pattern: parameters, checked parameters, fitted model.

mod formula;
pub mod gradient_boosting;
mod knn;
mod linear;
mod observer;
mod penalised;
pub mod random_forest;
pub(crate) mod tree;

pub(crate) use formula::{Formula, FormulaPair, FormulaTerm};
pub(crate) use gradient_boosting::probabilities_of;
pub use gradient_boosting::{GradientBoosting, GradientBoostingParams, GradientBoostingValidParams};
pub(crate) use knn::Knn;
pub(crate) use linear::Linear;
pub use observer::Observer;
pub(crate) use penalised::{Logistic, Penalised, softmax};
pub(crate) use random_forest::ClassForest;
pub use random_forest::{RandomForest, RandomForestParams, RandomForestValidParams};
pub(crate) use tree::{Ensemble, Question, Step};
