//! Formulas of the scores of a regression, as in `sklearn.metrics`.

use ndarray::Array1;
use serde::{Deserialize, Serialize};

/// How far predictions are from the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Root of the mean squared error, in units of the target.
    pub rmse: f64,
    /// Mean absolute error, in units of the target.
    pub mae: f64,
    /// Coefficient of determination: 1 is perfect, 0 is no better than the mean. Where all real values are equal it is 1
    /// if they are met and 0 if not.
    pub r2: f64,
    /// Mean absolute error as a share of the real value (0.1 is 10 %), over the rows whose real value is not 0; absent if
    /// there are none.
    pub mape: Option<f64>,
    /// Number of rows that `mape` leaves out.
    pub mape_skipped: u64,
    /// Median of the absolute errors, in units of the target.
    pub median_absolute_error: f64,
    /// Mean of predicted minus real, in units of the target; above 0 the model is too high on average.
    pub bias: f64,
}

impl Scores {
    /// Compares predictions with real values, of which there are as many, at least one.
    pub(crate) fn of(real: &Array1<f64>, predicted: &Array1<f64>) -> Self {
        Self::of_pairs(real.iter().copied().zip(predicted.iter().copied()))
    }

    /// Compares predictions as [`of`](Self::of) does, where rows count by their weights (`sample_weight` in scikit-learn); the
    /// median counts all rows alike.
    pub(crate) fn weighted(real: &Array1<f64>, predicted: &Array1<f64>, weights: Option<&[f32]>) -> Self {
        let plain = Self::of(real, predicted);
        let Some(weights) = weights else { return plain };
        let mean = |value: &dyn Fn(f64, f64) -> Option<f64>| {
            let (mut sum, mut total) = (0.0, 0.0);
            for ((real, predicted), weight) in real.iter().zip(predicted).zip(weights) {
                if let Some(value) = value(*real, *predicted) {
                    sum += f64::from(*weight) * value;
                    total += f64::from(*weight);
                }
            }
            (total > 0.0).then(|| sum / total)
        };
        let residual = mean(&|real, predicted| Some((real - predicted).powi(2))).unwrap_or_default();
        let middle = mean(&|real, _| Some(real)).unwrap_or_default();
        let spread = mean(&|real, _| Some((real - middle).powi(2))).unwrap_or_default();
        Self {
            rmse: residual.sqrt(),
            mae: mean(&|real, predicted| Some((real - predicted).abs())).unwrap_or_default(),
            r2: if spread > 0.0 { 1.0 - residual / spread } else { f64::from(u8::from(residual <= 0.0)) },
            mape: mean(&|real, predicted| (real != 0.0).then(|| ((real - predicted) / real).abs())),
            bias: mean(&|real, predicted| Some(predicted - real)).unwrap_or_default(),
            ..plain
        }
    }

    /// Compares pairs of real and predicted values, of which there is at least one.
    pub(crate) fn of_pairs(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
        let mean_of = |sum: f64, count: usize| sum / count.max(1) as f64;
        let count = pairs.clone().count();
        let mean = mean_of(pairs.clone().map(|(real, _)| real).sum(), count);
        let residual = square_sum(pairs.clone().map(|(real, predicted)| real - predicted));
        let total = square_sum(pairs.clone().map(|(real, _)| real - mean));
        let r2 = if total > 0.0 { 1.0 - residual / total } else { f64::from(u8::from(residual <= 0.0)) };
        let mut absolute: Vec<f64> =
            pairs.clone().map(|(real, predicted)| (real - predicted).abs()).collect();
        let mae = mean_of(absolute.iter().sum(), count);
        absolute.sort_unstable_by(f64::total_cmp);
        let middle = |place: usize| absolute.get(place).copied().unwrap_or_default();
        let shares = pairs.clone().filter(|(real, _)| *real != 0.0);
        let measured = shares.clone().count();
        let share_sum: f64 = shares.map(|(real, predicted)| ((real - predicted) / real).abs()).sum();
        Self {
            rmse: mean_of(residual, count).sqrt(),
            mae,
            r2,
            mape: (measured > 0).then(|| mean_of(share_sum, measured)),
            mape_skipped: (count - measured) as u64,
            median_absolute_error: f64::midpoint(middle(count.saturating_sub(1) / 2), middle(count / 2)),
            bias: mean_of(pairs.map(|(real, predicted)| predicted - real).sum(), count),
        }
    }
}

