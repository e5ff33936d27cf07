//! From a table and a specification to a fitted model.

mod classify;
mod fit;
mod part;
mod prepare;
mod target;

use std::sync::Arc;

use linfa::DatasetBase;
use ndarray::{Array1, Array2, Axis};
use types::{Algorithm, TargetTransform, Task};

use crate::Error;
use crate::model::{Feature, Model};
use crate::preprocess::Encoder;
use crate::split::Rows;
pub use fit::{fit, fit_choice, fit_model};
pub(crate) use part::Part;
pub use prepare::prepare;
pub(crate) use target::{class, class_column};

/// Hears how far a training has come.
pub trait Progress: Sync {
    /// `fraction` of the work is done, from 0 to 1; `stage` says what is being done, in English, such as
    /// `tree 40 of 100`. Calls come from several threads, so fractions may overtake each other.
    fn report(&self, fraction: f64, stage: &str);

    /// Something worth keeping happened; with the name and the value of what was measured, if anything was. Not often:
    /// once for each part, candidate, or twentieth of the trees.
    fn note(&self, _line: &str, _measured: Option<(&str, f64)>) {}

    /// Whether nobody waits for the result any more. Trees ask while they grow, searches and cross-validations between their
    /// parts, and stop with [`Error::Cancelled`]; the fits of linfa (`linear`, `logistic`) go on to their end.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Whether a search should come to its end; it asks between candidates.
    fn is_out_of_time(&self) -> bool {
        false
    }

    /// Share of a search's time that is used up, 0 to 1; 0 where time plays no part.
    fn time_used(&self) -> f64 {
        0.0
    }
}

/// Hears nothing.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct Silent;

#[cfg(test)]
impl Progress for Silent {
    fn report(&self, _fraction: f64, _stage: &str) {}
}

/// Rows of a table, split and encoded, ready to be learnt from. Copies share the rows.
#[derive(Debug, Clone)]
pub struct Prepared {
    algorithm: Algorithm,
    transform: TargetTransform,
    rows: Arc<EncodedRows>,
}

/// What a split makes of a table, whatever is learnt from it.
#[derive(Debug)]
struct EncodedRows {
    target: String,
    /// Names of the classes, of which targets hold the places; empty where numbers are predicted.
    classes: Vec<String>,
    encoder: Encoder,
    /// Targets as they are in the table, or places of classes; a missing number in the records is NaN. With weights if rows
    /// do not count alike.
    train: DatasetBase<Array2<f64>, Array1<f64>>,
    test_records: Array2<f64>,
    test_targets: Array1<f64>,
    /// How much each test row counts; absent if all count alike.
    test_weights: Option<Array1<f32>>,
    /// Numbers of the rows in the table.
    numbers: Rows,
}

/// A metric over the course of a training.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Name of the metric, such as `test_rmse_by_trees`.
    pub key: &'static str,
    /// Steps, ascending, with the value at each; at most 100.
    pub points: Vec<(i64, f64)>,
}

/// What a training gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The model.
    pub model: Model,
    /// Metrics over the course of the training; none for algorithms that have no course.
    pub history: Vec<History>,
}

