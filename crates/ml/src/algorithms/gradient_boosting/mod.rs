//! Gradient boosting: trees that each mend what those before them miss.
//!
//! Friedman, *Greedy Function Approximation*, Annals of Statistics 29 (2001), on histograms and leaf by leaf as in Ke et
//! al., *LightGBM* (2017). Parameters have LightGBM's names, meanings and defaults. Differences: sets of categories have no
//! size limit (`max_cat_threshold`), `cat_l2` serves to choose splits and not to shrink their leaves, and a category
//! without a bin of its own goes the way of unknown ones.

mod bins;
mod classes;
mod grow;
mod loss;
mod split;
mod tree;

use linfa::dataset::AsSingleTargets;
use linfa::traits::{Fit, PredictInplace};
use linfa::{DatasetBase, ParamGuard};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use types::algorithm::{self, Objective};

use crate::Error;
use crate::algorithms::Observer;
use crate::algorithms::tree::{Step, TreeView};
use crate::random::{Generator, below, generator, shuffle};
use bins::Bins;
pub(crate) use classes::probabilities_of;
use grow::{Ground, Grower, Grown, Slopes};
use loss::Loss;
use tree::Tree;

/// Rows that are predicted together.
const BLOCK: usize = 256;

/// A fitted model: a constant and trees whose answers are added to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientBoosting {
    first_guess: f64,
    trees: Vec<Tree>,
    importance: Vec<f64>,
}

/// Parameters of [`GradientBoosting`]; see [`algorithm::GradientBoosting`] for names, defaults and ranges.
///
/// # Example
///
/// ```
/// # use linfa::prelude::*;
/// # use ml::algorithms::GradientBoosting;
/// # use ndarray::array;
/// use types::algorithm;
///
/// let data = DatasetBase::new(array![[1.0], [2.0], [3.0], [4.0]], array![0.0, 0.0, 8.0, 8.0]);
/// let params = algorithm::GradientBoosting { min_child_samples: 1, learning_rate: 1.0, ..Default::default() };
/// let boosting = GradientBoosting::params(params).fit(&data)?;
/// assert_eq!(boosting.predict_row(&[2.4]), 0.0);
/// assert_eq!(boosting.predict_row(&[2.6]), 8.0);
/// # Ok::<(), ml::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GradientBoostingParams(GradientBoostingValidParams);

/// Checked parameters of [`GradientBoosting`].
#[derive(Debug, Clone, PartialEq)]
pub struct GradientBoostingValidParams {
    values: algorithm::GradientBoosting,
    categories: Vec<usize>,
    directions: Vec<i8>,
}

/// What growing asks of the parameters, in its own types.
struct Settings {
    learning_rate: f64,
    num_leaves: usize,
    depth_max: Option<u32>,
    rows_min: f64,
    weight_min: f64,
    gain_min: f64,
    reg_alpha: f64,
    reg_lambda: f64,
    cat_smooth: f64,
    cat_l2: f64,
    /// For each feature 1, -1 or 0.
    directions: Vec<i8>,
}

impl GradientBoostingParams {
    /// Sets which columns hold category codes: whole numbers from 0 that have no order.
    #[must_use]
    pub fn categories(mut self, columns: Vec<usize>) -> Self {
        self.0.categories = columns;
        self
    }

    /// Sets for each column whether its rise may only raise the prediction (1), only lower it (-1), or both (0). Takes
    /// the place of `monotone_constraints`, which names columns.
    #[must_use]
    pub fn directions(mut self, directions: Vec<i8>) -> Self {
        self.0.directions = directions;
        self
    }
}