/// Root of the mean squared error alone.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
pub(crate) fn rmse(real: &Array1<f64>, predicted: &[f64]) -> f64 {
    let sum = square_sum(real.iter().zip(predicted).map(|(real, predicted)| real - predicted));
    (sum / real.len() as f64).sqrt()
}

fn square_sum(errors: impl Iterator<Item = f64>) -> f64 {
    errors.map(|error| error * error).sum()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;

    #[test]
    fn scores_are_scikit_learns() {
        // The example of `sklearn.metrics.r2_score`'s documentation: r2 0.948..., mae 0.5, mse 0.375.
        let real = array![3.0, -0.5, 2.0, 7.0];
        let predicted = array![2.5, 0.0, 2.0, 8.0];
        let scores = Scores::of(&real, &predicted);
        assert_abs_diff_eq!(scores.r2, 0.948_608_137, epsilon = 1e-9);
        assert_abs_diff_eq!(scores.mae, 0.5);
        assert_abs_diff_eq!(scores.rmse, 0.375_f64.sqrt());
        assert_abs_diff_eq!(rmse(&real, &predicted.to_vec()), scores.rmse);
    }

    #[test]
    fn relative_and_robust_scores_are_scikit_learns() {
        // scikit-learn 1.9.1, real = [3, -0.5, 0, 7, 4.2], predicted = [2.5, 0, 2, 8, 4]:
        // mean_absolute_percentage_error(real[real != 0], predicted[real != 0]), median_absolute_error(real, predicted),
        // numpy.mean(predicted - real)
        let scores = Scores::of(&array![3.0, -0.5, 0.0, 7.0, 4.2], &array![2.5, 0.0, 2.0, 8.0, 4.0]);
        assert_abs_diff_eq!(scores.mape.unwrap(), 0.339_285_714_285_714_3, epsilon = 1e-12);
        assert_eq!(scores.mape_skipped, 1);
        assert_abs_diff_eq!(scores.median_absolute_error, 0.5);
        assert_abs_diff_eq!(scores.bias, 0.56, epsilon = 1e-12);
        assert_eq!(Scores::of(&array![0.0, 0.0], &array![1.0, 1.0]).mape, None);
    }

    #[test]
    fn weights_count_as_repeated_rows() {
        let (real, predicted) = (array![3.0, -0.5, 2.0], array![2.5, 0.0, 8.0]);
        let weighted = Scores::weighted(&real, &predicted, Some(&[2.0, 1.0, 0.0]));
        let repeated = Scores::of(&array![3.0, 3.0, -0.5], &array![2.5, 2.5, 0.0]);
        for (found, expected) in [
            (weighted.rmse, repeated.rmse),
            (weighted.mae, repeated.mae),
            (weighted.r2, repeated.r2),
            (weighted.mape.unwrap(), repeated.mape.unwrap()),
            (weighted.bias, repeated.bias),
        ] {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        }
        assert_eq!(Scores::weighted(&real, &predicted, None), Scores::of(&real, &predicted));
    }

    #[test]
    fn equal_real_values_do_not_divide_by_zero() {
        assert_abs_diff_eq!(Scores::of(&array![2.0, 2.0], &array![2.0, 2.0]).r2, 1.0);
        assert_abs_diff_eq!(Scores::of(&array![2.0, 2.0], &array![2.0, 3.0]).r2, 0.0);
    }
}
