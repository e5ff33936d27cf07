//! Least squares on encoded rows; linfa-linear solves.
//!
//! Numbers are standardised, categories become one column each (one-hot), as in the usual scikit-learn pipeline
//! (`StandardScaler`, `OneHotEncoder(handle_unknown="ignore")`, `LinearRegression`). Such a design has dependent columns:
//! the columns of a category add up to the constant, and tables repeat themselves. scikit-learn answers with the shortest of
//! all solutions; linfa's QR needs independent columns, so dependent ones are left out first. The predictions of
//! known categories are the same.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::formula::{Formula, FormulaTerm};
use crate::Error;

/// Categories of one feature that get a coefficient, the most frequent ones; the others share one.
const CATEGORIES_MAX: usize = 100;
/// Columns of the design; the work grows with their square.
const COLUMNS_MAX: usize = 2_000;
/// Cells of the design: half a gigabyte.
const CELLS_MAX: usize = 1 << 26;
/// Share of a column's square that must be left beside the columns before it, or it counts as dependent.
const INDEPENDENT_MIN: f64 = 1e-10;

/// A fitted sum of one term for each feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linear {
    intercept: f64,
    terms: Vec<Term>,
    /// Standard deviation of each term over the training rows, in units of the target.
    spreads: Vec<f64>,
}

/// What one feature adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Term {
    /// `coefficient * (value - mean) / scale`
    Number { mean: f64, scale: f64, coefficient: f64 },
    /// The effect of the category; unknown ones have none.
    Category { effects: Vec<f64> },
}

/// A column of the design.
#[derive(Debug, Clone, Copy)]
enum DesignColumn {
    Number { feature: usize, mean: f64, scale: f64 },
    Category { feature: usize, code: usize },
}

impl Linear {
    /// Fits the sum to `records` of shape `(rows, features)`, whose features with a code count hold category codes.
    pub(crate) fn fit(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        targets: &Array1<f64>,
        fit_intercept: bool,
    ) -> Result<Self, Error> {
        let shares = shares(records, code_counts);
        let columns = design_columns(records, &shares);
        let rows = records.nrows();
        if columns.len() > COLUMNS_MAX || columns.len() * rows > CELLS_MAX {
            return Err(Error::TooLarge(format!(
                "a line through {rows} rows would have {} coefficients; remove columns with many different texts",
                columns.len()
            )));
        }
        let design = design(records, &columns, fit_intercept.then_some(&shares));
        let kept = independent(&design);
        let mut coefficients = vec![0.0; columns.len()];
        let mut intercept = 0.0;
        if kept.is_empty() {
            // Nothing varies: the mean is the best constant.
            intercept = if fit_intercept { targets.mean().unwrap_or_default() } else { 0.0 };
        } else {
            let dataset = DatasetBase::new(design.select(Axis(1), &kept), targets.clone());
            let fitted = LinearRegression::new().with_intercept(fit_intercept).fit(&dataset)?;
            intercept += fitted.intercept();
            for (place, coefficient) in kept.iter().zip(fitted.params()) {
                coefficients[*place] = *coefficient;
            }
        }
        let mut linear = Self::assemble(intercept, &columns, &coefficients, code_counts);
        if fit_intercept {
            linear.centre_effects(&shares);
        }
        linear.spreads = linear.spreads(&shares);
        if linear.is_sound() { Ok(linear) } else { Err(Error::Learning("no finite coefficients".into())) }
    }

    fn assemble(
        intercept: f64,
        columns: &[DesignColumn],
        coefficients: &[f64],
        code_counts: &[Option<usize>],
    ) -> Self {
        let mut terms: Vec<Term> = code_counts
            .iter()
            .map(|count| match count {
                Some(count) => Term::Category { effects: vec![0.0; *count] },
                None => Term::Number { mean: 0.0, scale: 1.0, coefficient: 0.0 },
            })
            .collect();
        for (column, coefficient) in columns.iter().zip(coefficients) {
            match *column {
                DesignColumn::Number { feature, mean, scale } => {
                    terms[feature] = Term::Number { mean, scale, coefficient: *coefficient };
                }
                DesignColumn::Category { feature, code } => {
                    if let Term::Category { effects } = &mut terms[feature] {
                        effects[code] = *coefficient;
                    }
                }
            }
        }
        Self { intercept, terms, spreads: Vec::new() }
    }

