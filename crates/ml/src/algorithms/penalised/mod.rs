//! Linear models whose coefficients are held down: ridge and elastic net, of degree 1 or 2.
//!
//! Ridge minimises `|y - Xw|² + alpha |w|²` (Hoerl and Kennard, 1970; scikit-learn's `Ridge`), solved by Cholesky's
//! decomposition of the normal equations, which are collected from the few entries that a row has. Elastic net goes down
//! one coefficient at a time on the same equations, see [`descent`]. The intercept is not held down.

mod descent;
mod design;
mod logistic;

use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use types::algorithm;

use super::formula::Formula;
use crate::Error;
use descent::Descent;
pub(super) use design::Design;
use design::{Input, Pair, Value};
pub(crate) use logistic::{Logistic, softmax};

/// Hold that keeps the equations solvable where none is asked for, relative to the number of rows.
const HOLD_MIN: f64 = 1e-10;
/// Cells of a dense design, which linfa-logistic needs: half a gigabyte.
const CELLS_MAX: usize = 1 << 26;
/// Rows whose normal equations are collected at once; parts are added in their order.
const CHUNK: usize = 16_384;

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Penalised {
    intercept: f64,
    design: Design,
    /// One for each column of the design.
    coefficients: Vec<f64>,
    /// Standard deviation of each feature's contributions over the training rows.
    spreads: Vec<f64>,
}

