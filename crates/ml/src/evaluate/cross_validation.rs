//! How good a model is on rows that it did not learn from, without touching the test rows.

use types::{Algorithm, TargetTransform, Task, TrainingSpec};

use super::Scores;
use super::class_scores::{ClassRow, ClassScores, class_rows};
use crate::ranges::mean_residual;
use crate::split::{folds, split};
use crate::training::{Prepared, Progress, class_column, fit_model, prepare};
use crate::{Error, Model, Table};

/// Lowest correction for the size of parts: estimates from few rows should not make ranges far too narrow.
const CORRECTION_MIN: f64 = 0.85;

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
    /// By what the errors of a model of all rows are expected to be smaller, at most 1, since the models of the parts knew
    /// fewer; 1 unless [`Folds::corrected`] measured it.
    pub size_correction: f64,
}

/// What a cross-validation of models of classes found.
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidatedClasses {
    /// Scores of each part.
    pub folds: Vec<ClassScores>,
    /// Scores over all measured rows.
    pub scores: ClassScores,
    /// What a model says about each measured row that did not learn from it.
    pub rows: Vec<ClassRow>,
}

/// What a cross-validation found, whatever is predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// Of numbers.
    Numbers(CrossValidated),
    /// Of classes.
    Classes(CrossValidatedClasses),
}

impl Measured {
    /// Whether numbers or classes were predicted.
    #[must_use]
    pub fn task(&self) -> Task {
        match self {
            Self::Numbers(_) => Task::Regression,
            Self::Classes(_) => Task::Classification,
        }
    }

    /// What a search makes small: the root of the mean squared error, or the logarithmic loss.
    #[must_use]
    pub fn loss(&self) -> f64 {
        match self {
            Self::Numbers(measured) => measured.scores.rmse,
            Self::Classes(measured) => measured.scores.log_loss,
        }
    }

    /// The scores over all rows, with the names that metrics of runs have behind `cv_`.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::Numbers(measured) => {
                let Scores { rmse, mae, r2, .. } = measured.scores;
                vec![("rmse", rmse), ("mae", mae), ("r2", r2)]
            }
            Self::Classes(measured) => measured.scores.named(),
        }
    }

    /// This and what was measured of the same task on further parts.
    pub(crate) fn and(self, other: Self) -> Result<Self, Error> {
        match (self, other) {
            (Self::Numbers(first), Self::Numbers(second)) => Ok(Self::Numbers(first.and(second))),
            (Self::Classes(mut first), Self::Classes(second)) => {
                first.folds.extend(second.folds);
                first.rows.extend(second.rows);
                first.scores = ClassScores::of(&first.rows)?;
                Ok(Self::Classes(first))
            }
            (first, _) => Ok(first),
        }
    }
}

