//! From contributions on the scale of the transform to amounts in units of the target.

use super::Contributions;

/// Smallest distance on the learnt scale over which a slope is taken between two points.
const DISTANCE_MIN: f64 = 1e-9;

/// Turns contributions on the learnt scale into amounts of the target that add up to the difference between the
/// prediction and the base there; `undo` leads back from the learnt scale.
///
/// All are multiplied by the slope of the secant between base and prediction. For a logarithm that slope is the logarithmic
/// mean of base and prediction, so this is the decomposition LMDI (Ang, *Decomposition analysis for policymaking in
/// energy*, 2004), which depends on no order of the features; for a square root it is the sum of both roots.
pub(super) fn rescaled(learnt: Contributions, undo: impl Fn(f64) -> f64) -> Contributions {
    let end: f64 = learnt.base + learnt.amounts.iter().sum::<f64>();
    let base = undo(learnt.base);
    let distance = end - learnt.base;
    let slope = if distance.abs() > DISTANCE_MIN {
        (undo(end) - base) / distance
    } else {
        let step = 1e-6 * learnt.base.abs().max(1.0);
        (undo(learnt.base + step) - undo(learnt.base - step)) / (2.0 * step)
    };
    Contributions { base, amounts: learnt.amounts.into_iter().map(|amount| amount * slope).collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn logarithms_are_decomposed_by_the_logarithmic_mean() {
        let (base, end) = (1000.0_f64, 4000.0_f64);
        let learnt = Contributions { base: base.ln(), amounts: vec![2.0_f64.ln() * 3.0, -(2.0_f64.ln())] };
        let found = rescaled(learnt, f64::exp);
        let mean = (end - base) / (end.ln() - base.ln());
        assert!((found.amounts[0] - mean * 8.0_f64.ln()).abs() < 1e-9);
        assert!((found.base - 1000.0).abs() < 1e-9);
        assert!((found.base + found.amounts.iter().sum::<f64>() - 4000.0).abs() < 1e-9);
    }

    #[test]
    fn amounts_that_cancel_out_keep_their_size() {
        let learnt = Contributions { base: 100.0_f64.ln(), amounts: vec![0.1, -0.1] };
        let found = rescaled(learnt, f64::exp);
        assert!((found.amounts[0] - 10.0).abs() < 1e-6 && (found.amounts[1] + 10.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn amounts_add_up(
            base in -3.0..3.0_f64,
            amounts in proptest::collection::vec(-1.0..1.0_f64, 1..10),
        ) {
            for undo in [f64::exp, |value: f64| value.max(0.0).powi(2), |value| value] {
                let end = undo(base + amounts.iter().sum::<f64>());
                let found = rescaled(Contributions { base, amounts: amounts.clone() }, undo);
                let sum = found.base + found.amounts.iter().sum::<f64>();
                prop_assert!((sum - end).abs() < 1e-9 * (1.0 + end.abs()), "{sum} {end}");
            }
        }
    }
}
