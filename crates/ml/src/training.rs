//! From a table and a specification to a fitted model.

use std::ops::ControlFlow;

use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2};
use types::{Algorithm, TrainingSpec};

use crate::Error;
use crate::algorithms::{Linear, RandomForest, RandomForestParams};
use crate::evaluate::rmse;
use crate::model::{self, Feature, Model};
use crate::preprocess::Encoder;
use crate::split::{Rows, split};
use crate::table::{Table, Values, tidy};

/// Most points of a history.
const POINTS_MAX: usize = 100;
/// Share of a forest's time that growing takes.
const GROWING: f64 = 0.95;

/// Hears how far a training has come.
pub trait Progress: Sync {
    /// `fraction` of the work is done, from 0 to 1; `stage` says what is being done, in English, such as
    /// `tree 40 of 100`. Calls come from several threads, so fractions may overtake each other.
    fn report(&self, fraction: f64, stage: &str);

    /// Whether nobody waits for the result any more. A forest asks before each tree and stops with
    /// [`Error::Cancelled`]; the linear model is fitted to its end.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Rows of a table, split and encoded, ready to be learnt from.
#[derive(Debug, Clone)]
pub struct Prepared {
    algorithm: Algorithm,
    target: String,
    encoder: Encoder,
    train: DatasetBase<Array2<f64>, Array1<f64>>,
    test_records: Array2<f64>,
    test_targets: Array1<f64>,
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
        self.encoder.features()
    }

    /// Number of rows that train.
    #[must_use]
    pub fn train_row_count(&self) -> usize {
        self.train.records.nrows()
    }

