//! What the served car model answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Drivers, PredictionId, RunId};

/// One valuation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Identifier in the prediction log.
    pub id: PredictionId,
    /// Estimated price in US dollars.
    pub price: f64,
    /// Kind of model in scikit-learn's words, such as `RandomForestRegressor`.
    pub estimator: String,
    /// Version of the registered model that answered.
    pub version: i64,
    /// Run that produced the version.
    pub run_id: Option<RunId>,
}

/// Share of real prices that the range of a valuation is made to hold.
pub const RANGE_COVERAGE: f64 = 0.8;

/// One valuation with what a person wants to know about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Valuation {
    /// The answer.
    pub prediction: Prediction,
    /// Low and high end of the price that is to be expected, in US dollars, for a share of [`RANGE_COVERAGE`] of cars;
    /// absent if the model was trained without folds.
    pub range: Option<(f64, f64)>,
    /// What the price is made of.
    pub drivers: Drivers,
    /// Fields whose value no car had that the model learnt from.
    pub unfamiliar: Vec<String>,
}

/// Answer of `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// Always `healthy`: a server that can answer is.
    pub status: String,
    /// Whether `/predict` can answer.
    pub model_loaded: bool,
    /// The same as a sentence.
    pub message: String,
}

/// Answer of `GET /model-info`; everything but `model_loaded` is null without a champion.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelInfo {
    /// Whether `/predict` can answer.
    pub model_loaded: bool,
    /// Kind of model in scikit-learn's words, such as `RandomForestRegressor`.
    pub model_type: Option<String>,
    /// Number of trees; null for models without trees.
    pub n_estimators: Option<u32>,
    /// Deepest allowed leaf; null without a limit and for models without trees.
    pub max_depth: Option<u32>,
    /// Version of the registered model.
    pub version: Option<i64>,
    /// Run that produced the version.
    pub run_id: Option<RunId>,
    /// Last values of the run's metrics.
    pub metrics: Option<BTreeMap<String, f64>>,
    /// Columns that the model reads, in order.
    pub features: Option<Vec<String>>,
}

/// What the valuation form offers and checks, from the champion's training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FormOptions {
    /// Known texts of each text field, most frequent first.
    pub levels: BTreeMap<String, Vec<String>>,
    /// A sensible start value of each field, as text.
    pub defaults: BTreeMap<String, String>,
    /// Lowest and highest allowed value of each number field.
    pub limits: BTreeMap<String, (f64, f64)>,
    /// Whether there is a model that can answer.
    pub has_champion: bool,
}
