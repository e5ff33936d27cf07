//! `/models` – registered models, their versions, and which of them answers.

use leptos::either::Either;
use leptos::prelude::*;
use types::{AliasEvent, ModelName, RegisteredModel};

use crate::address::{Page, href};
use crate::components::{AliasTimeline, EmptyState, ErrorPanel, PageHeader, VersionTable, or_error};
use crate::context::form_error;
use crate::error::UiError;
use crate::i18n::{ModelsText, use_language};
use crate::islands::CodeBlock;
use crate::server_fns::models::{MakeChampion, alias_history, list_models};

/// All registered models.
#[component]
pub fn ModelsPage() -> impl IntoView {
    let t = ModelsText::of(use_language());
    view! {
        <PageHeader title=t.title lead=t.lead/>
        {form_error::<MakeChampion>().map(|error| view! { <ErrorPanel error/> })}
        {Suspend::new(async {
            or_error(models().await, |models| {
                if models.is_empty() {
                    return Either::Left(view! { <NoModels/> });
                }
                let cards = models.into_iter().map(|(model, history)| view! { <ModelCard model history/> });
                Either::Right(cards.collect_view())
            })
        })}
    }
}

/// All models, each with the changes of its aliases.
async fn models() -> Result<Vec<(RegisteredModel, Vec<AliasEvent>)>, UiError> {
    let mut models = Vec::new();
    for model in list_models().await? {
        let history = alias_history(model.name.clone()).await?;
        models.push((model, history));
    }
    Ok(models)
}

/// One registered model.
#[component]
fn ModelCard(
    /// The model.
    model: RegisteredModel,
    /// Changes of its aliases.
    history: Vec<AliasEvent>,
) -> impl IntoView {
    let t = ModelsText::of(use_language());
    let is_served = model.name == ModelName::cars();
    view! {
        <article class="model-card stack">
            <header class="stack">
                <h2>{model.name.to_string()}</h2>
                {(!model.description.is_empty()).then(|| view! { <p>{model.description}</p> })}
                {is_served.then(|| view! { <p class="muted">{t.answers}</p> })}
            </header>
            {if model.versions.is_empty() {
                Either::Left(view! { <p class="muted">{t.no_versions}</p> })
            } else {
                Either::Right(view! { <VersionTable versions=model.versions/> })
            }}
            <section class="card">
                <h3>{t.history}</h3>
                <AliasTimeline events=history/>
            </section>
        </article>
    }
    .into_any()
}

/// How a model comes to be registered.
#[component]
fn NoModels() -> impl IntoView {
    let language = use_language();
    let t = ModelsText::of(language);
    view! {
        <EmptyState title=t.empty_title>
            <p>{t.empty_text}</p>
            <p class="row">
                <a class="button" href=href(language, Page::Experiments)>{t.to_runs}</a>
                <a class="button is-quiet" href=href(language, Page::Train)>{t.train}</a>
            </p>
            <CodeBlock caption=t.empty_terminal code="cuaderno models promote RUN_ID --name automoviles"/>
        </EmptyState>
    }
}