impl ParamGuard for GradientBoostingParams {
    type Checked = GradientBoostingValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&Self::Checked, Error> {
        types::Algorithm::from(self.0.values.clone()).check()?;
        let problem = |problem: &str| Error::Parameter { parameter: "alpha", problem: problem.to_owned() };
        if self.0.values.objective == Objective::Quantile && self.0.values.alpha >= 1.0 {
            return Err(problem("is a quantile and must lie above 0 and below 1"));
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, Error> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl GradientBoosting {
    /// Parameters with these values.
    #[must_use]
    pub fn params(values: algorithm::GradientBoosting) -> GradientBoostingParams {
        GradientBoostingParams(GradientBoostingValidParams {
            values,
            categories: Vec::new(),
            directions: Vec::new(),
        })
    }

    /// Number of trees.
    #[must_use]
    pub fn tree_count(&self) -> usize {
        self.trees.len()
    }

    /// For each feature the share of the gain that its splits brought; adds up to 1, unless no tree has a split.
    #[must_use]
    pub fn importance(&self) -> &[f64] {
        &self.importance
    }

    /// The prediction for one row, which has as many features as the training rows.
    #[must_use]
    pub fn predict_row(&self, row: &[f64]) -> f64 {
        self.trees.iter().fold(self.first_guess, |sum, tree| sum + tree.answer(row))
    }

    /// The constant before the first tree.
    pub(crate) fn first_guess(&self) -> f64 {
        self.first_guess
    }

    /// The trees, for explanations.
    pub(crate) fn trees(&self) -> impl Iterator<Item = &dyn TreeView> {
        self.trees.iter().map(|tree| tree as &dyn TreeView)
    }

    /// For each tree the number of its nodes, and what happens at each.
    pub(crate) fn steps<'a>(&'a self) -> impl Iterator<Item = (usize, impl Fn(usize) -> Step<'a>)> {
        self.trees.iter().map(|tree| (tree.node_count(), move |place| tree.step(place)))
    }

    /// Predictions of the models that have only the first trees, for each count in `counts` (ascending).
    pub(crate) fn staged(
        &self,
        records: ArrayView2<'_, f64>,
        counts: &[usize],
        mut each: impl FnMut(usize, &[f64]),
    ) {
        let mut sums = vec![self.first_guess; records.nrows()];
        let mut from = 0;
        for &count in counts {
            let trees = &self.trees[from.min(self.trees.len())..count.min(self.trees.len())];
            add_answers(trees, records, &mut sums);
            from = count;
            each(count, &sums);
        }
    }

    /// Whether a decoded model can predict rows of `feature_count` features without looping or reaching outside.
    pub(crate) fn is_sound(&self, feature_count: usize) -> bool {
        self.first_guess.is_finite()
            && self.importance.len() == feature_count
            && self.importance.iter().all(|share| share.is_finite())
            && self.trees.iter().all(|tree| tree.is_sound(feature_count))
    }
}

impl PredictInplace<Array2<f64>, Array1<f64>> for GradientBoosting {
    fn predict_inplace<'a>(&'a self, records: &'a Array2<f64>, predictions: &mut Array1<f64>) {
        let mut sums = vec![self.first_guess; records.nrows()];
        add_answers(&self.trees, records.view(), &mut sums);
        *predictions = sums.into();
    }

    fn default_target(&self, records: &Array2<f64>) -> Array1<f64> {
        Array1::zeros(records.nrows())
    }
}

/// Adds each tree's answer for each row to the row's sum, trees in their order.
fn add_answers(trees: &[Tree], records: ArrayView2<'_, f64>, sums: &mut [f64]) {
    sums.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| {
        let start = block * BLOCK;
        let rows = records.slice_axis(Axis(0), (start..start + sums.len()).into());
        let rows: Vec<_> = rows.rows().into_iter().map(|row| row.to_vec()).collect();
        for tree in trees {
            for (sum, row) in sums.iter_mut().zip(&rows) {
                *sum += tree.answer(row);
            }
        }
    });
}

impl<T: AsSingleTargets<Elem = f64>> Fit<Array2<f64>, T, Error> for GradientBoostingValidParams {
    type Object = GradientBoosting;

    fn fit(&self, dataset: &DatasetBase<Array2<f64>, T>) -> Result<GradientBoosting, Error> {
        self.fit_observed(dataset, &())
    }
}

impl GradientBoostingValidParams {
    /// Fits as [`Fit::fit`] does, under the eyes of `observer`.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`] if `observer` said so; no rows or columns, targets of another length, unusable numbers.
    pub fn fit_observed<T: AsSingleTargets<Elem = f64>>(
        &self,
        dataset: &DatasetBase<Array2<f64>, T>,
        observer: &dyn Observer,
    ) -> Result<GradientBoosting, Error> {
        let targets = checked_targets(dataset)?;
        let bins = Bins::new(dataset.records(), &self.categories, self.values.max_bin)?;
        let weights = weights_of(dataset);
        let settings = self.settings();
        let values = &self.values;
        let ground = Ground {
            bins: &bins,
            settings: &settings,
            loss: Loss { objective: values.objective, alpha: values.alpha },
            targets: &targets,
            weights: weights.as_deref(),
        };
        self.boost(&ground, dataset.records(), observer)
    }

