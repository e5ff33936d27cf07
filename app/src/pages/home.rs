//! `/` – what this is, how things stand, where to go.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::Title;
use types::{ModelInfo, Run};

use crate::address::{Page, href, origin};
use crate::components::{EmptyState, Number, StatusBadge, or_error};
use crate::error::UiError;
use crate::i18n::{HomeText, Language, fill, use_language};
use crate::islands::{CodeBlock, Time};
use crate::server_fns::experiments::list_experiments;
use crate::server_fns::overview::{current_model, latest_runs};
use crate::server_fns::preferences::would_read_spanish;

/// Metric that the start page shows of each run; the goal of every experiment unless set otherwise.
const GOAL: &str = "test_rmse";

/// The start page.
#[component]
pub fn HomePage() -> impl IntoView {
    let language = use_language();
    let t = HomeText::of(language);

    view! {
        <Title text=t.title/>
        <LanguageOffer/>
        <header class="home-hero">
            <p class="eyebrow">{t.eyebrow}</p>
            <h1>{t.headline}</h1>
            <p class="lead">{t.lead}</p>
        </header>
        <nav class="card-grid" aria-label=t.title>
            <HomeCard page=Page::Experiments title=t.runs_card text=t.runs_card_text/>
            <HomeCard page=Page::Train title=t.train_card text=t.train_card_text/>
            <HomeCard page=Page::Value title=t.value_card text=t.value_card_text/>
        </nav>
        {Suspend::new(async {
            or_error(standing().await, |(model, runs)| view! { <Standing model runs/> })
        })}
        <FromOutside/>
    }
}

/// The model that answers, and the newest runs.
async fn standing() -> Result<(ModelInfo, Vec<Run>), UiError> {
    let model = current_model().await?;
    let experiments = list_experiments().await?;
    let runs = latest_runs(experiments.into_iter().map(|summary| summary.experiment.id).collect()).await?;
    Ok((model, runs))
}

/// A line for visitors whose browser prefers Spanish; it offers, it does not redirect.
#[component]
fn LanguageOffer() -> impl IntoView {
    let language = use_language();
    let t = HomeText::of(language);
    (language == Language::En && would_read_spanish()).then(|| {
        view! {
            <p class="language-offer" lang="es">
                {t.offer} " " <a href=href(Language::Es, Page::Home)>{t.offer_link}</a>
            </p>
        }
    })
}

/// A large link with a sentence.
#[component]
fn HomeCard(
    /// Where it leads.
    page: Page,
    /// What there is to do.
    title: &'static str,
    /// One sentence more.
    text: &'static str,
) -> impl IntoView {
    view! {
        <a class="card home-card" href=href(use_language(), page)>
            <h2>{title}</h2>
            <p>{text}</p>
            <span class="home-card-arrow" aria-hidden="true">"→"</span>
        </a>
    }
}

/// The champion and the newest runs, or how to begin.
#[component]
fn Standing(
    /// The model that answers.
    model: ModelInfo,
    /// The newest runs.
    runs: Vec<Run>,
) -> impl IntoView {
    let t = HomeText::of(use_language());
    if runs.is_empty() && !model.model_loaded {
        return Either::Left(view! {
            <EmptyState title=t.empty_title>
                <p>{t.empty_text}</p>
                <CodeBlock caption=t.empty_sample code="cuaderno serve --sample"/>
                <CodeBlock
                    caption=t.empty_train
                    code="cuaderno train cars.csv --target precio --model random_forest"
                />
            </EmptyState>
        });
    }
    Either::Right(view! {
        <div class="split home-standing">
            <LatestRuns runs/>
            <Champion model/>
        </div>
    })
}