    /// Makes the effects of each category 0 on average, so that an unknown one counts as average.
    ///
    /// The design's category columns were centred, which already moved that average into the intercept.
    fn centre_effects(&mut self, shares: &[Option<Vec<f64>>]) {
        for (term, shares) in self.terms.iter_mut().zip(shares) {
            if let (Term::Category { effects }, Some(shares)) = (term, shares) {
                let mean: f64 = effects.iter().zip(shares).map(|(effect, share)| effect * share).sum();
                for (effect, share) in effects.iter_mut().zip(shares) {
                    // A code that training did not see is as unknown as any other.
                    *effect = if *share > 0.0 { *effect - mean } else { 0.0 };
                }
            }
        }
    }

    fn spreads(&self, shares: &[Option<Vec<f64>>]) -> Vec<f64> {
        let spread = |(term, shares): (&Term, &Option<Vec<f64>>)| match (term, shares) {
            (Term::Number { coefficient, .. }, _) => coefficient.abs(),
            (Term::Category { effects }, Some(shares)) => {
                let mean: f64 = effects.iter().zip(shares).map(|(effect, share)| effect * share).sum();
                let square = |(effect, share): (&f64, &f64)| share * (effect - mean).powi(2);
                effects.iter().zip(shares).map(square).sum::<f64>().sqrt()
            }
            (Term::Category { .. }, None) => 0.0,
        };
        self.terms.iter().zip(shares).map(spread).collect()
    }

    /// The sum for one encoded row.
    pub(crate) fn predict_row(&self, row: ArrayView1<'_, f64>) -> f64 {
        let add = |sum: f64, (term, value): (&Term, &f64)| {
            sum + match term {
                Term::Number { mean, scale, coefficient } => coefficient * (value - mean) / scale,
                Term::Category { effects } => effects.get(code(*value)).copied().unwrap_or_default(),
            }
        };
        self.terms.iter().zip(row).fold(self.intercept, add)
    }

    pub(crate) fn predict(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        records.rows().into_iter().map(|row| self.predict_row(row)).collect()
    }

    /// The sum as a formula over encoded rows.
    pub(crate) fn formula(&self) -> Formula {
        let terms = self.terms.iter().map(|term| match term {
            Term::Number { mean, scale, coefficient } => {
                FormulaTerm::Number { mean: *mean, scale: *scale, slope: *coefficient }
            }
            Term::Category { effects } => FormulaTerm::Category { effects: effects.clone() },
        });
        Formula { intercept: self.intercept, limit: f64::INFINITY, terms: terms.collect(), pairs: Vec::new() }
    }

    /// How much each feature moves the prediction; for numbers the size of the standardised coefficient.
    pub(crate) fn importance(&self) -> &[f64] {
        &self.spreads
    }

    /// Number of features.
    pub(crate) fn feature_count(&self) -> usize {
        self.terms.len()
    }

    /// Whether all numbers are usable.
    pub(crate) fn is_sound(&self) -> bool {
        self.intercept.is_finite()
            && self.spreads.len() == self.terms.len()
            && self.spreads.iter().all(|spread| spread.is_finite())
            && self.terms.iter().all(|term| match term {
                Term::Number { mean, scale, coefficient } => {
                    mean.is_finite() && scale.is_finite() && *scale > 0.0 && coefficient.is_finite()
                }
                Term::Category { effects } => effects.iter().all(|effect| effect.is_finite()),
            })
    }
}

/// The code that an encoded category holds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are small whole numbers")]
fn code(value: f64) -> usize {
    value as usize
}

