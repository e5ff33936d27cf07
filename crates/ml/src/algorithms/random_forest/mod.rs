//! Random forests for regression: the mean of trees, each grown on rows drawn with replacement.
//!
//! Breiman, *Random Forests*, Machine Learning 45 (2001). Parameters mean what they mean in scikit-learn's
//! `RandomForestRegressor`; tests compare with figures that it reaches on the same rows. Differences: categories are
//! split one against the rest instead of being spread over several columns, so that `max_features` counts a
//! category once; and no tree is deeper than [`DEPTH_MAX`].
//!
//! Splits are exact. Every column is sorted once for the whole forest; trees keep the sorted order of their rows
//! in every node by stable partition.

mod columns;
mod grow;
mod hyperparams;
mod search;
mod tree;

use std::borrow::Cow;
use std::ops::ControlFlow;

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::random::generator;
use columns::Columns;
use grow::Grower;
pub use hyperparams::{RandomForestParams, RandomForestValidParams};
use rand::Rng;
use tree::{Tree, answers};

/// Deepest leaf of a tree without `max_depth`, so that no column of numbers can make growing take quadratic time.
pub const DEPTH_MAX: u32 = 1_000;
/// Nodes of a forest: one gigabyte.
const NODES_MAX: u64 = 1 << 26;
/// Rows that go through a tree together: few enough that they stay in the processor's cache.
const BLOCK: usize = 64;
/// Walks through trees that are under way at the same time.
const LANES: usize = 8;

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

    /// The prediction for one row, which has as many features as the training rows.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a forest has at most 10,000 trees")]
    pub fn predict_row(&self, row: &[f64]) -> f64 {
        let (groups, rest) = self.trees.as_chunks::<LANES>();
        let mut sum = 0.0;
        for trees in groups {
            for answer in answers(trees.each_ref(), [row; LANES]) {
                sum += answer;
            }
        }
        for tree in rest {
            sum += answers([tree], [row])[0];
        }
        sum / self.trees.len() as f64
    }

    /// Predictions of the forests that have only the first trees, for each count in `counts` (ascending).
    #[expect(clippy::cast_precision_loss, reason = "a forest has at most 10,000 trees")]
    pub(crate) fn staged(
        &self,
        records: ArrayView2<'_, f64>,
        counts: &[usize],
        mut each: impl FnMut(usize, &[f64]),
    ) {
        let mut sums = vec![0.0; records.nrows()];
        let mut means = sums.clone();
        let mut from = 0;
        for &count in counts {
            let trees = &self.trees[from.min(self.trees.len())..count.min(self.trees.len())];
            add_predictions(trees, records, &mut sums);
            from = count;
            means.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = sum / count as f64);
            each(count, &means);
        }
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
        let mut sums = vec![0.0; records.nrows()];
        add_predictions(&self.trees, records.view(), &mut sums);
        #[expect(clippy::cast_precision_loss, reason = "a forest has at most 10,000 trees")]
        let count = self.trees.len() as f64;
        *predictions = sums.into_iter().map(|sum| sum / count).collect();
    }

    fn default_target(&self, records: &Array2<f64>) -> Array1<f64> {
        Array1::zeros(records.nrows())
    }
}

/// Adds each tree's prediction of each row to the row's sum, trees in their order, so that sums do not depend on
/// the number of threads.
fn add_predictions(trees: &[Tree], records: ArrayView2<'_, f64>, sums: &mut [f64]) {
    let width = records.ncols();
    sums.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| {
        let start = block * BLOCK;
        let rows = records.slice_axis(Axis(0), (start..start + sums.len()).into());
        let cells: Cow<'_, [f64]> =
            rows.to_slice().map_or_else(|| rows.iter().copied().collect::<Vec<_>>().into(), Cow::Borrowed);
        let row = |place: usize| &cells[place * width..(place + 1) * width];
        for tree in trees {
            let (groups, rest) = sums.as_chunks_mut::<LANES>();
            let grouped = groups.len() * LANES;
            for (group, sums) in groups.iter_mut().enumerate() {
                let rows = std::array::from_fn(|lane| row(group * LANES + lane));
                sums.iter_mut().zip(answers([tree; LANES], rows)).for_each(|(sum, answer)| *sum += answer);
            }
            for (place, sum) in rest.iter_mut().enumerate() {
                *sum += answers([tree], [row(grouped + place)])[0];
            }
        }
    });
}

impl<T: AsSingleTargets<Elem = f64>> Fit<Array2<f64>, T, Error> for RandomForestValidParams {
    type Object = RandomForest;

    fn fit(&self, dataset: &DatasetBase<Array2<f64>, T>) -> Result<RandomForest, Error> {
        self.fit_observed(dataset, &|_| ControlFlow::Continue(()))
    }
}

impl RandomForestValidParams {
    /// Fits as [`Fit::fit`] does and calls `grown` after each tree with the number of trees that are ready;
    /// calls come from several threads, so numbers may overtake each other. Once it breaks, no tree is begun.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if `grown` broke; no rows or columns, targets of another length, unusable numbers, a forest that would be too large.
    pub fn fit_observed<T: AsSingleTargets<Elem = f64>>(
        &self,
        dataset: &DatasetBase<Array2<f64>, T>,
        grown: &(dyn Fn(u32) -> ControlFlow<()> + Sync),
    ) -> Result<RandomForest, Error> {
        let targets = dataset.as_single_targets();
        let columns = Columns::new(dataset.records(), targets, self.categories())?;
        self.check_size(columns.row_count())?;

        let mut seeds = generator(self.random_state());
        let seeds: Vec<u64> = (0..self.n_estimators()).map(|_| seeds.next_u64()).collect();
        let ready = std::sync::atomic::AtomicU32::new(0);
        let grown_trees: Option<Vec<(Tree, Vec<f64>)>> = seeds
            .into_par_iter()
            .map_init(
                || Grower::new(&columns, self),
                |grower, seed| {
                    let tree = grower.grow(generator(seed));
                    let count = ready.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                    grown(count).is_continue().then_some(tree)
                },
            )
            .collect();
        let grown_trees = grown_trees.ok_or(Error::Cancelled)?;

        let mut importance = vec![0.0; columns.feature_count()];
        for (_, gains) in &grown_trees {
            let total: f64 = gains.iter().sum();
            if total > 0.0 {
                importance.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain / total);
            }
        }
        let total: f64 = importance.iter().sum();
        if total > 0.0 {
            for share in &mut importance {
                *share /= total;
            }
        }
        Ok(RandomForest { trees: grown_trees.into_iter().map(|(tree, _)| tree).collect(), importance })
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
