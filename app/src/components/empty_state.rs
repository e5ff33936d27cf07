//! What a list says while it is empty.

use leptos::prelude::*;

/// Says what belongs here, why there is nothing yet, and how to get it.
#[component]
pub fn EmptyState(
    /// What is missing, in a few words.
    #[prop(into)]
    title: String,
    /// Why, and what to do; snippets and links.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="empty-state">
            <svg class="empty-state-mark" viewBox="0 0 48 48" aria-hidden="true">
                <path d="M12 6h24a3 3 0 0 1 3 3v30a3 3 0 0 1-3 3H12z"/>
                <path d="M12 6v36M18 16h14M18 24h14M18 32h8"/>
            </svg>
            <h2>{title}</h2>
            <div class="empty-state-body">{children()}</div>
        </section>
    }
    .into_any()
}
