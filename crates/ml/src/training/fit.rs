//! Learns: one arm for each family.

use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2};
use types::algorithm::Monotone;
use types::{Algorithm, ColumnKind, TargetTransform, Task, algorithm};

use super::classify::classify;
use super::{Fitted, History, Prepared, Progress};
use crate::Error;
use crate::algorithms::{
    GradientBoosting, Knn, Linear, Observer, Penalised, RandomForest, RandomForestParams,
};
use crate::evaluate::{Measured, rmse};
use crate::model::{self, Blend, BlendMember, Model};
use crate::preprocess::Scale;
use crate::search::{Choice, Member};

/// Most lines that the growing of trees leaves in a log.
const NOTES: u32 = 20;

/// Most points of a history.
const POINTS_MAX: usize = 100;

/// Learns from the training rows, as [`fit_model`] does, and measures the course of the training on the test rows.
///
/// # Errors
///
/// As [`fit_model`].
pub fn fit(prepared: &Prepared, progress: &dyn Progress) -> Result<Fitted, Error> {
    let model = fit_model(prepared, progress)?;
    let history = course(prepared, &model);
    Ok(Fitted { model, history })
}

/// Learns from the training rows; test rows are not looked at.
///
/// # Errors
///
/// [`Error::TooLarge`] if the model would take too much memory, [`Error::Learning`] if the arithmetic fails,
/// [`Error::Cancelled`] if nobody waits any more.
pub fn fit_model(prepared: &Prepared, progress: &dyn Progress) -> Result<Model, Error> {
    progress.report(0.0, "learning");
    let fitted = match prepared.task() {
        Task::Regression => regress(prepared, progress)?,
        Task::Classification => model::Fitted::Classifier(classify(prepared, progress)?),
    };
    progress.report(1.0, "done");
    Ok(assemble(prepared, prepared.transform, fitted))
}

/// The model that a family makes of the rows.
fn assemble(prepared: &Prepared, transform: TargetTransform, fitted: model::Fitted) -> Model {
    let rows = prepared.rows.as_ref();
    Model::new(
        prepared.algorithm.clone(),
        rows.target.clone(),
        rows.classes.clone(),
        transform,
        rows.encoder.clone(),
        fitted,
    )
}

fn regress(prepared: &Prepared, progress: &dyn Progress) -> Result<model::Fitted, Error> {
    let rows = prepared.rows.as_ref();
    let targets = prepared.transform.applied(rows.train.targets());
    let weights = prepared.train_weights();
    Ok(match &prepared.algorithm {
        Algorithm::Linear(params) => linear(prepared, &imputed(prepared, targets), params)?,
        Algorithm::Ridge(params) => {
            let train = imputed(prepared, targets);
            let ridge =
                Penalised::ridge(train.records(), &code_counts(prepared), train.targets(), weights, params)?;
            model::Fitted::Penalised(ridge)
        }
        Algorithm::ElasticNet(params) => {
            let train = imputed(prepared, targets);
            let net = Penalised::elastic_net(
                train.records(),
                &code_counts(prepared),
                train.targets(),
                weights,
                params,
                &|| progress.is_cancelled(),
            )?;
            model::Fitted::Penalised(net)
        }
        Algorithm::Knn(params) => {
            let train = imputed(prepared, targets);
            let knn = Knn::fit(train.records(), &code_counts(prepared), train.targets(), params)?;
            model::Fitted::Knn(knn)
        }
        Algorithm::DecisionTree(params) => {
            // A tree is a forest of one that sees every row once.
            let directions = directions(prepared, &params.monotone_constraints)?;
            let params = RandomForestParams::of_tree(params).directions(directions);
            let tree = forest(prepared, &imputed(prepared, targets), params, progress)?;
            model::Fitted::RandomForest(tree)
        }
        Algorithm::RandomForest(params) => {
            let directions = directions(prepared, &params.monotone_constraints)?;
            let params = RandomForestParams::of(params).directions(directions);
            let forest = forest(prepared, &imputed(prepared, targets), params, progress)?;
            model::Fitted::RandomForest(forest)
        }
        Algorithm::GradientBoosting(params) => {
            // NaN goes its own way in these trees.
            let train = weighed(prepared, DatasetBase::new(rows.train.records().clone(), targets));
            let boosting = boosting(prepared, &train, params, progress)?;
            model::Fitted::GradientBoosting(boosting)
        }
        Algorithm::Auto(_) | Algorithm::Logistic(_) => return Err(not_fitted(&prepared.algorithm)),
    })
}

