//! How good a model is on rows that it did not learn from, without touching the test rows.

use types::{Algorithm, TargetTransform, TrainingSpec};

use super::Scores;
use crate::split::{folds, split};
use crate::training::{Prepared, Progress, fit, prepare};
use crate::{Error, Table};

/// Training rows, divided and encoded for cross-validation; each part learns its own encoding.
#[derive(Debug, Clone)]
pub struct Folds(Vec<Prepared>);

/// What a cross-validation found.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidated {
    /// Scores of each part.
    pub folds: Vec<Scores>,
    /// Scores over all measured rows.
    pub scores: Scores,
    /// Real target of each measured row, and what a model says that did not learn from it.
    pub rows: Vec<(f64, f64)>,
}

impl Folds {
    /// Divides the training rows of a task; empty if it asks for no folds.
    ///
    /// # Errors
    ///
    /// [`Error::Split`] if there are too few rows or groups; as [`prepare`] for each part.
    pub fn prepare(spec: &TrainingSpec, table: &Table) -> Result<Self, Error> {
        let rows = split(&spec.split, table)?;
        let parts = folds(spec.cross_validation, &spec.split, table, &rows.train)?;
        let prepared = parts.into_iter().map(|part| {
            let rows = types::DataSplit::Rows { train: part.train, test: part.test };
            prepare(&TrainingSpec { split: rows, ..spec.clone() }, table)
        });
        Ok(Self(prepared.collect::<Result<_, _>>()?))
    }

    /// Whether nothing is measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of parts.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The first `count` parts, for a quick look.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        Self(self.0.iter().take(count).cloned().collect())
    }

    /// The parts behind the first `count`.
    #[must_use]
    pub fn rest(&self, count: usize) -> Self {
        Self(self.0.iter().skip(count).cloned().collect())
    }

    /// Targets of the rows of the first part, which are all training rows.
    pub(crate) fn targets(&self) -> impl Iterator<Item = f64> {
        self.0.iter().take(1).flat_map(|part| part.train().targets().iter().chain(part.test().1).copied())
    }

    /// Fits the algorithm once for each part, on the others, and measures it there.
    ///
    /// # Errors
    ///
    /// As [`fit`]; [`Error::Cancelled`] between parts.
    pub fn measure(
        &self,
        algorithm: &Algorithm,
        transform: TargetTransform,
        progress: &dyn Progress,
    ) -> Result<CrossValidated, Error> {
        let mut rows = Vec::new();
        let mut scores = Vec::new();
        for (place, part) in self.0.iter().enumerate() {
            if progress.is_cancelled() {
                return Err(Error::Cancelled);
            }
            #[expect(clippy::cast_precision_loss, reason = "there are at most 20 parts")]
            progress.report(
                place as f64 / self.0.len() as f64,
                &format!("fold {} of {}", place + 1, self.0.len()),
            );
            let part = part.with_algorithm(algorithm.clone(), transform)?;
            let model = fit(&part, &OnlyCancel(progress))?.model;
            let (records, real) = part.test();
            let predicted = model.predict(records);
            scores.push(Scores::of(real, &predicted));
            rows.extend(real.iter().copied().zip(predicted));
        }
        let (real, predicted): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
        Ok(CrossValidated { folds: scores, scores: Scores::of(&real.into(), &predicted.into()), rows })
    }
}

impl CrossValidated {
    /// This and what was measured on further parts.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.folds.extend(other.folds);
        self.rows.extend(other.rows);
        let (real, predicted): (Vec<f64>, Vec<f64>) = self.rows.iter().copied().unzip();
        self.scores = Scores::of(&real.into(), &predicted.into());
        self
    }
}

/// Passes cancellation on, and keeps the inner progress to itself.
struct OnlyCancel<'a>(&'a dyn Progress);

impl Progress for OnlyCancel<'_> {
    fn report(&self, _fraction: f64, _stage: &str) {}

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
