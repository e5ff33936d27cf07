//! What a page shows instead of what could not be loaded.

use leptos::either::Either;
use leptos::prelude::*;
use types::ErrorKind;

use crate::address::{Page, href};
use crate::error::UiError;
use crate::i18n::{Common, Language, use_language};

/// Says what went wrong and what to do, and gives the page its status.
#[component]
pub fn ErrorPanel(
    /// What happened.
    error: UiError,
) -> impl IntoView {
    crate::context::set_status(crate::context::status_of(error.kind));

    let language = use_language();
    let t = Common::of(language);
    let (title, help) = match error.kind {
        ErrorKind::NotFound => (t.error_not_found, Some(t.error_not_found_help)),
        ErrorKind::AlreadyExists => (t.error_taken, None),
        ErrorKind::Invalid | ErrorKind::Rule | ErrorKind::Unsupported | ErrorKind::TooLarge => {
            (t.error_invalid, None)
        }
        ErrorKind::Conflict => (t.error_conflict, None),
        ErrorKind::Unauthenticated | ErrorKind::Forbidden => (t.error_forbidden, None),
        ErrorKind::NotReady | ErrorKind::Busy => (t.error_not_ready, None),
        ErrorKind::Internal => (t.error_internal, Some(t.error_internal_help)),
    };
    let message = error.message(language).to_owned();
    // Internal errors carry a fixed sentence that says nothing more; what is not there has no Spanish sentence.
    let says_more = match error.kind {
        ErrorKind::Internal => false,
        ErrorKind::NotFound => {
            help != Some(message.as_str()) && (language == Language::En || error.en != error.es)
        }
        _ => true,
    };

    view! {
        <section class="error-panel" role="alert">
            <h2>{title}</h2>
            {says_more.then(|| view! { <p class="error-panel-message">{message}</p> })}
            {help.map(|help| view! { <p>{help}</p> })}
            <p><a href=href(language, Page::Home)>{t.to_the_start}</a></p>
        </section>
    }
}

/// The view of a value that was loaded, or what went wrong.
pub fn or_error<T, V: IntoView>(
    result: Result<T, UiError>,
    view: impl FnOnce(T) -> V,
) -> Either<V, impl IntoView> {
    match result {
        Ok(value) => Either::Left(view(value)),
        Err(error) => Either::Right(view! { <ErrorPanel error/> }),
    }
}
