//! What a search tries, and in which order.

use types::algorithm::{GradientBoosting, Knn, Linear, Logistic, RandomForest, Ridge, Weights};
use types::{Algorithm, TargetTransform, Task};

use super::Trial;
use crate::evaluate::Folds;
use crate::preprocess::Scale;
use crate::random::{Generator, below, generator};

/// Candidates: a fixed list, then random ones.
pub(super) struct Candidates {
    /// The fixed list, backwards.
    fixed: Vec<(Algorithm, TargetTransform)>,
    transforms: Vec<TargetTransform>,
    task: Task,
    random: Generator,
}

impl Candidates {
    pub(super) fn new(folds: &Folds, seed: u64) -> Self {
        let mut candidates = match folds.task() {
            Task::Regression => Self::of_numbers(folds, seed),
            Task::Classification => Self::of_classes(seed),
        };
        if folds.is_weighed() {
            let weighs = |algorithm: &Algorithm| {
                !matches!(algorithm, Algorithm::Linear(_) | Algorithm::Knn(_) | Algorithm::Logistic(_))
            };
            candidates.fixed.retain(|(algorithm, _)| weighs(algorithm));
        }
        candidates
    }

    fn of_classes(seed: u64) -> Self {
        let none = TargetTransform::None;
        let slow = GradientBoosting {
            n_estimators: 300,
            learning_rate: 0.03,
            num_leaves: 8,
            ..GradientBoosting::default()
        };
        let forest = RandomForest {
            max_features: types::MaxFeatures::Sqrt,
            min_samples_leaf: 2,
            ..RandomForest::default()
        };
        let knn = Knn { n_neighbors: 15, weights: Weights::Distance, ..Knn::default() };
        let fixed = vec![
            (knn.into(), none),
            (forest.into(), none),
            (slow.into(), none),
            (GradientBoosting::default().into(), none),
            (Logistic::default().into(), none),
        ];
        Self { fixed, transforms: vec![none], task: Task::Classification, random: generator(seed) }
    }

    fn of_numbers(folds: &Folds, seed: u64) -> Self {
        let takes = |transform: &TargetTransform| folds.targets().all(|target| transform.takes(target));
        let transforms: Vec<TargetTransform> =
            [TargetTransform::Log, TargetTransform::Sqrt, TargetTransform::None]
                .into_iter()
                .filter(takes)
                .collect();
        let main = transforms[0];
        let ridge = |degree, alpha| Algorithm::from(Ridge { degree, alpha, ..Ridge::default() });
        let slow = GradientBoosting {
            n_estimators: 600,
            learning_rate: 0.05,
            num_leaves: 8,
            cat_l2: 1.0,
            cat_smooth: 1.0,
            ..GradientBoosting::default()
        };
        let forest = RandomForest { min_samples_leaf: 2, ..RandomForest::default() };
        let knn = Knn { n_neighbors: 10, weights: Weights::Distance, ..Knn::default() };
        let mut fixed = vec![
            (ridge(1, 1.0), main),
            (Linear::default().into(), TargetTransform::None),
            (ridge(2, 10.0), main),
            (GradientBoosting::default().into(), main),
            (slow.into(), main),
            (forest.into(), TargetTransform::None),
        ];
        for transform in transforms.iter().filter(|transform| **transform != main) {
            fixed.push((ridge(2, 10.0), *transform));
            fixed.push((GradientBoosting::default().into(), *transform));
        }
        fixed.push((knn.into(), main));
        fixed.reverse();
        Self { fixed, transforms, task: Task::Regression, random: generator(seed) }
    }

    /// The next one; `best` is the best so far.
    pub(super) fn next(&mut self, best: Option<&Trial>) -> (Algorithm, TargetTransform) {
        if let Some(candidate) = self.fixed.pop() {
            return candidate;
        }
        // Mostly the scale that does best.
        let transform = match best {
            Some(best) if below(&mut self.random, 4) > 0 => best.transform,
            _ => self.transforms[below(&mut self.random, self.transforms.len())],
        };
        let candidate = match below(&mut self.random, 8) {
            0 if self.task == Task::Classification => {
                Logistic { C: self.between(0.01, 100.0), ..Logistic::default() }.into()
            }
            0 => Ridge {
                alpha: self.between(0.1, 1_000.0),
                degree: 1 + u32::from(below(&mut self.random, 4) > 0),
                ..Ridge::default()
            }
            .into(),
            1 => RandomForest {
                n_estimators: 200,
                min_samples_leaf: self.whole(1.0, 8.0),
                max_features: types::MaxFeatures::Fraction(self.between(0.3, 1.0)),
                ..RandomForest::default()
            }
            .into(),
            _ => self.boosting(),
        };
        (candidate, transform)
    }

    fn boosting(&mut self) -> Algorithm {
        let learning_rate = self.between(0.02, 0.15);
        GradientBoosting {
            n_estimators: 3_000,
            early_stopping_rounds: 50,
            learning_rate,
            num_leaves: self.whole(4.0, 48.0),
            min_child_samples: self.whole(5.0, 60.0),
            subsample: self.between(0.6, 1.0),
            colsample_bytree: self.between(0.5, 1.0),
            reg_lambda: self.between(0.01, 10.0),
            cat_smooth: self.between(0.5, 20.0),
            cat_l2: self.between(0.5, 20.0),
            random_state: below(&mut self.random, 1_000_000) as u64,
            ..GradientBoosting::default()
        }
        .into()
    }

    /// A number between two, all orders of magnitude alike, with three digits.
    #[expect(clippy::cast_precision_loss, reason = "a random fraction")]
    fn between(&mut self, low: f64, high: f64) -> f64 {
        let fraction = below(&mut self.random, 1 << 30) as f64 / (1_u64 << 30) as f64;
        let number = low * (high / low).powf(fraction);
        let digits = 10.0_f64.powf(2.0 - number.log10().floor());
        ((number * digits).round() / digits).clamp(low, high)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the numbers are small")]
    fn whole(&mut self, low: f64, high: f64) -> u32 {
        self.between(low, high).round() as u32
    }
}
