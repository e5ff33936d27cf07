//! Nearest neighbours: the mean, or the vote, of the training rows that are most like a row (Fix and Hodges, 1951;
//! scikit-learn's `KNeighborsRegressor` and `KNeighborsClassifier`).
//!
//! Numbers are standardised and categories are one column each, so that two different categories are √2 apart, as behind
//! `StandardScaler` and `OneHotEncoder`. linfa-nn's ball tree finds the neighbours; it is built on first use, since a file
//! keeps only the rows.

use std::fmt;
use std::sync::OnceLock;

use linfa_nn::distance::{L1Dist, L2Dist};
use linfa_nn::{BallTree, NearestNeighbour, NearestNeighbourIndex};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;
use self_cell::self_cell;
use serde::{Deserialize, Serialize};
use types::algorithm::{self, Weights};

use super::penalised::Design;
use crate::Error;
use crate::training::class;

/// Cells of the encoded rows: 160 megabytes.
const CELLS_MAX: usize = 20_000_000;

/// Fitted neighbours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Knn {
    n_neighbors: u32,
    by_distance: bool,
    is_euclidean: bool,
    design: Design,
    /// Training rows as they were encoded, row by row.
    records: Vec<f64>,
    targets: Vec<f64>,
    /// Neighbours have no weights of features; all count alike, divided among them.
    importance: Vec<f64>,
    #[serde(skip)]
    index: LazyIndex,
}

type Neighbours<'a> = Box<dyn NearestNeighbourIndex<f64> + Send + Sync + 'a>;

self_cell!(
    struct Index {
        owner: Array2<f64>,
        #[not_covariant]
        dependent: Neighbours,
    }
);

/// An index that copies and files do without.
#[derive(Default)]
struct LazyIndex(OnceLock<Option<Index>>);

impl Clone for LazyIndex {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for LazyIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for LazyIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LazyIndex")
    }
}

impl Knn {
    /// Keeps the rows of `records`, of shape `(rows, features)` without NaN, whose features with a code count hold
    /// category codes.
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 features")]
    pub(crate) fn fit(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        targets: &Array1<f64>,
        params: &algorithm::Knn,
    ) -> Result<Self, Error> {
        let design = Design::fit(records, code_counts, 1)?;
        if records.nrows() * design.column_count() > CELLS_MAX {
            return Err(Error::TooLarge(format!(
                "{} rows of {} columns are too many to look for neighbours; use fewer rows or another family",
                records.nrows(),
                design.column_count()
            )));
        }
        let knn = Self {
            n_neighbors: params.n_neighbors,
            by_distance: params.weights == Weights::Distance,
            is_euclidean: params.p == 2,
            design,
            records: records.iter().copied().collect(),
            targets: targets.to_vec(),
            importance: vec![1.0 / records.ncols().max(1) as f64; records.ncols()],
            index: LazyIndex::default(),
        };
        if knn.index().is_none() {
            return Err(Error::Learning("no column varies, so all rows are equally near".into()));
        }
        Ok(knn)
    }

    fn index(&self) -> Option<&Index> {
        self.index.0.get_or_init(|| self.build()).as_ref()
    }

    fn build(&self) -> Option<Index> {
        let width = self.importance.len();
        let rows = ArrayView2::from_shape((self.targets.len(), width), &self.records).ok()?;
        let mut points = Array2::zeros((rows.nrows(), self.design.column_count()));
        for (row, mut point) in rows.rows().into_iter().zip(points.rows_mut()) {
            self.design.entries(&self.design.values(row), |column, value| point[column as usize] = value);
        }
        let is_euclidean = self.is_euclidean;
        Index::try_new(points, |points| {
            if is_euclidean {
                BallTree.from_batch(points, L2Dist)
            } else {
                BallTree.from_batch(points, L1Dist)
            }
        })
        .ok()
    }