/// For each category feature the share of the rows that each code has; `None` for numbers.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn shares(records: &Array2<f64>, code_counts: &[Option<usize>]) -> Vec<Option<Vec<f64>>> {
    let one = 1.0 / records.nrows().max(1) as f64;
    records
        .columns()
        .into_iter()
        .zip(code_counts)
        .map(|(column, count)| {
            count.map(|count| {
                let mut counts = vec![0_u32; count];
                for value in column {
                    if let Some(count) = counts.get_mut(code(*value)) {
                        *count += 1;
                    }
                }
                counts.into_iter().map(|count| f64::from(count) * one).collect()
            })
        })
        .collect()
}

/// Numbers first; then categories, rare ones first, so that the most frequent one is what is left out.
fn design_columns(records: &Array2<f64>, shares: &[Option<Vec<f64>>]) -> Vec<DesignColumn> {
    let mut columns = Vec::new();
    for (feature, _) in shares.iter().enumerate().filter(|(_, shares)| shares.is_none()) {
        let values = records.column(feature);
        let mean = values.mean().unwrap_or_default();
        let scale = values.map(|value| (value - mean).powi(2)).mean().unwrap_or_default().sqrt();
        // What varies less than its last digits is constant.
        if scale > 1e-12 * mean.abs() {
            columns.push(DesignColumn::Number { feature, mean, scale });
        }
    }
    for (feature, shares) in shares.iter().enumerate() {
        let Some(shares) = shares else { continue };
        let mut codes: Vec<usize> = (0..shares.len()).filter(|code| shares[*code] > 0.0).collect();
        codes.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        codes.truncate(CATEGORIES_MAX);
        columns.extend(codes.into_iter().rev().map(|code| DesignColumn::Category { feature, code }));
    }
    columns
}

/// The design, shape `(rows, columns)`; with `centre` its category columns have mean 0.
fn design(
    records: &Array2<f64>,
    columns: &[DesignColumn],
    centre: Option<&Vec<Option<Vec<f64>>>>,
) -> Array2<f64> {
    let mut design = Array2::zeros((records.nrows(), columns.len()));
    for (mut slots, column) in design.columns_mut().into_iter().zip(columns) {
        match *column {
            DesignColumn::Number { feature, mean, scale } => {
                slots.zip_mut_with(&records.column(feature), |slot, value| *slot = (value - mean) / scale);
            }
            DesignColumn::Category { feature, code: own } => {
                let share = centre.and_then(|shares| shares[feature].as_ref()).map_or(0.0, |s| s[own]);
                slots.zip_mut_with(&records.column(feature), |slot, value| {
                    *slot = f64::from(u8::from(code(*value) == own)) - share;
                });
            }
        }
    }
    design
}

