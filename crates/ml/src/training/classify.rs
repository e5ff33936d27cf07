//! Learns classes: one arm for each family.

use linfa::{DatasetBase, ParamGuard};
use types::Algorithm;
use types::algorithm::Monotone;

use super::fit::{Heard, code_counts, imputed, not_fitted, weighed};
use super::{Prepared, Progress};
use crate::Error;
use crate::algorithms::{ClassForest, GradientBoosting, Knn, Logistic, RandomForestParams};
use crate::model::Classifier;

/// Learns to tell the classes of the training rows apart.
pub(super) fn classify(prepared: &Prepared, progress: &dyn Progress) -> Result<Classifier, Error> {
    let targets = prepared.train().targets().clone();
    let class_count = prepared.classes().len();
    Ok(match &prepared.algorithm {
        Algorithm::Logistic(params) => {
            let train = imputed(prepared, targets);
            let counts = code_counts(prepared);
            Classifier::Logistic(Logistic::fit(train.records(), &counts, train.targets(), params)?)
        }
        Algorithm::Knn(params) => {
            let train = imputed(prepared, targets);
            Classifier::Knn(Knn::fit(train.records(), &code_counts(prepared), train.targets(), params)?)
        }
        Algorithm::DecisionTree(params) => {
            refuse_directions(&params.monotone_constraints)?;
            forest(prepared, RandomForestParams::of_tree(params), progress)?
        }
        Algorithm::RandomForest(params) => {
            refuse_directions(&params.monotone_constraints)?;
            forest(prepared, RandomForestParams::of(params), progress)?
        }
        Algorithm::GradientBoosting(params) => {
            refuse_directions(&params.monotone_constraints)?;
            let train = weighed(prepared, DatasetBase::new(prepared.train().records().clone(), targets));
            let count = params.n_estimators;
            let params = GradientBoosting::params(params.clone())
                .categories(prepared.encoder().category_features())
                .check()?;
            Classifier::Boosting(params.fit_classes(&train, class_count, &Heard { progress, count })?)
        }
        Algorithm::Auto(_) | Algorithm::Linear(_) | Algorithm::Ridge(_) | Algorithm::ElasticNet(_) => {
            return Err(not_fitted(&prepared.algorithm));
        }
    })
}

fn forest(
    prepared: &Prepared,
    params: RandomForestParams,
    progress: &dyn Progress,
) -> Result<Classifier, Error> {
    let train = imputed(prepared, prepared.train().targets().clone());
    let params = params.categories(prepared.encoder().category_features()).check()?;
    let count = params.n_estimators();
    ClassForest::fit(&params, &train, prepared.classes().len(), &Heard { progress, count })
        .map(Classifier::Forest)
}

fn refuse_directions(directions: &Monotone) -> Result<(), Error> {
    if directions.0.values().all(|direction| *direction == 0) {
        return Ok(());
    }
    let problem = "is for numbers: classes do not rise and fall".to_owned();
    Err(Error::Parameter { parameter: "monotone_constraints", problem })
}
