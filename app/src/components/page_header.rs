//! The head that every page has.

use leptos::prelude::*;
use leptos_meta::Title;

/// Title, one sentence about the page, and its actions.
#[component]
pub fn PageHeader(
    /// Heading, and title of the document.
    #[prop(into)]
    title: String,
    /// Small line above the heading, such as what kind of thing this is.
    #[prop(optional, into)]
    eyebrow: String,
    /// One sentence about the page.
    #[prop(optional, into)]
    lead: String,
    /// Links and buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <Title text=title.clone()/>
        <header class="page-header">
            <div class="page-header-text">
                {(!eyebrow.is_empty()).then(|| view! { <p class="eyebrow">{eyebrow}</p> })}
                <h1>{title}</h1>
                {(!lead.is_empty()).then(|| view! { <p class="lead">{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-header-actions">{children()}</div> })}
        </header>
    }
    .into_any()
}
