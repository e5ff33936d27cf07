//! Formulas of the scores, as in `sklearn.metrics`.

use ndarray::Array1;

/// How far predictions are from the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Root of the mean squared error, in units of the target.
    pub rmse: f64,
    /// Mean absolute error, in units of the target.
    pub mae: f64,
    /// Mean absolute error as a share of the real value, over the rows whose real value is not 0; 0 without such.
    pub mape: f64,
    /// Middle of the absolute errors, in units of the target.
    pub median_error: f64,
    /// Mean of prediction minus real value, in units of the target: above 0 for guesses that are too high.
    pub bias: f64,
    /// Coefficient of determination: 1 is perfect, 0 is no better than the mean. Where all real values are equal it is 1
    /// if they are met and 0 if not.
    pub r2: f64,
}

impl Scores {
    /// Compares predictions with real values, of which there are as many, at least one.
    pub(crate) fn of(real: &Array1<f64>, predicted: &Array1<f64>) -> Self {
        let mean = real.mean().unwrap_or_default();
        let residual = square_sum(real.iter().zip(predicted).map(|(real, predicted)| real - predicted));
        let total = square_sum(real.iter().map(|real| real - mean));
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
        let count = real.len() as f64;
        let absolute: f64 =
            real.iter().zip(predicted).map(|(real, predicted)| (real - predicted).abs()).sum();
        let r2 = if total > 0.0 { 1.0 - residual / total } else { f64::from(u8::from(residual <= 0.0)) };
        let pairs = || real.iter().copied().zip(predicted.iter().copied());
        let shares: Vec<f64> = pairs()
            .filter(|(real, _)| *real != 0.0)
            .map(|(real, predicted)| ((real - predicted) / real).abs())
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
        let mape = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        let mut errors: Vec<f64> = pairs().map(|(real, predicted)| (real - predicted).abs()).collect();
        errors.sort_unstable_by(f64::total_cmp);
        let median_error = f64::midpoint(errors[(errors.len() - 1) / 2], errors[errors.len() / 2]);
        let bias = pairs().map(|(real, predicted)| predicted - real).sum::<f64>() / count;
        Self { rmse: (residual / count).sqrt(), mae: absolute / count, mape, median_error, bias, r2 }
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
        // mean_absolute_percentage_error 0.3273..., median_absolute_error 0.5.
        assert_abs_diff_eq!(scores.mape, 0.327_380_952, epsilon = 1e-9);
        assert_abs_diff_eq!(scores.median_error, 0.5);
        assert_abs_diff_eq!(scores.bias, 0.25);
        assert_abs_diff_eq!(rmse(&real, &predicted.to_vec()), scores.rmse);
    }

    #[test]
    fn equal_real_values_do_not_divide_by_zero() {
        assert_abs_diff_eq!(Scores::of(&array![2.0, 2.0], &array![2.0, 2.0]).r2, 1.0);
        assert_abs_diff_eq!(Scores::of(&array![2.0, 2.0], &array![2.0, 3.0]).r2, 0.0);
    }
}
