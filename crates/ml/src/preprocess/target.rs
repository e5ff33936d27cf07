//! The scale on which a target is learnt.

use ndarray::Array1;
use types::TargetTransform;

/// Largest prediction, so that no turned-back one is infinite.
pub(crate) const PREDICTION_MAX: f64 = 1e150;

/// Turns targets into what is learnt, and predictions back into targets.
pub(crate) trait Scale {
    /// Whether a target has a place on the scale.
    fn takes(&self, target: f64) -> bool;

    /// A target on the scale.
    fn apply(&self, target: f64) -> f64;

    /// The target of a prediction on the scale; always finite for a finite one.
    fn undo(&self, prediction: f64) -> f64;

    /// All targets on the scale.
    fn applied(&self, targets: &Array1<f64>) -> Array1<f64> {
        targets.mapv(|target| self.apply(target))
    }
}

impl Scale for TargetTransform {
    fn takes(&self, target: f64) -> bool {
        match self {
            Self::None => true,
            Self::Log => target > 0.0,
            Self::Sqrt => target >= 0.0,
        }
    }

    fn apply(&self, target: f64) -> f64 {
        match self {
            Self::None => target,
            Self::Log => target.ln(),
            Self::Sqrt => target.sqrt(),
        }
    }

    fn undo(&self, prediction: f64) -> f64 {
        match self {
            Self::None => prediction,
            Self::Log => prediction.exp().min(PREDICTION_MAX),
            // A root below 0 means 0: squaring it would turn the order around.
            Self::Sqrt => prediction.max(0.0).powi(2).min(PREDICTION_MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn undoing_gives_the_target_back(target in 1e-6_f64..1e12) {
            for scale in [TargetTransform::None, TargetTransform::Log, TargetTransform::Sqrt] {
                prop_assert!(scale.takes(target));
                prop_assert!((scale.undo(scale.apply(target)) / target - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn no_prediction_is_infinite() {
        assert!(TargetTransform::Log.undo(1e9).is_finite() && TargetTransform::Sqrt.undo(1e140).is_finite());
        assert_eq!(TargetTransform::Sqrt.undo(-3.0), 0.0);
        assert!(!TargetTransform::Log.takes(0.0) && TargetTransform::Sqrt.takes(0.0));
    }
}
