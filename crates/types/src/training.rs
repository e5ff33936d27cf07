//! What to train, on what, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Algorithm, ExperimentName, Priority, ResponseRule, RunId, RunName};

/// Which rows train a model and which test it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DataSplit {
    /// A seeded random choice.
    Random {
        /// Share of the rows that test, above 0 and below 1.
        test_size: f64,
        /// Seed of the choice.
        random_state: u64,
    },
    /// Row numbers from 0, given by the user; both lists non-empty, in range and without common rows.
    Rows {
        /// Rows that train.
        train: Vec<u32>,
        /// Rows that test.
        test: Vec<u32>,
    },
    /// A seeded random choice of groups: rows with the same value of a column stay together.
    Grouped {
        /// Column whose values are the groups.
        column: String,
        /// Share of the groups that test, above 0 and below 1.
        test_size: f64,
        /// Seed of the choice.
        random_state: u64,
    },
    /// The rows with the highest values of a column test: models learn from the past and are asked about the future.
    Time {
        /// Column of numbers or of dates such as `2024-05-31`.
        column: String,
        /// Share of the rows that test, above 0 and below 1; rows of the same time stay together.
        test_size: f64,
    },
}

impl Default for DataSplit {
    fn default() -> Self {
        Self::Random { test_size: 0.2, random_state: 42 }
    }
}

/// The scale on which a model learns its target; predictions are turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TargetTransform {
    /// The target as it is.
    #[default]
    None,
    /// The natural logarithm, for targets above 0 whose errors grow with them, such as prices.
    Log,
    /// The square root, for targets from 0.
    Sqrt,
}

impl TargetTransform {
    /// Names of all, as forms and the command line spell them.
    pub const NAMES: [&str; 3] = ["none", "log", "sqrt"];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Log => "log",
            Self::Sqrt => "sqrt",
        }
    }

    /// The transform with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Log, Self::Sqrt].into_iter().find(|transform| transform.as_str() == name)
    }
}

/// What a model says about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// A number.
    Regression,
    /// One of the classes that the target has, with a probability for each.
    Classification,
}

impl Task {
    /// Names of all, as forms and the command line spell them.
    pub const NAMES: [&str; 2] = ["regression", "classification"];

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Regression => "regression",
            Self::Classification => "classification",
        }
    }

    /// The task with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Regression, Self::Classification].into_iter().find(|task| task.as_str() == name)
    }
}

/// How the training rows are divided to measure a model on rows that it did not learn from.
///
/// The folds depend on the rows and on these numbers alone, so that all models of an experiment are measured alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct CrossValidation {
    /// Number of parts, 2 to 20; each is left out once. 0 measures nothing and gives models without ranges.
    pub folds: u32,
    /// Seed of the division.
    pub random_state: u64,
}

impl Default for CrossValidation {
    fn default() -> Self {
        Self { folds: 5, random_state: 42 }
    }
}

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingSpec {
    /// Column to predict; all others but `weight` and `excluded` are features.
    pub target: String,
    /// Family and parameters.
    pub algorithm: Algorithm,
    /// Rows that train and test.
    pub split: DataSplit,
    /// Whether numbers or classes are predicted. If absent, the family decides if it does only one of them; else a target of
    /// texts means classes and one of numbers means numbers, even if they are only 0 and 1.
    #[serde(default)]
    pub task: Option<Task>,
    /// Column that says how much each row counts, with numbers from 0; no feature. All rows count alike if absent.
    #[serde(default)]
    pub weight: Option<String>,
    /// Scale on which the target is learnt; `auto` chooses its own, and classes have none.
    #[serde(default)]
    pub transform: TargetTransform,
    /// Columns that are not learnt from.
    #[serde(default)]
    pub excluded: Vec<String>,
    /// How the training rows are divided for ranges and for choices.
    #[serde(default)]
    pub cross_validation: CrossValidation,
    /// Which way predictions should go as a column grows; checked once the model stands, and what is usual for cars if
    /// nothing is said.
    #[serde(default)]
    pub expected: Vec<ResponseRule>,
}

impl TrainingSpec {
    /// A task with the usual split, no transform, all columns and the usual folds.
    #[must_use]
    pub fn new(target: impl Into<String>, algorithm: impl Into<Algorithm>) -> Self {
        Self {
            target: target.into(),
            algorithm: algorithm.into(),
            split: DataSplit::default(),
            task: None,
            weight: None,
            transform: TargetTransform::default(),
            excluded: Vec::new(),
            cross_validation: CrossValidation::default(),
            expected: Vec::new(),
        }
    }

    /// The same task on other rows.
    #[must_use]
    pub fn with_split(self, split: DataSplit) -> Self {
        Self { split, ..self }
    }
}

/// Input of `training::submit`.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTrainingJob {
    /// Experiment of the run; created if it does not exist.
    pub experiment: ExperimentName,
    /// Name of the run; invented if absent.
    pub run_name: Option<RunName>,
    /// Digest or name of a stored dataset; the newest of that name counts.
    pub dataset: String,
    /// What to train.
    pub spec: TrainingSpec,
    /// Its place in the queue.
    pub priority: Priority,
    /// Seconds that it may take, 1 to [`TIME_LIMIT_MAX`](crate::TIME_LIMIT_MAX); no limit if absent.
    pub time_limit_seconds: Option<u32>,
}

impl NewTrainingJob {
    /// A job of the usual priority, without a time limit; its run gets an invented name.
    #[must_use]
    pub fn new(experiment: ExperimentName, dataset: impl Into<String>, spec: TrainingSpec) -> Self {
        Self {
            experiment,
            run_name: None,
            dataset: dataset.into(),
            spec,
            priority: Priority::default(),
            time_limit_seconds: None,
        }
    }
}

/// What a training gave, as `cuaderno train --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingResult {
    /// The recorded run.
    pub run_id: RunId,
    /// Family, such as `random_forest`.
    pub model: String,
    /// Parameters of the family.
    pub params: BTreeMap<String, String>,
    /// Last values of the run's metrics.
    pub metrics: BTreeMap<String, f64>,
    /// Wall time of the fit, in seconds.
    pub fit_seconds: f64,
    /// Wall time of predicting the test rows, in seconds.
    pub predict_seconds: f64,
}