/// Columns none of which is a sum of multiples of those before it, by Cholesky's decomposition of the Gram matrix.
fn independent(design: &Array2<f64>) -> Vec<usize> {
    let gram = design.t().dot(design);
    let mut kept: Vec<usize> = Vec::new();
    // Row `i` belongs to `kept[i]` and holds its products with every later column, orthogonalised.
    let mut factors: Vec<Vec<f64>> = Vec::new();
    let mut left = gram.diag().to_vec();
    for column in 0..gram.ncols() {
        if left[column] <= INDEPENDENT_MIN * gram[(column, column)] || left[column] <= 0.0 {
            continue;
        }
        let root = left[column].sqrt();
        let mut factor = vec![0.0; gram.ncols()];
        for later in column + 1..gram.ncols() {
            let known: f64 = factors.iter().map(|row| row[column] * row[later]).sum();
            factor[later] = (gram[(column, later)] - known) / root;
            left[later] -= factor[later] * factor[later];
        }
        factors.push(factor);
        kept.push(column);
    }
    kept
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;

    #[test]
    fn an_exact_line_is_recovered() {
        let records = array![[1.0, 5.0], [2.0, 3.0], [3.0, 9.0], [4.0, 1.0], [5.0, 2.0]];
        let targets = records.rows().into_iter().map(|row| 7.0 + 2.0 * row[0] - 0.5 * row[1]).collect();
        let linear = Linear::fit(&records, &[None, None], &targets, true).unwrap();
        assert_abs_diff_eq!(linear.predict(records.view()), targets, epsilon = 1e-9);
        assert_abs_diff_eq!(linear.predict_row(array![10.0, 20.0].view()), 17.0, epsilon = 1e-9);
    }

    #[test]
    fn categories_get_their_means_and_unknown_ones_the_average() {
        // Codes 0, 1 and 2 with the means 10, 20 and 60; code 3 (missing) does not occur.
        let records = array![[0.0], [0.0], [1.0], [2.0]];
        let linear = Linear::fit(&records, &[Some(4)], &array![9.0, 11.0, 20.0, 60.0], true).unwrap();
        let predict = |code: f64| linear.predict_row(array![code].view());
        for (code, expected) in [(0.0, 10.0), (1.0, 20.0), (2.0, 60.0), (3.0, 25.0), (4.0, 25.0)] {
            assert_abs_diff_eq!(predict(code), expected, epsilon = 1e-9);
        }
    }

    #[test]
    fn dependent_and_constant_columns_do_no_harm() {
        let records = array![
            [1.0, 2.0, 4.0, 0.0, 0.0],
            [2.0, 4.0, 4.0, 1.0, 1.0],
            [3.0, 6.0, 4.0, 0.0, 0.0],
            [4.0, 8.0, 4.0, 1.0, 1.0],
            [5.0, 10.0, 4.0, 1.0, 1.0]
        ];
        let targets = array![3.0, 6.0, 7.0, 10.0, 12.0];
        let counts = [None, None, None, Some(3), Some(3)];
        for fit_intercept in [true, false] {
            let linear = Linear::fit(&records, &counts, &targets, fit_intercept).unwrap();
            assert_abs_diff_eq!(linear.predict(records.view()), targets, epsilon = 1e-9);
        }
        let constant = array![[4.0], [4.0]];
        let linear = Linear::fit(&constant, &[None], &array![1.0, 3.0], true).unwrap();
        assert_abs_diff_eq!(linear.predict_row(array![9.0].view()), 2.0);
    }

    #[test]
    fn more_columns_than_rows_still_fit() {
        let records = array![[1.0, 9.0, 4.0, 3.0], [2.0, 7.0, 5.0, 1.0], [4.0, 1.0, 1.0, 1.0]];
        let targets = array![1.0, 5.0, 2.0];
        let linear = Linear::fit(&records, &[None; 4], &targets, true).unwrap();
        assert_abs_diff_eq!(linear.predict(records.view()), targets, epsilon = 1e-9);
    }

    #[test]
    fn rare_categories_beyond_the_limit_share_an_effect() {
        let count = CATEGORIES_MAX + 50;
        // Each of the first categories occurs twice, the last fifty once.
        let codes: Vec<f64> = (0..count).chain(0..CATEGORIES_MAX).map(|code| code as f64).collect();
        let targets: Array1<f64> = codes.iter().map(|code| if *code < 100.0 { *code } else { 7.0 }).collect();
        let records = Array2::from_shape_vec((codes.len(), 1), codes).unwrap();
        let linear = Linear::fit(&records, &[Some(count + 1)], &targets, true).unwrap();
        assert_abs_diff_eq!(linear.predict(records.view()), targets, epsilon = 1e-8);
    }

    #[test]
    fn importance_is_the_spread_of_a_term() {
        let records = array![[1.0, 0.0], [3.0, 0.0], [1.0, 1.0], [3.0, 1.0]];
        let targets = array![0.0, 2.0, 10.0, 12.0];
        let linear = Linear::fit(&records, &[None, Some(3)], &targets, true).unwrap();
        assert_abs_diff_eq!(linear.importance()[0], 1.0, epsilon = 1e-9);
        assert_abs_diff_eq!(linear.importance()[1], 5.0, epsilon = 1e-9);
    }
}