    /// The prediction for one encoded row: the mean of the neighbours.
    pub(crate) fn predict_row(&self, row: ArrayView1<'_, f64>) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        self.neighbours(row, |target, weight| {
            sum += weight * target;
            total += weight;
        });
        if total > 0.0 { sum / total } else { 0.0 }
    }

    /// The probability of each of `class_count` classes for one encoded row: the neighbours' votes.
    pub(crate) fn probabilities(&self, row: ArrayView1<'_, f64>, class_count: usize) -> Vec<f64> {
        let mut votes = vec![0.0; class_count];
        let mut total = 0.0;
        self.neighbours(row, |target, weight| {
            if let Some(votes) = votes.get_mut(class(target)) {
                *votes += weight;
                total += weight;
            }
        });
        #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
        let even = 1.0 / class_count.max(1) as f64;
        votes.iter().map(|votes| if total > 0.0 { votes / total } else { even }).collect()
    }

    /// Calls `each` with the target and the weight of every neighbour; with weights, rows at the very place count alone.
    fn neighbours(&self, row: ArrayView1<'_, f64>, mut each: impl FnMut(f64, f64)) {
        let Some(index) = self.index() else { return };
        let mut point = Array1::zeros(self.design.column_count());
        self.design.entries(&self.design.values(row), |column, value| point[column as usize] = value);
        let nearest = index.with_dependent(|_, index| {
            let found = index.k_nearest(point.view(), self.n_neighbors as usize).unwrap_or_default();
            let distance = |other: ArrayView1<'_, f64>| {
                let differences = point.iter().zip(other).map(|(a, b)| a - b);
                if self.is_euclidean {
                    differences.map(|d| d * d).sum::<f64>().sqrt()
                } else {
                    differences.map(f64::abs).sum()
                }
            };
            found.into_iter().map(|(other, place)| (distance(other), place)).collect::<Vec<_>>()
        });
        let is_there = self.by_distance && nearest.iter().any(|(distance, _)| *distance <= 0.0);
        for (distance, place) in nearest {
            let weight = match (self.by_distance, is_there) {
                (false, _) => 1.0,
                (true, true) => f64::from(u8::from(distance <= 0.0)),
                (true, false) => 1.0 / distance,
            };
            each(self.targets.get(place).copied().unwrap_or_default(), weight);
        }
    }

    pub(crate) fn predict(&self, records: ArrayView2<'_, f64>) -> Array1<f64> {
        let rows: Vec<_> = records.rows().into_iter().collect();
        rows.into_par_iter().map(|row| self.predict_row(row)).collect::<Vec<_>>().into()
    }

    pub(crate) fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// Whether decoded neighbours can predict rows of `feature_count` features without reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize) -> bool {
        self.design.is_sound(feature_count)
            && self.importance.len() == feature_count
            && !self.targets.is_empty()
            && (1..=1000).contains(&self.n_neighbors)
            && self.targets.len().checked_mul(feature_count) == Some(self.records.len())
            && self.targets.len().saturating_mul(self.design.column_count()) <= CELLS_MAX
            && self
                .targets
                .iter()
                .chain(&self.records)
                .chain(&self.importance)
                .all(|number| number.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::array;

    use super::*;

    fn fit(params: algorithm::Knn) -> Knn {
        let records = array![[0.0, 0.0], [1.0, 0.0], [2.0, 1.0], [10.0, 1.0]];
        Knn::fit(&records, &[None, Some(3)], &array![1.0, 2.0, 4.0, 8.0], &params).unwrap()
    }

    #[test]
    fn neighbours_are_averaged() {
        let knn = fit(algorithm::Knn { n_neighbors: 2, ..algorithm::Knn::default() });
        assert_abs_diff_eq!(knn.predict_row(array![0.4, 0.0].view()), 1.5);
        // More neighbours than rows: all of them.
        let all = fit(algorithm::Knn { n_neighbors: 9, ..algorithm::Knn::default() });
        assert_abs_diff_eq!(all.predict_row(array![0.4, 0.0].view()), 3.75);
    }

    #[test]
    fn nearer_rows_count_more_and_a_row_at_the_place_alone() {
        for p in [1, 2] {
            let weights = Weights::Distance;
            let knn = fit(algorithm::Knn { n_neighbors: 2, weights, p });
            assert_abs_diff_eq!(knn.predict_row(array![1.0, 0.0].view()), 2.0);
            // Three times as near to the first row as to the second.
            assert_abs_diff_eq!(knn.predict_row(array![0.25, 0.0].view()), 1.25, epsilon = 1e-12);
        }
    }

    #[test]
    fn rows_without_any_difference_are_refused() {
        let same = Array2::zeros((3, 0));
        assert!(Knn::fit(&same, &[], &array![1.0, 2.0, 3.0], &algorithm::Knn::default()).is_err());
    }
}