/// The model in production.
#[component]
fn Champion(
    /// The model that answers.
    model: ModelInfo,
) -> impl IntoView {
    let language = use_language();
    let t = HomeText::of(language);
    let goal = model.metrics.as_ref().and_then(|metrics| metrics.get(GOAL).copied());
    let Some(kind) = model.model_type.filter(|_| model.model_loaded) else {
        return Either::Left(view! {
            <section class="card home-champion">
                <p class="eyebrow">{t.in_production}</p>
                <h2>{t.no_champion}</h2>
                <p>{t.no_champion_text}</p>
                <p><a href=href(language, Page::Models)>{crate::i18n::Common::of(language).models}</a></p>
            </section>
        });
    };
    Either::Right(view! {
        <section class="card home-champion">
            <p class="eyebrow">{t.in_production}</p>
            <h2>{kind}</h2>
            <p class="row">
                {model
                    .version
                    .map(|n| view! { <span class="chip is-champion">{fill(t.version, &[("n", &n)])}</span> })}
                {goal.map(|value| view! { <span>{t.goal} " " <strong><Number value/></strong></span> })}
            </p>
            <p class="muted">{t.answers}</p>
            {model.run_id.map(|id| view! { <p><a href=href(language, Page::Run(id))>{t.its_run}</a></p> })}
        </section>
    })
}

/// The newest runs with their goal metric.
#[component]
fn LatestRuns(
    /// The newest runs.
    runs: Vec<Run>,
) -> impl IntoView {
    let language = use_language();
    let t = HomeText::of(language);
    let rows: Vec<_> = runs
        .into_iter()
        .map(|run| {
            let goal = run.metric(GOAL).map(|metric| metric.last.value);
            view! {
                <tr>
                    <td><a href=href(language, Page::Run(run.id))>{run.name.to_string()}</a></td>
                    <td><StatusBadge status=run.status/></td>
                    <td class="is-number">{goal.map(|value| view! { <Number value/> })}</td>
                    <td><Time at=run.started_at/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="stack" aria-labelledby="latest-runs">
            <div class="section-head">
                <h2 id="latest-runs">{t.latest}</h2>
                <a href=href(language, Page::Experiments)>{t.all_runs}</a>
            </div>
            <div class="table-frame">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t.run}</th>
                            <th scope="col">{t.state}</th>
                            <th scope="col" class="is-number">{t.goal}</th>
                            <th scope="col">{t.started}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// How other programs write into the notebook.
#[component]
fn FromOutside() -> impl IntoView {
    let t = HomeText::of(use_language());
    let origin = origin();
    view! {
        <details class="card home-outside">
            <summary>{t.log_from_outside}</summary>
            <p>{t.log_text} " " <a href="/docs">{t.to_api_docs}</a></p>
            <CodeBlock caption="curl" code=CURL.replace("{origin}", &origin)/>
            <CodeBlock caption="Python" code=PYTHON.replace("{origin}", &origin)/>
        </details>
    }
    .into_any()
}

const CURL: &str = r#"json='Content-Type: application/json'
curl -s {origin}/api/v1/experiments -H "$json" -d '{"name": "my experiment"}'
curl -s {origin}/api/v1/runs -H "$json" -d '{"experiment_id": "1", "run_name": "first"}'
# with the run_id that this answers:
curl -s {origin}/api/v1/runs/$RUN_ID/metrics -H "$json" -d '[{"key": "test_rmse", "value": 1309.54}]'
curl -s -X PATCH {origin}/api/v1/runs/$RUN_ID -H "$json" -d '{"status": "FINISHED"}'"#;

const PYTHON: &str = r#"import requests

api = "{origin}/api/v1"
experiment = requests.post(f"{api}/experiments", json={"name": "my experiment"}).json()
run = requests.post(f"{api}/runs", json={**experiment, "run_name": "first"}).json()["run_id"]
requests.post(f"{api}/runs/{run}/params", json=[{"key": "n_estimators", "value": "100"}])
requests.post(f"{api}/runs/{run}/metrics", json=[{"key": "test_rmse", "value": 1309.54}])
requests.patch(f"{api}/runs/{run}", json={"status": "FINISHED"})"#;
