//! The parameters of every family; names and defaults are scikit-learn's or, for boosting, LightGBM's.

use serde::{Deserialize, Serialize};

use super::parameter::{Value, family, unknown, words};
use super::{MaxFeatures, Monotone, Parameter, ParameterKind};

/// Counts of rows, and other whole numbers without a natural limit.
const MANY: u64 = 1_000_000_000;
/// Seeds that JSON carries exactly in every language.
const SEED_MAX: u64 = 9_007_199_254_740_991;
/// Strengths and other numbers without a natural limit.
const LARGE: f64 = 1e12;

family! {
    /// Ordinary least squares; `sklearn.linear_model.LinearRegression`.
    Linear {
        /// Whether the line may miss the origin; `true` by default.
        fit_intercept: bool = true, ParameterKind::Flag;
    }
}

family! {
    /// Least squares with squared coefficients held down; `sklearn.linear_model.Ridge`.
    Ridge {
        /// Strength of the hold; 1 by default.
        alpha: f64 = 1.0, ParameterKind::Real(0.0, LARGE);
        /// Whether the line may miss the origin; `true` by default.
        fit_intercept: bool = true, ParameterKind::Flag;
        /// 1 for the features as they are, 2 for their squares and pairwise products as well; 1 by default.
        degree: u32 = 1, ParameterKind::Whole(1, 2);
    }
}

family! {
    /// Least squares with coefficients held down, some to zero; `sklearn.linear_model.ElasticNet`.
    ElasticNet {
        /// Strength of the hold; 1 by default.
        alpha: f64 = 1.0, ParameterKind::Real(0.0, LARGE);
        /// Share of the absolute coefficients in the hold, the rest being squared ones; 0.5 by default.
        l1_ratio: f64 = 0.5, ParameterKind::Real(0.0, 1.0);
        /// Most passes over the coefficients; 1000 by default.
        max_iter: u32 = 1000, ParameterKind::Whole(1, 1_000_000);
        /// Where the passes stop; 0.0001 by default.
        tol: f64 = 1e-4, ParameterKind::RealAbove(0.0, 1.0);
        /// Whether the line may miss the origin; `true` by default.
        fit_intercept: bool = true, ParameterKind::Flag;
        /// 1 for the features as they are, 2 for their squares and pairwise products as well; 1 by default.
        degree: u32 = 1, ParameterKind::Whole(1, 2);
    }
}

family! {
    /// Classes by the logarithm of their odds, with small coefficients; `sklearn.linear_model.LogisticRegression`.
    #[expect(non_snake_case, reason = "`C` is scikit-learn's name")]
    Logistic {
        /// Inverse of the strength with which coefficients are held down; 1 by default.
        C: f64 = 1.0, ParameterKind::RealAbove(0.0, LARGE);
        /// Whether the line may miss the origin; `true` by default.
        fit_intercept: bool = true, ParameterKind::Flag;
        /// Most steps; 100 by default.
        max_iter: u32 = 100, ParameterKind::Whole(1, 1_000_000);
        /// Slope at which the steps stop; 0.0001 by default.
        tol: f64 = 1e-4, ParameterKind::RealAbove(0.0, 1.0);
    }
}

words! {
    /// How much each neighbour counts.
    Weights {
        /// All the same.
        Uniform = "uniform",
        /// By the inverse of its distance.
        Distance = "distance",
    }
}

family! {
    /// The mean, or the vote, of the nearest training rows; `sklearn.neighbors.KNeighborsRegressor` and
    /// `KNeighborsClassifier`.
    Knn {
        /// Number of neighbours; 5 by default.
        n_neighbors: u32 = 5, ParameterKind::Whole(1, 1000);
        /// How much each neighbour counts; all the same by default.
        weights: Weights = Weights::Uniform, ParameterKind::Choice(Weights::WORDS);
        /// Power of the distance: 1 adds differences, 2 is Euclid's; 2 by default.
        p: u32 = 2, ParameterKind::Whole(1, 2);
    }
}

family! {
    /// One tree; `sklearn.tree.DecisionTreeRegressor` and `DecisionTreeClassifier`.
    DecisionTree {
        /// Deepest leaf, from 1; no limit by default.
        max_depth: Option<u32> = None, ParameterKind::WholeOrNone(1, 1000);
        /// Rows that a node needs to be split, from 2; 2 by default.
        min_samples_split: u32 = 2, ParameterKind::Whole(2, MANY);
        /// Rows that each side of a split keeps, from 1; 1 by default.
        min_samples_leaf: u32 = 1, ParameterKind::Whole(1, MANY);
        /// Features that each split looks at; all by default.
        max_features: MaxFeatures = MaxFeatures::All, ParameterKind::Features;
        /// Columns whose rise may only raise the prediction (1) or only lower it (-1), for numbers; none by default.
        monotone_constraints: Monotone = Monotone::default(), ParameterKind::Directions;
        /// Seed of all random choices; 42 by default.
        random_state: u64 = 42, ParameterKind::Whole(0, SEED_MAX);
    }
}

