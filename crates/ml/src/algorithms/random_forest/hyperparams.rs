//! Parameters of a forest.

use linfa::ParamGuard;
use types::{MaxFeatures, algorithm};

use crate::Error;

/// Checked parameters of [`RandomForest`](super::RandomForest).
#[derive(Debug, Clone, PartialEq)]
pub struct RandomForestValidParams {
    n_estimators: u32,
    max_depth: Option<u32>,
    min_samples_split: u32,
    min_samples_leaf: u32,
    max_features: MaxFeatures,
    bootstrap: bool,
    random_state: u64,
    categories: Vec<usize>,
    directions: Vec<i8>,
}

/// Parameters of [`RandomForest`](super::RandomForest); names and defaults are scikit-learn's.
///
/// | Name | Default | Meaning | Range |
/// |:--|:--|:--|:--|
/// | [`n_estimators`](Self::n_estimators) | `100` | number of trees | `[1, 10000]` |
/// | [`max_depth`](Self::max_depth) | `None` | deepest leaf | `[1, 1000]` |
/// | [`min_samples_split`](Self::min_samples_split) | `2` | rows that a node needs to be split | `[2, ..)` |
/// | [`min_samples_leaf`](Self::min_samples_leaf) | `1` | rows that each side of a split keeps | `[1, ..)` |
/// | [`max_features`](Self::max_features) | `All` | features that each split looks at | a share lies in `(0, 1]` |
/// | [`bootstrap`](Self::bootstrap) | `true` | whether trees see rows drawn with replacement | |
/// | [`random_state`](Self::random_state) | `42` | seed of all random choices | |
/// | [`directions`](Self::directions) | none | ways in which the prediction may follow a column | -1, 0, 1 |
/// | [`categories`](Self::categories) | none | columns that hold category codes | columns there are |
///
/// Rows drawn several times count as one row for the two minima, and with their multiplicity in means.
///
/// # Example
///
/// ```
/// # use linfa::prelude::*;
/// # use ml::algorithms::RandomForest;
/// # use ndarray::array;
/// let data = DatasetBase::new(array![[1.0], [2.0], [3.0], [4.0]], array![0.0, 0.0, 8.0, 8.0]);
/// let forest = RandomForest::params().n_estimators(1).bootstrap(false).fit(&data)?;
/// assert_eq!(forest.predict_row(&[2.4]), 0.0);
/// assert_eq!(forest.predict_row(&[2.6]), 8.0);
/// # Ok::<(), ml::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomForestParams(RandomForestValidParams);

impl RandomForestParams {
    pub(super) fn new() -> Self {
        Self(RandomForestValidParams {
            n_estimators: 100,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: MaxFeatures::All,
            bootstrap: true,
            random_state: 42,
            categories: Vec::new(),
            directions: Vec::new(),
        })
    }

    /// These parameters.
    pub(crate) fn of(params: &algorithm::RandomForest) -> Self {
        let algorithm::RandomForest {
            n_estimators,
            max_depth,
            min_samples_split,
            min_samples_leaf,
            max_features,
            bootstrap,
            random_state,
            monotone_constraints: _,
        } = *params;
        Self(RandomForestValidParams {
            n_estimators,
            max_depth,
            min_samples_split,
            min_samples_leaf,
            max_features,
            bootstrap,
            random_state,
            categories: Vec::new(),
            directions: Vec::new(),
        })
    }

    /// One tree that sees every row once.
    pub(crate) fn of_tree(params: &algorithm::DecisionTree) -> Self {
        let algorithm::DecisionTree {
            max_depth,
            min_samples_split,
            min_samples_leaf,
            max_features,
            random_state,
            monotone_constraints: _,
        } = *params;
        Self(RandomForestValidParams {
            n_estimators: 1,
            max_depth,
            min_samples_split,
            min_samples_leaf,
            max_features,
            bootstrap: false,
            random_state,
            categories: Vec::new(),
            directions: Vec::new(),
        })
    }

    /// Sets the number of trees.
    #[must_use]
    pub fn n_estimators(mut self, count: u32) -> Self {
        self.0.n_estimators = count;
        self
    }

    /// Sets the depth of the deepest leaf.
    #[must_use]
    pub fn max_depth(mut self, depth: Option<u32>) -> Self {
        self.0.max_depth = depth;
        self
    }

    /// Sets the number of rows that a node needs to be split.
    #[must_use]
    pub fn min_samples_split(mut self, rows: u32) -> Self {
        self.0.min_samples_split = rows;
        self
    }

    /// Sets the number of rows that each side of a split keeps.
    #[must_use]
    pub fn min_samples_leaf(mut self, rows: u32) -> Self {
        self.0.min_samples_leaf = rows;
        self
    }

    /// Sets how many features each split looks at; features that are constant in the node do not count.
    #[must_use]
    pub fn max_features(mut self, features: MaxFeatures) -> Self {
        self.0.max_features = features;
        self
    }

    /// Sets whether each tree sees rows drawn with replacement.
    #[must_use]
    pub fn bootstrap(mut self, draws: bool) -> Self {
        self.0.bootstrap = draws;
        self
    }

