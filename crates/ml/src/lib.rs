#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(
    test,
    expect(
        clippy::float_cmp,
        clippy::cast_precision_loss,
        reason = "known answers are exact, and the numbers of tests are small"
    )
)]

pub mod algorithms;
mod check_up;
mod error;
mod evaluate;
mod explain;
mod model;
pub mod onnx;
mod preprocess;
mod random;
mod ranges;
pub mod sample;
pub mod search;
mod split;
mod table;
mod training;

pub use check_up::{report, training_findings};
pub use error::Error;
pub use evaluate::{
    ClassReport, ClassRow, ClassScores, CrossValidated, CrossValidatedClasses, Folds, LearningPoint,
    Measured, Report, Scores, calibration, classification, evaluate, evaluate_classes, learning_curve,
    paired_difference, segment_errors,
};
pub use explain::{permutation_importance, responses, study};
pub use model::{Answer, Feature, Model, QUANTILES};
pub use ranges::Ranges;
pub use table::{Cell, Kinds, Rows, Table, TableFile, rows};
pub use training::{Fitted, History, Prepared, Progress, fit, fit_choice, fit_model, prepare};
