//! What to train, on what, and what came of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ExperimentName, InvalidValue, RunId, RunName};

/// A family of models with its parameters; names and defaults are scikit-learn's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum Algorithm {
    /// Ordinary least squares; `sklearn.linear_model.LinearRegression`.
    Linear {
        /// Whether the line may miss the origin; `true` by default.
        fit_intercept: bool,
    },
    /// Bagged regression trees; `sklearn.ensemble.RandomForestRegressor`.
    RandomForest {
        /// Number of trees, 1 to 10,000; 100 by default.
        n_estimators: u32,
        /// Deepest leaf, from 1; no limit by default.
        max_depth: Option<u32>,
        /// Rows that a node needs to be split, from 2; 2 by default.
        min_samples_split: u32,
        /// Rows that each side of a split keeps, from 1; 1 by default.
        min_samples_leaf: u32,
        /// Features that each split looks at; all by default.
        max_features: MaxFeatures,
        /// Whether each tree sees rows drawn with replacement; `true` by default.
        bootstrap: bool,
        /// Seed of all random choices; 42 by default.
        random_state: u64,
    },
}

/// How many features a split looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum MaxFeatures {
    /// All of them.
    All,
    /// The square root of their number, rounded down.
    Sqrt,
    /// The logarithm to base 2 of their number, rounded down.
    Log2,
    /// A share of them, above 0 up to 1.
    Fraction(f64),
}

impl MaxFeatures {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "sqrt" => Ok(Self::Sqrt),
            "log2" => Ok(Self::Log2),
            "1.0" | "1" | "all" | "None" => Ok(Self::All),
            _ => text
                .parse()
                .ok()
                .filter(|share| *share > 0.0 && *share <= 1.0)
                .map(Self::Fraction)
                .ok_or_else(|| "must be `sqrt`, `log2` or a share above 0 up to 1.0".to_owned()),
        }
    }
}

impl fmt::Display for MaxFeatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("1.0"),
            Self::Sqrt => f.write_str("sqrt"),
            Self::Log2 => f.write_str("log2"),
            Self::Fraction(share) => share.fmt(f),
        }
    }
}

impl Algorithm {
    /// Names of the families, as `from_params` takes them.
    pub const NAMES: [&str; 2] = ["linear", "random_forest"];

    /// Least squares with its defaults.
    #[must_use]
    pub fn linear() -> Self {
        Self::Linear { fit_intercept: true }
    }

    /// A random forest with its defaults.
    #[must_use]
    pub fn random_forest() -> Self {
        Self::RandomForest {
            n_estimators: 100,
            max_depth: None,
            min_samples_split: 2,
            min_samples_leaf: 1,
            max_features: MaxFeatures::All,
            bootstrap: true,
            random_state: 42,
        }
    }

    /// The family called `name` with the given parameters, the others at their defaults.
    ///
    /// # Errors
    ///
    /// Names the unknown family or parameter, or the value that does not fit.
    pub fn from_params(name: &str, params: &BTreeMap<String, String>) -> Result<Self, InvalidValue> {
        let mut algorithm = match name {
            "linear" => Self::linear(),
            "random_forest" => Self::random_forest(),
            _ => {
                let problem = format!(
                    "`{name}` is unknown; there are {}",
                    Self::NAMES.map(|n| format!("`{n}`")).join(", ")
                );
                return Err(InvalidValue::new("model", problem));
            }
        };
        for (key, text) in params {
            algorithm.set(key, text.trim()).map_err(|problem| {
                InvalidValue::new("parameter", format!("`{key}` of `{name}` {problem}"))
            })?;
        }
        Ok(algorithm)
    }