    /// Number of rows that test.
    #[must_use]
    pub fn test_row_count(&self) -> usize {
        self.test_records.nrows()
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn train(&self) -> &DatasetBase<Array2<f64>, Array1<f64>> {
        &self.train
    }

    pub(crate) fn test(&self) -> (&Array2<f64>, &Array1<f64>) {
        (&self.test_records, &self.test_targets)
    }
}

/// Splits and encodes the table; learns the encoding from the training rows only.
///
/// # Errors
///
/// Says what is wrong with the target, the split, the parameters or a column; all of it is about input.
pub fn prepare(spec: &TrainingSpec, table: &Table) -> Result<Prepared, Error> {
    // Wrong parameters are told before any work is done.
    if let Some(params) = RandomForestParams::of(&spec.algorithm) {
        params.check_ref()?;
    }
    let name = tidy(&spec.target);
    let place = table.typed_columns().iter().position(|column| column.name == name).ok_or_else(|| {
        let columns = table.columns().into_iter().map(str::to_owned).collect();
        Error::NoTarget { target: spec.target.clone(), columns }
    })?;
    let targets = targets(table, place)?;
    if table.typed_columns().len() == 1 {
        return Err(Error::NoFeatures { target: name.into_owned() });
    }
    let rows = split(&spec.split, table.row_count())?;
    let pick = |rows: &[u32]| -> Array1<f64> { rows.iter().map(|row| targets[*row as usize]).collect() };
    let (train_targets, test_targets) = (pick(&rows.train), pick(&rows.test));
    if train_targets.iter().all(|target| target.total_cmp(&train_targets[0]).is_eq()) {
        return Err(Error::ConstantTarget { target: name.into_owned(), value: train_targets[0] });
    }
    let encoder = Encoder::fit(table, place, &rows.train)?;
    let Rows { train, test } = &rows;
    Ok(Prepared {
        algorithm: spec.algorithm.clone(),
        target: name.into_owned(),
        train: DatasetBase::new(encoder.records(table, place, train), train_targets),
        test_records: encoder.records(table, place, test),
        test_targets,
        encoder,
    })
}

/// The column at `place` as numbers, none of them missing.
fn targets(table: &Table, place: usize) -> Result<&[f64], Error> {
    let column = &table.typed_columns()[place];
    let target = column.name.clone();
    match &column.values {
        Values::Texts { codes, levels } => {
            // The first cell that is no number explains the kind best; text columns have one unless commas were at fault.
            let is_text = |text: &String| text.parse::<f64>().is_err();
            let code = levels.iter().position(is_text).unwrap_or_default();
            let row = codes.iter().position(|other| *other as usize == code).unwrap_or_default();
            let example = levels.get(code).map(|text| text.chars().take(40).collect()).unwrap_or_default();
            Err(Error::TextTarget { target, example, line: table.line(row) })
        }
        Values::Numbers(numbers) => match numbers.iter().position(|number| number.is_nan()) {
            None => Ok(numbers),
            Some(first) => {
                let count = numbers.iter().filter(|number| number.is_nan()).count();
                Err(Error::MissingTarget { target, count, line: table.line(first) })
            }
        },
    }
}

/// Learns from the training rows; test rows serve only to measure the course of the training.
///
/// # Errors
///
/// [`Error::TooLarge`] if the model would take too much memory, [`Error::Learning`] if the arithmetic fails.
pub fn fit(prepared: &Prepared, progress: &dyn Progress) -> Result<Fitted, Error> {
    progress.report(0.0, "learning");
    let (fitted, history) = match &prepared.algorithm {
        Algorithm::Linear { fit_intercept } => (fit_linear(prepared, *fit_intercept)?, Vec::new()),
        Algorithm::RandomForest { .. } => {
            let forest = fit_forest(prepared, progress)?;
            progress.report(GROWING, "measuring");
            let history = forest_history(&forest, prepared);
            (model::Fitted::RandomForest(forest), vec![history])
        }
    };
    progress.report(1.0, "done");
    let Prepared { algorithm, target, encoder, .. } = prepared;
    Ok(Fitted { model: Model::new(algorithm.clone(), target.clone(), encoder.clone(), fitted), history })
}

fn fit_linear(prepared: &Prepared, fit_intercept: bool) -> Result<model::Fitted, Error> {
    let code_counts: Vec<Option<usize>> =
        (0..prepared.features().len()).map(|feature| prepared.encoder.code_count(feature)).collect();
    let DatasetBase { records, targets, .. } = &prepared.train;
    Linear::fit(records, &code_counts, targets, fit_intercept).map(model::Fitted::Linear)
}

fn fit_forest(prepared: &Prepared, progress: &dyn Progress) -> Result<RandomForest, Error> {
    let params = RandomForestParams::of(&prepared.algorithm)
        .unwrap_or_else(RandomForest::params)
        .categories(prepared.encoder.category_features())
        .check()?;
    let count = params.n_estimators();
    params.fit_observed(&prepared.train, &|ready| {
        let fraction = GROWING * f64::from(ready) / f64::from(count);
        progress.report(fraction, &format!("tree {ready} of {count}"));
        if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
}

/// Test error of the forests that the first trees make.
fn forest_history(forest: &RandomForest, prepared: &Prepared) -> History {
    let count = forest.tree_count();
    let steps = count.min(POINTS_MAX);
    let counts: Vec<usize> = (1..=steps).map(|step| step * count / steps).collect();
    let mut points = Vec::with_capacity(steps);
    forest.staged(prepared.test_records.view(), &counts, |count, means| {
        let step = i64::try_from(count).unwrap_or(i64::MAX);
        points.push((step, rmse(&prepared.test_targets, means)));
    });
    History { key: "test_rmse_by_trees", points }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const TABLE: &str = "a,b,y\n1,x,1\n2,y,2\n3,x,3\n4,y,4\n5,x,5\n6,y,6\n";

    #[derive(Default)]
    struct Heard(Mutex<Vec<(f64, String)>>);

    impl Progress for Heard {
        fn report(&self, fraction: f64, stage: &str) {
            self.0.lock().unwrap().push((fraction, stage.to_owned()));
        }
    }

    fn spec(target: &str, algorithm: Algorithm) -> TrainingSpec {
        let split = types::DataSplit::Rows { train: vec![0, 1, 2, 3], test: vec![4, 5] };
        TrainingSpec { target: target.to_owned(), algorithm, split }
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
        let mut forest = Algorithm::random_forest();
        if let Algorithm::RandomForest { n_estimators, .. } = &mut forest {
            *n_estimators = 0;
        }
        let table = Table::from_csv(TABLE.as_bytes()).unwrap();
        let error = prepare(&spec("y", forest), &table).unwrap_err();
        assert!(error.to_string().starts_with("n_estimators"));
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
        let mut algorithm = Algorithm::random_forest();
        if let Algorithm::RandomForest { n_estimators, .. } = &mut algorithm {
            *n_estimators = 150;
        }
        let heard = Heard::default();
        let spec =
            TrainingSpec { target: "precio".to_owned(), algorithm, split: types::DataSplit::default() };
        let prepared = prepare(&spec, &table).unwrap();
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

        let other = Prepared { target: "otro".to_owned(), ..prepared };
        assert!(matches!(crate::evaluate(&fitted.model, &other), Err(Error::Mismatch)));
    }
}
