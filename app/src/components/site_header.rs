//! The bar at the top of every page.

use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_location;

use crate::address::{Page, href, translated};
use crate::i18n::{Common, Language, use_language};
use crate::islands::{Theme, ThemeSwitch};

/// Brand, navigation, language and theme.
#[component]
pub fn SiteHeader() -> impl IntoView {
    let language = use_language();
    let t = Common::of(language);
    let location = use_location();
    let back = with_search(location.pathname.get_untracked(), &location.search.get_untracked());

    view! {
        <header class="site-header">
            <div class="site-header-inner">
                <a class="brand" href=href(language, Page::Home)>
                    <svg viewBox="0 0 32 32" aria-hidden="true">
                        <rect class="brand-cover" x="5" y="3" width="23" height="26" rx="3.5"/>
                        <path class="brand-rings" d="M3 9h5M3 16h5M3 23h5"/>
                        <path class="brand-curve" d="M12.5 22c3.5 0 3-10.5 6-10.5S21 16 24 9.5"/>
                    </svg>
                    <span>"Cuaderno"</span>
                </a>
                <nav class="site-nav" aria-label=t.main_navigation>
                    <A href=href(language, Page::Experiments)>{t.experiments}</A>
                    <A href=href(language, Page::Train)>{t.train}</A>
                    <A href=href(language, Page::Models)>{t.models}</A>
                    <A href=href(language, Page::Value)>{t.value_a_car}</A>
                    <a href="/docs">{t.api_docs}</a>
                </nav>
                <div class="site-tools">
                    <LanguageSwitch/>
                    <ThemeSwitch theme=Theme::of_request() back/>
                </div>
            </div>
        </header>
    }
    .into_any()
}

/// A link to this page in the other language.
#[component]
fn LanguageSwitch() -> impl IntoView {
    let language = use_language();
    let t = Common::of(language);
    let location = use_location();
    let other = match language {
        Language::En => Language::Es,
        Language::Es => Language::En,
    };
    let path = translated(&location.pathname.get_untracked(), other);
    let address = with_search(path, &location.search.get_untracked());

    view! {
        <a
            class="language-switch"
            href=address

            hreflang=t.other_language_tag
            lang=t.other_language_tag
            title=t.read_in_other_language
        >
            {t.other_language}
        </a>
    }
}

/// An address with the query that the router has read, which may begin with a question mark.
fn with_search(path: String, search: &str) -> String {
    match search.trim_start_matches('?') {
        "" => path,
        search => format!("{path}?{search}"),
    }
}
