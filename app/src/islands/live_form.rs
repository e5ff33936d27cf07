//! A form that shows its problems without loading the page anew.

use leptos::prelude::*;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, Headers, HtmlFormElement, RequestInit, Response, SubmitEvent, UrlSearchParams};

use super::Problems;
use super::error_summary::ErrorSummary;
use super::marks::{form_of, mark, problems_of};
use crate::error::UiError;
use crate::i18n::use_language;

/// A form for a server function that leads to a page. What is wrong is said at its top and at the fields, and
/// what was typed stays; without the front end, the server draws the same page again, filled in.
#[island]
pub fn LiveForm(
    /// Address of the server function.
    action: String,
    /// CSS class of the form.
    class: String,
    /// Whether the browser checks the fields before it sends them.
    checked_by_browser: bool,
    /// What was wrong when it was sent without the front end.
    problems: Problems,
    /// Fields and button.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let problems = RwSignal::new(problems);
    let is_pending = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        let Some(form) = form_of(&event) else { return };
        event.prevent_default();
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        spawn_local(async move {
            match send(&form).await {
                Ok(page) => {
                    // Stays pending: the browser is on its way.
                    let _ = window().location().set_href(&page);
                }
                Err(error) => {
                    let found = problems_of(&error, language);
                    mark(&form, &found);
                    problems.set(found);
                    is_pending.set(false);
                }
            }
        });
    };

    view! {
        <form
            class=class
            method="post"
            action=action
            novalidate=!checked_by_browser
            aria-busy=move || is_pending.get().then_some("true")
            on:submit=submit
        >
            <ErrorSummary problems/>
            {children()}
        </form>
    }
}

/// Sends a form and returns the page that the answer leads to.
async fn send(form: &HtmlFormElement) -> Result<String, UiError> {
    let response = post(form).await.map_err(|_| broken(ServerFnErrorErr::Request))?;
    if response.ok() {
        let page = response.headers().get("location").ok().flatten();
        return Ok(page.unwrap_or_else(|| window().location().pathname().unwrap_or_default()));
    }
    let text = async { JsFuture::from(response.text().ok()?).await.ok()?.as_string() }.await;
    let error = text.and_then(|text| serde_json::from_str(&text).ok());
    Err(error.unwrap_or_else(|| broken(ServerFnErrorErr::Response)))
}

async fn post(form: &HtmlFormElement) -> Result<Response, JsValue> {
    let data = FormData::new_with_form(form)?;
    let headers = Headers::new()?;
    headers.set("accept", "application/json")?;
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_headers(&headers);
    request.set_body(&UrlSearchParams::new_with_str_sequence_sequence(&data)?.into());
    let address = form.get_attribute("action").unwrap_or_default();
    JsFuture::from(window().fetch_with_str_and_init(&address, &request)).await?.dyn_into()
}

fn broken(kind: fn(String) -> ServerFnErrorErr) -> UiError {
    UiError::from_server_fn_error(kind(String::new()))
}
