//! `/experiments/:id?q=&sort=&dir=&cols=&page=&sel=` – one experiment with its runs.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use types::{ErrorKind, ExperimentId, Lifecycle};

use crate::address::{Page, href};
use crate::components::{EmptyState, ErrorPanel, GoalForm, PageHeader, RunFilter, RunsTable, or_error};
use crate::error::UiError;
use crate::i18n::{ExperimentsText, use_language};
use crate::islands::CodeBlock;
use crate::runs_view::RunsView;
use crate::server_fns::experiments::get_experiment;
use crate::server_fns::runs::{best_run, list_columns, search_runs};

/// One experiment: its goal, and its runs in a table.
#[component]
pub fn ExperimentPage() -> impl IntoView {
    let t = ExperimentsText::of(use_language());
    let id = use_params_map().with_untracked(|params| ExperimentId::parse(params.get_str("id")?).ok());
    let view = use_query_map().with_untracked(RunsView::from_query);

    view! {
        <Title text=t.experiment/>
        {Suspend::new(async move {
            match id {
                Some(id) => experiment(id, view).await.into_any(),
                None => view! { <ErrorPanel error=UiError::no_such_page()/> }.into_any(),
            }
        })}
    }
}

async fn experiment(id: ExperimentId, view: RunsView) -> impl IntoView {
    let t = ExperimentsText::of(use_language());
    let search = search_runs(id, view.filter.clone(), view.sort.clone(), view.descending, view.page.clone());
    let (experiment, best, columns, page) =
        tokio::join!(get_experiment(id), best_run(id), list_columns(id), search);
    or_error(experiment, move |experiment| {
        let is_deleted = experiment.lifecycle == Lifecycle::Deleted;
        let metrics = columns.clone().map(|columns| columns.metrics).unwrap_or_default();
        let ranked = experiment.clone();
        let filter_error = page.as_ref().err().filter(|error| is_about_filter(error)).cloned();
        let filter_error = filter_error.map(|error| view! { <FilterError error/> });
        let filtered = view.clone();
        let runs = match (page, columns, best) {
            (Err(error), _, _) if is_about_filter(&error) => ().into_any(),
            (Ok(page), _, _) if page.runs.is_empty() => view! { <NoRuns experiment=id view/> }.into_any(),
            (Ok(page), Ok(columns), Ok(best)) => {
                view! { <RunsTable experiment columns page best view/> }.into_any()
            }
            (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(error)) => {
                view! { <ErrorPanel error/> }.into_any()
            }
        };
        view! {
            <PageHeader title=ranked.name.to_string() eyebrow=t.experiment>
                {is_deleted.then(|| view! { <span class="status-badge is-failed">{t.deleted}</span> })}
                <GoalForm experiment=ranked metrics/>
            </PageHeader>
            <RunFilter experiment=id view=filtered>{filter_error}</RunFilter>
            {runs}
        }
    })
}

fn is_about_filter(error: &UiError) -> bool {
    error.kind == ErrorKind::Invalid && error.fault("filter").is_some()
}

/// Says which token of the filter is not understood; the status of the page says so, too.
#[component]
fn FilterError(error: UiError) -> impl IntoView {
    crate::context::set_status(crate::context::status_of(error.kind));

    let t = ExperimentsText::of(use_language());
    let problem = error.fault("filter").map(|fault| fault.msg.clone());
    view! { <p class="form-error" role="alert"><strong>{t.filter_wrong}</strong> ": " <span lang="en">{problem}</span></p> }
}

/// What to do about an empty table: there may be no runs at all, none that fit, or none left on this page.
#[component]
fn NoRuns(experiment: ExperimentId, view: RunsView) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    if !view.page.is_empty() {
        let first = view.on_page("").address(language, experiment);
        return view! {
            <EmptyState title=t.page_end><p><a class="button" href=first>{t.first_page}</a></p></EmptyState>
        }
        .into_any();
    }
    if !view.filter.is_empty() {
        let all = view.without_filter().address(language, experiment);
        return view! {
            <EmptyState title=t.no_match_title>
                <p>{t.no_match_body}</p>
                <pre><code>"metrics.test_rmse < 900 and params.model = 'random_forest'\nattributes.status = 'FINISHED' or tags.team LIKE 'a%'"</code></pre>
                <p><a class="button" href=all>{t.clear}</a></p>
            </EmptyState>
        }
        .into_any();
    }
    let curl = format!(
        "RUN=$(curl -s -X POST http://127.0.0.1:5000/api/v1/runs -H 'Content-Type: application/json' \\\n  \
         -d '{{\"experiment_id\": \"{experiment}\", \"run_name\": \"first\"}}' | jq -r .run_id)\n\
         curl -X POST http://127.0.0.1:5000/api/v1/runs/$RUN/metrics -H 'Content-Type: application/json' \\\n  \
         -d '[{{\"key\": \"test_rmse\", \"value\": 912.5, \"step\": 1}}]'"
    );
    view! {
        <EmptyState title=t.no_runs_title>
            <p>{t.no_runs_body}</p>
            <p><a class="button" href=href(language, Page::Train)>{t.train_here}</a></p>
            <CodeBlock caption=t.over_http code=curl/>
        </EmptyState>
    }
    .into_any()
}
