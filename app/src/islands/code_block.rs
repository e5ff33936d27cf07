//! A piece of code to copy.

use leptos::prelude::*;

use super::CopyButton;

/// Code with a caption and a button that copies it.
#[component]
pub fn CodeBlock(
    /// What the code does or where to type it.
    #[prop(into)]
    caption: String,
    /// The code.
    #[prop(into)]
    code: String,
) -> impl IntoView {
    view! {
        <figure class="code-block">
            <figcaption>{caption} <CopyButton text=code.clone()/></figcaption>
            <pre tabindex="0"><code>{code}</code></pre>
        </figure>
    }
    .into_any()
}
