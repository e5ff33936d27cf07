//! Which runs are to be compared.

use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement, HtmlInputElement, Url};

use super::marks::elements;
use crate::address::{Page, href};
use crate::i18n::{ExperimentsText, fill, use_language};

/// Class of the links, and of the hidden field of the filter, that lead to another view of the same runs: the
/// selection comes along in their `sel`.
pub const KEEPS_SELECTION: &str = "keeps-selection";

/// A form around runs with boxes named `run`; it counts the ticked ones and leads to their comparison.
#[island]
pub fn RunSelection(
    /// Selected runs, on this page or not.
    count: usize,
    /// The runs.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let count = RwSignal::new(count);
    let form = NodeRef::<html::Form>::new();
    let look = move || {
        if let Some(form) = form.get_untracked() {
            let selected = selected(&form);
            keep(&selected);
            count.set(selected.len());
        }
    };
    // A browser that comes back to the page ticks the boxes again without a word.
    Effect::new(move |_| look());
    let note = move || match count.get() {
        0 => t.select_hint.to_owned(),
        count => fill(t.selected, &[("n", &count)]),
    };

    view! {
        <form
            class="run-selection"
            method="get"
            action=href(language, Page::Compare)
            node_ref=form
            on:change=move |_| look()
        >
            <button class="button">{t.compare}</button>
            <span class="run-selection-note" role="status">{note}</span>
            {children()}
        </form>
    }
}

/// Identifiers of the runs that the form would send.
fn selected(form: &HtmlFormElement) -> Vec<String> {
    FormData::new_with_form(form)
        .map(|data| data.get_all("run").iter().filter_map(|id| id.as_string()).collect())
        .unwrap_or_default()
}

/// Lets links and the filter take the selection along.
fn keep(selected: &[String]) {
    let ids = selected.join(",");
    for element in elements(&document().get_elements_by_class_name(KEEPS_SELECTION)) {
        if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            input.set_value(&ids);
            input.set_disabled(ids.is_empty());
        } else if let Some(address) = element.get_attribute("href").and_then(|old| with_selection(&old, &ids))
        {
            let _ = element.set_attribute("href", &address);
        }
    }
}

/// The same address with another selection.
fn with_selection(address: &str, ids: &str) -> Option<String> {
    let url = Url::new_with_base(address, &window().location().href().ok()?).ok()?;
    if ids.is_empty() {
        url.search_params().delete("sel");
    } else {
        url.search_params().set("sel", ids);
    }
    Some(url.pathname() + &url.search())
}
