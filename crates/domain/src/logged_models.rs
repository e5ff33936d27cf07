//! Logged models: announced by a run, filled with files, found again.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use store::ModelParamsOutcome;
use tracing::instrument;
use types::{
    Artifact, ArtifactEntry, ArtifactLocation, ArtifactOwner, ArtifactPath, ExperimentId, Lifecycle,
    LoggedModel, LoggedModelId, LoggedModelName, LoggedModelPage, LoggedModelQuery, LoggedModelStatus,
    NewLoggedModel, PARAM_VALUE_MAX, Param, ParamKey, RunId, TAG_VALUE_MAX, Tag, TagKey,
};

use crate::runs::shorten;
use crate::{Ctx, Error, Result, experiments, names};

/// Largest page of a search.
pub const MAX_RESULTS: u32 = 50_000;

/// Where the files of a model are, as clients are told.
#[must_use]
pub fn artifact_uri(experiment_id: ExperimentId, id: &LoggedModelId) -> String {
    ArtifactLocation { experiment_id, owner: ArtifactOwner::from(id), path: None }.uri()
}

/// Announces a model, whose files follow.
///
/// # Errors
///
/// - `NotFound` if the experiment or the run does not exist.
/// - `Conflict` if the experiment is deleted.
/// - `Rule` if a param is given twice with different values.
#[instrument(name = "logged_models.create", skip_all, fields(experiment.id = %new.experiment_id))]
pub async fn create(ctx: &Ctx, new: NewLoggedModel) -> Result<LoggedModel> {
    let experiment = experiments::get(ctx, new.experiment_id).await?;
    if experiment.lifecycle == Lifecycle::Deleted {
        return Err(Error::Conflict(format!(
            "The experiment {} must be in the 'active' state. Current state is deleted.",
            experiment.id
        )));
    }
    let bits = ctx.new_id();
    let name = match new.name {
        Some(name) => name,
        None => LoggedModelName::parse(names::run_name(bits)?.as_str())?,
    };
    let now = ctx.now();
    let model = LoggedModel {
        id: LoggedModelId::from_bits(bits),
        experiment_id: new.experiment_id,
        name,
        model_type: new.model_type,
        status: LoggedModelStatus::Pending,
        source_run_id: new.source_run_id,
        created_at: now,
        updated_at: now,
        params: once_each(new.params)?,
        tags: last_of_each(new.tags),
        metrics: Vec::new(),
    };
    ctx.store().insert_logged_model(&model).await?;
    Ok(model)
}

/// Returns a model; `with_deleted` also finds deleted ones.
///
/// # Errors
///
/// `NotFound` if there is none with this id.
pub async fn get(ctx: &Ctx, id: &LoggedModelId, with_deleted: bool) -> Result<LoggedModel> {
    ctx.store().logged_model(id, with_deleted).await?.ok_or_else(|| not_found(id))
}

/// Returns the models that a run made with their files, oldest first.
///
/// # Errors
///
/// Only those of the store.
pub async fn of_run(ctx: &Ctx, run_id: &RunId) -> Result<Vec<(LoggedModel, Vec<Artifact>)>> {
    let mut found = Vec::new();
    for model in ctx.store().logged_models_of_run(run_id).await? {
        let files = ctx.store().artifacts(&model.id).await?;
        found.push((model, files));
    }
    Ok(found)
}

/// Notes how the upload of a model ended.
///
/// # Errors
///
/// `NotFound` if there is no such model.
#[instrument(name = "logged_models.finalize", skip_all, fields(model.id = %id))]
pub async fn finalize(ctx: &Ctx, id: &LoggedModelId, status: LoggedModelStatus) -> Result<LoggedModel> {
    if !ctx.store().set_logged_model_status(id, status, ctx.now()).await? {
        return Err(not_found(id));
    }
    get(ctx, id, true).await
}

/// Puts a model into the trash; its files stay.
///
/// # Errors
///
/// `NotFound` if there is no such model.
#[instrument(name = "logged_models.delete", skip_all, fields(model.id = %id))]
pub async fn delete(ctx: &Ctx, id: &LoggedModelId) -> Result<()> {
    if ctx.store().delete_logged_model(id, ctx.now()).await? { Ok(()) } else { Err(not_found(id)) }
}

