//! A model that tells classes.

use ndarray::{Array2, Axis, aview1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::algorithms::{ClassForest, GradientBoosting, Knn, Logistic, probabilities_of};

/// What a family learnt about classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Classifier {
    Logistic(Logistic),
    Knn(Knn),
    Forest(ClassForest),
    /// One sum for two classes, the log-odds of the second, and else one for each class.
    Boosting(Vec<GradientBoosting>),
}

impl Classifier {
    /// Whether rows may hold NaN; others have it imputed.
    pub(super) fn takes_missing(&self) -> bool {
        matches!(self, Self::Boosting(_))
    }

    /// The probability of each class for one row; they add up to 1.
    pub(super) fn probabilities(&self, row: &[f64], class_count: usize) -> Vec<f64> {
        match self {
            Self::Logistic(logistic) => logistic.probabilities(aview1(row), class_count),
            Self::Knn(knn) => knn.probabilities(aview1(row), class_count),
            Self::Forest(forest) => forest.probabilities(row, class_count),
            Self::Boosting(machines) => {
                probabilities_of(machines.iter().map(|machine| machine.predict_row(row)))
            }
        }
    }

    /// The probabilities of each of `records`, shape `(rows, classes)`.
    pub(super) fn all_probabilities(&self, records: &Array2<f64>, class_count: usize) -> Array2<f64> {
        let mut found = Array2::zeros((records.nrows(), class_count));
        let rows: Vec<_> = records.rows().into_iter().map(|row| row.to_vec()).collect();
        let all: Vec<Vec<f64>> = rows.par_iter().map(|row| self.probabilities(row, class_count)).collect();
        for (mut line, probabilities) in found.axis_iter_mut(Axis(0)).zip(all) {
            line.iter_mut().zip(probabilities).for_each(|(slot, probability)| *slot = probability);
        }
        found
    }

    /// For each feature how much it matters: shares of gains, or moves of log-odds.
    pub(super) fn importance(&self) -> Vec<f64> {
        match self {
            Self::Logistic(logistic) => logistic.importance().to_vec(),
            Self::Knn(knn) => knn.importance().to_vec(),
            Self::Forest(forest) => forest.importance().to_vec(),
            Self::Boosting(machines) => {
                let mut sums = vec![0.0; machines.first().map_or(0, |machine| machine.importance().len())];
                for machine in machines {
                    sums.iter_mut().zip(machine.importance()).for_each(|(sum, share)| *sum += share);
                }
                sums
            }
        }
    }

    /// Whether what was decoded can tell `class_count` classes by rows of `feature_count` features without looping or
    /// reaching outside.
    pub(super) fn is_sound(&self, feature_count: usize, class_count: usize) -> bool {
        class_count >= 2
            && match self {
                Self::Logistic(logistic) => logistic.is_sound(feature_count, class_count),
                Self::Knn(knn) => knn.is_sound(feature_count),
                Self::Forest(forest) => forest.is_sound(feature_count, class_count),
                Self::Boosting(machines) => {
                    machines.len() == if class_count == 2 { 1 } else { class_count }
                        && machines.iter().all(|machine| machine.is_sound(feature_count))
                }
            }
    }
}
