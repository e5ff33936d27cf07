//! How good a model is, and where.

mod calibration;
mod class_scores;
pub mod classification;
mod cross_validation;
mod learning_curve;
mod paired;
mod scores;
mod segments;

use ndarray::Array1;
use types::RowPrediction;

pub use calibration::calibration;
pub use class_scores::{ClassReport, ClassRow, ClassScores, evaluate_classes};
pub use cross_validation::{CrossValidated, CrossValidatedClasses, Folds, Measured};
pub use learning_curve::{LearningPoint, learning_curve};
pub use paired::paired_difference;
pub use scores::Scores;
pub(crate) use scores::rmse;
pub use segments::segment_errors;

use crate::{Error, Model, Prepared};

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Scores on the rows that trained.
    pub train: Scores,
    /// Scores on the rows that did not.
    pub test: Scores,
    /// Predictions of the test rows, in the order of the split; two models of one split are compared on them, see
    /// [`paired_difference`].
    pub test_rows: Vec<RowPrediction>,
    /// Shares of the features, the largest first; see [`Model::importance`].
    pub importance: Vec<(String, f64)>,
    /// What the model's ranges hold on the test rows; absent if it has none.
    pub calibration: Option<types::Calibration>,
}

impl Report {
    /// Real and predicted target of each test row, as charts take them.
    #[must_use]
    pub fn test_pairs(&self) -> Vec<(f64, f64)> {
        self.test_rows.iter().map(|row| (row.real, row.predicted)).collect()
    }
}

/// Measures `model` on the rows of `prepared`, from which it was fitted.
///
/// # Errors
///
/// [`Error::Mismatch`] if it was fitted from other columns or other training rows, [`Error::OtherTask`] if it predicts classes;
/// see [`evaluate_classes`].
pub fn evaluate(model: &Model, prepared: &Prepared) -> Result<Report, Error> {
    check_match(model, prepared)?;
    if model.task() == types::Task::Classification {
        return Err(Error::OtherTask("classes, not numbers"));
    }
    let train: Array1<f64> = model.predict(prepared.train().records());
    let (records, targets) = prepared.test();
    let test = model.predict(records);
    let test_rows: Vec<RowPrediction> = row_predictions(prepared.test_rows(), targets, &test);
    Ok(Report {
        train: Scores::weighted(prepared.train().targets(), &train, prepared.train_weights()),
        test: Scores::weighted(targets, &test, prepared.test_weights()),
        calibration: model.ranges().and_then(|ranges| calibration(ranges, &test_rows)),
        test_rows,
        importance: model.importance(),
    })
}

/// Refuses a model that was fitted from other columns or other training rows.
pub(crate) fn check_match(model: &Model, prepared: &Prepared) -> Result<(), Error> {
    let is_other = model.encoder() != prepared.encoder() || model.target() != prepared.target();
    if is_other || model.classes() != prepared.classes() {
        return Err(Error::Mismatch);
    }
    Ok(())
}

fn row_predictions(rows: &[u32], real: &Array1<f64>, predicted: &Array1<f64>) -> Vec<RowPrediction> {
    rows.iter()
        .zip(real.iter().zip(predicted))
        .map(|(row, (real, predicted))| RowPrediction { row: *row, real: *real, predicted: *predicted })
        .collect()
}
