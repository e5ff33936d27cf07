//! The head of a column that can be sorted.

use leptos::prelude::*;
use types::ExperimentId;

use crate::i18n::{ExperimentsText, fill, use_language};
use crate::islands::KEEPS_SELECTION;
use crate::runs_view::RunsView;

/// A cell of the head with a link that sorts by its column. The order is in the address, so it needs no script.
#[component]
pub fn ColumnSort(
    /// What stands in the head.
    #[prop(into)]
    name: String,
    /// How the address names the column.
    #[prop(into)]
    column: String,
    /// The view that is shown.
    view: RunsView,
    /// Experiment of the runs.
    experiment: ExperimentId,
    /// Whether the first click puts the largest value first.
    #[prop(optional)]
    descending_first: bool,
    /// What kind of column it is, in small letters.
    #[prop(optional, into)]
    kind: String,
    /// CSS class of the cell.
    #[prop(optional)]
    class: &'static str,
    /// More about the column, below its name.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let title = fill(t.sort_by, &[("column", &name)]);
    let address = view.sorted_by(&column, descending_first).address(language, experiment);
    let (order, arrow) = match (view.sort == column, view.descending) {
        (false, _) => (None, ""),
        (true, false) => (Some("ascending"), "↑"),
        (true, true) => (Some("descending"), "↓"),
    };

    view! {
        <th scope="col" class=class aria-sort=order>
            {(!kind.is_empty()).then(|| view! { <span class="column-sort-kind">{kind}</span> })}
            <a class=format!("column-sort {KEEPS_SELECTION}") href=address title=title>
                {name} <span class="column-sort-arrow" aria-hidden="true">{arrow}</span>
            </a>
            {children.map(|children| children())}
        </th>
    }
}