impl Penalised {
    /// Fits scikit-learn's `Ridge` to `records` of shape `(rows, features)` without NaN, whose features with a code
    /// count hold category codes. Rows count by `weights`, or all alike.
    pub(crate) fn ridge(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        targets: &Array1<f64>,
        weights: Option<&[f32]>,
        params: &algorithm::Ridge,
    ) -> Result<Self, Error> {
        let design = Design::fit(records, code_counts, params.degree)?;
        let (mut gram, mut products) = normal_equations(&design, records, targets, weights);
        let count = design.column_count as usize;
        // The last row and column belong to the intercept.
        if !params.fit_intercept {
            gram.row_mut(count).fill(0.0);
            gram.column_mut(count).fill(0.0);
            products[count] = 0.0;
            gram[(count, count)] = 1.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
        let hold = params.alpha.max(HOLD_MIN * records.nrows() as f64);
        for column in 0..count {
            gram[(column, column)] += hold;
        }
        let solution = gram
            .solvec_into(products.insert_axis(Axis(1)))
            .map_err(|error| Error::Learning(error.to_string().into()))?;
        let coefficients = solution.iter().take(count).copied().collect();
        Self::assemble(solution[(count, 0)], design, coefficients, records)
    }

    /// Fits scikit-learn's `ElasticNet`; see [`ridge`](Self::ridge). Asks between passes whether to give up.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if told so, [`Error::TooLarge`] with too many columns.
    pub(crate) fn elastic_net(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        targets: &Array1<f64>,
        weights: Option<&[f32]>,
        params: &algorithm::ElasticNet,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Self, Error> {
        let design = Design::fit(records, code_counts, params.degree)?;
        let (gram, products) = normal_equations(&design, records, targets, weights);
        let weight = |row: usize| weights.map_or(1.0, |weights| f64::from(weights[row]));
        let square = targets.iter().enumerate().map(|(row, target)| weight(row) * target * target).sum();
        let problem = Descent::new(gram, products, square, params);
        let (intercept, coefficients) = problem.solve(is_cancelled)?;
        Self::assemble(intercept, design, coefficients, records)
    }

    fn assemble(
        intercept: f64,
        design: Design,
        coefficients: Vec<f64>,
        records: &Array2<f64>,
    ) -> Result<Self, Error> {
        let mut fitted = Self { intercept, design, coefficients, spreads: Vec::new() };
        fitted.spreads = fitted.measure_spreads(records);
        if fitted.is_sound(records.ncols()) {
            Ok(fitted)
        } else {
            Err(Error::Learning("no finite coefficients".into()))
        }
    }

    fn measure_spreads(&self, records: &Array2<f64>) -> Vec<f64> {
        // Ten thousand rows tell a standard deviation well enough.
        let step = records.nrows().div_ceil(10_000).max(1);
        let mut sums = vec![(0.0, 0.0); records.ncols()];
        let mut count = 0.0;
        for row in records.rows().into_iter().step_by(step) {
            count += 1.0;
            for ((sum, squares), amount) in sums.iter_mut().zip(self.contributions(row).1) {
                *sum += amount;
                *squares += amount * amount;
            }
        }
        sums.iter()
            .map(|(sum, squares)| (squares / count - (sum / count) * (sum / count)).max(0.0).sqrt())
            .collect()
    }

    /// The prediction for one encoded row.
    pub(crate) fn predict_row(&self, row: ArrayView1<'_, f64>) -> f64 {
        let mut sum = self.intercept;
        self.design.entries(&self.design.values(row), |column, value| {
            sum += self.coefficients[column as usize] * value;
        });
        sum
    }

    pub(crate) fn predict(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let rows: Vec<_> = records.rows().into_iter().collect();
        rows.into_par_iter().map(|row| self.predict_row(row)).collect::<Vec<_>>().into()
    }

    /// The prediction as a formula over encoded rows.
    pub(crate) fn formula(&self) -> Formula {
        self.design.formula(self.intercept, &self.coefficients)
    }

    /// The standard deviation of what each feature contributes.
    pub(crate) fn importance(&self) -> &[f64] {
        &self.spreads
    }

    /// The mean prediction, and what each feature adds to it for this row: Shapley values if features were independent.
    ///
    /// A product of two terms `x` and `y` with means `a` and `b` gives `(x - a)(y + b) / 2` to the first feature and
    /// `(y - b)(x + a) / 2` to the second, which add up to `xy - ab`. Standardised numbers have mean 0 and mean square 1,
    /// categories the mean of their share.
    pub(crate) fn contributions(&self, row: ArrayView1<'_, f64>) -> (f64, Vec<f64>) {
        let values = self.design.values(row);
        let mut base = self.intercept;
        let mut amounts = vec![0.0; values.len()];
        for (feature, value) in values.iter().enumerate() {
            let start = self.design.starts[feature] as usize;
            match (value, &self.design.inputs[feature]) {
                (Value::Number(number), _) => amounts[feature] += self.coefficients[start] * number,
                (Value::Category(place), Input::Category { shares, .. }) => {
                    let mean = weighted(shares, |place| self.coefficients[start + place]);
                    let own = place.map_or(0.0, |place| self.coefficients[start + place as usize]);
                    base += mean;
                    amounts[feature] += own - mean;
                }
                (Value::Category(_), Input::Number { .. }) => {}
            }
        }
        for pair in &self.design.pairs {
            base += self.contribute_pair(pair, &values, &mut amounts);
        }
        (base, amounts)
    }

    /// Adds what a pair gives its two features; returns its mean.
    fn contribute_pair(&self, pair: &Pair, values: &[Value], amounts: &mut [f64]) -> f64 {
        let (first, second) = (pair.features.0 as usize, pair.features.1 as usize);
        let coefficient = |column: usize| self.coefficients[pair.start as usize + column];
        match (values[first], values[second], &self.design.inputs[first], &self.design.inputs[second]) {
            (Value::Number(number), Value::Number(_), Input::Number { scale, .. }, _) if first == second => {
                // The mean square of a number that does not enter is 0.
                let mean = if *scale > 0.0 { coefficient(0) } else { 0.0 };
                amounts[first] += coefficient(0) * number * number - mean;
                mean
            }
            (Value::Number(one), Value::Number(other), ..) => {
                let half = 0.5 * coefficient(0) * one * other;
                amounts[first] += half;
                amounts[second] += half;
                0.0
            }
            (Value::Number(number), Value::Category(place), _, Input::Category { shares, .. })
            | (Value::Category(place), Value::Number(number), Input::Category { shares, .. }, _) => {
                let is_first_number = matches!(values[first], Value::Number(_));
                let (numeric, categorical) = if is_first_number { (first, second) } else { (second, first) };
                let mean = weighted(shares, coefficient);
                let own = place.map_or(0.0, |place| coefficient(place as usize));
                amounts[numeric] += 0.5 * number * (own + mean);
                amounts[categorical] += 0.5 * number * (own - mean);
                0.0
            }
            (
                Value::Category(one),
                Value::Category(other),
                Input::Category { shares: first_shares, .. },
                Input::Category { shares: second_shares, .. },
            ) => {
                let at = |one: usize, other: usize| {
                    let column = pair.table.get(one * second_shares.len() + other).copied().flatten();
                    column.map_or(0.0, |column| coefficient(column as usize))
                };
                let over_second = |one: usize| weighted(second_shares, |other| at(one, other));
                let mean = weighted(first_shares, over_second);
                let first_known = one.map_or(0.0, |one| over_second(one as usize));
                let second_known =
                    other.map_or(0.0, |other| weighted(first_shares, |one| at(one, other as usize)));
                let both = one.zip(other).map_or(0.0, |(one, other)| at(one as usize, other as usize));
                amounts[first] += 0.5 * (both - second_known + first_known - mean);
                amounts[second] += 0.5 * (both - first_known + second_known - mean);
                mean
            }
            _ => 0.0,
        }
    }

    /// Whether a decoded model can predict rows of `feature_count` features without reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize) -> bool {
        self.design.is_sound(feature_count)
            && self.coefficients.len() == self.design.column_count as usize
            && self.spreads.len() == feature_count
            && std::iter::once(&self.intercept)
                .chain(&self.coefficients)
                .chain(&self.spreads)
                .all(|number| number.is_finite())
    }
}

/// The mean of what places give, by their shares; what the shares lack to 1 counts as 0.
fn weighted(shares: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    shares.iter().enumerate().map(|(place, share)| share * value(place)).sum()
}

/// `XᵀX` and `Xᵀy`, with a last column of ones in `X`; rows count by their weights.
fn normal_equations(
    design: &Design,
    records: &Array2<f64>,
    targets: &Array1<f64>,
    weights: Option<&[f32]>,
) -> (Array2<f64>, Array1<f64>) {
    let size = design.column_count as usize + 1;
    let rows: Vec<(ArrayView1<'_, f64>, f64, f64)> = records
        .rows()
        .into_iter()
        .zip(targets)
        .enumerate()
        .map(|(place, (row, target))| (row, *target, weights.map_or(1.0, |weights| weights[place].into())))
        .collect();
    let parts: Vec<_> = rows
        .par_chunks(CHUNK)
        .map(|rows| {
            let (mut gram, mut products) = (vec![0.0; size * size], vec![0.0; size]);
            let mut entries: Vec<(usize, f64)> = Vec::new();
            for (row, target, weight) in rows {
                entries.clear();
                design.entries(&design.values(*row), |column, value| entries.push((column as usize, value)));
                entries.push((size - 1, 1.0));
                for (place, (column, value)) in entries.iter().enumerate() {
                    let value = value * weight;
                    products[*column] += value * target;
                    // Columns come in ascending order within features and pairs: one triangle is enough.
                    let line = &mut gram[column * size..(column + 1) * size];
                    for (other, factor) in &entries[place..] {
                        line[*other] += value * factor;
                    }
                }
            }
            (gram, products)
        })
        .collect();
    let (mut gram, mut products) = (Array2::zeros((size, size)), Array1::zeros(size));
    for (part, part_products) in parts {
        gram.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        products.iter_mut().zip(part_products).for_each(|(sum, part)| *sum += part);
    }
    for row in 0..size {
        for column in 0..row {
            gram[(row, column)] = gram[(column, row)];
        }
    }
    (gram, products)
}

#[cfg(test)]
mod tests;