    /// Sets one parameter; the error is the rest of a sentence about it.
    fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
        match self {
            Self::Linear { fit_intercept } => match key {
                "fit_intercept" => *fit_intercept = flag(text)?,
                _ => return Err(unknown(&["fit_intercept"])),
            },
            Self::RandomForest {
                n_estimators,
                max_depth,
                min_samples_split,
                min_samples_leaf,
                max_features,
                bootstrap,
                random_state,
            } => match key {
                "n_estimators" => *n_estimators = whole(text, 1, 10_000)?,
                "max_depth" => {
                    *max_depth = match text {
                        "" | "None" | "none" => None,
                        _ => Some(whole(text, 1, 1000)?),
                    }
                }
                "min_samples_split" => *min_samples_split = whole(text, 2, 1_000_000_000)?,
                "min_samples_leaf" => *min_samples_leaf = whole(text, 1, 1_000_000_000)?,
                "max_features" => *max_features = MaxFeatures::parse(text)?,
                "bootstrap" => *bootstrap = flag(text)?,
                "random_state" => {
                    *random_state = text.parse().map_err(|_| "must be a whole number from 0".to_owned())?;
                }
                _ => {
                    return Err(unknown(&[
                        "n_estimators",
                        "max_depth",
                        "min_samples_split",
                        "min_samples_leaf",
                        "max_features",
                        "bootstrap",
                        "random_state",
                    ]));
                }
            },
        }
        Ok(())
    }

    /// Name of the family, such as `random_forest`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "linear",
            Self::RandomForest { .. } => "random_forest",
        }
    }

    /// Name of the class in scikit-learn, such as `RandomForestRegressor`.
    #[must_use]
    pub fn estimator(&self) -> &'static str {
        match self {
            Self::Linear { .. } => "LinearRegression",
            Self::RandomForest { .. } => "RandomForestRegressor",
        }
    }

    /// All parameters as a run records them, by scikit-learn's names and in Python's spelling.
    #[must_use]
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let python = |flag: bool| if flag { "True" } else { "False" }.to_owned();
        match self {
            Self::Linear { fit_intercept } => vec![("fit_intercept", python(*fit_intercept))],
            Self::RandomForest {
                n_estimators,
                max_depth,
                min_samples_split,
                min_samples_leaf,
                max_features,
                bootstrap,
                random_state,
            } => vec![
                ("n_estimators", n_estimators.to_string()),
                ("max_depth", max_depth.map_or_else(|| "None".to_owned(), |depth| depth.to_string())),
                ("min_samples_split", min_samples_split.to_string()),
                ("min_samples_leaf", min_samples_leaf.to_string()),
                ("max_features", max_features.to_string()),
                ("bootstrap", python(*bootstrap)),
                ("random_state", random_state.to_string()),
            ],
        }
    }
}

fn whole(text: &str, min: u32, max: u32) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
}

fn flag(text: &str) -> Result<bool, String> {
    match text {
        "True" | "true" => Ok(true),
        "False" | "false" => Ok(false),
        _ => Err("must be `true` or `false`".to_owned()),
    }
}

fn unknown(known: &[&str]) -> String {
    format!(
        "does not exist; there are {}",
        known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )
}

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
}

impl Default for DataSplit {
    fn default() -> Self {
        Self::Random { test_size: 0.2, random_state: 42 }
    }
}

/// What to train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingSpec {
    /// Column to predict; all others are features.
    pub target: String,
    /// Family and parameters.
    pub algorithm: Algorithm,
    /// Rows that train and test.
    pub split: DataSplit,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn parameters_survive_being_written_and_read() {
        let given = params(&[
            ("n_estimators", "7"),
            ("max_depth", "None"),
            ("max_features", "0.5"),
            ("bootstrap", "False"),
        ]);
        let forest = Algorithm::from_params("random_forest", &given).unwrap();
        let written = forest.params().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        assert_eq!(Algorithm::from_params("random_forest", &written).unwrap(), forest);
    }

    #[test]
    fn wrong_parameters_are_named() {
        let error = |name, pairs: &[(&str, &str)]| {
            Algorithm::from_params(name, &params(pairs)).unwrap_err().to_string()
        };
        assert!(error("forest", &[]).contains("`random_forest`"));
        assert!(error("linear", &[("depth", "1")]).contains("`depth` of `linear` does not exist"));
        assert!(error("random_forest", &[("n_estimators", "0")]).contains("from 1 to 10000"));
        assert!(error("random_forest", &[("max_features", "2")]).contains("share"));
    }
}
