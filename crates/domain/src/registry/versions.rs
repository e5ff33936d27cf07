//! Versions of registered models.

use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use serde_json::json;
use tracing::instrument;
use types::{
    Artifact, ArtifactLocation, ArtifactPath, LoggedModel, ModelName, ModelStage, ModelVersion,
    NewModelVersion, Tag, TagKey, VersionRecord,
};

use super::source::resolve;
use crate::training::ESTIMATOR_TAG;
use crate::{Ctx, Error, Result, artifacts, logged_models, registry, runs};

/// Tag of a logged model that lists the versions it was registered as; MLflow's pages read it.
const VERSIONS_TAG: &str = "mlflow.modelVersions";

/// Registers a version of a model. Its files stay where they are: nothing is opened or copied.
///
/// # Errors
///
/// - `NotFound` if the registered model does not exist.
/// - `Rule` if the source names no files that this server keeps, or not those of the run or logged model.
#[instrument(name = "registry.create_version", skip_all, fields(model.name = %new.name))]
pub async fn create_version(ctx: &Ctx, new: NewModelVersion) -> Result<ModelVersion> {
    let files = resolve(ctx, &new).await?;
    let model = match &files.model_id {
        Some(id) => Some(logged_models::get(ctx, id, true).await?),
        None => None,
    };
    let run_id = files.run_id.or_else(|| model.as_ref().and_then(|model| model.source_run_id.clone()));
    let mut model_type = model.as_ref().map(|model| model.model_type.clone()).unwrap_or_default();
    if let (true, Some(run_id)) = (model_type.is_empty(), &run_id) {
        let run = runs::get(ctx, run_id).await?;
        run.tag(ESTIMATOR_TAG).unwrap_or_default().clone_into(&mut model_type);
    }
    let record = VersionRecord {
        name: new.name,
        run_id,
        model_id: files.model_id,
        source: files.source,
        location: files.location,
        model_type,
        run_link: new.run_link,
        description: new.description,
        tags: new.tags,
    };
    let version = ctx.store().insert_version(&record, ctx.now()).await?;
    if let Some(model) = model {
        note_version(ctx, &model, &version).await?;
    }
    Ok(version)
}

/// Adds a version to the list that its logged model keeps in a tag.
async fn note_version(ctx: &Ctx, model: &LoggedModel, version: &ModelVersion) -> Result<()> {
    let known = model.tags.iter().find(|tag| tag.key.as_str() == VERSIONS_TAG);
    let mut list: Vec<serde_json::Value> =
        known.and_then(|tag| serde_json::from_str(&tag.value).ok()).unwrap_or_default();
    list.push(json!({"name": version.name, "version": version.version}));
    let tag = Tag { key: TagKey::parse(VERSIONS_TAG)?, value: serde_json::to_string(&list)? };
    logged_models::set_tags(ctx, &model.id, vec![tag]).await
}

/// Returns a version.
///
/// # Errors
///
/// `NotFound` if there is none.
pub async fn get_version(ctx: &Ctx, name: &ModelName, version: i64) -> Result<ModelVersion> {
    ctx.store().model_version(name, version).await?.ok_or_else(|| not_found(name, version))
}

/// Replaces the description of a version.
///
/// # Errors
///
/// `NotFound` if there is none.
#[instrument(name = "registry.describe_version", skip_all, fields(model.name = %name, version))]
pub async fn describe_version(
    ctx: &Ctx,
    name: &ModelName,
    version: i64,
    description: &str,
) -> Result<ModelVersion> {
    found(ctx.store().describe_version(name, version, description, ctx.now()).await?, name, version)?;
    get_version(ctx, name, version).await
}

/// Moves a version to a stage, and with `archive_others` those that are there to `Archived`.
///
/// # Errors
///
/// - `NotFound` if there is no such version.
/// - `Rule` if others are to be archived from a stage that is not in use.
#[instrument(name = "registry.set_stage", skip_all, fields(model.name = %name, version))]
pub async fn set_stage(
    ctx: &Ctx,
    name: &ModelName,
    version: i64,
    stage: ModelStage,
    archive_others: bool,
) -> Result<ModelVersion> {
    if archive_others && !stage.is_active() {
        return Err(Error::Rule(format!(
            "Model version transition cannot archive existing model versions because '{}' is not an Active stage. \
             Valid stages are ['Staging', 'Production']",
            stage.as_str()
        )));
    }
    let moved = ctx.store().set_version_stage(name, version, stage, archive_others, ctx.now()).await?;
    found(moved, name, version)?;
    get_version(ctx, name, version).await
}

/// Returns the newest versions of some stages; of all if none is named.
///
/// # Errors
///
/// `NotFound` if there is no such model.
pub async fn latest_versions(
    ctx: &Ctx,
    name: &ModelName,
    stages: &[ModelStage],
) -> Result<Vec<ModelVersion>> {
    let mut versions = registry::get(ctx, name).await?.latest_versions;
    versions.retain(|version| stages.is_empty() || stages.contains(&version.stage));
    Ok(versions)
}

/// Deletes a version and its aliases; its number is not given again. The next request for a price sees the change.
///
/// # Errors
///
/// `NotFound` if there is none.
#[instrument(name = "registry.delete_version", skip_all, fields(model.name = %name, version))]
pub async fn delete_version(ctx: &Ctx, name: &ModelName, version: i64) -> Result<()> {
    let deleted = ctx.store().delete_version(name, version, ctx.now(), ctx.caller().name()).await?;
    found(deleted, name, version)?;
    ctx.serving().refresh(ctx.store()).await
}

/// Sets a tag of a version.
///
/// # Errors
///
/// `NotFound` if there is no such version.
#[instrument(name = "registry.set_version_tag", skip_all, fields(model.name = %name, version))]
pub async fn set_version_tag(ctx: &Ctx, name: &ModelName, version: i64, tag: &Tag) -> Result<()> {
    found(ctx.store().set_version_tag(name, version, tag).await?, name, version)
}

/// Removes a tag of a version; nothing happens if it does not have it.
///
/// # Errors
///
/// `NotFound` if there is no such version.
#[instrument(name = "registry.delete_version_tag", skip_all, fields(model.name = %name, version))]
pub async fn delete_version_tag(ctx: &Ctx, name: &ModelName, version: i64, key: &TagKey) -> Result<()> {
    found(ctx.store().delete_version_tag(name, version, key).await?, name, version)
}

/// Returns where clients fetch the files of a version from.
///
/// # Errors
///
/// `NotFound` if there is no such version.
pub async fn download_uri(ctx: &Ctx, name: &ModelName, version: i64) -> Result<String> {
    Ok(get_version(ctx, name, version).await?.artifact_uri)
}

/// Opens a file of a version for streaming.
///
/// # Errors
///
/// `NotFound` if there is no such version or file.
pub async fn open(
    ctx: &Ctx,
    name: &ModelName,
    version: i64,
    path: &ArtifactPath,
) -> Result<(Artifact, BoxStream<'static, io::Result<Bytes>>)> {
    let version = get_version(ctx, name, version).await?;
    // What was stored is read again with all rules.
    let location = ArtifactLocation::parse_uri(&version.artifact_uri);
    let Some(location) = location.and_then(|folder| folder.join(path)) else {
        return Err(Error::not_found("artifact", path));
    };
    artifacts::open_at(ctx, &location).await
}

fn not_found(name: &ModelName, version: i64) -> Error {
    Error::not_found("version", format!("{name}/{version}"))
}

fn found(is_found: bool, name: &ModelName, version: i64) -> Result<()> {
    if is_found { Ok(()) } else { Err(not_found(name, version)) }
}