    fn settings(&self) -> Settings {
        let values = &self.values;
        Settings {
            learning_rate: values.learning_rate,
            num_leaves: values.num_leaves as usize,
            depth_max: values.max_depth,
            rows_min: values.min_child_samples.into(),
            weight_min: values.min_child_weight,
            gain_min: values.min_split_gain,
            reg_alpha: values.reg_alpha,
            reg_lambda: values.reg_lambda,
            cat_smooth: values.cat_smooth,
            cat_l2: values.cat_l2,
            directions: self.directions.clone(),
        }
    }

    fn boost(
        &self,
        ground: &Ground<'_>,
        records: &Array2<f64>,
        observer: &dyn Observer,
    ) -> Result<GradientBoosting, Error> {
        let (values, width) = (&self.values, ground.bins.features.len());
        let mut random = generator(values.random_state);
        let (learning, held_back) = self.hold_back(ground.bins.row_count, &mut random);
        let first_guess = first_guess(ground, &learning);
        let mut guesses = vec![first_guess; ground.bins.row_count];
        let mut gradients = vec![0.0; ground.bins.row_count];
        let mut machine = Machine::new(first_guess, width);
        let mut stop = Stop::new(values.early_stopping_rounds, !held_back.is_empty());
        for ready in 1..=values.n_estimators {
            for (row, gradient) in gradients.iter_mut().enumerate() {
                let weight = ground.weights.map_or(1.0, |weights| weights[row]);
                *gradient = weight * ground.loss.gradient(ground.targets[row], guesses[row]);
            }
            let allowed = chosen(width, values.colsample_bytree, &mut random);
            let rows = drawn(&learning, values.subsample, &mut random);
            let slopes = Slopes { gradients: &gradients, weights: ground.weights };
            let grown_tree = Grower::new(ground, slopes, &allowed, rows).grow(&guesses, observer);
            if observer.is_cancelled() {
                return Err(Error::Cancelled);
            }
            machine.add(grown_tree, records, &mut guesses);
            let loss = |rows: &[u32]| -> f64 {
                let loss = |row: &u32| {
                    let row = *row as usize;
                    let weight = ground.weights.map_or(1.0, |weights| weights[row]);
                    weight * ground.loss.value(ground.targets[row], guesses[row])
                };
                rows.iter().map(loss).sum()
            };
            observer.grown(ready, Some(&|| mean(loss(&learning), learning.len())));
            if stop.is_now(ready, || loss(&held_back)) {
                break;
            }
        }
        Ok(machine.finish(stop.kept()))
    }

    /// Rows that train, ascending, and rows that tell when to stop; none of the latter without early stopping.
    fn hold_back(&self, row_count: usize, random: &mut Generator) -> (Vec<u32>, Vec<u32>) {
        let mut rows: Vec<u32> = (0..u32::try_from(row_count).unwrap_or(u32::MAX)).collect();
        let count = share_of(row_count, self.values.validation_fraction);
        if self.values.early_stopping_rounds == 0 || count == 0 || row_count - count < 2 {
            return (rows, Vec::new());
        }
        shuffle(&mut rows, random);
        let held_back = rows.split_off(row_count - count);
        rows.sort_unstable();
        (rows, held_back)
    }
}

/// A model in the making.
struct Machine {
    first_guess: f64,
    trees: Vec<Tree>,
    /// For each tree what the splits of each feature brought.
    gains: Vec<Vec<f64>>,
    width: usize,
}

impl Machine {
    fn new(first_guess: f64, width: usize) -> Self {
        Self { first_guess, trees: Vec::new(), gains: Vec::new(), width }
    }

    /// Adds a tree, and its answers to the guesses of all rows.
    fn add(&mut self, (grown, gains): (Grown, Vec<f64>), records: &Array2<f64>, guesses: &mut [f64]) {
        if grown.rows.len() == guesses.len() {
            // The rows know their leaves already.
            for (place, start, end) in &grown.leaves {
                let answer = grown.tree.leaf_value(*place);
                for row in &grown.rows[*start..*end] {
                    guesses[*row as usize] += answer;
                }
            }
        } else {
            add_answers(std::slice::from_ref(&grown.tree), records.view(), guesses);
        }
        self.trees.push(grown.tree);
        self.gains.push(gains);
    }

