//! Registered models and versions as MLflow's messages.

use serde::Serialize;
use types::{Alias, ModelName, ModelVersion, RegistryEntry, Tag};

/// MLflow's `RegisteredModel`.
#[derive(Debug, Serialize)]
pub(super) struct RegisteredModelView {
    name: ModelName,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    latest_versions: Vec<ModelVersionView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<AliasView>,
}

#[derive(Debug, Serialize)]
struct AliasView {
    alias: Alias,
    version: String,
}

/// MLflow's `ModelVersion`.
#[derive(Debug, Serialize)]
pub(super) struct ModelVersionView {
    name: ModelName,
    version: String,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    current_stage: &'static str,
    description: String,
    source: String,
    run_id: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    run_link: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aliases: Vec<Alias>,
}

impl From<RegistryEntry> for RegisteredModelView {
    fn from(entry: RegistryEntry) -> Self {
        let aliases = entry.aliases.into_iter();
        Self {
            name: entry.name,
            creation_timestamp: entry.created_at.0,
            last_updated_timestamp: entry.updated_at.0,
            description: entry.description,
            latest_versions: entry.latest_versions.into_iter().map(ModelVersionView::from).collect(),
            tags: entry.tags,
            aliases: aliases
                .map(|(alias, version)| AliasView { alias, version: version.to_string() })
                .collect(),
        }
    }
}

impl From<ModelVersion> for ModelVersionView {
    fn from(version: ModelVersion) -> Self {
        Self {
            name: version.name,
            version: version.version.to_string(),
            creation_timestamp: version.created_at.0,
            last_updated_timestamp: version.updated_at.0,
            current_stage: version.stage.as_str(),
            description: version.description,
            source: version.source,
            run_id: version.run_id.map(String::from).unwrap_or_default(),
            // Nothing is copied, so there is nothing to wait for.
            status: "READY",
            tags: version.tags,
            run_link: version.run_link,
            aliases: version.aliases,
        }
    }
}
