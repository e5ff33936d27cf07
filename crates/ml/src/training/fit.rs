//! Learns: one arm for each family.

use std::ops::ControlFlow;

use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2};
use types::algorithm::Monotone;
use types::{Algorithm, ColumnKind, TargetTransform, algorithm};

use super::{Fitted, History, Prepared, Progress};
use crate::Error;
use crate::algorithms::{GradientBoosting, Knn, Linear, Penalised, RandomForest, RandomForestParams};
use crate::evaluate::rmse;
use crate::model::{self, Blend, BlendMember, Model};
use crate::preprocess::Scale;
use crate::search::{Choice, Member};

/// Most points of a history.
const POINTS_MAX: usize = 100;
/// Share of the time that growing trees takes.
const GROWING: f64 = 0.95;

/// Learns from the training rows; test rows serve only to measure the course of the training.
///
/// # Errors
///
/// [`Error::TooLarge`] if the model would take too much memory, [`Error::Learning`] if the arithmetic fails.
pub fn fit(prepared: &Prepared, progress: &dyn Progress) -> Result<Fitted, Error> {
    progress.report(0.0, "learning");
    let rows = prepared.rows.as_ref();
    let targets = prepared.transform.applied(rows.train.targets());
    let (fitted, history) = match &prepared.algorithm {
        Algorithm::Linear(params) => (linear(prepared, &imputed(prepared, targets), params)?, Vec::new()),
        Algorithm::Ridge(params) => {
            let train = imputed(prepared, targets);
            let ridge = Penalised::ridge(train.records(), &code_counts(prepared), train.targets(), params)?;
            (model::Fitted::Penalised(ridge), Vec::new())
        }
        Algorithm::ElasticNet(params) => {
            let train = imputed(prepared, targets);
            let net =
                Penalised::elastic_net(train.records(), &code_counts(prepared), train.targets(), params)?;
            (model::Fitted::Penalised(net), Vec::new())
        }
        Algorithm::Knn(params) => {
            let train = imputed(prepared, targets);
            let knn = Knn::fit(train.records(), &code_counts(prepared), train.targets(), params)?;
            (model::Fitted::Knn(knn), Vec::new())
        }
        Algorithm::DecisionTree(params) => {
            // A tree is a forest of one that sees every row once.
            let params = RandomForestParams::of_tree(params);
            let tree = forest(prepared, &imputed(prepared, targets), params, progress)?;
            (model::Fitted::RandomForest(tree), Vec::new())
        }
        Algorithm::RandomForest(params) => {
            let params = RandomForestParams::of(params);
            let forest = forest(prepared, &imputed(prepared, targets), params, progress)?;
            progress.report(GROWING, "measuring");
            let (records, real) = prepared.test();
            let records = prepared.encoder().imputed(records);
            let history = course(prepared, real, forest.tree_count(), |counts, each| {
                forest.ensemble().staged(records.view(), counts, each);
            });
            (model::Fitted::RandomForest(forest), vec![history])
        }
        Algorithm::GradientBoosting(params) => {
            // NaN goes its own way in these trees.
            let train = DatasetBase::new(rows.train.records().clone(), targets);
            let boosting = boosting(prepared, &train, params, progress)?;
            progress.report(GROWING, "measuring");
            let (records, real) = prepared.test();
            let history = course(prepared, real, boosting.tree_count(), |counts, each| {
                boosting.staged(records.view(), counts, each);
            });
            (model::Fitted::GradientBoosting(boosting), vec![history])
        }
        Algorithm::Auto(_) => {
            let told = "`auto` searches first: call `search`, then `fit_choice`";
            return Err(Error::Learning(told.into()));
        }
    };
    progress.report(1.0, "done");
    let model = Model::new(
        prepared.algorithm.clone(),
        rows.target.clone(),
        prepared.transform,
        rows.encoder.clone(),
        fitted,
    );
    Ok(Fitted { model, history })
}

