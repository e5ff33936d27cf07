//! Every address without a page.

use leptos::prelude::*;

use crate::address::{Page, href};
use crate::components::PageHeader;
use crate::i18n::{Common, use_language};

/// Says that there is no such page, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    crate::context::set_status(http::StatusCode::NOT_FOUND);

    let language = use_language();
    let t = Common::of(language);
    view! {
        <PageHeader title=t.not_found_title eyebrow="404" lead=t.not_found_lead>
            <a class="button" href=href(language, Page::Home)>{t.to_the_start}</a>
            <a class="button is-quiet" href=href(language, Page::Experiments)>{t.experiments}</a>
        </PageHeader>
    }
}
