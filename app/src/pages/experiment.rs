//! `/experiments/:id?q=&sort=&dir=&cols=&page=&sel=` – one experiment with its runs.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use types::{ErrorKind, ExperimentId, Lifecycle};

use crate::address::{Page, href};
use crate::components::{
    CodeBlock, EmptyState, ErrorPanel, GoalForm, PageHeader, RunFilter, RunsTable, Skeleton, or_error,
};
use crate::error::UiError;
use crate::i18n::{ExperimentsText, use_language};
use crate::runs_view::RunsView;
use crate::server_fns::experiments::{SetGoal, get_experiment};
use crate::server_fns::runs::{best_run, list_columns, search_runs};

/// One experiment: its goal, and its runs in a table.
#[component]
pub fn ExperimentPage() -> impl IntoView {
    let t = ExperimentsText::of(use_language());
    let (params, query) = (use_params_map(), use_query_map());
    let id = Memo::new(move |_| {
        params.with(|params| params.get("id").and_then(|id| ExperimentId::parse(&id).ok()))
    });
    let address = Memo::new(move |_| RunsView::from_query(&query.read()));
    // The selection outlives sorting and turning pages; the links that do so take it along.
    let selected = RwSignal::new(address.read_untracked().selected.clone());
    let view = Signal::derive(move || address.read().selecting(selected.get()));

    let set_goal = ServerAction::<SetGoal>::new();
    let ranked = move || (id.get(), set_goal.version().get());
    let experiment = Resource::new(ranked, |(id, _)| async move {
        get_experiment(id.ok_or_else(UiError::no_such_page)?).await
    });
    let best =
        Resource::new(ranked, |(id, _)| async move { best_run(id.ok_or_else(UiError::no_such_page)?).await });
    let columns = Resource::new(
        move || id.get(),
        |id| async move { list_columns(id.ok_or_else(UiError::no_such_page)?).await },
    );
    let page = Resource::new(
        move || {
            let view = address.get();
            (id.get(), view.filter, view.sort, view.descending, view.page)
        },
        |(id, filter, sort, descending, page)| async move {
            search_runs(id.ok_or_else(UiError::no_such_page)?, filter, sort, descending, page).await
        },
    );

    view! {
        <Title text=t.experiment/>
        <Transition fallback=Skeleton>
            // All values are awaited here: what is awaited further inside may be missing from the first answer.
            {move || {
                // Columns and empty states are part of the address, too.
                let shown = address.get();
                Suspend::new(async move {
                    let (experiment, best) = (experiment.await, best.await);
                    let (columns, page) = (columns.await, page.await);
                    or_error(experiment, move |experiment| {
                        let is_deleted = experiment.lifecycle == Lifecycle::Deleted;
                        let (ranked, id) = (experiment.clone(), experiment.id);
                        let metrics = columns.clone().map(|columns| columns.metrics).unwrap_or_default();
                        let filter_error = page.clone().err().filter(is_about_filter);
                        let filter_error = filter_error.map(|error| view! { <FilterError error/> });
                        let all_columns = shown.all_columns;
                        let runs = match (page, columns, best) {
                            (Err(error), _, _) if is_about_filter(&error) => ().into_any(),
                            (Ok(page), _, _) if page.runs.is_empty() => {
                                view! { <NoRuns experiment=id view=shown/> }.into_any()
                            }
                            (Ok(page), Ok(columns), Ok(best)) => {
                                view! { <RunsTable experiment columns page best view all_columns selected/> }
                                    .into_any()
                            }
                            (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(error)) => {
                                view! { <ErrorPanel error/> }.into_any()
                            }
                        };
                        view! {
                            <PageHeader title=ranked.name.to_string() eyebrow=t.experiment>
                                {is_deleted.then(|| {
                                    view! { <span class="status-badge is-failed">{t.deleted}</span> }
                                })}
                                <GoalForm experiment=ranked metrics action=set_goal/>
                            </PageHeader>
                            <RunFilter experiment=id view=view>{filter_error}</RunFilter>
                            {runs}
                        }
                    })
                })
            }}
        </Transition>
    }
}

fn is_about_filter(error: &UiError) -> bool {
    error.kind == ErrorKind::Invalid && error.fault("filter").is_some()
}

/// Says which token of the filter is not understood; the status of the page says so, too.
#[component]
fn FilterError(error: UiError) -> impl IntoView {
    #[cfg(feature = "ssr")]
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
