//! Forests for classes: the mean of the shares in the leaves that a row reaches, each split making Gini's impurity small.

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::hyperparams::RandomForestValidParams;
use super::tally::Votes;
use crate::Error;
use crate::algorithms::Observer;
use crate::algorithms::tree::{Ensemble, Tree};

/// Shares in all leaves of a forest: one gigabyte.
const SHARES_MAX: usize = 1 << 27;

/// A fitted forest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ClassForest {
    /// Leaves answer with their number, from 0.
    trees: Vec<Tree>,
    /// For each tree the shares of the classes, leaf by leaf.
    shares: Vec<Vec<f64>>,
    importance: Vec<f64>,
}

impl ClassForest {
    /// Grows a forest; targets are numbers of classes below `class_count`. Watched as
    /// [`RandomForestValidParams::fit_observed`] is.
    pub(crate) fn fit<T: AsSingleTargets<Elem = f64>>(
        params: &RandomForestValidParams,
        dataset: &DatasetBase<Array2<f64>, T>,
        class_count: usize,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let columns = Columns::new(dataset, params.categories())?;
        let leaves = columns.row_count().div_ceil(params.min_samples_leaf() as usize);
        if leaves.saturating_mul(class_count).saturating_mul(params.n_estimators() as usize) > SHARES_MAX {
            return Err(Error::TooLarge(format!(
                "{} trees on {} rows of {class_count} classes could take more than a gigabyte; lower n_estimators, or raise \
                 min_samples_leaf",
                params.n_estimators(),
                columns.row_count()
            )));
        }
        let (grown_trees, importance) = params.grow_all::<Votes>(&columns, class_count, observer)?;
        let (trees, shares) = grown_trees.into_iter().map(|grown| (grown.tree, grown.shares)).unzip();
        Ok(Self { trees, shares, importance })
    }

    /// The probability of each of `class_count` classes for one row, which has as many features as the training rows.
    #[expect(clippy::cast_precision_loss, reason = "a forest has at most 10,000 trees")]
    pub(crate) fn probabilities(&self, row: &[f64], class_count: usize) -> Vec<f64> {
        let mut sums = vec![0.0; class_count];
        self.ensemble().each_answer(row, |tree, leaf| {
            let shares = self.leaf_shares(tree, leaf, class_count);
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share);
        });
        for sum in &mut sums {
            *sum /= self.trees.len() as f64;
        }
        sums
    }

    /// The trees, whose leaves answer with their number.
    pub(crate) fn ensemble(&self) -> Ensemble<'_> {
        Ensemble { trees: &self.trees, base: 0.0, is_mean: true }
    }

    /// The shares of the classes in a leaf of a tree, by the leaf's answer.
    pub(crate) fn leaf_shares(&self, tree: usize, leaf: f64, class_count: usize) -> &[f64] {
        let start = leaf_number(leaf) * class_count;
        self.shares[tree].get(start..start + class_count).unwrap_or_default()
    }

    /// For each feature the share of the decrease in impurity that its splits brought.
    pub(crate) fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// Whether a decoded forest can tell `class_count` classes by rows of `feature_count` features without looping or
    /// reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize, class_count: usize) -> bool {
        !self.trees.is_empty()
            && self.shares.len() == self.trees.len()
            && self.importance.len() == feature_count
            && self.importance.iter().all(|share| share.is_finite())
            && self.trees.iter().all(|tree| tree.is_sound(feature_count))
            && self.shares.iter().all(|shares| {
                shares.len().is_multiple_of(class_count)
                    && shares.iter().all(|share| (0.0..=1.0).contains(share))
            })
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small whole number; casts saturate"
)]
fn leaf_number(answer: f64) -> usize {
    answer as u32 as usize
}