    /// The model of the first `kept` trees, or of all.
    fn finish(mut self, kept: Option<usize>) -> GradientBoosting {
        self.trees.truncate(kept.unwrap_or(usize::MAX));
        let mut importance = vec![0.0; self.width];
        for gains in &self.gains[..self.trees.len()] {
            importance.iter_mut().zip(gains).for_each(|(sum, gain)| *sum += gain);
        }
        let total: f64 = importance.iter().sum();
        if total > 0.0 {
            for share in &mut importance {
                *share /= total;
            }
        }
        GradientBoosting { first_guess: self.first_guess, trees: self.trees, importance }
    }
}

/// Tells when rows that were held back show no progress any more.
struct Stop {
    patience: u32,
    is_on: bool,
    best: (f64, u32),
}

impl Stop {
    fn new(patience: u32, is_on: bool) -> Self {
        Self { patience, is_on, best: (f64::INFINITY, 0) }
    }

    /// Hears of the loss after `ready` rounds.
    fn is_now(&mut self, ready: u32, loss: impl FnOnce() -> f64) -> bool {
        if !self.is_on {
            return false;
        }
        let loss = loss();
        if loss < self.best.0 {
            self.best = (loss, ready);
        }
        ready - self.best.1 >= self.patience
    }

    /// How many rounds were best; all if nothing was held back.
    fn kept(&self) -> Option<usize> {
        self.is_on.then(|| self.best.1.max(1) as usize)
    }
}

/// The targets, if they can be learnt.
fn checked_targets<T: AsSingleTargets<Elem = f64>>(
    dataset: &DatasetBase<Array2<f64>, T>,
) -> Result<Vec<f64>, Error> {
    let targets = dataset.as_single_targets().to_vec();
    if dataset.records().nrows() != targets.len() {
        return Err(linfa::Error::MismatchedShapes(dataset.records().nrows(), targets.len()).into());
    }
    if !targets.iter().all(|target| target.is_finite()) {
        return Err(linfa::Error::Parameters("all targets must be finite".to_owned()).into());
    }
    Ok(targets)
}

fn weights_of<T>(dataset: &DatasetBase<Array2<f64>, T>) -> Option<Vec<f64>> {
    dataset.weights().map(|weights| weights.iter().map(|weight| f64::from(*weight)).collect())
}

fn first_guess(ground: &Ground<'_>, rows: &[u32]) -> f64 {
    let targets: Vec<f64> = rows.iter().map(|row| ground.targets[*row as usize]).collect();
    let weights: Option<Vec<f64>> =
        ground.weights.map(|weights| rows.iter().map(|row| weights[*row as usize]).collect());
    ground.loss.first_guess(&targets, weights.as_deref())
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^31 rows")]
fn mean(sum: f64, count: usize) -> f64 {
    sum / count as f64
}

/// Features that a tree may ask about; at least one.
fn chosen(count: usize, share: f64, random: &mut Generator) -> Vec<bool> {
    let mut left = share_of(count, share).max(1);
    if left >= count {
        return vec![true; count];
    }
    // One after the other with the chance that leaves every choice alike (Knuth's selection sampling).
    (0..count)
        .map(|place| {
            let is_chosen = below(random, count - place) < left;
            left -= usize::from(is_chosen);
            is_chosen
        })
        .collect()
}

/// Rows that a tree sees, ascending; at least two.
fn drawn(rows: &[u32], share: f64, random: &mut Generator) -> Vec<u32> {
    if share >= 1.0 {
        return rows.to_vec();
    }
    let mut left = share_of(rows.len(), share).max(2.min(rows.len()));
    let mut chosen = Vec::with_capacity(left);
    for (place, row) in rows.iter().enumerate() {
        if below(random, rows.len() - place) < left {
            left -= 1;
            chosen.push(*row);
        }
    }
    chosen
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is a count"
)]
fn share_of(count: usize, share: f64) -> usize {
    ((count as f64 * share).round() as usize).min(count)
}

#[cfg(test)]
mod tests;
