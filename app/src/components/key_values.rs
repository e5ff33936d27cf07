//! Names with their texts: params, tags.

use leptos::prelude::*;

/// A section with a list of names and values, or a sentence where there are none.
#[component]
pub fn KeyValues(
    /// Heading.
    title: &'static str,
    /// What to say about an empty list.
    empty: &'static str,
    /// Names and values.
    items: Vec<(String, String)>,
) -> impl IntoView {
    let is_empty = items.is_empty();
    let rows = items.into_iter().map(|(name, value)| {
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
    });
    view! {
        <section class="card">
            <h2>{title}</h2>
            {is_empty.then(|| view! { <p class="muted">{empty}</p> })}
            <dl class="key-values">{rows.collect_view()}</dl>
        </section>
    }
}
