//! Predictions of several trees.

use std::borrow::Cow;

use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

use super::Tree;
use super::walk::answers;

/// Rows that go through a tree together: few enough that they stay in the processor's cache.
const BLOCK: usize = 64;
/// Walks through trees that are under way at the same time.
const LANES: usize = 8;

/// Trees and how their answers become a prediction: `base` and the sum or the mean of the answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ensemble<'a> {
    /// The trees, in their order.
    pub(crate) trees: &'a [Tree],
    /// What every prediction begins with.
    pub(crate) base: f64,
    /// Whether the mean of the answers is added, not their sum.
    pub(crate) is_mean: bool,
}

impl Ensemble<'_> {
    /// What the sum of all answers is divided by.
    #[expect(clippy::cast_precision_loss, reason = "there are at most 10,000 trees")]
    pub(crate) fn divisor(&self, tree_count: usize) -> f64 {
        if self.is_mean { tree_count as f64 } else { 1.0 }
    }

    /// The prediction for one row, which has as many features as the training rows.
    pub(crate) fn predict_row(&self, row: &[f64]) -> f64 {
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
        self.base + sum / self.divisor(self.trees.len())
    }

    /// Calls `each` with the number of every tree, from 0, and its answer for one row.
    pub(crate) fn each_answer(&self, row: &[f64], mut each: impl FnMut(usize, f64)) {
        let (groups, rest) = self.trees.as_chunks::<LANES>();
        for (group, trees) in groups.iter().enumerate() {
            for (lane, answer) in answers(trees.each_ref(), [row; LANES]).into_iter().enumerate() {
                each(group * LANES + lane, answer);
            }
        }
        for (place, tree) in rest.iter().enumerate() {
            each(groups.len() * LANES + place, answers([tree], [row])[0]);
        }
    }

    /// Predictions for rows of shape `(rows, features)`; the same bits as [`predict_row`](Self::predict_row).
    pub(crate) fn predict(&self, records: ArrayView2<'_, f64>) -> Vec<f64> {
        let mut sums = vec![0.0; records.nrows()];
        add_answers(self.trees, records, &mut sums);
        let divisor = self.divisor(self.trees.len());
        for sum in &mut sums {
            *sum = self.base + *sum / divisor;
        }
        sums
    }

    /// Predictions of the ensembles that have only the first trees, for each count in `counts` (ascending).
    pub(crate) fn staged(
        &self,
        records: ArrayView2<'_, f64>,
        counts: &[usize],
        mut each: impl FnMut(usize, &[f64]),
    ) {
        let mut sums = vec![0.0; records.nrows()];
        let mut predictions = sums.clone();
        let mut from = 0;
        for &count in counts {
            let until = count.min(self.trees.len());
            add_answers(&self.trees[from.min(until)..until], records, &mut sums);
            from = count;
            let divisor = self.divisor(count);
            for (prediction, sum) in predictions.iter_mut().zip(&sums) {
                *prediction = self.base + sum / divisor;
            }
            each(count, &predictions);
        }
    }
}

/// Adds each tree's answer for each row to the row's sum, trees in their order, so that sums do not depend on the
/// number of threads.
pub(crate) fn add_answers(trees: &[Tree], records: ArrayView2<'_, f64>, sums: &mut [f64]) {
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
