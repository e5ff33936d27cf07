//! The server's side of pages and server functions: who asks, and how the answer is marked.

use domain::{Caller, Ctx, Engine};
use http::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
use leptos_axum::ResponseOptions;
use types::ErrorKind;

use crate::error::UiError;
use crate::i18n::{Common, Language, use_language};
use crate::islands::Problems;
use crate::query::with_query;

/// Where server functions live; pages never do.
const SERVER_FUNCTIONS: &str = "/ui/";

/// The domain context of this request.
///
/// # Errors
///
/// `Internal` if the router does not provide an [`Engine`].
pub fn ctx() -> Result<Ctx, UiError> {
    let engine = use_context::<Engine>().ok_or_else(|| {
        tracing::error!("the router provides no engine");
        let sentence = |language| Common::of(language).error_internal_help.to_owned();
        UiError {
            kind: ErrorKind::Internal,
            en: sentence(Language::En),
            es: sentence(Language::Es),
            faults: Vec::new(),
        }
    })?;
    Ok(engine.ctx(Caller::Anonymous))
}

/// The HTTP status for a kind of failure.
#[must_use]
pub fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::AlreadyExists | ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::Rule => StatusCode::BAD_REQUEST,
        ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Busy => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Marks the page that is being rendered.
pub fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// Marks the answer of a server function that fails. A page decides for itself whether a failing part fails
/// the whole, so nothing happens while one is rendered.
pub(crate) fn answer_with_status(kind: ErrorKind) {
    let is_server_function =
        use_context::<Parts>().is_some_and(|parts| parts.uri.path().starts_with(SERVER_FUNCTIONS));
    if is_server_function {
        set_status(status_of(kind));
    }
}

/// Whether a form was sent by a browser without the front end, so that the answer must be a page.
#[must_use]
pub fn is_plain_form() -> bool {
    accepts("text/html")
}

/// Whether the front end asks: it wants JSON and nothing else.
fn is_front_end() -> bool {
    accepts("application/json") && !is_plain_form()
}

fn accepts(kind: &str) -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
        accept.is_some_and(|accept| accept.contains(kind))
    })
}

/// Leads whoever sent a form to a page of this site: the front end by its router, everybody else with 303.
pub fn go_to(address: &str) {
    let address = own_address(address);
    match (is_front_end(), use_context::<ResponseOptions>(), HeaderValue::from_str(address)) {
        (false, Some(response), Ok(location)) => {
            response.insert_header(LOCATION, location);
            response.set_status(StatusCode::SEE_OTHER);
        }
        _ => leptos_axum::redirect(address),
    }
}

/// Finishes a form's server function: it leads (back) to `page`. After a failure, a browser without the front end
/// goes there, too, and takes the `fields` along, to be filled in again, and the error, which
/// [`problems_of_form`] reads there; the front end stays where it is.
///
/// # Errors
///
/// Those of `result`.
pub fn answer_form<F: ServerFn<Error = UiError>, T>(
    result: Result<T, UiError>,
    page: &str,
    fields: &[(&str, &str)],
) -> Result<T, UiError> {
    match &result {
        Ok(_) => go_to(page),
        Err(error) if is_plain_form() => {
            let address = with_query(page, fields.iter().copied());
            // The base is only there because an error encodes itself into whole addresses.
            let encoded = ServerFnUrlError::new(F::PATH, error.clone()).to_url("http://localhost/").ok();
            let error = encoded.as_ref().and_then(|url| url.query()).unwrap_or_default();
            let separator = if address.contains('?') { '&' } else { '?' };
            go_to(&format!("{address}{separator}{error}"));
        }
        // Whoever is neither a page nor the front end reads the status and the body.
        Err(_) => {}
    }
    result
}

/// What was wrong with the form of a server function when it was sent without the front end: the address of the
/// page that is being rendered tells. `label` knows what the page calls a field.
#[must_use]
pub fn problems_of_form<F>(label: impl Fn(&str) -> Option<String>) -> Problems
where
    F: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
{
    form_error::<F>().map(|error| Problems::of(&error, use_language(), label)).unwrap_or_default()
}

/// What the server function of a form has answered, when it was sent without the front end and failed.
#[must_use]
pub fn form_error<F>() -> Option<UiError>
where
    F: ServerFn<Error = UiError> + Clone + Send + Sync + 'static,
    F::Output: Send + Sync + 'static,
{
    let answer = ServerAction::<F>::new().value();
    answer.with_untracked(|answer| answer.as_ref()?.as_ref().err().cloned())
}

/// The value of a cookie of this request.
#[must_use]
pub fn cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// Stores a choice in the browser for a year. `value` is one of our own words.
pub fn set_cookie(name: &str, value: &'static str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    if let (Some(response), Ok(cookie)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&cookie)) {
        response.append_header(SET_COOKIE, cookie);
    }
}

/// `address` if it is a path of this site that is safe in a header, else the start page.
#[must_use]
pub fn own_address(address: &str) -> &str {
    let is_path = address.starts_with('/') && !address.starts_with("//") && !address.contains('\\');
    if is_path && address.bytes().all(|byte| byte.is_ascii_graphic()) { address } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_address;

    #[test]
    fn redirects_stay_on_the_site() {
        for good in ["/", "/es/valorar?marca=Seat&a%C3%B1o=2020", "/train"] {
            assert_eq!(own_address(good), good);
        }
        for bad in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb: c", "/a b", "/ñ"]
        {
            assert_eq!(own_address(bad), "/", "{bad:?}");
        }
    }
}
