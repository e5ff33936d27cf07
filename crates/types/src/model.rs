//! The model registry.

use serde::{Deserialize, Serialize};

use crate::text::{checked_text, problem_of_line};
use crate::{Millis, RunId};

checked_text!(
    /// Name of a registered model: 1 to 250 bytes, no control characters, no `/` and no `:` (both mean
    /// something in `models:/name/version` and in addresses).
    ModelName,
    "model name",
    |text| problem_of_line(text, 250).or_else(|| {
        text.contains(['/', ':']).then(|| "contains `/` or `:`".to_owned())
    })
);

checked_text!(
    /// Name that points to one version of a model: letters, digits, `_` and `-`, up to 255; neither `latest`
    /// nor `v` followed by digits, which MLflow reserves.
    Alias,
    "alias",
    |text| {
        let is_version = text.strip_prefix(['v', 'V']).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
        if text.is_empty() {
            Some("is empty".to_owned())
        } else if text.len() > 255 {
            Some("is longer than 255 bytes".to_owned())
        } else if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
            Some("may contain only letters, digits, `_` and `-`".to_owned())
        } else if is_version || text.eq_ignore_ascii_case("latest") {
            Some(format!("`{text}` is reserved"))
        } else {
            None
        }
    }
);

impl Alias {
    /// The alias of the version that answers requests.
    #[must_use]
    pub fn champion() -> Self {
        Self("champion".to_owned())
    }
}

impl ModelName {
    /// The model behind `/predict` and the valuation form.
    #[must_use]
    pub fn cars() -> Self {
        Self("automoviles".to_owned())
    }
}

/// One registered version of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelVersion {
    /// The model it belongs to.
    pub name: ModelName,
    /// Number, from 1.
    pub version: i64,
    /// Run that produced it.
    pub run_id: Option<RunId>,
    /// Kind of model in scikit-learn's words, such as `RandomForestRegressor`; empty if unknown.
    pub model_type: String,
    /// Aliases that point here.
    pub aliases: Vec<Alias>,
    /// When it was registered.
    pub created_at: Millis,
}

/// A registered model with its versions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisteredModel {
    /// Unique name.
    pub name: ModelName,
    /// Free text.
    pub description: String,
    /// When it was registered.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Versions, newest first.
    pub versions: Vec<ModelVersion>,
}

/// One change of an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AliasEvent {
    /// The alias.
    pub alias: Alias,
    /// Version it points to from then on; absent if it was removed.
    pub version: Option<i64>,
    /// When.
    pub at: Millis,
    /// Who did it; may be empty.
    pub by: String,
}