impl Prepared {
    /// The columns that will be learnt from.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        self.rows.encoder.features()
    }

    /// Numbers of the training and test rows in the table.
    pub(crate) fn row_numbers(&self) -> &Rows {
        &self.rows.numbers
    }

    /// Whether numbers or classes are predicted.
    #[must_use]
    pub fn task(&self) -> Task {
        if self.rows.classes.is_empty() { Task::Regression } else { Task::Classification }
    }

    /// Names of the classes; none where numbers are predicted.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.rows.classes
    }

    /// The same rows for another algorithm and another scale of the target.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a parameter breaks its rule; [`Error::WrongTask`], [`Error::UnweighedFamily`] and the like if the
    /// rows do not suit the algorithm.
    pub fn with_algorithm(&self, algorithm: Algorithm, transform: TargetTransform) -> Result<Self, Error> {
        algorithm.check()?;
        prepare::check_task(&algorithm, transform, &self.rows.classes)?;
        if self.train().weights().is_some() {
            prepare::check_weighing(&algorithm)?;
        }
        Ok(Self { algorithm, transform, rows: Arc::clone(&self.rows) })
    }

    /// Every `step`-th training row, and all test rows.
    pub(crate) fn thinned(&self, step: usize) -> Self {
        let whole = self.rows.as_ref();
        let chosen: Vec<usize> = (0..self.train_row_count()).step_by(step.max(1)).collect();
        let half = DatasetBase::new(
            whole.train.records.select(Axis(0), &chosen),
            whole.train.targets.select(Axis(0), &chosen),
        );
        let rows = EncodedRows {
            target: whole.target.clone(),
            classes: whole.classes.clone(),
            encoder: whole.encoder.clone(),
            train: match whole.train.weights() {
                Some(weights) => half.with_weights(chosen.iter().map(|row| weights[*row]).collect()),
                None => half,
            },
            test_records: whole.test_records.clone(),
            test_targets: whole.test_targets.clone(),
            test_weights: whole.test_weights.clone(),
            numbers: Rows {
                train: whole.numbers.train.iter().copied().step_by(step.max(1)).collect(),
                test: whole.numbers.test.clone(),
            },
        };
        Self { rows: Arc::new(rows), ..self.clone() }
    }

    /// Number of rows that train.
    #[must_use]
    pub fn train_row_count(&self) -> usize {
        self.rows.train.records.nrows()
    }

    /// Number of rows that test.
    #[must_use]
    pub fn test_row_count(&self) -> usize {
        self.rows.test_records.nrows()
    }

    /// Numbers of the training rows in the table, from 0, in the order in which they train.
    #[must_use]
    pub fn train_rows(&self) -> &[u32] {
        &self.rows.numbers.train
    }

    /// Numbers of the test rows in the table, from 0.
    #[must_use]
    pub fn test_rows(&self) -> &[u32] {
        &self.rows.numbers.test
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.rows.encoder
    }

    pub(crate) fn target(&self) -> &str {
        &self.rows.target
    }

    pub(crate) fn train(&self) -> &DatasetBase<Array2<f64>, Array1<f64>> {
        &self.rows.train
    }

    pub(crate) fn test(&self) -> (&Array2<f64>, &Array1<f64>) {
        (&self.rows.test_records, &self.rows.test_targets)
    }

    /// How much each training row counts; `None` if all count alike.
    pub(crate) fn train_weights(&self) -> Option<&[f32]> {
        self.rows.train.weights()
    }

    /// How much each test row counts; `None` if all count alike.
    pub(crate) fn test_weights(&self) -> Option<&[f32]> {
        self.rows.test_weights.as_ref().and_then(|weights| weights.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use types::algorithm::RandomForest;
    use types::{DataSplit, TrainingSpec};

    use super::*;
    use crate::Table;

    const TABLE: &str = "a,b,y\n1,x,1\n2,y,2\n3,x,3\n4,y,4\n5,x,5\n6,y,6\n";

    #[derive(Default)]
    struct Heard(Mutex<Vec<(f64, String)>>);

    impl Progress for Heard {
        fn report(&self, fraction: f64, stage: &str) {
            self.0.lock().unwrap().push((fraction, stage.to_owned()));
        }
    }

    fn spec(target: &str, algorithm: Algorithm) -> TrainingSpec {
        let split = DataSplit::Rows { train: vec![0, 1, 2, 3], test: vec![4, 5] };
        TrainingSpec::new(target, algorithm).with_split(split)
    }

    fn problem(csv: &str, target: &str) -> String {
        let table = Table::from_csv(csv.as_bytes()).unwrap();
        let error = prepare(&spec(target, Algorithm::linear()), &table).unwrap_err();
        assert!(error.is_about_input());
        error.to_string()
    }

    #[test]
    fn unfit_targets_are_explained() {
        assert_eq!(problem(TABLE, "z"), "target: there is no column `z`; there are `a`, `b`, `y`");
        assert!(problem(TABLE, "b").contains("column `b` holds text, such as `x` in line 2"));
        assert!(problem("a,y\n1,2\n2,\n3,\n4,4\n", "y").contains("2 empty cells, the first in line 3"));
        assert!(problem("a,y\n1,2\n2,zwei\n3,\n4,4\n", "y").contains("`zwei` in line 3"));
        assert!(problem("y\n1\n2\n3\n4\n5\n6\n", "y").contains("the only column"));
        let constant = "a,y\n1,7\n2,7\n3,7\n4,7\n5,8\n6,9\n";
        assert!(problem(constant, "y").contains("is 7 in every training row"));
    }

    #[test]
    fn wrong_parameters_are_told_before_the_work() {
        let forest = RandomForest { n_estimators: 0, ..RandomForest::default() }.into();
        let table = Table::from_csv(TABLE.as_bytes()).unwrap();
        let error = prepare(&spec("y", forest), &table).unwrap_err();
        assert!(error.to_string().contains("`n_estimators`"));
    }

    #[test]
    fn a_line_is_learnt_and_extrapolated() {
        let table = Table::from_csv(TABLE.as_bytes()).unwrap();
        let prepared = prepare(&spec(" y ", Algorithm::linear()), &table).unwrap();
        assert_eq!((prepared.train_row_count(), prepared.test_row_count()), (4, 2));
        let fitted = fit(&prepared, &Heard::default()).unwrap();
        assert!(fitted.history.is_empty());
        let report = crate::evaluate(&fitted.model, &prepared).unwrap();
        assert!(report.test.rmse < 1e-9 && report.train.r2 > 1.0 - 1e-9, "{report:?}");
        assert_eq!(fitted.model.estimator(), "LinearRegression");
        let names: Vec<&str> = fitted.model.features().iter().map(|feature| feature.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_forest_tells_its_course_and_ends_at_its_own_error() {
        let table = Table::from_csv(crate::sample::used_cars(300, 1).as_bytes()).unwrap();
        let forest = RandomForest { n_estimators: 150, ..RandomForest::default() };
        let heard = Heard::default();
        let prepared = prepare(&TrainingSpec::new("precio", forest), &table).unwrap();
        let fitted = fit(&prepared, &heard).unwrap();
        let [history] = fitted.history.as_slice() else { panic!("one history") };
        assert_eq!(history.points.len(), 100);
        assert!(history.points.is_sorted_by(|a, b| a.0 < b.0));
        let last = history.points[99];
        let report = crate::evaluate(&fitted.model, &prepared).unwrap();
        assert_eq!(last, (150, report.test.rmse));
        assert!(history.points[0].1 > last.1, "more trees are better than one");
        let heard = heard.0.into_inner().unwrap();
        assert_eq!(heard.first().unwrap().0, 0.0);
        assert_eq!(heard.last().unwrap().0, 1.0);
        assert!(heard.iter().any(|(_, stage)| stage == "tree 150 of 150"));
        let total: f64 = report.importance.iter().map(|(_, share)| share).sum();
        assert!((total - 1.0).abs() < 1e-9);

        let other = prepare(&TrainingSpec::new("potencia", Algorithm::linear()), &table).unwrap();
        assert!(matches!(crate::evaluate(&fitted.model, &other), Err(Error::Mismatch)));
    }
}
