//! What the `meta.yaml` files say. Every field is read as text: old versions wrote numbers where new ones write
//! texts, and the other way round.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct ExperimentMeta {
    pub(super) experiment_id: String,
    pub(super) name: String,
    pub(super) lifecycle_stage: Option<String>,
    pub(super) creation_time: Option<String>,
    pub(super) last_update_time: Option<String>,
    pub(super) goal_metric: Option<String>,
    pub(super) goal_direction: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RunMeta {
    pub(super) run_id: Option<String>,
    pub(super) run_uuid: Option<String>,
    pub(super) run_name: Option<String>,
    pub(super) name: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) lifecycle_stage: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) end_time: Option<String>,
    pub(super) deleted_time: Option<String>,
    pub(super) artifact_uri: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InputMeta {
    pub(super) source_type: String,
    pub(super) source_id: String,
    pub(super) tags: Option<BTreeMap<String, String>>,
}

/// `source_id` is the model here and the run there; `destination_id` is the model in every version.
#[derive(Debug, Deserialize)]
pub(super) struct OutputMeta {
    pub(super) destination_id: String,
    pub(super) step: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DatasetMeta {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) source_type: Option<String>,
    pub(super) source: Option<String>,
    pub(super) schema: Option<String>,
    pub(super) profile: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LoggedModelMeta {
    pub(super) model_id: String,
    pub(super) name: Option<String>,
    pub(super) model_type: Option<String>,
    pub(super) status: Option<String>,
    pub(super) source_run_id: Option<String>,
    pub(super) lifecycle_stage: Option<String>,
    pub(super) creation_timestamp: Option<String>,
    pub(super) last_updated_timestamp: Option<String>,
    pub(super) artifact_location: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RegisteredModelMeta {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) creation_timestamp: Option<String>,
    pub(super) last_updated_timestamp: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ModelVersionMeta {
    pub(super) version: String,
    pub(super) run_id: Option<String>,
    pub(super) model_id: Option<String>,
    pub(super) source: Option<String>,
    pub(super) storage_location: Option<String>,
    pub(super) model_type: Option<String>,
    pub(super) current_stage: Option<String>,
    pub(super) description: Option<String>,
    pub(super) run_link: Option<String>,
    pub(super) creation_timestamp: Option<String>,
    pub(super) last_updated_timestamp: Option<String>,
}

/// A whole number, if the text is one.
pub(super) fn millis(text: Option<&str>) -> Option<i64> {
    text?.trim().parse().ok()
}

/// The name of a state. Files hold its number in MLflow's protocol; one without a state is at work.
pub(super) fn status(text: Option<&str>) -> &str {
    match text {
        Some("1") | None => "RUNNING",
        Some("2") => "SCHEDULED",
        Some("3") => "FINISHED",
        Some("4") => "FAILED",
        Some("5") => "KILLED",
        Some(name) => name,
    }
}

/// The name of a logged model's state.
pub(super) fn model_status(text: Option<&str>) -> &str {
    match text {
        Some("1") | None => "PENDING",
        Some("2") => "READY",
        Some("3") => "FAILED",
        Some(name) => name,
    }
}
