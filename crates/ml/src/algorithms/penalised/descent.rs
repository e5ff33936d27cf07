//! Elastic net by coordinate descent on the normal equations (Friedman, Hastie and Tibshirani, *Regularization Paths for
//! Generalized Linear Models via Coordinate Descent*, 2010, section 2.2; scikit-learn's `ElasticNet(precompute=True)`).
//!
//! It makes `|y - Xw|² / 2W + alpha (l1_ratio |w|₁ + (1 - l1_ratio) |w|² / 2)` small, where `W` is the weight of all rows. The
//! work of a pass depends on the columns and not on the rows.

use ndarray::{Array1, Array2};
use types::algorithm;

use crate::Error;

/// The equations, all times `W`.
pub(super) struct Descent {
    /// `XᵀX`, of centred columns if there is an intercept.
    gram: Array2<f64>,
    /// `Xᵀy`
    products: Array1<f64>,
    /// `yᵀy`
    square: f64,
    /// Mean of each column, and of the target; zeros without an intercept.
    means: (Array1<f64>, f64),
    /// Hold on absolute coefficients.
    absolute: f64,
    /// Hold on squared coefficients.
    squared: f64,
    pass_max: u32,
    tolerance: f64,
}

impl Descent {
    /// `gram` and `products` have a last column of ones; `square` is that of the targets.
    pub(super) fn new(
        gram: Array2<f64>,
        products: Array1<f64>,
        mut square: f64,
        params: &algorithm::ElasticNet,
    ) -> Self {
        let count = products.len() - 1;
        let total = gram[(count, count)];
        let mut means = (Array1::zeros(count), 0.0);
        let mut inner = Array2::from_shape_fn((count, count), |(row, column)| gram[(row, column)]);
        let mut inner_products = Array1::from_shape_fn(count, |column| products[column]);
        if params.fit_intercept {
            means = (
                Array1::from_shape_fn(count, |column| gram[(column, count)] / total),
                products[count] / total,
            );
            for row in 0..count {
                let mean = means.0[row];
                inner.row_mut(row).zip_mut_with(&means.0, |cell, other| *cell -= total * mean * other);
                inner_products[row] -= total * mean * means.1;
            }
            square -= total * means.1 * means.1;
        }
        Self {
            gram: inner,
            products: inner_products,
            square: square.max(0.0),
            means,
            absolute: params.alpha * params.l1_ratio * total,
            squared: params.alpha * (1.0 - params.l1_ratio) * total,
            pass_max: params.max_iter,
            tolerance: params.tol,
        }
    }

    /// The intercept and the coefficients; passes end when the duality gap is below `tol` times the targets' square, or after
    /// `max_iter`.
    pub(super) fn solve(&self, is_cancelled: &dyn Fn() -> bool) -> Result<(f64, Vec<f64>), Error> {
        let count = self.products.len();
        let mut coefficients = Array1::<f64>::zeros(count);
        // What the residuals give each column: Xᵀ(y - Xw).
        let mut left = self.products.clone();
        for pass in 0..self.pass_max {
            if is_cancelled() {
                return Err(Error::Cancelled);
            }
            let (mut largest, mut largest_change) = (0.0_f64, 0.0_f64);
            for column in 0..count {
                let own = self.gram[(column, column)];
                // A column that does not vary says nothing; what is left of it is rounding.
                if own <= 1e-12 * (own + self.means.0[column].powi(2)).max(f64::MIN_POSITIVE) {
                    continue;
                }
                let before = coefficients[column];
                let pull = left[column] + own * before;
                let after = pull.signum() * (pull.abs() - self.absolute).max(0.0) / (own + self.squared);
                let change = after - before;
                if change != 0.0 {
                    left.scaled_add(-change, &self.gram.row(column));
                    coefficients[column] = after;
                }
                largest = largest.max(after.abs());
                largest_change = largest_change.max(change.abs());
            }
            let may_stop = largest <= 0.0 || largest_change <= self.tolerance * largest;
            if (may_stop || pass + 1 == self.pass_max)
                && self.gap(&coefficients, &left) <= self.tolerance * self.square
            {
                break;
            }
        }
        let intercept = self.means.1 - self.means.0.dot(&coefficients);
        Ok((intercept, coefficients.to_vec()))
    }

    /// How far the loss is at most from its least value, as scikit-learn measures it.
    fn gap(&self, coefficients: &Array1<f64>, left: &Array1<f64>) -> f64 {
        let slope = |column: usize| (left[column] - self.squared * coefficients[column]).abs();
        let steepest = (0..coefficients.len()).map(slope).fold(0.0, f64::max);
        // yᵀy - wᵀXᵀy - wᵀXᵀ(y - Xw)
        let residual = self.square - coefficients.dot(&self.products) - coefficients.dot(left);
        let residual = residual.max(0.0);
        let norm = coefficients.dot(coefficients);
        let (factor, mut gap) = if steepest > self.absolute {
            let factor = self.absolute / steepest;
            (factor, 0.5 * (residual + residual * factor * factor))
        } else {
            (1.0, residual)
        };
        // rᵀy = yᵀy - wᵀXᵀy
        let along = self.square - coefficients.dot(&self.products);
        gap += self.absolute * coefficients.iter().map(|c| c.abs()).sum::<f64>() - factor * along
            + 0.5 * self.squared * (1.0 + factor * factor) * norm;
        gap
    }
}
