//! Whether more rows would help.

use types::{DataSplit, TrainingSpec};

use super::{Scores, evaluate};
use crate::random::{generator, shuffle};
use crate::split::split;
use crate::training::Part;
use crate::{Error, Progress, Table, fit, prepare};

/// Seed of the order in which rows come in.
const SEED: u64 = 42;
/// Fewest rows that are learnt from.
const ROWS_MIN: usize = 20;

/// What a model is worth that learnt from some of the rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LearningPoint {
    /// Number of rows that trained.
    pub rows: u64,
    /// Scores on them.
    pub train: Scores,
    /// Scores on the test rows, which are the same for all points.
    pub test: Scores,
}

/// Fits the algorithm of `spec` on `steps` growing parts of its training rows, each containing the one before, and
/// measures it on its test rows; `sklearn.model_selection.learning_curve` with one split.
///
/// # Errors
///
/// Whatever [`prepare`] and [`fit`] report; [`Error::Cancelled`] between points too.
pub fn learning_curve(
    spec: &TrainingSpec,
    table: &Table,
    steps: usize,
    progress: &dyn Progress,
) -> Result<Vec<LearningPoint>, Error> {
    let mut rows = split(&spec.split, table)?;
    shuffle(&mut rows.train, &mut generator(SEED));
    let total = rows.train.len();
    let mut points: Vec<LearningPoint> = Vec::new();
    for step in 1..=steps {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let count = (step * total / steps).max(ROWS_MIN.min(total));
        if points.last().is_some_and(|last| last.rows >= count as u64) {
            continue;
        }
        let split = DataSplit::Rows { train: rows.train[..count].to_vec(), test: rows.test.clone() };
        let part = Part::of(progress, step - 1, steps, format!("{count} rows"));
        let prepared = match prepare(&spec.clone().with_split(split), table) {
            // Too few rows to know all columns: the curve begins later.
            Err(Error::EmptyFeature { .. } | Error::ConstantTarget { .. }) if count < total => continue,
            outcome => outcome?,
        };
        let report = evaluate(&fit(&prepared, &part)?.model, &prepared)?;
        points.push(LearningPoint { rows: count as u64, train: report.train, test: report.test });
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use types::algorithm::RandomForest;

    use super::*;

    struct Silent;
    impl Progress for Silent {
        fn report(&self, _fraction: f64, _stage: &str) {}
    }

    #[test]
    fn more_rows_help_a_forest() {
        let table = Table::from_csv(crate::sample::used_cars(600, 1).as_bytes()).unwrap();
        let forest = RandomForest { n_estimators: 10, ..RandomForest::default() };
        let points = learning_curve(&TrainingSpec::new("precio", forest), &table, 4, &Silent).unwrap();
        let rows: Vec<u64> = points.iter().map(|point| point.rows).collect();
        assert_eq!(rows, [120, 240, 360, 480]);
        assert!(points[3].test.rmse < points[0].test.rmse);
    }

    #[test]
    fn few_rows_give_few_points() {
        let table = Table::from_csv(crate::sample::used_cars(30, 1).as_bytes()).unwrap();
        let spec = TrainingSpec::new("precio", types::Algorithm::linear());
        let points = learning_curve(&spec, &table, 10, &Silent).unwrap();
        assert!(points.is_sorted_by(|a, b| a.rows < b.rows));
        assert_eq!(points.last().unwrap().rows, 24);
    }
}
