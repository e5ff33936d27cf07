//! Several models whose weighted predictions are added up.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use types::TargetTransform;

use super::Fitted;
use crate::preprocess::Scale;

/// A sum of models on the scale of the target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blend {
    members: Vec<BlendMember>,
    /// Replacement of missing numbers, for members that cannot do without; NaN for categories.
    medians: Vec<f64>,
    importance: Vec<f64>,
}

/// One model of a blend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BlendMember {
    pub(crate) weight: f64,
    pub(crate) transform: TargetTransform,
    pub(crate) fitted: Fitted,
}

impl Blend {
    pub(crate) fn new(members: Vec<BlendMember>, medians: Vec<f64>) -> Self {
        let mut importance = vec![0.0; medians.len()];
        for member in &members {
            let shares = member.fitted.importance();
            let total: f64 = shares.iter().sum();
            if total > 0.0 {
                importance
                    .iter_mut()
                    .zip(shares.iter())
                    .for_each(|(sum, share)| *sum += member.weight * share / total);
            }
        }
        Self { members, medians, importance }
    }

    pub(crate) fn members(&self) -> &[BlendMember] {
        &self.members
    }

    pub(super) fn predict_row(&self, row: &[f64]) -> f64 {
        let imputed: Vec<f64> = self.imputed(row);
        let predict = |member: &BlendMember| {
            let row = if member.fitted.takes_missing() { row } else { &imputed };
            member.weight * member.transform.undo(member.fitted.predict_row(row))
        };
        self.members.iter().map(predict).sum()
    }

    pub(super) fn predict(&self, records: &Array2<f64>) -> Array1<f64> {
        let mut imputed = records.clone();
        for mut row in imputed.rows_mut() {
            row.iter_mut()
                .zip(&self.medians)
                .filter(|(value, _)| value.is_nan())
                .for_each(|(value, m)| *value = *m);
        }
        let mut sums = Array1::zeros(records.nrows());
        for member in &self.members {
            let records = if member.fitted.takes_missing() { records } else { &imputed };
            let predictions = member.fitted.predict(records);
            sums.zip_mut_with(&predictions, |sum, prediction| {
                *sum += member.weight * member.transform.undo(*prediction);
            });
        }
        sums
    }

    pub(crate) fn imputed(&self, row: &[f64]) -> Vec<f64> {
        row.iter()
            .zip(&self.medians)
            .map(|(value, median)| if value.is_nan() { *median } else { *value })
            .collect()
    }

    pub(super) fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// Members are no blends themselves, so that nothing is nested without end.
    pub(super) fn is_sound(&self, feature_count: usize) -> bool {
        let is_sound = |member: &BlendMember| {
            member.weight.is_finite()
                && !matches!(member.fitted, Fitted::Blend(_))
                && member.fitted.is_sound(feature_count, 0)
        };
        !self.members.is_empty()
            && self.medians.len() == feature_count
            && self.importance.len() == feature_count
            && self.importance.iter().all(|share| share.is_finite())
            && self.members.iter().all(is_sound)
    }
}
