//! Server functions about the model registry. Each calls one operation of `domain::models`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{AliasEvent, Language, ModelName, RegisteredModel, RunId};

use crate::error::UiError;

/// All registered models with their versions.
#[server(prefix = "/ui", endpoint = "models/list", input = GetUrl)]
pub async fn list_models() -> Result<Vec<RegisteredModel>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::models::list(&ctx).await?)
}

/// Who was which alias of a model, and since when; newest first.
#[server(prefix = "/ui", endpoint = "models/history", input = GetUrl)]
pub async fn alias_history(name: ModelName) -> Result<Vec<AliasEvent>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::models::alias_history(&ctx, &name).await?)
}

/// Makes a version the champion of its model. A plain form comes back to the registry.
#[server(prefix = "/ui", endpoint = "models/champion")]
pub async fn make_champion(
    name: ModelName,
    version: i64,
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::context;

    let ctx = context::ctx()?;
    let promoted = domain::models::set_alias(
        &ctx,
        &name,
        &types::Alias::champion(),
        version,
        domain::models::Unservable::Refused,
    )
    .await;
    context::answer_form::<MakeChampion, _>(
        promoted.map(drop).map_err(UiError::from),
        &href(language, Page::Models),
        &[],
    )
}

/// Makes the model of a run the champion under a name, registering it first if needed. A plain form comes back
/// to the run.
#[server(prefix = "/ui", endpoint = "models/promote")]
pub async fn promote_run(
    run_id: RunId,
    /// Name of the registered model; checked here, so that the form can say what is wrong with it.
    #[server(default)]
    name: String,
    /// Whether its curves must keep their rules; a box that is not ticked sends nothing.
    #[server(default)]
    require_checks: bool,
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::context;
    use domain::models::Checks;

    let ctx = context::ctx()?;
    let checks = if require_checks { Checks::Required } else { Checks::Waived };
    let promoted = match ModelName::parse(name.trim()) {
        Ok(name) => domain::models::promote(&ctx, &run_id, &name, checks).await,
        Err(invalid) => Err(domain::Error::invalid_field("name", invalid.problem)),
    };
    let page = href(language, Page::Run(run_id));
    context::answer_form::<PromoteRun, _>(promoted.map(drop).map_err(UiError::from), &page, &[])
}
