//! The filter box above the runs table.

use leptos::prelude::*;
use types::ExperimentId;

use crate::address::{Page, href};
use crate::i18n::{ExperimentsText, use_language};
use crate::islands::KEEPS_SELECTION;
use crate::runs_view::RunsView;

/// Longest filter that the box takes; also what the search language accepts.
const FILTER_MAX: u32 = 20_000;

/// A box for MLflow's search language. It sends a plain GET form: the filter is in the address.
#[component]
pub fn RunFilter(
    /// Experiment of the runs.
    experiment: ExperimentId,
    /// The view that is shown.
    view: RunsView,
    /// What is wrong with the filter, below the box.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let address = href(language, Page::Experiment(experiment));
    let filter = view.filter.clone();
    let all = view.without_filter();
    // The first page of what the filter lets through; the selection follows the boxes.
    let kept = all.pairs().into_iter().map(|(name, value)| {
        let class = (name == "sel").then_some(KEEPS_SELECTION);
        let is_empty = value.is_empty();
        view! { <input type="hidden" class=class name=name value=value disabled=is_empty/> }
    });
    let kept = kept.collect_view();
    let clear = (!filter.is_empty()).then(|| {
        let address = all.address(language, experiment);
        view! { <a class=format!("button is-quiet {KEEPS_SELECTION}") href=address>{t.clear}</a> }
    });

    view! {
        <search class="run-filter">
            <form method="get" action=address>
                <label for="run-filter">{t.filter}</label>
                <div class="run-filter-row">
                    <input
                        id="run-filter"
                        name="q"
                        type="search"
                        maxlength=FILTER_MAX
                        placeholder="metrics.test_rmse < 900 and params.model = 'random_forest'"
                        aria-describedby="run-filter-error run-filter-help"
                        spellcheck="false"
                        autocomplete="off"
                        autocapitalize="none"
                        value=filter
                    />
                    {kept}
                    <button class="button">{t.apply}</button>
                    {clear}
                </div>
            </form>
            <div id="run-filter-error" class="run-filter-error">{children()}</div>
            <p id="run-filter-help" class="run-filter-help">{t.filter_help}</p>
        </search>
    }
}