/// Fits what a search chose to all training rows, with ranges from the search's measurements.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_choice(prepared: &Prepared, choice: &Choice, progress: &dyn Progress) -> Result<Fitted, Error> {
    let fit_member = |member: &Member| {
        fit(&prepared.with_algorithm(member.algorithm.clone(), member.transform)?, progress)
    };
    if let [only] = choice.members.as_slice() {
        let Fitted { model, history } = fit_member(only)?;
        return Ok(Fitted { model: model.with_ranges(&choice.measured), history });
    }
    let mut members = Vec::new();
    for member in &choice.members {
        let fitted = fit_member(member)?.model.into_fitted();
        members.push(BlendMember { weight: member.weight, transform: member.transform, fitted });
    }
    let medians = prepared.features().iter().map(|feature| feature.median.unwrap_or(0.0)).collect();
    let rows = prepared.rows.as_ref();
    let model = Model::new(
        prepared.algorithm.clone(),
        rows.target.clone(),
        TargetTransform::None,
        rows.encoder.clone(),
        model::Fitted::Blend(Blend::new(members, medians)),
    );
    Ok(Fitted { model: model.with_ranges(&choice.measured), history: Vec::new() })
}

/// Training rows, with targets on the scale of the transform.
type Train = DatasetBase<Array2<f64>, Array1<f64>>;

fn imputed(prepared: &Prepared, targets: Array1<f64>) -> Train {
    DatasetBase::new(prepared.encoder().imputed(prepared.train().records()), targets)
}

/// For each feature the number of its category codes; `None` for numbers.
fn code_counts(prepared: &Prepared) -> Vec<Option<usize>> {
    (0..prepared.features().len()).map(|feature| prepared.encoder().code_count(feature)).collect()
}

fn linear(prepared: &Prepared, train: &Train, params: &algorithm::Linear) -> Result<model::Fitted, Error> {
    Linear::fit(train.records(), &code_counts(prepared), train.targets(), params.fit_intercept)
        .map(model::Fitted::Linear)
}

fn forest(
    prepared: &Prepared,
    train: &Train,
    params: RandomForestParams,
    progress: &dyn Progress,
) -> Result<RandomForest, Error> {
    let params = params.categories(prepared.encoder().category_features()).check()?;
    let count = params.n_estimators();
    params.fit_observed(train, &|ready| heard(progress, ready, count))
}

fn boosting(
    prepared: &Prepared,
    train: &Train,
    params: &algorithm::GradientBoosting,
    progress: &dyn Progress,
) -> Result<GradientBoosting, Error> {
    let count = params.n_estimators;
    let params = GradientBoosting::params(params.clone())
        .categories(prepared.encoder().category_features())
        .directions(directions(prepared, &params.monotone_constraints)?)
        .check()?;
    params.fit_observed(train, &mut |ready| heard(progress, ready, count))
}

/// Directions by place of the feature.
fn directions(prepared: &Prepared, monotone: &Monotone) -> Result<Vec<i8>, Error> {
    let features = prepared.features();
    let mut directions = vec![0; features.len()];
    for (column, direction) in &monotone.0 {
        let wrong = |problem: String| Error::Parameter { parameter: "monotone_constraints", problem };
        let place = features
            .iter()
            .position(|feature| feature.name == *column)
            .ok_or_else(|| wrong(format!("names `{column}`, which is not a column to learn from")))?;
        if features[place].profile.kind == ColumnKind::Text {
            return Err(wrong(format!("names `{column}`, which holds text; only numbers rise and fall")));
        }
        directions[place] = *direction;
    }
    Ok(directions)
}

/// Tells how many trees are ready, and whether to go on.
fn heard(progress: &dyn Progress, ready: u32, count: u32) -> ControlFlow<()> {
    progress.report(GROWING * f64::from(ready) / f64::from(count), &format!("tree {ready} of {count}"));
    if progress.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// Test error of the models that the first trees make; `staged` predicts with the first trees of each count.
fn course(
    prepared: &Prepared,
    real: &Array1<f64>,
    tree_count: usize,
    staged: impl FnOnce(&[usize], &mut dyn FnMut(usize, &[f64])),
) -> History {
    let steps = tree_count.min(POINTS_MAX);
    let counts: Vec<usize> = (1..=steps).map(|step| step * tree_count / steps).collect();
    let mut points = Vec::with_capacity(steps);
    staged(&counts, &mut |count, predictions| {
        let turned_back: Vec<f64> =
            predictions.iter().map(|prediction| prepared.transform.undo(*prediction)).collect();
        points.push((i64::try_from(count).unwrap_or(i64::MAX), rmse(real, &turned_back)));
    });
    History { key: "test_rmse_by_trees", points }
}
