//! The runs of an experiment, one row each.

use leptos::prelude::*;
use types::{Direction, Experiment, Run, RunId, RunPage};

use super::{ColumnSort, Duration, Number, StatusBadge};
use crate::address::{Page, href};
use crate::i18n::{ExperimentsText, fill, use_language};
use crate::islands::{KEEPS_SELECTION, RunSelection, Time};
use crate::runs_view::{Column, RunsView};
use crate::server_fns::runs::RunColumns;

/// Metric columns, and param columns, before "show all".
const FIRST_COLUMNS: usize = 8;

/// Name of the tag that holds the kind of model.
pub(crate) const ESTIMATOR: &str = "cuaderno.estimator";

/// A page of runs with links that sort and turn pages, in a form that compares the selected ones.
#[component]
pub fn RunsTable(
    /// Experiment of the runs.
    experiment: Experiment,
    /// Metrics and params that its runs have.
    columns: RunColumns,
    /// The runs of this page.
    page: RunPage,
    /// The best run by the goal of the experiment.
    best: Option<RunId>,
    /// The view that is shown.
    view: RunsView,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let id = experiment.id;
    let count = columns.metrics.len() + columns.params.len();
    let shown = columns_of(&experiment, columns, view.all_columns);
    let hidden_count = count - shown.len();
    let goal = experiment.goal.clone();

    let head = |column: &Column| {
        let (kind, class, prefers_large) = match column {
            Column::Metric(key) if *key == goal.metric => {
                (t.metric, "is-number is-goal", goal.direction == Direction::Maximize)
            }
            Column::Metric(_) => (t.metric, "is-number", false),
            Column::Param(_) => (t.param, "", false),
        };
        view! {
            <ColumnSort
                name=column.name() column=column.sort() kind=kind class=class view=view.clone()
                experiment=id descending_first=prefers_large
            />
        }
    };
    let heads = shown.iter().map(head).collect_view();

    let is_elsewhere = |id: &&RunId| page.runs.iter().all(|run| run.id != **id);
    let elsewhere = view.selected.iter().filter(is_elsewhere);
    let elsewhere = elsewhere.map(|id| view! { <input type="hidden" name="run" value=id.to_string()/> });
    let elsewhere = elsewhere.collect_view();
    let row = |run: Run| {
        let is_best = best.as_ref() == Some(&run.id);
        let is_selected = view.selected.contains(&run.id);
        view! { <RunRow run columns=shown.clone() is_best goal=goal.metric.to_string() is_selected/> }
    };
    let rows: Vec<_> = page.runs.into_iter().map(row).collect();
    let best_link = best.clone().map(|best| {
        view! { <a href=href(language, Page::Run(best))>{t.see_best}</a> }
    });
    let columns_link = (hidden_count > 0 || view.all_columns).then(|| {
        let text =
            if hidden_count > 0 { fill(t.all_columns, &[("n", &count)]) } else { t.fewer_columns.to_owned() };
        let address = view.with_columns(hidden_count > 0).address(language, id);
        view! { <a class=KEEPS_SELECTION href=address>{text}</a> }
    });
    let next = page.next_page_token.map(|token| {
        let address = view.on_page(&token).address(language, id);
        view! { <a class=format!("button {KEEPS_SELECTION}") rel="next" href=address>{t.next_page}</a> }
    });
    let first = (!view.page.is_empty()).then(|| {
        let address = view.on_page("").address(language, id);
        view! { <a class=format!("button is-quiet {KEEPS_SELECTION}") href=address>{t.first_page}</a> }
    });
    let count = view.selected.len();

    view! {
        <RunSelection count>
            <span class="runs-table-links">{best_link} {columns_link}</span>
            {elsewhere}
            <div class="table-frame" tabindex="0" role="region" aria-label=t.runs_table>
                <table class="runs-table">
                    <caption class="visually-hidden">{t.runs_table}</caption>
                    <thead>
                        <tr>
                            <ColumnSort name=t.run column="name" class="is-sticky" view=view.clone() experiment=id/>
                            <ColumnSort name=t.status column="status" view=view.clone() experiment=id/>
                            <ColumnSort name=t.started column="start_time" view=view.clone() experiment=id descending_first=true/>
                            <th scope="col">{t.duration}</th>
                            <th scope="col">{t.model}</th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </RunSelection>
        <nav class="runs-table-pages" aria-label=t.pages>{first} {next}</nav>
    }
}

/// The goal metric, the other metrics, times, then the params; the first of them, unless all are asked for.
fn columns_of(experiment: &Experiment, columns: RunColumns, all: bool) -> Vec<Column> {
    let most = if all { usize::MAX } else { FIRST_COLUMNS };
    let mut metrics = columns.metrics;
    // How long things took is rarely the question.
    metrics.sort_by_key(|key| (*key != experiment.goal.metric, key.as_str().ends_with("_seconds")));
    let metrics = metrics.into_iter().take(most).map(Column::Metric);
    metrics.chain(columns.params.into_iter().take(most).map(Column::Param)).collect()
}

#[component]
fn RunRow(run: Run, columns: Vec<Column>, is_best: bool, goal: String, is_selected: bool) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let select = fill(t.select_run, &[("run", &run.name)]);
    let best = is_best.then(|| {
        view! { <span class="best-badge" title=fill(t.best_title, &[("metric", &goal)])>{t.best_badge}</span> }
    });
    let cells = columns.iter().map(|column| match column {
        Column::Metric(key) => {
            let value = run.metric(key.as_str()).map(|metric| view! { <Number value=metric.last.value/> });
            view! { <td class="is-number">{value}</td> }.into_any()
        }
        Column::Param(key) => {
            let value = run.param(key.as_str()).unwrap_or_default().to_owned();
            let title = value.clone();
            view! { <td class="is-param" title=title>{value}</td> }.into_any()
        }
    });

    view! {
        <tr class:is-best=is_best>
            <th scope="row" class="is-sticky">
                <label class="runs-table-select">
                    <input type="checkbox" name="run" value=run.id.to_string() checked=is_selected/>
                    <span class="visually-hidden">{select}</span>
                </label>
                <a href=href(language, Page::Run(run.id.clone()))>{run.name.to_string()}</a>
                {best}
            </th>
            <td><StatusBadge status=run.status/></td>
            <td><Time at=run.started_at/></td>
            <td class="is-number"><Duration from=run.started_at to=run.ended_at/></td>
            <td>{run.tag(ESTIMATOR).unwrap_or_default().to_owned()}</td>
            {cells.collect_view()}
        </tr>
    }
}
