//! How good a model is.

mod cross_validation;
mod scores;

use ndarray::Array1;

pub use cross_validation::{CrossValidated, Folds};
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
    /// Share of the test rows whose real target lies in the model's 80 % range, and the mean width of the range as a
    /// share of the prediction; absent for a model without ranges.
    pub coverage: Option<Coverage>,
}

/// How honest ranges are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    /// What the ranges promise, such as 0.8.
    pub nominal: f64,
    /// Share of the rows for which they hold.
    pub actual: f64,
    /// Mean width, in units of the target.
    pub mean_width: f64,
}

impl Coverage {
    /// What the ranges promise unless asked for another share.
    pub const NOMINAL: f64 = 0.8;

    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    fn of(model: &Model, rows: &[(f64, f64)]) -> Option<Self> {
        let (mut held, mut width) = (0_u32, 0.0);
        for (real, predicted) in rows {
            let (low, high) = model.range(*predicted, Self::NOMINAL)?;
            held += u32::from((low..=high).contains(real));
            width += high - low;
        }
        let count = rows.len() as f64;
        Some(Self { nominal: Self::NOMINAL, actual: f64::from(held) / count, mean_width: width / count })
    }
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
    let test_rows: Vec<(f64, f64)> = targets.iter().copied().zip(test.iter().copied()).collect();
    Ok(Report {
        train: Scores::of(prepared.train().targets(), &train),
        test: Scores::of(targets, &test),
        coverage: Coverage::of(model, &test_rows),
        test_rows,
        importance: model.importance(),
    })
}
