//! Random forests: the mean of trees, each grown on rows drawn with replacement. [`RandomForest`] tells numbers,
//! `ClassForest` the probabilities of classes.
//!
//! Breiman, *Random Forests*, Machine Learning 45 (2001). Parameters mean what they mean in scikit-learn's
//! `RandomForestRegressor` and `RandomForestClassifier`; tests compare with figures that it reaches on the same rows. Differences: categories are
//! split one against the rest instead of being spread over several columns, so that `max_features` counts a
//! category once; and no tree is deeper than [`DEPTH_MAX`].
//!
//! A missing number (NaN) is tried on both sides of every split and goes where it helps more; where training rows lacked
//! none, to the side with more rows, as in scikit-learn 1.4 and newer. Rows count by the dataset's weights, of which the
//! minima of rows know nothing; a row of weight 0 is left out.
//!
//! Splits are exact. Every column is sorted once for the whole forest; trees keep the sorted order of their rows
//! in every node by stable partition.

mod classes;
mod columns;
mod grow;
mod hyperparams;
mod search;
mod tally;

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::algorithms::Observer;
use crate::algorithms::tree::{Ensemble, Tree, shares};
use crate::random::generator;
pub(crate) use classes::ClassForest;
use columns::Columns;
use grow::{Grower, Grown};
pub use hyperparams::{RandomForestParams, RandomForestValidParams};
use rand::Rng;
use tally::{Sums, Tally};

/// Deepest leaf of a tree without `max_depth`, so that no column of numbers can make growing take quadratic time.
pub const DEPTH_MAX: u32 = 1_000;
/// Nodes of a forest: one gigabyte.
const NODES_MAX: u64 = 1 << 26;

/// A fitted forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RandomForest {
    trees: Vec<Tree>,
    importance: Vec<f64>,
}

impl RandomForest {
    /// Parameters with their defaults.
    #[must_use]
    pub fn params() -> RandomForestParams {
        RandomForestParams::new()
    }

    /// Number of trees.
    #[must_use]
    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// For each feature the share of the decrease in squared error that its splits brought; adds up to 1,
    /// unless no tree has a split.
    #[must_use]
    pub fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// The trees and how their answers become a prediction.
    pub(crate) fn ensemble(&self) -> Ensemble<'_> {
        Ensemble { trees: &self.trees, base: 0.0, is_mean: true }
    }

    /// The prediction for one row, which has as many features as the training rows; NaN is a missing number.
    #[must_use]
    pub fn predict_row(&self, row: &[f64]) -> f64 {
        self.ensemble().predict_row(row)
    }

    /// Whether a decoded forest can predict rows of `feature_count` features without looping or reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize) -> bool {
        !self.trees.is_empty()
            && self.importance.len() == feature_count
            && self.importance.iter().all(|share| share.is_finite())
            && self.trees.iter().all(|tree| tree.is_sound(feature_count))
    }
}

impl PredictInplace<Array2<f64>, Array1<f64>> for RandomForest {
    fn predict_inplace<'a>(&'a self, records: &'a Array2<f64>, predictions: &mut Array1<f64>) {
        *predictions = self.ensemble().predict(records.view()).into();
    }

    fn default_target(&self, records: &Array2<f64>) -> Array1<f64> {
        Array1::zeros(records.nrows())
    }
}

impl<T: AsSingleTargets<Elem = f64>> Fit<Array2<f64>, T, Error> for RandomForestValidParams {
    type Object = RandomForest;

    fn fit(&self, dataset: &DatasetBase<Array2<f64>, T>) -> Result<RandomForest, Error> {
        self.fit_observed(dataset, &())
    }
}

impl RandomForestValidParams {
    /// Fits as [`Fit::fit`] does, under the eyes of `observer`.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if `observer` said so; no rows or columns, targets of another length, unusable numbers, a forest that would be too large.
    pub fn fit_observed<T: AsSingleTargets<Elem = f64>>(
        &self,
        dataset: &DatasetBase<Array2<f64>, T>,
        observer: &dyn Observer,
    ) -> Result<RandomForest, Error> {
        let columns = Columns::new(dataset, self.categories())?;
        let (grown_trees, importance) = self.grow_all::<Sums>(&columns, 0, observer)?;
        let trees = grown_trees.into_iter().map(|grown| grown.tree).collect();
        Ok(RandomForest { trees, importance })
    }

    /// Grows all trees, and tells the importance of the features.
    fn grow_all<T: Tally>(
        &self,
        columns: &Columns,
        class_count: usize,
        observer: &dyn Observer,
    ) -> Result<(Vec<Grown>, Vec<f64>), Error> {
        self.check_size(columns.row_count())?;
        let mut seeds = generator(self.random_state());
        let seeds: Vec<u64> = (0..self.n_estimators()).map(|_| seeds.next_u64()).collect();
        let ready = std::sync::atomic::AtomicU32::new(0);
        let grown_trees: Option<Vec<Grown>> = seeds
            .into_par_iter()
            .map_init(
                || Grower::<T>::new(columns, self, class_count),
                |grower, seed| {
                    let tree = grower.grow(generator(seed), observer);
                    let count = ready.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                    observer.grown(count, None);
                    // A tree whose growing was stopped is not whole.
                    (!observer.is_cancelled()).then_some(tree)
                },
            )
            .collect();
        let mut grown_trees = grown_trees.ok_or(Error::Cancelled)?;
        let mut importance = vec![0.0; columns.feature_count()];
        for tree in &mut grown_trees {
            let gains = shares(std::mem::take(&mut tree.gains));
            importance.iter_mut().zip(gains).for_each(|(sum, share)| *sum += share);
        }
        Ok((grown_trees, shares(importance)))
    }

    /// Refuses parameters under which the trees could fill the memory.
    fn check_size(&self, rows: usize) -> Result<(), Error> {
        let by_rows = (rows as u64).div_ceil(u64::from(self.min_samples_leaf())).max(1);
        let by_depth = self.max_depth().and_then(|depth| 1_u64.checked_shl(depth)).unwrap_or(u64::MAX);
        let nodes = by_rows.min(by_depth).saturating_mul(2).saturating_mul(self.n_estimators().into());
        if nodes <= NODES_MAX {
            return Ok(());
        }
        Err(Error::TooLarge(format!(
            "{} trees on {rows} rows could have {nodes} nodes, {NODES_MAX} are allowed; lower n_estimators or \
             max_depth, or raise min_samples_leaf",
            self.n_estimators()
        )))
    }
}

#[cfg(test)]
mod tests;
