//! What to train, on what, and what came of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Algorithm, Candidate, ExperimentName, Priority, ResponseRule, RunId, RunName, Sweep};

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
    /// Values of parameters to try by cross-validation; the best become those of the model.
    #[serde(default)]
    pub sweep: Option<Sweep>,
    /// Whether to measure what more rows would bring: models of numbers are fitted on five growing parts of the training
    /// rows, which takes about as long as three fits.
    #[serde(default)]
    pub learning_curve: bool,
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
            sweep: None,
            learning_curve: false,
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

/// All that is needed to train a run's model again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recipe {
    /// Version of the program that trained it.
    pub version: String,
    /// Name of the dataset.
    pub dataset: String,
    /// Digest of the dataset.
    pub dataset_digest: String,
    /// What was asked for.
    pub spec: TrainingSpec,
    /// What `auto` tried within its time, in order.
    #[serde(default)]
    pub candidates: Vec<Candidate>,
    /// What was fitted in the end: what was asked for, or what a search or sweep chose.
    pub chosen: Vec<Chosen>,
}

/// A part of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Chosen {
    /// Share of its prediction, above 0 up to 1.
    pub weight: f64,
    /// Family with its parameters.
    pub algorithm: Algorithm,
    /// Scale of the target.
    pub transform: TargetTransform,
}

/// A metric of a run and of the run that trained it again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReproducedMetric {
    /// Name of the metric.
    pub key: String,
    /// Its value then; null if it was not measured, or is no number.
    pub before: Option<f64>,
    /// Its value now; null if it is not measured, or is no number.
    pub after: Option<f64>,
    /// Whether both are the same to the last bit.
    pub is_equal: bool,
}

/// Whether a model that was trained again is the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reproduction {
    /// The run that was trained again.
    pub origin_run_id: RunId,
    /// Version of the program then.
    pub origin_version: String,
    /// Version of the program now. Only the same version promises the same bits.
    pub version: String,
    /// Whether all metrics agree.
    pub is_equal: bool,
    /// All metrics but times, by name.
    pub metrics: Vec<ReproducedMetric>,
}

impl Reproduction {
    /// Names of the metrics that do not agree.
    pub fn different(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().filter(|metric| !metric.is_equal).map(|metric| metric.key.as_str())
    }
}

/// A candidate of a search or sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateResult {
    /// The run that recorded it.
    pub run_id: RunId,
    /// Family, such as `random_forest`.
    pub model: String,
    /// Parameters of the family.
    pub params: BTreeMap<String, String>,
    /// Scale of the target.
    pub transform: TargetTransform,
    /// What cross-validation measured, such as `cv_rmse`.
    pub metrics: BTreeMap<String, f64>,
    /// Whether it was measured on all rows and parts; others fell behind before.
    pub is_complete: bool,
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
    /// What a search or sweep tried, best first; those that fell behind come last.
    pub candidates: Vec<CandidateResult>,
    /// How the run compares with the one that it trained again, if it did.
    pub reproduction: Option<Reproduction>,
}
