//! Learns: one arm for each family.

use std::ops::ControlFlow;

use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2};
use types::{Algorithm, algorithm};

use super::{Fitted, History, Prepared, Progress};
use crate::Error;
use crate::algorithms::{Linear, RandomForest, RandomForestParams};
use crate::evaluate::rmse;
use crate::model::{self, Model};

/// Most points of a history.
const POINTS_MAX: usize = 100;
/// Share of a forest's time that growing takes.
const GROWING: f64 = 0.95;

/// Learns from the training rows; test rows serve only to measure the course of the training.
///
/// # Errors
///
/// [`Error::TooLarge`] if the model would take too much memory, [`Error::Learning`] if the arithmetic fails.
pub fn fit(prepared: &Prepared, progress: &dyn Progress) -> Result<Fitted, Error> {
    progress.report(0.0, "learning");
    let rows = prepared.rows.as_ref();
    let train = DatasetBase::new(rows.encoder.imputed(rows.train.records()), rows.train.targets().clone());
    let (fitted, history) = match &prepared.algorithm {
        Algorithm::Linear(linear) => (fit_linear(prepared, &train, linear)?, Vec::new()),
        Algorithm::RandomForest(params) => {
            let forest = fit_forest(prepared, &train, params, progress)?;
            progress.report(GROWING, "measuring");
            let history = forest_history(&forest, prepared);
            (model::Fitted::RandomForest(forest), vec![history])
        }
        // The families below are merged one by one.
        Algorithm::Ridge(_)
        | Algorithm::ElasticNet(_)
        | Algorithm::Knn(_)
        | Algorithm::DecisionTree(_)
        | Algorithm::GradientBoosting(_)
        | Algorithm::Auto(_) => {
            return Err(Error::Learning("the family is not merged yet".into()));
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

/// Training rows on the scale of the transform.
type Train = DatasetBase<Array2<f64>, Array1<f64>>;

fn fit_linear(
    prepared: &Prepared,
    train: &Train,
    params: &algorithm::Linear,
) -> Result<model::Fitted, Error> {
    let encoder = prepared.encoder();
    let code_counts: Vec<Option<usize>> =
        (0..encoder.features().len()).map(|feature| encoder.code_count(feature)).collect();
    Linear::fit(train.records(), &code_counts, train.targets(), params.fit_intercept)
        .map(model::Fitted::Linear)
}

fn fit_forest(
    prepared: &Prepared,
    train: &Train,
    params: &algorithm::RandomForest,
    progress: &dyn Progress,
) -> Result<RandomForest, Error> {
    let params = RandomForestParams::of(params).categories(prepared.encoder().category_features()).check()?;
    let count = params.n_estimators();
    params.fit_observed(train, &|ready| {
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
    let (records, targets) = prepared.test();
    let records = prepared.encoder().imputed(records);
    forest.ensemble().staged(records.view(), &counts, |count, means| {
        let step = i64::try_from(count).unwrap_or(i64::MAX);
        points.push((step, rmse(targets, means)));
    });
    History { key: "test_rmse_by_trees", points }
}
