//! The line at the end of every page.

use leptos::prelude::*;

use crate::i18n::{Common, use_language};

/// What this is, and where its API is described.
#[component]
pub fn SiteFooter() -> impl IntoView {
    let t = Common::of(use_language());
    view! {
        <footer class="site-footer">
            <p>"Cuaderno · " {t.footer_what}</p>
            <p class="site-footer-links">
                <a href="/docs">"Swagger"</a>
                <a href="/redoc">"ReDoc"</a>
                <a href="/openapi.json">"openapi.json"</a>
                <span>{t.footer_licence}</span>
            </p>
        </footer>
    }
}
