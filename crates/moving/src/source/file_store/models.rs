//! Logged models and the registry.

use camino::Utf8Path;
use futures::stream::BoxStream;

use super::super::disk::{self, blocking};
use super::meta::{LoggedModelMeta, ModelVersionMeta, RegisteredModelMeta, millis, model_status};
use super::{FileStore, REGISTRY, files, history, values};
use crate::record::{Fault, File, Found, LoggedModel, ModelPoint, ModelVersion, RegisteredModel};
use crate::{Error, Result, yaml};

/// Folder of the models of an experiment.
const MODELS: &str = "models";

impl FileStore {
    pub(in crate::source) async fn logged_model_ids(&self, experiment: &str) -> Result<Found<String>> {
        let folder = self.folder(experiment).join(MODELS);
        blocking(move || {
            let mut found = Found::default();
            if disk::is_folder(&folder) {
                found.items = disk::folders(&folder).map_err(Error::io(&folder))?;
            }
            Ok(found)
        })
        .await
    }

    pub(in crate::source) async fn logged_model(&self, experiment: &str, id: &str) -> Result<LoggedModel> {
        let (folder, id) = (self.folder(experiment).join(MODELS).join(id), id.to_owned());
        blocking(move || logged_model(&folder, id)).await
    }

    /// The points of a model's metrics.
    pub(in crate::source) fn model_points(
        &self,
        experiment: &str,
        id: &str,
    ) -> BoxStream<'static, Result<Found<ModelPoint>>> {
        history::of_model(self.folder(experiment).join(MODELS).join(id).join("metrics"))
    }

    pub(in crate::source) async fn model_files(
        &self,
        experiment: &str,
        model: &LoggedModel,
    ) -> Result<Found<File>> {
        let (folder, experiment) = (self.folder(experiment), experiment.to_owned());
        let (name, uri) = (format!("{MODELS}/{}", model.id), model.artifact_uri.clone());
        let others = self.artifacts.clone();
        blocking(move || Ok(files(&folder.join(&name), &experiment, &name, &uri, &others))).await
    }

    pub(in crate::source) async fn registered_models(&self) -> Result<Found<RegisteredModel>> {
        let root = self.root.join(REGISTRY);
        blocking(move || {
            let mut found = Found::default();
            if !disk::is_folder(&root) {
                return Ok(found);
            }
            for name in disk::folders(&root).map_err(Error::io(&root))? {
                match registered_model(&root.join(&name)) {
                    Ok(model) => found.items.push(model),
                    Err(error) => {
                        found
                            .faults
                            .push(Fault::new(format!("registered model `{name}`"), error.to_string()));
                    }
                }
            }
            Ok(found)
        })
        .await
    }
}

fn logged_model(folder: &Utf8Path, id: String) -> Result<LoggedModel> {
    let meta: LoggedModelMeta = yaml::read(&disk::text(&folder.join("meta.yaml"))?)?;
    if meta.model_id != id {
        return Err(Error::Broken(format!("its meta.yaml belongs to model `{}`", meta.model_id)));
    }
    let (params, mut faults) = values(&folder.join("params"), "param");
    let (tags, more) = values(&folder.join("tags"), "tag");
    faults.extend(more);
    Ok(LoggedModel {
        id,
        name: meta.name.unwrap_or_default(),
        model_type: meta.model_type.unwrap_or_default(),
        status: model_status(meta.status.as_deref()).to_owned(),
        source_run_id: meta.source_run_id,
        is_deleted: meta.lifecycle_stage.as_deref() == Some("deleted"),
        created_at: millis(meta.creation_timestamp.as_deref()),
        updated_at: millis(meta.last_updated_timestamp.as_deref()),
        params,
        tags,
        artifact_uri: meta.artifact_location.unwrap_or_default(),
        faults,
    })
}

fn registered_model(folder: &Utf8Path) -> Result<RegisteredModel> {
    let meta: RegisteredModelMeta = yaml::read(&disk::text(&folder.join("meta.yaml"))?)?;
    let (tags, mut faults) = values(&folder.join("tags"), "tag");
    let (aliases, more) = values(&folder.join("aliases"), "alias");
    faults.extend(more);
    let mut versions = Vec::new();
    for name in disk::folders(folder).map_err(Error::io(folder))? {
        if !name.starts_with("version-") {
            continue;
        }
        match version(&folder.join(&name)) {
            // Deleted versions stay in their folder under a stage of their own.
            Ok((version, _)) if version.stage == "Deleted_Internal" => {}
            Ok((version, more)) => {
                versions.push(version);
                faults.extend(more);
            }
            Err(error) => faults.push(Fault::new(name, error.to_string())),
        }
    }
    versions.sort_by_key(|version| version.version);
    Ok(RegisteredModel {
        name: meta.name,
        description: meta.description.unwrap_or_default(),
        created_at: millis(meta.creation_timestamp.as_deref()),
        updated_at: millis(meta.last_updated_timestamp.as_deref()),
        tags,
        aliases,
        versions,
        faults,
    })
}

fn version(folder: &Utf8Path) -> Result<(ModelVersion, Vec<Fault>)> {
    let meta: ModelVersionMeta = yaml::read(&disk::text(&folder.join("meta.yaml"))?)?;
    let number = meta.version.parse();
    let version =
        number.map_err(|_| Error::Broken(format!("`{}` is no number of a version", meta.version)))?;
    let (tags, faults) = values(&folder.join("tags"), "tag");
    let version = ModelVersion {
        version,
        run_id: meta.run_id.filter(|id| !id.is_empty()),
        model_id: meta.model_id.filter(|id| !id.is_empty()),
        source: meta.source.unwrap_or_default(),
        location: meta.storage_location.unwrap_or_default(),
        model_type: meta.model_type.unwrap_or_default(),
        stage: meta.current_stage.unwrap_or_default(),
        description: meta.description.unwrap_or_default(),
        run_link: meta.run_link.unwrap_or_default(),
        created_at: millis(meta.creation_timestamp.as_deref()),
        updated_at: millis(meta.last_updated_timestamp.as_deref()),
        tags,
    };
    Ok((version, faults))
}
