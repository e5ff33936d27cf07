//! Server functions about how somebody likes to read. They are kept in cookies, not in the store.
#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "the macro wants `async`"))]

use leptos::prelude::*;

use crate::error::UiError;
use crate::islands::Theme;
use crate::page_json::PageJson;

/// Remembers the theme. A plain form goes back to its page; the front end has changed the colours already.
#[server(prefix = "/ui", endpoint = "preferences/theme", output = PageJson)]
pub async fn set_theme(
    theme: Theme,
    /// Path and query of the page that asks.
    #[server(default)]
    back: String,
) -> Result<(), UiError> {
    use crate::context;

    context::set_cookie("theme", theme.as_str());
    context::answer_form::<SetTheme, _>(Ok(()), &back, &[])
}

/// Whether this visitor of the English start page would rather read Spanish: their browser says so, and they
/// have not been on a Spanish page yet.
#[cfg(feature = "ssr")]
#[must_use]
pub fn would_read_spanish() -> bool {
    use http::header::ACCEPT_LANGUAGE;
    use types::Language;

    let preferred = use_context::<http::request::Parts>().and_then(|parts| {
        let header = parts.headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::from_accept_language(header)
    });
    preferred == Some(Language::Es) && crate::context::cookie("language").is_none()
}
