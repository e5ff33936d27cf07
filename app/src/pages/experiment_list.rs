//! `/experiments` – all experiments, and a form that creates one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::ExperimentSummary;

use crate::address::{Page, href};
use crate::components::{EmptyState, NewExperiment, Number, PageHeader, direction_text, or_error};
use crate::i18n::{ExperimentsText, use_language};
use crate::islands::{CodeBlock, Time};
use crate::number_format::whole;
use crate::server_fns::experiments::list_experiments;

/// All experiments in use.
#[component]
pub fn ExperimentListPage() -> impl IntoView {
    let t = ExperimentsText::of(use_language());
    // What was typed comes back in the address when a form without the front end had a fault.
    let typed = use_query_map().read_untracked().get("name").unwrap_or_default();

    view! {
        <PageHeader title=t.title lead=t.lead/>
        {Suspend::new(async {
            or_error(list_experiments().await, |experiments| {
                let is_unused = experiments.iter().all(|summary| summary.run_count == 0);
                let cards = experiments.into_iter().map(|summary| view! { <ExperimentCard summary/> });
                view! {
                    <ul class="experiment-cards">{cards.collect_view()}</ul>
                    {is_unused.then(|| view! { <FirstSteps/> })}
                }
            })
        })}
        <NewExperiment name=typed/>
    }
}

#[component]
fn ExperimentCard(summary: ExperimentSummary) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let experiment = summary.experiment;
    let best = match summary.best {
        Some(best) => view! { <Number value=best/> }.into_any(),
        None => "–".into_any(),
    };
    let last = match summary.last_run_at {
        Some(at) => view! { <Time at=at/> }.into_any(),
        None => t.never.into_any(),
    };

    view! {
        <li class="experiment-card">
            <h2><a href=href(language, Page::Experiment(experiment.id))>{experiment.name.to_string()}</a></h2>
            <dl>
                <div class="experiment-card-best">
                    <dt>{t.best} " " <code>{experiment.goal.metric.to_string()}</code></dt>
                    <dd>{best}</dd>
                    <dd class="muted">{direction_text(language, experiment.goal.direction)}</dd>
                </div>
                <div><dt>{t.runs}</dt><dd>{whole(language, summary.run_count)}</dd></div>
                <div><dt>{t.last_activity}</dt><dd>{last}</dd></div>
            </dl>
        </li>
    }
}

/// How the first run comes into being.
#[component]
fn FirstSteps() -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    view! {
        <EmptyState title=t.empty_title>
            <p>{t.empty_body}</p>
            <CodeBlock caption=t.on_the_command_line code="cuaderno train cars.csv --target precio --model random_forest"/>
            <CodeBlock
                caption=t.over_http
                code="curl -X POST http://127.0.0.1:5000/api/v1/experiments \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"name\": \"first steps\"}'"
            />
            <p><a class="button" href=href(language, Page::Train)>{t.train_here}</a></p>
        </EmptyState>
    }
}
