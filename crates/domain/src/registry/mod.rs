//! The registry, name by name and version by version, as MLflow's clients change it. What promotes a run is in
//! [`models`](crate::models).

mod source;
mod versions;

use tracing::instrument;
use types::{
    Alias, ModelName, ModelVersion, RegistryEntry, RegistryPage, RegistryQuery, Tag, TagKey, VersionPage,
    VersionQuery,
};

use crate::{Ctx, Error, Result};

pub use versions::{
    create_version, delete_version, delete_version_tag, describe_version, download_uri, get_version,
    latest_versions, open, set_stage, set_version_tag,
};

/// Largest page of a search for models.
pub const MODELS_MAX: u32 = 1000;

/// Largest page of a search for versions.
pub const VERSIONS_MAX: u32 = 200_000;

/// Registers a name without a version.
///
/// # Errors
///
/// `AlreadyExists` if it is taken.
#[instrument(name = "registry.create", skip_all, fields(model.name = %name))]
pub async fn create(ctx: &Ctx, name: &ModelName, description: &str, tags: &[Tag]) -> Result<RegistryEntry> {
    if !ctx.store().insert_registered_model(name, description, tags, ctx.now()).await? {
        return Err(Error::AlreadyExists { what: "model", name: name.to_string() });
    }
    get(ctx, name).await
}

/// Returns a registered model with the newest version of each stage.
///
/// # Errors
///
/// `NotFound` if there is none of this name.
pub async fn get(ctx: &Ctx, name: &ModelName) -> Result<RegistryEntry> {
    ctx.store().registry_entry(name).await?.ok_or_else(|| Error::not_found("model", name))
}

/// Replaces the description of a registered model.
///
/// # Errors
///
/// `NotFound` if there is none of this name.
#[instrument(name = "registry.describe", skip_all, fields(model.name = %name))]
pub async fn describe(ctx: &Ctx, name: &ModelName, description: &str) -> Result<RegistryEntry> {
    if !ctx.store().describe_registered_model(name, description, ctx.now()).await? {
        return Err(Error::not_found("model", name));
    }
    get(ctx, name).await
}

/// Gives a registered model another name. The next request for a price sees the change.
///
/// # Errors
///
/// - `NotFound` if there is none of this name.
/// - `AlreadyExists` if the new name is taken.
#[instrument(name = "registry.rename", skip_all, fields(model.name = %name))]
pub async fn rename(ctx: &Ctx, name: &ModelName, new_name: &ModelName) -> Result<RegistryEntry> {
    if !ctx.store().rename_registered_model(name, new_name, ctx.now()).await? {
        return Err(Error::not_found("model", name));
    }
    ctx.serving().refresh(ctx.store()).await?;
    get(ctx, new_name).await
}

/// Deletes a registered model with its versions; the runs and their files stay.
///
/// # Errors
///
/// `NotFound` if there is none of this name.
#[instrument(name = "registry.delete", skip_all, fields(model.name = %name))]
pub async fn delete(ctx: &Ctx, name: &ModelName) -> Result<()> {
    if !ctx.store().delete_registered_model(name).await? {
        return Err(Error::not_found("model", name));
    }
    ctx.serving().refresh(ctx.store()).await
}

/// Returns one page of the registered models that fit a query.
///
/// # Errors
///
/// `Invalid` if `max_results` is out of range; `Rule` if the page token is not one of this query.
#[instrument(name = "registry.search", skip_all)]
pub async fn search(ctx: &Ctx, query: RegistryQuery) -> Result<RegistryPage> {
    if query.max_results > MODELS_MAX {
        return Err(Error::invalid_field("max_results", format!("must be at most {MODELS_MAX}")));
    }
    Ok(ctx.store().search_registry(&query).await?)
}

/// Returns one page of the versions that fit a query.
///
/// # Errors
///
/// As [`search`].
#[instrument(name = "registry.search_versions", skip_all)]
pub async fn search_versions(ctx: &Ctx, query: VersionQuery) -> Result<VersionPage> {
    if !(1..=VERSIONS_MAX).contains(&query.max_results) {
        return Err(Error::invalid_field("max_results", format!("must be from 1 to {VERSIONS_MAX}")));
    }
    Ok(ctx.store().search_versions(&query).await?)
}

/// Sets a tag of a registered model.
///
/// # Errors
///
/// `NotFound` if there is none of this name.
#[instrument(name = "registry.set_tag", skip_all, fields(model.name = %name))]
pub async fn set_tag(ctx: &Ctx, name: &ModelName, tag: &Tag) -> Result<()> {
    found(ctx.store().set_registered_model_tag(name, tag).await?, name)
}

/// Removes a tag of a registered model; nothing happens if it does not have it.
///
/// # Errors
///
/// `NotFound` if there is no model of this name.
#[instrument(name = "registry.delete_tag", skip_all, fields(model.name = %name))]
pub async fn delete_tag(ctx: &Ctx, name: &ModelName, key: &TagKey) -> Result<()> {
    found(ctx.store().delete_registered_model_tag(name, key).await?, name)
}

/// Returns the version that an alias points to.
///
/// # Errors
///
/// - `NotFound` if there is no model of this name.
/// - `Rule` if it has no such alias.
pub async fn version_by_alias(ctx: &Ctx, name: &ModelName, alias: &Alias) -> Result<ModelVersion> {
    if let Some(version) = ctx.store().alias_target(name, alias).await? {
        return Ok(version);
    }
    get(ctx, name).await?;
    Err(Error::Rule(format!("Registered model alias {alias} not found.")))
}

/// Removes an alias; nothing happens if there is none. The next request for a price sees the change.
///
/// # Errors
///
/// `NotFound` if there is no model of this name.
#[instrument(name = "registry.delete_alias", skip_all, fields(model.name = %name, alias = %alias))]
pub async fn delete_alias(ctx: &Ctx, name: &ModelName, alias: &Alias) -> Result<()> {
    found(ctx.store().delete_alias(name, alias, ctx.now(), ctx.caller().name()).await?, name)?;
    ctx.serving().refresh(ctx.store()).await
}

fn found(is_found: bool, name: &ModelName) -> Result<()> {
    if is_found { Ok(()) } else { Err(Error::not_found("model", name)) }
}
