//! Integrals of polynomials from 0 to 1.

/// Places and weights of Gauss and Legendre's rule: exact for polynomials below degree `2 * places.len()`.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) places: Vec<f64>,
    pub(super) weights: Vec<f64>,
}

impl Rule {
    /// The rule with `count` places, at least 1.
    pub(super) fn new(count: usize) -> Self {
        let count = count.max(1);
        let (mut places, mut weights) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for nth in 0..count {
            // Newton's method from the usual guess for a root of Legendre's polynomial; doubled in each step.
            let mut root = (std::f64::consts::PI * (real(nth) + 0.75) / (real(count) + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..10 {
                let value;
                (value, slope) = legendre(count, root);
                root -= value / slope;
            }
            places.push(f64::midpoint(1.0, -root));
            weights.push(1.0 / ((1.0 - root * root) * slope * slope));
        }
        Self { places, weights }
    }
}

/// Legendre's polynomial of this degree and its slope, inside -1 and 1.
fn legendre(degree: usize, at: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, at);
    for nth in 2..=degree {
        let nth = real(nth);
        (before, value) = (value, ((2.0 * nth - 1.0) * at * value - (nth - 1.0) * before) / nth);
    }
    (value, real(degree) * (at * value - before) / (at * at - 1.0))
}

#[expect(clippy::cast_precision_loss, reason = "counts of features")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for count in [1, 2, 3, 7, 20, 100] {
            let rule = Rule::new(count);
            for degree in [0, 1, count, 2 * count - 1] {
                let power = i32::try_from(degree).unwrap();
                let sum: f64 =
                    rule.places.iter().zip(&rule.weights).map(|(x, weight)| weight * x.powi(power)).sum();
                assert!((sum - 1.0 / (real(degree) + 1.0)).abs() < 1e-13, "{count} {degree} {sum}");
            }
        }
    }
}