/// What only a mistake of ours asks for.
pub(super) fn not_fitted(algorithm: &Algorithm) -> Error {
    let name = algorithm.name();
    Error::Learning(
        format!("`{name}` is not fitted here; `auto` searches first: `search`, then `fit_choice`").into(),
    )
}

/// Fits what a search chose to all training rows, with ranges from the search's measurements.
///
/// # Errors
///
/// As [`fit`].
pub fn fit_choice(prepared: &Prepared, choice: &Choice, progress: &dyn Progress) -> Result<Fitted, Error> {
    let part = |member: &Member| prepared.with_algorithm(member.algorithm.clone(), member.transform);
    if let [only] = choice.members.as_slice() {
        let Fitted { model, history } = fit(&part(only)?, progress)?;
        return Ok(Fitted { model: ranged(model, &choice.measured), history });
    }
    let mut members = Vec::new();
    for member in &choice.members {
        let fitted = fit_model(&part(member)?, progress)?.into_fitted();
        members.push(BlendMember { weight: member.weight, transform: member.transform, fitted });
    }
    let medians = prepared.features().iter().map(|feature| feature.median.unwrap_or(0.0)).collect();
    let blend = model::Fitted::Blend(Blend::new(members, medians));
    let model = assemble(prepared, TargetTransform::None, blend);
    Ok(Fitted { model: ranged(model, &choice.measured), history: Vec::new() })
}

/// The model with the ranges that were measured; classes have none.
fn ranged(model: Model, measured: &Measured) -> Model {
    match measured {
        Measured::Numbers(measured) => model.with_ranges(measured),
        Measured::Classes(_) => model,
    }
}

/// Training rows, with targets on the scale of the transform.
pub(super) type Train = DatasetBase<Array2<f64>, Array1<f64>>;

/// Training rows without missing numbers.
pub(super) fn imputed(prepared: &Prepared, targets: Array1<f64>) -> Train {
    weighed(prepared, DatasetBase::new(prepared.encoder().imputed(prepared.train().records()), targets))
}

/// The rows with their weights, if they have any.
pub(super) fn weighed(prepared: &Prepared, train: Train) -> Train {
    match prepared.train_weights() {
        Some(weights) => train.with_weights(weights.iter().copied().collect()),
        None => train,
    }
}

/// For each feature the number of its category codes; `None` for numbers.
pub(super) fn code_counts(prepared: &Prepared) -> Vec<Option<usize>> {
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
    params.fit_observed(train, &Heard { progress, count })
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
    params.fit_observed(train, &Heard { progress, count })
}

/// Directions by place of the feature.
pub(super) fn directions(prepared: &Prepared, monotone: &Monotone) -> Result<Vec<i8>, Error> {
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
pub(super) struct Heard<'a> {
    pub(super) progress: &'a dyn Progress,
    /// Number of trees that are asked for.
    pub(super) count: u32,
}

impl Observer for Heard<'_> {
    fn grown(&self, ready: u32, loss: Option<&dyn Fn() -> f64>) {
        let count = self.count;
        let stage = format!("tree {ready} of {count}");
        self.progress.report(f64::from(ready) / f64::from(count), &stage);
        if ready.is_multiple_of(count.div_ceil(NOTES)) || ready == count {
            match loss.map(|loss| loss()) {
                Some(loss) => {
                    self.progress.note(&format!("{stage}: train_loss {loss:.6}"), Some(("train_loss", loss)));
                }
                None => self.progress.note(&stage, None),
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled()
    }
}

/// Test error of the models that the first trees make; nothing for families that have no course.
fn course(prepared: &Prepared, model: &Model) -> Vec<History> {
    let (records, real) = prepared.test();
    let mut points = Vec::new();
    let mut each = |count: usize, predictions: &[f64]| {
        let turned_back: Vec<f64> =
            predictions.iter().map(|prediction| prepared.transform.undo(*prediction)).collect();
        points.push((i64::try_from(count).unwrap_or(i64::MAX), rmse(real, &turned_back)));
    };
    match (model.fitted(), &prepared.algorithm) {
        (model::Fitted::RandomForest(forest), Algorithm::RandomForest(_)) => {
            let records = prepared.encoder().imputed(records);
            forest.ensemble().staged(records.view(), &steps(forest.tree_count()), &mut each);
        }
        (model::Fitted::GradientBoosting(boosting), _) => {
            boosting.staged(records.view(), &steps(boosting.tree_count()), &mut each);
        }
        _ => return Vec::new(),
    }
    vec![History { key: "test_rmse_by_trees", points }]
}

/// Numbers of trees at which the course is measured, ascending.
fn steps(tree_count: usize) -> Vec<usize> {
    let steps = tree_count.min(POINTS_MAX);
    (1..=steps).map(|step| step * tree_count / steps).collect()
}