family! {
    /// Bagged trees; `sklearn.ensemble.RandomForestRegressor` and `RandomForestClassifier`.
    RandomForest {
        /// Number of trees, 1 to 10,000; 100 by default.
        n_estimators: u32 = 100, ParameterKind::Whole(1, 10_000);
        /// Deepest leaf, from 1; no limit by default.
        max_depth: Option<u32> = None, ParameterKind::WholeOrNone(1, 1000);
        /// Rows that a node needs to be split, from 2; 2 by default.
        min_samples_split: u32 = 2, ParameterKind::Whole(2, MANY);
        /// Rows that each side of a split keeps, from 1; 1 by default.
        min_samples_leaf: u32 = 1, ParameterKind::Whole(1, MANY);
        /// Features that each split looks at; all by default.
        max_features: MaxFeatures = MaxFeatures::All, ParameterKind::Features;
        /// Whether each tree sees rows drawn with replacement; `true` by default.
        bootstrap: bool = true, ParameterKind::Flag;
        /// Columns whose rise may only raise the prediction (1) or only lower it (-1), for numbers; none by default.
        monotone_constraints: Monotone = Monotone::default(), ParameterKind::Directions;
        /// Seed of all random choices; 42 by default.
        random_state: u64 = 42, ParameterKind::Whole(0, SEED_MAX);
    }
}

words! {
    /// What boosting makes small.
    Objective {
        /// Squared errors.
        Squared = "regression",
        /// Absolute errors.
        Absolute = "regression_l1",
        /// Squared up to `alpha`, absolute beyond.
        Huber = "huber",
        /// Errors of the quantile `alpha`.
        Quantile = "quantile",
    }
}

family! {
    /// Trees that each mend what those before them miss; `lightgbm.LGBMRegressor` and `LGBMClassifier`.
    GradientBoosting {
        /// Number of trees, 1 to 10,000; 100 by default.
        n_estimators: u32 = 100, ParameterKind::Whole(1, 10_000);
        /// Share of each tree's correction that is taken; 0.1 by default.
        learning_rate: f64 = 0.1, ParameterKind::RealAbove(0.0, 1.0);
        /// Most leaves of a tree; 31 by default.
        num_leaves: u32 = 31, ParameterKind::Whole(2, 4096);
        /// Deepest leaf, from 1; no limit by default.
        max_depth: Option<u32> = None, ParameterKind::WholeOrNone(1, 1000);
        /// Rows that each leaf keeps; 20 by default.
        min_child_samples: u32 = 20, ParameterKind::Whole(1, MANY);
        /// Sum of second derivatives that each leaf keeps; 0.001 by default.
        min_child_weight: f64 = 1e-3, ParameterKind::Real(0.0, LARGE);
        /// Gain that a split needs; 0 by default.
        min_split_gain: f64 = 0.0, ParameterKind::Real(0.0, LARGE);
        /// Share of the rows that each tree sees; 1 by default.
        subsample: f64 = 1.0, ParameterKind::RealAbove(0.0, 1.0);
        /// Share of the features that each tree sees; 1 by default.
        colsample_bytree: f64 = 1.0, ParameterKind::RealAbove(0.0, 1.0);
        /// Hold on absolute leaf values; 0 by default.
        reg_alpha: f64 = 0.0, ParameterKind::Real(0.0, LARGE);
        /// Hold on squared leaf values; 0 by default.
        reg_lambda: f64 = 0.0, ParameterKind::Real(0.0, LARGE);
        /// Rows of nothing that count into the mean of a category when categories are put in order; 10 by default.
        cat_smooth: f64 = 10.0, ParameterKind::Real(0.0, LARGE);
        /// Hold on splits by categories, on top of `reg_lambda`; 10 by default.
        cat_l2: f64 = 10.0, ParameterKind::Real(0.0, LARGE);
        /// What is made small; squared errors by default. Classes make the logarithmic loss small whatever stands here.
        objective: Objective = Objective::Squared, ParameterKind::Choice(Objective::WORDS);
        /// Width of `huber`, in units of the (transformed) target, or quantile of `quantile`; 0.9 by default.
        alpha: f64 = 0.9, ParameterKind::RealAbove(0.0, LARGE);
        /// Most bins that the values of a number fall into; 255 by default.
        max_bin: u32 = 255, ParameterKind::Whole(2, 255);
        /// Trees without progress on held-back rows after which it stops; 0, which is never, by default.
        early_stopping_rounds: u32 = 0, ParameterKind::Whole(0, 10_000);
        /// Share of the training rows that is held back for early stopping; 0.1 by default.
        validation_fraction: f64 = 0.1, ParameterKind::RealAbove(0.0, 0.9);
        /// Columns whose rise may only raise the prediction (1) or only lower it (-1); none by default.
        monotone_constraints: Monotone = Monotone::default(), ParameterKind::Directions;
        /// Seed of all random choices; 42 by default.
        random_state: u64 = 42, ParameterKind::Whole(0, SEED_MAX);
    }
}

family! {
    /// A search over families and their parameters by cross-validation; the winner becomes the model.
    Auto {
        /// Time to search, in seconds; 60 by default.
        budget_seconds: u32 = 60, ParameterKind::Whole(1, 86_400);
        /// Most candidates that are tried; 200 by default.
        max_trials: u32 = 200, ParameterKind::Whole(1, 10_000);
        /// Seed of all random choices; 42 by default.
        random_state: u64 = 42, ParameterKind::Whole(0, SEED_MAX);
    }
}