/// Sets tags of a model; values that are too long are cut.
///
/// # Errors
///
/// `NotFound` if there is no such model.
#[instrument(name = "logged_models.set_tags", skip_all, fields(model.id = %id))]
pub async fn set_tags(ctx: &Ctx, id: &LoggedModelId, tags: Vec<Tag>) -> Result<()> {
    let tags = last_of_each(tags);
    if ctx.store().set_logged_model_tags(id, &tags).await? { Ok(()) } else { Err(not_found(id)) }
}

/// Removes a tag of a model.
///
/// # Errors
///
/// `NotFound` if there is no such model, or it does not have the tag.
#[instrument(name = "logged_models.delete_tag", skip_all, fields(model.id = %id))]
pub async fn delete_tag(ctx: &Ctx, id: &LoggedModelId, key: &TagKey) -> Result<()> {
    match ctx.store().delete_logged_model_tag(id, key).await? {
        Some(true) => Ok(()),
        Some(false) => Err(Error::not_found("tag", key)),
        None => Err(not_found(id)),
    }
}

/// Adds params to a model, all of them or none; values that are too long are cut.
///
/// # Errors
///
/// - `NotFound` if there is no such model.
/// - `Rule` if a param already has another value.
#[instrument(name = "logged_models.log_params", skip_all, fields(model.id = %id))]
pub async fn log_params(ctx: &Ctx, id: &LoggedModelId, params: Vec<Param>) -> Result<()> {
    match ctx.store().insert_logged_model_params(id, &once_each(params)?).await? {
        ModelParamsOutcome::Stored => Ok(()),
        ModelParamsOutcome::NoModel => Err(not_found(id)),
        ModelParamsOutcome::Changed { key, stored } => Err(changed(&key, &stored)),
    }
}

/// Returns one page of the models that fit a query.
///
/// # Errors
///
/// `Invalid` if `max_results` is out of range; `Rule` if the page token is not one of this query.
#[instrument(name = "logged_models.search", skip_all)]
pub async fn search(ctx: &Ctx, query: LoggedModelQuery) -> Result<LoggedModelPage> {
    if !(1..=MAX_RESULTS).contains(&query.max_results) {
        return Err(Error::invalid_field("max_results", format!("must be from 1 to {MAX_RESULTS}")));
    }
    Ok(ctx.store().search_logged_models(&query).await?)
}

/// Returns what is in a folder of a model; empty if it is a file or nothing.
///
/// # Errors
///
/// `NotFound` if there is no such model.
pub async fn list_folder(
    ctx: &Ctx,
    id: &LoggedModelId,
    folder: Option<&ArtifactPath>,
) -> Result<(LoggedModel, Vec<ArtifactEntry>)> {
    let model = get(ctx, id, false).await?;
    let entries = ctx.store().artifacts_in(id, folder).await?;
    Ok((model, entries))
}

/// Opens a file of a model for streaming.
///
/// # Errors
///
/// `NotFound` if there is no such model or file.
pub async fn open(
    ctx: &Ctx,
    id: &LoggedModelId,
    path: &ArtifactPath,
) -> Result<(Artifact, BoxStream<'static, io::Result<Bytes>>)> {
    get(ctx, id, false).await?;
    ctx.store().read_artifact(id, path).await?.ok_or_else(|| Error::not_found("artifact", path))
}

fn not_found(id: &LoggedModelId) -> Error {
    Error::not_found("logged model", id)
}

fn changed(key: &ParamKey, stored: &str) -> Error {
    Error::Rule(format!(
        "Changing param values is not allowed. Param with key='{key}' was already logged with value='{stored}'."
    ))
}

/// Cuts values to their greatest length, and refuses two values of one param.
fn once_each(params: Vec<Param>) -> Result<Vec<Param>> {
    let mut values: BTreeMap<ParamKey, String> = BTreeMap::new();
    for Param { key, mut value } in params {
        shorten(&mut value, PARAM_VALUE_MAX);
        match values.get(&key) {
            Some(first) if *first != value => return Err(changed(&key, first)),
            _ => values.insert(key, value),
        };
    }
    Ok(values.into_iter().map(|(key, value)| Param { key, value }).collect())
}

/// Cuts values to their greatest length; of one key the last counts.
fn last_of_each(tags: Vec<Tag>) -> Vec<Tag> {
    let mut values: BTreeMap<TagKey, String> = BTreeMap::new();
    for Tag { key, mut value } in tags {
        shorten(&mut value, TAG_VALUE_MAX);
        values.insert(key, value);
    }
    values.into_iter().map(|(key, value)| Tag { key, value }).collect()
}
