//! The model registry: versions, aliases, promotion.

use tracing::{info, instrument};
use types::{Alias, AliasEvent, Evaluation, Language, ModelName, ModelVersion, RegisteredModel, RunId};

use crate::training::{ESTIMATOR_TAG, MODEL_PATH};
use crate::{Ctx, Error, Result, evaluation, registry, runs, serving};

/// What a model must show before it answers, beside being able to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Checks {
    /// Nothing.
    #[default]
    Waived,
    /// That its curves keep their rules; see [`types::Evaluation::broken_rules`].
    Required,
}

/// What happens with a champion of [`ModelName::cars`] that cannot value a car.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unservable {
    /// It does not become champion.
    Refused,
    /// It becomes champion in name; the one before it goes on answering.
    Allowed,
}

/// Returns all registered models with their versions.
///
/// # Errors
///
/// Only those of the store.
pub async fn list(ctx: &Ctx) -> Result<Vec<RegisteredModel>> {
    Ok(ctx.store().registered_models().await?)
}

/// Returns a registered model with its versions.
///
/// # Errors
///
/// `NotFound` if there is none of this name.
pub async fn get(ctx: &Ctx, name: &ModelName) -> Result<RegisteredModel> {
    ctx.store().registered_model(name).await?.ok_or_else(|| Error::not_found("model", name))
}

/// Makes the model of a run the champion under this name, registering it first if needed.
///
/// # Errors
///
/// - `NotFound` if the run does not exist.
/// - `Rule` if the run has no model, or one that cannot answer for this name; or if checks are required and a curve of the
///   model breaks its rule, or none was checked.
#[instrument(name = "models.promote", skip_all, fields(run.id = %run_id, model.name = %name))]
pub async fn promote(ctx: &Ctx, run_id: &RunId, name: &ModelName, checks: Checks) -> Result<ModelVersion> {
    let run = runs::get(ctx, run_id).await?;
    check_servable(ctx, run_id, name).await?;
    if checks == Checks::Required {
        check_curves(ctx, run_id).await?;
    }
    let estimator = run.tag(ESTIMATOR_TAG).unwrap_or_default();
    let version = ctx.store().insert_model_version(name, run_id, estimator, ctx.now()).await?;
    point_alias(ctx, name, &Alias::champion(), version.version).await
}

/// Points an alias to a version.
///
/// # Errors
///
/// - `NotFound` if the model or the version does not exist.
/// - `Rule` if the version would have to answer for this name, cannot, and that is not allowed.
#[instrument(name = "models.set_alias", skip_all, fields(model.name = %name, alias = %alias, version))]
pub async fn set_alias(
    ctx: &Ctx,
    name: &ModelName,
    alias: &Alias,
    version: i64,
    unservable: Unservable,
) -> Result<ModelVersion> {
    let target = registry::get_version(ctx, name, version).await?;
    let must_answer = *name == ModelName::cars() && *alias == Alias::champion();
    if must_answer && unservable == Unservable::Refused {
        match &target.run_id {
            Some(run_id) if target.is_native => check_servable(ctx, run_id, name).await?,
            _ => {
                return Err(Error::Rule(format!(
                    "version {version} of `{name}` was not trained here, so `/predict` cannot answer with it"
                )));
            }
        }
    }
    point_alias(ctx, name, alias, version).await
}

/// Returns what the aliases of a model pointed to, newest first.
///
/// # Errors
///
/// `NotFound` if there is no model of this name.
pub async fn alias_history(ctx: &Ctx, name: &ModelName) -> Result<Vec<AliasEvent>> {
    let history = ctx.store().alias_history(name).await?;
    if history.is_empty() {
        get(ctx, name).await?;
    }
    Ok(history)
}

async fn point_alias(ctx: &Ctx, name: &ModelName, alias: &Alias, version: i64) -> Result<ModelVersion> {
    if !ctx.store().set_alias(name, alias, version, ctx.now(), ctx.caller().name()).await? {
        return Err(Error::not_found("version", format!("{name}/{version}")));
    }
    // The next request must see the new champion, not the next tick.
    ctx.serving().refresh(ctx.store()).await?;
    info!(model.name = %name, version, "`{alias}` of `{name}` is now version {version}");
    registry::get_version(ctx, name, version).await
}

/// Refuses what would leave requests without an answer.
async fn check_servable(ctx: &Ctx, run_id: &RunId, name: &ModelName) -> Result<()> {
    let Some(model) = serving::load_model(ctx.store(), run_id).await? else {
        return Err(Error::Rule(format!(
            "run `{run_id}` has no file `{MODEL_PATH}`; only runs trained here can be promoted"
        )));
    };
    match serving::obstacle(&model) {
        Some(obstacle) if *name == ModelName::cars() => Err(Error::Rule(format!(
            "the model of run `{run_id}` {obstacle}; train one on the 14 fields of `/predict`, or promote it under another \
             name"
        ))),
        _ => Ok(()),
    }
}

/// Refuses a model whose curves say what cannot be true.
async fn check_curves(ctx: &Ctx, run_id: &RunId) -> Result<()> {
    let checked = evaluation::find(ctx, run_id).await?.filter(Evaluation::has_checked_rules);
    let Some(evaluation) = checked else {
        return Err(Error::Rule(format!(
            "no curve of the model of run `{run_id}` was checked against a rule; say what is expected when \
             training, such as `kilometraje=decreasing`, or promote it without required checks"
        )));
    };
    let broken: Vec<String> =
        evaluation.broken_rules().map(|finding| finding.sentence(Language::En)).collect();
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::Rule(format!(
        "the model of run `{run_id}` breaks what is expected of it. {}",
        broken.join(" ")
    )))
}
