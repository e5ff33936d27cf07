//! The filter box above the runs table.

use leptos::prelude::*;
use leptos_router::components::Form;
use types::ExperimentId;

use crate::address::{Page, href};
use crate::i18n::{ExperimentsText, use_language};
use crate::runs_view::RunsView;

/// Longest filter that the box takes; also what the search language accepts.
const FILTER_MAX: u32 = 20_000;

/// A box for MLflow's search language. It sends a plain GET form: the filter is in the address.
#[component]
pub fn RunFilter(
    /// Experiment of the runs.
    experiment: ExperimentId,
    /// The view that is shown.
    #[prop(into)]
    view: Signal<RunsView>,
    /// What is wrong with the filter, below the box.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let address = href(language, Page::Experiment(experiment));
    let kept = move || {
        let view = RunsView { page: String::new(), ..view.get() }.without_filter();
        let pairs = view.pairs().into_iter().filter(|(_, value)| !value.is_empty());
        pairs.map(|(name, value)| view! { <input type="hidden" name=name value=value/> }).collect_view()
    };
    let clear = move || {
        let view = view.get();
        (!view.filter.is_empty()).then(|| {
            view! {
                <a class="button is-quiet" href=view.without_filter().address(language, experiment) data-noscroll="">
                    {t.clear}
                </a>
            }
        })
    };

    view! {
        <search class="run-filter">
            <Form method="GET" action=address noscroll=true>
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
                        value=move || view.read().filter.clone()
                        prop:value=move || view.read().filter.clone()
                    />
                    {kept}
                    <button class="button">{t.apply}</button>
                    {clear}
                </div>
            </Form>
            <div id="run-filter-error" class="run-filter-error">{children()}</div>
            <p id="run-filter-help" class="run-filter-help">{t.filter_help}</p>
        </search>
    }
}
