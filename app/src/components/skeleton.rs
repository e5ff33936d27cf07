//! What stands in for content that is on its way.

use leptos::prelude::*;

use crate::i18n::{Common, use_language};

/// Grey lines in the place of a page's content; only seen when moving between pages in the browser.
#[component]
pub fn Skeleton() -> impl IntoView {
    let t = Common::of(use_language());
    view! {
        <div class="skeleton" role="status">
            <span class="visually-hidden">{t.loading}</span>
            <span></span>
            <span></span>
            <span></span>
        </div>
    }
}
