//! What boosting makes small: gradients, first guesses and leaf values of each objective, as in LightGBM.

use types::algorithm::Objective;

/// An objective with its parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Loss {
    pub(super) objective: Objective,
    /// Width of `huber`, quantile of `quantile`.
    pub(super) alpha: f64,
}

impl Loss {
    /// The best constant for these targets.
    pub(super) fn first_guess(self, targets: &[f64], weights: Option<&[f64]>) -> f64 {
        match self.objective {
            Objective::Squared | Objective::Huber => {
                let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
                let total: f64 = (0..targets.len()).map(weight).sum();
                targets.iter().enumerate().map(|(row, target)| target * weight(row)).sum::<f64>() / total
            }
            Objective::Absolute => quantile(targets.to_vec(), 0.5),
            Objective::Quantile => quantile(targets.to_vec(), self.alpha),
        }
    }

    /// Slope of the loss at a guess; second derivatives count as 1 everywhere.
    pub(super) fn gradient(self, target: f64, guess: f64) -> f64 {
        let error = guess - target;
        match self.objective {
            Objective::Squared => error,
            Objective::Absolute => sign(error),
            Objective::Huber => error.clamp(-self.alpha, self.alpha),
            Objective::Quantile if error >= 0.0 => 1.0 - self.alpha,
            Objective::Quantile => -self.alpha,
        }
    }

    /// The best value for a leaf whose rows miss their targets by `residuals`, where gradients do not tell it.
    pub(super) fn leaf_value(self, residuals: impl FnOnce() -> Vec<f64>) -> Option<f64> {
        match self.objective {
            Objective::Squared | Objective::Huber => None,
            Objective::Absolute => Some(quantile(residuals(), 0.5)),
            Objective::Quantile => Some(quantile(residuals(), self.alpha)),
        }
    }

    /// The loss itself, for early stopping.
    pub(super) fn value(self, target: f64, guess: f64) -> f64 {
        let error = guess - target;
        match self.objective {
            Objective::Squared => error * error,
            Objective::Absolute => error.abs(),
            Objective::Huber if error.abs() <= self.alpha => 0.5 * error * error,
            Objective::Huber => self.alpha * (error.abs() - 0.5 * self.alpha),
            Objective::Quantile => (self.alpha - f64::from(u8::from(error > 0.0))) * -error,
        }
    }
}

fn sign(number: f64) -> f64 {
    if number > 0.0 {
        1.0
    } else if number < 0.0 {
        -1.0
    } else {
        0.0
    }
}

/// The quantile of numbers, of which there is at least one, between its neighbours as in `numpy.quantile`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among the numbers"
)]
fn quantile(mut numbers: Vec<f64>, share: f64) -> f64 {
    if numbers.is_empty() {
        return 0.0;
    }
    let place = share.clamp(0.0, 1.0) * (numbers.len() - 1) as f64;
    let below = place as usize;
    let (_, low, rest) = numbers.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let high = rest.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    low + (high - low) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_numpys() {
        // numpy.quantile([3, 1, 2, 10], [0, .5, .9, 1])
        let of = |share| quantile(vec![3.0, 1.0, 2.0, 10.0], share);
        assert_eq!([0.0, 0.5, 0.9, 1.0].map(of).map(|q| (q * 10.0).round()), [10.0, 25.0, 79.0, 100.0]);
        assert_eq!(quantile(vec![], 0.5), 0.0);
    }

    #[test]
    fn gradients_are_slopes_of_the_loss() {
        for (objective, alpha) in [
            (Objective::Squared, 0.0),
            (Objective::Absolute, 0.0),
            (Objective::Huber, 0.7),
            (Objective::Quantile, 0.9),
        ] {
            let loss = Loss { objective, alpha };
            for guess in [-3.0, 0.2, 1.3, 4.0] {
                let slope = (loss.value(1.0, guess + 1e-6) - loss.value(1.0, guess - 1e-6)) / 2e-6;
                let factor = if objective == Objective::Squared { 2.0 } else { 1.0 };
                assert!((slope - factor * loss.gradient(1.0, guess)).abs() < 1e-6, "{objective:?} {guess}");
            }
        }
    }
}