    /// Sets the seed.
    #[must_use]
    pub fn random_state(mut self, seed: u64) -> Self {
        self.0.random_state = seed;
        self
    }

    /// Sets for each column whether its rise may only raise the prediction (1), only lower it (-1), or both (0).
    #[must_use]
    pub fn directions(mut self, directions: Vec<i8>) -> Self {
        self.0.directions = directions;
        self
    }

    /// Sets which columns hold category codes: whole numbers from 0 that have no order.
    #[must_use]
    pub fn categories(mut self, columns: Vec<usize>) -> Self {
        self.0.categories = columns;
        self
    }
}

impl ParamGuard for RandomForestParams {
    type Checked = RandomForestValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&Self::Checked, Error> {
        let wrong =
            |parameter, problem: &str| Err(Error::Parameter { parameter, problem: problem.to_owned() });
        let params = &self.0;
        if !(1..=10_000).contains(&params.n_estimators) {
            return wrong("n_estimators", "must be a whole number from 1 to 10000");
        }
        if params.max_depth.is_some_and(|depth| !(1..=super::DEPTH_MAX).contains(&depth)) {
            return wrong("max_depth", "must be a whole number from 1 to 1000, or None");
        }
        if params.min_samples_split < 2 {
            return wrong("min_samples_split", "must be a whole number from 2");
        }
        if params.min_samples_leaf < 1 {
            return wrong("min_samples_leaf", "must be a whole number from 1");
        }
        match params.max_features {
            MaxFeatures::Fraction(share) if !(share > 0.0 && share <= 1.0) => {
                wrong("max_features", "must be `sqrt`, `log2` or a share above 0 up to 1.0")
            }
            _ => Ok(params),
        }
    }

    fn check(self) -> Result<Self::Checked, Error> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl RandomForestValidParams {
    /// Number of trees.
    #[must_use]
    pub fn n_estimators(&self) -> u32 {
        self.n_estimators
    }

    /// Depth of the deepest leaf, if limited.
    #[must_use]
    pub fn max_depth(&self) -> Option<u32> {
        self.max_depth
    }

    /// Rows that a node needs to be split.
    #[must_use]
    pub fn min_samples_split(&self) -> u32 {
        self.min_samples_split
    }

    /// Rows that each side of a split keeps.
    #[must_use]
    pub fn min_samples_leaf(&self) -> u32 {
        self.min_samples_leaf
    }

    /// Whether each tree sees rows drawn with replacement.
    #[must_use]
    pub fn bootstrap(&self) -> bool {
        self.bootstrap
    }

    /// Seed of all random choices.
    #[must_use]
    pub fn random_state(&self) -> u64 {
        self.random_state
    }

    /// Columns that hold category codes.
    #[must_use]
    pub fn categories(&self) -> &[usize] {
        &self.categories
    }

    /// Whether the rise of a column may only raise the prediction (1), only lower it (-1), or both (0).
    #[must_use]
    pub fn direction(&self, column: usize) -> i8 {
        self.directions.get(column).copied().unwrap_or(0)
    }

    /// Number of features that a split looks at, out of `count`; at least 1.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small count is a small count"
    )]
    pub fn feature_limit(&self, count: usize) -> usize {
        let limit = match self.max_features {
            MaxFeatures::All => count,
            MaxFeatures::Sqrt => count.isqrt(),
            MaxFeatures::Log2 => count.max(1).ilog2() as usize,
            MaxFeatures::Fraction(share) => (share * count as f64) as usize,
        };
        limit.clamp(1, count.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithms::RandomForest;

    #[test]
    fn every_wrong_parameter_is_named() {
        let params = RandomForest::params;
        for (wrong, name) in [
            (params().n_estimators(0), "n_estimators"),
            (params().n_estimators(10_001), "n_estimators"),
            (params().max_depth(Some(0)), "max_depth"),
            (params().max_depth(Some(1001)), "max_depth"),
            (params().min_samples_split(1), "min_samples_split"),
            (params().min_samples_leaf(0), "min_samples_leaf"),
            (params().max_features(MaxFeatures::Fraction(0.0)), "max_features"),
            (params().max_features(MaxFeatures::Fraction(f64::NAN)), "max_features"),
        ] {
            let error = wrong.check().unwrap_err();
            assert!(error.to_string().starts_with(name), "{error}");
            assert!(error.is_about_input());
        }
        params().check().unwrap();
    }

    #[test]
    fn feature_limits_are_scikit_learns() {
        let limit = |max| RandomForest::params().max_features(max).check().unwrap().feature_limit(14);
        assert_eq!(limit(MaxFeatures::All), 14);
        assert_eq!(limit(MaxFeatures::Sqrt), 3);
        assert_eq!(limit(MaxFeatures::Log2), 3);
        assert_eq!(limit(MaxFeatures::Fraction(0.5)), 7);
        assert_eq!(limit(MaxFeatures::Fraction(0.01)), 1);
    }
}
