//! Logistic regression: the logarithm of the odds of each class is a line (Cox, 1958; scikit-learn's `LogisticRegression`).
//!
//! linfa-logistic fits it on the columns of the [`Design`], with squared coefficients held down by `1 / C`.

use linfa::dataset::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, ArrayView1};
use serde::{Deserialize, Serialize};
use types::algorithm;

use super::design::{Design, Input};
use super::{CELLS_MAX, weighted};
use crate::Error;
use crate::algorithms::Formula;
use crate::training::class;

/// Fitted log-odds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Logistic {
    design: Design,
    /// Classes that training rows had, ascending; the others have probability 0. Of two, the first has a line of zeros.
    members: Vec<u32>,
    /// One for each member.
    intercepts: Vec<f64>,
    /// Of shape `(members, columns of the design)`, row by row.
    coefficients: Vec<f64>,
    /// For each feature the standard deviation of what it adds to the log-odds over the training rows, mean over members.
    spreads: Vec<f64>,
}

impl Logistic {
    /// Fits lines to `records` of shape `(rows, features)` without NaN, whose features with a code count hold category codes;
    /// `targets` are numbers of classes.
    pub(crate) fn fit(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        targets: &Array1<f64>,
        params: &algorithm::Logistic,
    ) -> Result<Self, Error> {
        let design = Design::fit(records, code_counts, 1)?;
        let (rows, columns) = (records.nrows(), design.column_count());
        if rows * columns > CELLS_MAX {
            return Err(Error::TooLarge(format!(
                "{rows} rows and {columns} coefficients are too many for `logistic`; use another family, or leave out columns \
                 with many different texts"
            )));
        }
        let mut dense = Array2::zeros((rows, columns));
        for (row, mut cells) in records.rows().into_iter().zip(dense.rows_mut()) {
            design.entries(&design.values(row), |column, value| cells[column as usize] += value);
        }
        let classes: Array1<usize> = targets.map(|target| class(*target));
        let mut members = classes.to_vec();
        members.sort_unstable();
        members.dedup();
        let dataset = DatasetBase::new(dense, classes);
        let (intercepts, coefficients) = if members.len() == 2 {
            let fitted = LogisticRegression::default()
                .alpha(1.0 / params.C)
                .with_intercept(params.fit_intercept)
                .max_iterations(params.max_iter.into())
                .gradient_tolerance(params.tol)
                .fit(&dataset)
                .map_err(failed)?;
            // Which class counts as positive is linfa's choice.
            let sign = if fitted.labels().pos.class == members[1] { 1.0 } else { -1.0 };
            let line = fitted.params().iter().map(|coefficient| sign * coefficient);
            let coefficients = std::iter::repeat_n(0.0, columns).chain(line).collect();
            (vec![0.0, sign * fitted.intercept()], coefficients)
        } else {
            let fitted = MultiLogisticRegression::default()
                .alpha(1.0 / params.C)
                .with_intercept(params.fit_intercept)
                .max_iterations(params.max_iter.into())
                .gradient_tolerance(params.tol)
                .fit(&dataset)
                .map_err(failed)?;
            // By class, then by column.
            (fitted.intercept().to_vec(), fitted.params().t().iter().copied().collect())
        };
        let members = members.into_iter().map(|class| u32::try_from(class).unwrap_or(u32::MAX)).collect();
        let mut fitted = Self { design, members, intercepts, coefficients, spreads: Vec::new() };
        fitted.spreads = fitted.measure_spreads();
        let class_count = fitted.members.last().map_or(0, |last| *last as usize + 1);
        if fitted.is_sound(records.ncols(), class_count) {
            Ok(fitted)
        } else {
            Err(Error::Learning("no finite coefficients".into()))
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
    fn measure_spreads(&self) -> Vec<f64> {
        let columns = self.design.column_count();
        let spread = |(input, start): (&Input, &u32)| {
            let of_member = |line: &[f64]| match input {
                Input::Number { scale, .. } if *scale <= 0.0 => 0.0,
                Input::Number { .. } => line[*start as usize].abs(),
                Input::Category { shares, .. } => {
                    let mean = weighted(shares, |place| line[*start as usize + place]);
                    let square = weighted(shares, |place| line[*start as usize + place].powi(2));
                    (square - mean * mean).max(0.0).sqrt()
                }
            };
            let sum: f64 = self.coefficients.chunks(columns).map(of_member).sum();
            sum / self.members.len() as f64
        };
        self.design.inputs.iter().zip(&self.design.starts).map(spread).collect()
    }

    /// The probability of each class for one encoded row, one for each of `class_count` classes.
    pub(crate) fn probabilities(&self, row: ArrayView1<'_, f64>, class_count: usize) -> Vec<f64> {
        let mut scores = self.intercepts.clone();
        let columns = self.design.column_count();
        self.design.entries(&self.design.values(row), |column, value| {
            for (member, score) in scores.iter_mut().enumerate() {
                *score += self.coefficients[member * columns + column as usize] * value;
            }
        });
        let mut probabilities = vec![0.0; class_count];
        for (member, probability) in self.members.iter().zip(softmax(scores)) {
            probabilities[*member as usize] = probability;
        }
        probabilities
    }

    /// The classes that training rows had, each with its log-odds as a formula over encoded rows.
    pub(crate) fn formulas(&self) -> impl Iterator<Item = (u32, Formula)> {
        let columns = self.design.column_count();
        self.members.iter().zip(&self.intercepts).enumerate().map(move |(place, (member, intercept))| {
            let line = &self.coefficients[place * columns..(place + 1) * columns];
            (*member, self.design.formula(*intercept, line))
        })
    }

    /// How far each feature moves the log-odds.
    pub(crate) fn importance(&self) -> &[f64] {
        &self.spreads
    }

    /// Whether decoded lines can tell `class_count` classes by rows of `feature_count` features without reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize, class_count: usize) -> bool {
        self.design.is_sound(feature_count)
            && !self.members.is_empty()
            && self.members.is_sorted_by(|a, b| a < b)
            && self.members.iter().all(|member| (*member as usize) < class_count)
            && self.intercepts.len() == self.members.len()
            && Some(self.coefficients.len()) == self.members.len().checked_mul(self.design.column_count())
            && self.spreads.len() == feature_count
            && self.intercepts.iter().chain(&self.coefficients).chain(&self.spreads).all(|n| n.is_finite())
    }
}

/// Turns scores into probabilities; adding the same to all scores changes nothing.
pub(crate) fn softmax(mut scores: Vec<f64>) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for score in &mut scores {
        *score = (*score - highest).exp();
    }
    let sum: f64 = scores.iter().sum();
    for score in &mut scores {
        *score /= sum;
    }
    scores
}

