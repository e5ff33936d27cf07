//! How good a model is.

pub mod classification;
mod scores;

use ndarray::Array1;

pub use scores::Scores;
pub(crate) use scores::rmse;

use crate::{Error, Model, Prepared};

/// What an evaluation found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Scores on the rows that trained.
    pub train: Scores,
    /// Scores on the rows that did not.
    pub test: Scores,
    /// Real and predicted target of each test row, in the order of the split.
    pub test_rows: Vec<(f64, f64)>,
    /// Shares of the features, the largest first; see [`Model::importance`].
    pub importance: Vec<(String, f64)>,
}

/// Measures `model` on the rows of `prepared`, from which it was fitted.
///
/// # Errors
///
/// [`Error::Mismatch`] if it was fitted from other columns or other training rows.
pub fn evaluate(model: &Model, prepared: &Prepared) -> Result<Report, Error> {
    if model.encoder() != prepared.encoder() || model.target() != prepared.target() {
        return Err(Error::Mismatch);
    }
    let train: Array1<f64> = model.predict(prepared.train().records());
    let (records, targets) = prepared.test();
    let test = model.predict(records);
    Ok(Report {
        train: Scores::of(prepared.train().targets(), &train),
        test: Scores::of(targets, &test),
        test_rows: targets.iter().copied().zip(test).collect(),
        importance: model.importance(),
    })
}