impl Folds {
    /// Divides the training rows of a task; empty if it asks for no folds. Each part gets its share of every class.
    ///
    /// # Errors
    ///
    /// [`Error::Split`] if there are too few rows or groups; as [`prepare`] for each part.
    pub fn prepare(spec: &TrainingSpec, table: &Table) -> Result<Self, Error> {
        let rows = split(&spec.split, table)?;
        let classes = class_column(spec, table)?;
        let parts = folds(spec.cross_validation, &spec.split, table, &rows.train, classes.as_deref())?;
        let prepared = parts.into_iter().map(|part| {
            let rows = types::DataSplit::Rows { train: part.train, test: part.test };
            let mut spec = TrainingSpec { split: rows, ..spec.clone() };
            loop {
                match prepare(&spec, table) {
                    // Rare values may all lie in the part that is left out.
                    Err(Error::EmptyFeature { column }) => spec.excluded.push(column),
                    outcome => break outcome,
                }
            }
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

    /// The same parts, measured on all their rows, but learning from every `step`-th row only.
    pub(crate) fn thinned(&self, step: usize) -> Self {
        if step <= 1 { self.clone() } else { Self(self.0.iter().map(|part| part.thinned(step)).collect()) }
    }

    /// Rows of the part that learns from the fewest.
    pub(crate) fn fewest_rows(&self) -> usize {
        self.0.iter().map(Prepared::train_row_count).min().unwrap_or_default()
    }

    /// Whether numbers or classes are predicted.
    #[must_use]
    pub fn task(&self) -> Task {
        self.0.first().map_or(Task::Regression, Prepared::task)
    }

    /// Name of the metric that a search makes small.
    pub(crate) fn loss_key(&self) -> &'static str {
        match self.task() {
            Task::Regression => "cv_rmse",
            Task::Classification => "cv_log_loss",
        }
    }

    /// Whether rows count by weights.
    pub(crate) fn is_weighed(&self) -> bool {
        self.0.first().is_some_and(|part| part.train_weights().is_some())
    }

    /// Targets of the rows of the first part, which are all training rows.
    pub(crate) fn targets(&self) -> impl Iterator<Item = f64> {
        self.0.iter().take(1).flat_map(|part| part.train().targets().iter().chain(part.test().1).copied())
    }

    /// Fits the algorithm once for each part, on the others, and measures it there, whatever the task is.
    ///
    /// # Errors
    ///
    /// As [`fit`](crate::fit); [`Error::Cancelled`] between parts.
    pub fn measure_any(
        &self,
        algorithm: &Algorithm,
        transform: TargetTransform,
        progress: &dyn Progress,
    ) -> Result<Measured, Error> {
        match self.task() {
            Task::Regression => self.measure(algorithm, transform, progress).map(Measured::Numbers),
            Task::Classification => self.measure_classes(algorithm, progress).map(Measured::Classes),
        }
    }

    /// Fits the algorithm once for each part, on the others, and measures it there.
    ///
    /// # Errors
    ///
    /// As [`fit`](crate::fit); [`Error::Cancelled`] between parts, [`Error::OtherTask`] if classes are predicted.
    pub fn measure(
        &self,
        algorithm: &Algorithm,
        transform: TargetTransform,
        progress: &dyn Progress,
    ) -> Result<CrossValidated, Error> {
        if self.task() == Task::Classification {
            return Err(Error::OtherTask("classes, not numbers"));
        }
        let mut rows = Vec::new();
        let mut scores = Vec::new();
        let mut weights: Vec<f32> = Vec::new();
        for place in 0..self.0.len() {
            let (part, model) = self.fit_part(place, algorithm, transform, progress)?;
            let (records, real) = part.test();
            let predicted = model.predict(records);
            let score = Scores::weighted(real, &predicted, part.test_weights());
            self.note(progress, place, "cv_rmse", score.rmse, scores.iter().map(|score: &Scores| score.rmse));
            scores.push(score);
            weights.extend(part.test_weights().unwrap_or_default());
            rows.extend(real.iter().copied().zip(predicted));
        }
        let (real, predicted): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
        let weights = self.is_weighed().then_some(weights.as_slice());
        let overall = Scores::weighted(&real.into(), &predicted.into(), weights);
        Ok(CrossValidated { folds: scores, scores: overall, rows, size_correction: 1.0 })
    }

    /// Fits the algorithm once for each part, on the others, and measures there how well it tells classes.
    ///
    /// # Errors
    ///
    /// As [`fit`](crate::fit); [`Error::Cancelled`] between parts, [`Error::OtherTask`] if numbers are predicted.
    pub fn measure_classes(
        &self,
        algorithm: &Algorithm,
        progress: &dyn Progress,
    ) -> Result<CrossValidatedClasses, Error> {
        let mut rows = Vec::new();
        let mut scores = Vec::new();
        for place in 0..self.0.len() {
            let (part, model) = self.fit_part(place, algorithm, TargetTransform::None, progress)?;
            let (records, targets) = part.test();
            let told = class_rows(&model, part.test_rows(), records, targets)?;
            let score = ClassScores::of(&told)?;
            let before = scores.iter().map(|score: &ClassScores| score.log_loss);
            self.note(progress, place, "cv_log_loss", score.log_loss, before);
            scores.push(score);
            rows.extend(told);
        }
        Ok(CrossValidatedClasses { folds: scores, scores: ClassScores::of(&rows)?, rows })
    }

    /// Tells what was measured on the part at `place`, and the mean with those before.
    #[expect(clippy::cast_precision_loss, reason = "there are at most 20 parts")]
    fn note(
        &self,
        progress: &dyn Progress,
        place: usize,
        key: &str,
        value: f64,
        before: impl Iterator<Item = f64>,
    ) {
        let mean = (before.sum::<f64>() + value) / (place + 1) as f64;
        let line = format!("fold {} of {}: {key} {value:.6}, mean so far {mean:.6}", place + 1, self.0.len());
        progress.note(&line, Some((key, mean)));
    }

    /// The part at `place`, and a model of the others.
    #[expect(clippy::cast_precision_loss, reason = "there are at most 20 parts")]
    fn fit_part(
        &self,
        place: usize,
        algorithm: &Algorithm,
        transform: TargetTransform,
        progress: &dyn Progress,
    ) -> Result<(Prepared, Model), Error> {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let count = self.0.len();
        progress.report(place as f64 / count as f64, &format!("fold {} of {count}", place + 1));
        let part = self.0[place].with_algorithm(algorithm.clone(), transform)?;
        let model = fit_model(&part, &OnlyCancel(progress))?;
        Ok((part, model))
    }

    /// What was measured on all parts, with its correction for their size: errors fall with a power of the number of rows
    /// (Cortes et al., *Learning Curves*, 1993), whose exponent comes from one more model that knows half of the rows
    /// of the first part. Unchanged with a single part.
    ///
    /// # Errors
    ///
    /// As [`measure`](Self::measure).
    pub fn corrected(
        &self,
        algorithm: &Algorithm,
        transform: TargetTransform,
        measured: CrossValidated,
        progress: &dyn Progress,
    ) -> Result<CrossValidated, Error> {
        let [first, _, ..] = self.0.as_slice() else { return Ok(measured) };
        let half = first.thinned(2).with_algorithm(algorithm.clone(), transform)?;
        // What a model of half of the rows is worth says nothing about the one that is asked for.
        let half = Self(vec![half]).measure(algorithm, transform, &OnlyCancel(progress))?;
        let whole = measured.rows.get(..first.test_row_count()).unwrap_or_default();
        let ratio = mean_residual(&half.rows) / mean_residual(whole);
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
        let real = |count: usize| count as f64;
        let mean_size =
            self.0.iter().map(|part| real(part.train_row_count())).sum::<f64>() / real(self.0.len());
        let all = self.0.iter().map(|part| part.train_row_count() + part.test_row_count()).max();
        let correction = ratio.powf(-(real(all.unwrap_or_default()) / mean_size).log2());
        let size_correction =
            if correction.is_finite() { correction.clamp(CORRECTION_MIN, 1.0) } else { 1.0 };
        Ok(CrossValidated { size_correction, ..measured })
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

#[cfg(test)]
mod tests {
    use types::DataSplit;

    use super::*;
    use crate::training::Silent;

    #[test]
    fn what_gains_from_rows_is_expected_to_err_less() {
        let table = Table::from_csv(crate::sample::used_cars(300, 1).as_bytes()).unwrap();
        let tree = Algorithm::from(types::algorithm::DecisionTree::default());
        let spec = TrainingSpec::new("precio", tree.clone());
        let folds = Folds::prepare(&spec, &table).unwrap();
        let none = TargetTransform::None;
        let measured = folds.measure(&tree, none, &Silent).unwrap();
        let corrected = folds.corrected(&tree, none, measured.clone(), &Silent).unwrap();
        assert!((CORRECTION_MIN..0.99).contains(&corrected.size_correction), "{}", corrected.size_correction);
        let first = folds.first(1);
        assert_eq!(first.corrected(&tree, none, measured, &Silent).unwrap().size_correction, 1.0);
    }

    #[test]
    fn columns_that_a_part_does_not_know_are_left_out() {
        let row = |row: u32| format!("{row},{},{}\n", if row == 7 { "x" } else { "" }, row * 2);
        let rows = (0..40).map(row).collect::<Vec<_>>().concat();
        let table = Table::from_csv(format!("a,rare,y\n{rows}").as_bytes()).unwrap();
        let line = Algorithm::linear();
        let split = DataSplit::Rows { train: (0..30).collect(), test: (30..40).collect() };
        let spec = TrainingSpec::new("y", line.clone()).with_split(split);
        let folds = Folds::prepare(&spec, &table).unwrap();
        let found = folds.measure(&line, TargetTransform::None, &Silent).unwrap();
        assert!(found.scores.rmse < 1e-9, "{:?}", found.scores);
    }
}
