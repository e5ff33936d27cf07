//! Logged models and the registry.

use std::fs;

use super::{FileStoreWriter, FolderWriter, INCOMING, META, create, file_uri, plain, stage, values, write};
use crate::record::{Experiment, Fault, LoggedModel, ModelVersion, RegisteredModel};
use crate::yaml::Mapping;
use crate::{Error, Result};

/// Folder of the models of an experiment, and of the registry.
const MODELS: &str = "models";

impl FileStoreWriter {
    /// Begins a logged model of an experiment that was written before.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn logged_model(&self, experiment: &Experiment, model: &LoggedModel) -> Result<FolderWriter> {
        let (experiment_id, id) = (plain(&experiment.id)?, plain(&model.id)?);
        let folder = self.begin(id, &["metrics", "params", "tags", "artifacts"])?;
        let place = |is_deleted| self.home(experiment_id, is_deleted).join(MODELS).join(id);
        let status = match model.status.as_str() {
            "READY" => 2,
            "FAILED" => 3,
            _ => 1,
        };
        let mut meta = Mapping::default();
        meta.text("artifact_location", &file_uri(&place(false).join("artifacts")))
            .number("creation_timestamp", model.created_at)
            .text("experiment_id", experiment_id)
            .number("last_updated_timestamp", model.updated_at)
            .text("lifecycle_stage", stage(model.is_deleted))
            .text("model_id", id)
            .optional_text("model_type", Some(model.model_type.as_str()).filter(|kind| !kind.is_empty()))
            .text("name", &model.name)
            .optional_text("source_run_id", model.source_run_id.as_deref())
            .number("status", Some(status))
            .optional_text("status_message", None);
        write(&folder.join(META), &meta.into_text())?;
        let mut faults = Vec::new();
        values(&folder.join("params"), "param", &model.params, &mut faults)?;
        values(&folder.join("tags"), "tag", &model.tags, &mut faults)?;
        let (home, other_home) = (place(experiment.is_deleted), place(!experiment.is_deleted));
        Ok(FolderWriter { folder, home, other_home, faults, metrics: std::collections::HashMap::new() })
    }

    /// Writes a registered model with all its versions; answers what a file store cannot hold.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn registered_model(&self, model: &RegisteredModel) -> Result<Vec<Fault>> {
        let is_name = !model.name.is_empty() && !model.name.contains(['/', '\\', ':', '%', '\0']);
        if !is_name || matches!(model.name.as_str(), "." | "..") {
            return Ok(vec![Fault::new(
                format!("model `{}`", model.name),
                "its name cannot be that of a folder",
            )]);
        }
        let folder = self.begin(MODELS, &["tags"])?;
        let mut faults = Vec::new();
        let mut meta = Mapping::default();
        meta.pairs("aliases", &model.aliases)
            .number("creation_timestamp", model.created_at)
            .text("description", &model.description)
            .number("last_updated_timestamp", model.updated_at)
            .text("name", &model.name);
        write(&folder.join(META), &meta.into_text())?;
        values(&folder.join("tags"), "tag", &model.tags, &mut faults)?;
        values(&folder.join("aliases"), "alias", &model.aliases, &mut faults)?;
        for version in &model.versions {
            let folder = folder.join(format!("version-{}", version.version));
            create(&folder.join("tags"))?;
            let location = self.location(version);
            let mut meta = Mapping::default();
            meta.number("creation_timestamp", version.created_at)
                .text("current_stage", &version.stage)
                .text("description", &version.description)
                .number("last_updated_timestamp", version.updated_at)
                .optional_text("model_id", version.model_id.as_deref())
                .text("model_type", &version.model_type)
                .text("name", &model.name)
                .optional_text("run_id", version.run_id.as_deref())
                .optional_text("run_link", Some(version.run_link.as_str()).filter(|link| !link.is_empty()))
                .text("source", &version.source)
                .text("status", "READY")
                .optional_text("status_message", None)
                .text("storage_location", &location)
                .optional_text("user_id", None)
                .number("version", Some(version.version));
            write(&folder.join(META), &meta.into_text())?;
            values(&folder.join("tags"), "tag", &version.tags, &mut faults)?;
        }
        let home = self.root.join(MODELS).join(&model.name);
        if home.exists() {
            fs::remove_dir_all(&home).map_err(Error::io(&home))?;
        }
        fs::rename(self.root.join(INCOMING).join(MODELS), &home).map_err(Error::io(&home))?;
        Ok(faults)
    }

    /// The address of a version's files: below this folder, where they were written with their run or model.
    fn location(&self, version: &ModelVersion) -> String {
        match version.location.strip_prefix("mlflow-artifacts:/") {
            Some(path) => file_uri(&self.root.join(path)),
            None => version.location.clone(),
        }
    }
}
