//! The model registry.

use serde::{Deserialize, Serialize};

use crate::search::{Filter, ModelVersionAttribute, OrderBy, RegisteredModelAttribute};
use crate::text::{checked_text, problem_of_line};
use crate::{ArtifactLocation, LoggedModelId, Millis, RunId, Tag};

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

/// How far a version has come on its way into use; MLflow's older way of saying what aliases say now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ModelStage {
    /// Nowhere.
    #[default]
    None,
    /// On trial.
    Staging,
    /// In use.
    Production,
    /// No longer in use.
    Archived,
}

impl ModelStage {
    /// All stages, in the order of MLflow.
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    /// MLflow's name, such as `Production`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// The stage of this name, in any case of letters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether a version of this stage is in use or about to be.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Staging | Self::Production)
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
    /// Logged model that it is.
    #[serde(default)]
    pub model_id: Option<LoggedModelId>,
    /// What it was made from, as whoever registered it wrote it.
    #[serde(default)]
    pub source: String,
    /// Where its files are: `mlflow-artifacts:/…`; empty if it has none.
    #[serde(default)]
    pub artifact_uri: String,
    /// Whether it was trained here, so that this program can answer with it.
    #[serde(default)]
    pub is_native: bool,
    /// Kind of model in scikit-learn's words, such as `RandomForestRegressor`; empty if unknown.
    pub model_type: String,
    /// Aliases that point here.
    pub aliases: Vec<Alias>,
    /// Free text.
    #[serde(default)]
    pub description: String,
    /// How far it has come.
    #[serde(default)]
    pub stage: ModelStage,
    /// Labels, by key.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// Address of the run on another server; may be empty.
    #[serde(default)]
    pub run_link: String,
    /// When it was registered.
    pub created_at: Millis,
    /// When it last changed.
    #[serde(default)]
    pub updated_at: Millis,
}

/// Input of `registry::create_version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewModelVersion {
    /// The model it belongs to, which exists.
    pub name: ModelName,
    /// Where its files are: `runs:/…`, `models:/…` or `mlflow-artifacts:/…`.
    pub source: String,
    /// Run that produced it.
    pub run_id: Option<RunId>,
    /// Logged model that it is.
    pub model_id: Option<LoggedModelId>,
    /// Address of the run on another server; may be empty.
    pub run_link: String,
    /// Free text.
    pub description: String,
    /// Labels.
    pub tags: Vec<Tag>,
}

/// What the store needs to know to register a version; the files have been looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// The model it belongs to.
    pub name: ModelName,
    /// Run that produced it.
    pub run_id: Option<RunId>,
    /// Logged model that it is.
    pub model_id: Option<LoggedModelId>,
    /// What it was made from.
    pub source: String,
    /// Where its files are.
    pub location: ArtifactLocation,
    /// Kind of model; empty if unknown.
    pub model_type: String,
    /// Address of the run on another server; may be empty.
    pub run_link: String,
    /// Free text.
    pub description: String,
    /// Labels.
    pub tags: Vec<Tag>,
}

/// A registered model as lists of MLflow show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// Unique name.
    pub name: ModelName,
    /// Free text.
    pub description: String,
    /// When it was registered.
    pub created_at: Millis,
    /// When it last changed.
    pub updated_at: Millis,
    /// Labels, by key.
    pub tags: Vec<Tag>,
    /// What its aliases point to, by alias.
    pub aliases: Vec<(Alias, i64)>,
    /// The newest version of each stage, in the order of stages.
    pub latest_versions: Vec<ModelVersion>,
}

/// Input of `registry::search`.
#[derive(Debug, Clone, PartialEq)]
pub struct RegistryQuery {
    /// Condition on each model; all but prompts if absent.
    pub filter: Option<Filter<RegisteredModelAttribute>>,
    /// Order by attributes; ties and the default are by name.
    pub order_by: Vec<OrderBy<RegisteredModelAttribute>>,
    /// Size of the page.
    pub max_results: u32,
    /// Where the page begins: `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// One page of a search for registered models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryPage {
    /// Models in the order asked for.
    pub models: Vec<RegistryEntry>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
}

/// Input of `registry::search_versions`.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionQuery {
    /// Condition on each version; all but those of prompts if absent.
    pub filter: Option<Filter<ModelVersionAttribute>>,
    /// Order by attributes; ties are by name, then newest first. By default, the last changed comes first.
    pub order_by: Vec<OrderBy<ModelVersionAttribute>>,
    /// Size of the page.
    pub max_results: u32,
    /// Where the page begins: `next_page_token` of the page before.
    pub page_token: Option<String>,
}

/// One page of a search for versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionPage {
    /// Versions in the order asked for.
    pub versions: Vec<ModelVersion>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
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