fn failed(error: linfa_logistic::error::Error) -> Error {
    Error::Learning(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use ndarray::Axis;

    use super::*;

    const TWO: [f64; 3] = [0.094_968_751_914_562_53, 0.448_941_739_909_230_86, 0.905_031_248_085_437_4];
    const THREE: [f64; 3] = [0.439_843_744_137_703, 0.406_685_310_756_845_6, 0.153_470_945_105_451_45];

    /// Twelve rows of one number and a category.
    fn rows() -> (Array2<f64>, Vec<Option<usize>>) {
        let numbers = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0];
        let records = Array1::from_iter(numbers).insert_axis(Axis(1));
        (records, vec![None])
    }

    #[test]
    fn two_classes_are_scikit_learns() {
        // scikit-learn 1.9.1: x = StandardScaler().fit_transform(numpy.arange(.5, 6.5, .5)[:, None]),
        // y = [0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1, 1],
        // LogisticRegression(C=2.0, tol=1e-10, max_iter=10000).fit(x, y).predict_proba(x)[[0, 5, 11], 1]
        let (records, counts) = rows();
        let targets = Array1::from(vec![0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0]);
        let params = algorithm::Logistic { C: 2.0, tol: 1e-8, max_iter: 10_000, ..Default::default() };
        let fitted = Logistic::fit(&records, &counts, &targets, &params).unwrap();
        let found = [0, 5, 11].map(|row| fitted.probabilities(records.row(row), 2)[1]);
        for (found, expected) in found.into_iter().zip(TWO) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn three_classes_are_scikit_learns_and_a_fourth_that_no_row_has_is_impossible() {
        // The same x, y = [0, 0, 0, 0, 1, 0, 1, 1, 2, 1, 2, 2]:
        // LogisticRegression(C=1.0, tol=1e-10, max_iter=10000).fit(x, y).predict_proba(x)[5]
        let (records, counts) = rows();
        let targets = Array1::from(vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 3.0, 1.0, 3.0, 3.0]);
        let params = algorithm::Logistic { tol: 1e-8, max_iter: 10_000, ..Default::default() };
        let fitted = Logistic::fit(&records, &counts, &targets, &params).unwrap();
        let found = fitted.probabilities(records.row(5), 4);
        assert_eq!(found[2], 0.0);
        for (class, expected) in [0, 1, 3].into_iter().zip(THREE) {
            assert!((found[class] - expected).abs() < 1e-5, "{found:?}");
        }
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn probabilities_of_extreme_scores_are_numbers() {
        assert_eq!(softmax(vec![0.0, 1e300]), [0.0, 1.0]);
        assert_eq!(softmax(vec![-1e300, -1e300]), [0.5, 0.5]);
    }
}
