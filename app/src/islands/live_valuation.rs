//! The valuation form with its answer, which follows the form.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use serde::{Deserialize, Serialize};
use types::Valuation;
use types::car::FIELDS;
use web_sys::{FormData, HtmlFormElement};

use super::Problems;
use super::error_summary::ErrorSummary;
use super::marks::{form_of, mark, problems_of};
use super::valuation_result::ValuationResult;
use crate::address::{Page, href};
use crate::i18n::{ValueText, use_language};
use crate::number_format::money;
use crate::query::with_query;
use crate::server_fns::valuation::{SubmitCar, value_car};

/// A car, as text by its JSON names, and what the model said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The car.
    pub car: BTreeMap<String, String>,
    /// What the model answered, and why.
    pub valuation: Valuation,
}

/// How a car came to be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The button was pressed: the answer is a step of the browser's history.
    ByButton,
    /// A field has changed after there was an answer.
    ByChange,
}

/// The form and, above it, the price. Once there is a price, it follows every change of a field. The address
/// always holds the car that the price is for.
#[island]
pub fn LiveValuation(
    /// The car in the address with its answer, if there is one.
    answer: Option<Answer>,
    /// What is wrong with the car in the address.
    problems: Problems,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let answer = RwSignal::new(answer);
    let problems = RwSignal::new(problems);
    // Whether the fields have changed since the price was told.
    let is_stale = RwSignal::new(false);
    let is_answered = Memo::new(move |_| answer.with(Option::is_some));
    let question = StoredValue::new(0_u32);

    let ask = move |form: HtmlFormElement, asked: Asked| {
        let Ok(data) = FormData::new_with_form(&form) else { return };
        let car: BTreeMap<String, String> = FIELDS
            .iter()
            .filter_map(|(name, _)| Some(((*name).to_owned(), data.get(name).as_string()?.trim().to_owned())))
            .collect();
        question.update_value(|number| *number += 1);
        let number = question.get_value();
        is_stale.set(true);
        spawn_local(async move {
            let result = value_car(car.clone()).await;
            if question.get_value() != number {
                // Somebody has asked again in the meantime.
                return;
            }
            match result {
                Ok(valuation) => {
                    let fields =
                        FIELDS.map(|(name, _)| (name, car.get(name).map(String::as_str).unwrap_or_default()));
                    remember(&with_query(&href(language, Page::Value), fields), asked);
                    mark(&form, &Problems::default());
                    problems.set(Problems::default());
                    answer.set(Some(Answer { car, valuation }));
                    is_stale.set(false);
                }
                Err(error) => {
                    let found = problems_of(&error, language);
                    mark(&form, &found);
                    problems.set(found);
                }
            }
            if asked == Asked::ByButton {
                request_animation_frame(show_outcome);
            }
        });
    };
    let submit = move |event: web_sys::SubmitEvent| {
        if let Some(form) = form_of(&event) {
            event.prevent_default();
            ask(form, Asked::ByButton);
        }
    };
    let change = move |event: web_sys::Event| {
        if let Some(form) = form_of(&event).filter(|_| is_answered.get_untracked()) {
            ask(form, Asked::ByChange);
        }
    };
    // A step back in the history is another car: its page is loaded.
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::popstate, |_| {
            let _ = window().location().reload();
        });
        on_cleanup(move || handle.remove());
    });
    let price = move || answer.with(|answer| answer.as_ref().map(|answer| answer.valuation.prediction.price));

    view! {
        <div class="live-valuation" class:is-stale=is_stale>
            {move || {
                answer.get().map(|Answer { car, valuation }| view! { <ValuationResult valuation car/> })
            }}
        </div>
        <form
            class="car-form"
            method="post"
            action=SubmitCar::url()
            novalidate
            on:submit=submit
            on:change=change
        >
            <ErrorSummary problems/>
            {children()}
            <div class="row">
                <button class="button is-large">
                    {move || if is_answered.get() { t.again } else { t.submit }}
                </button>
                <output class="live-valuation-price" class:is-stale=is_stale>
                    {move || price().map(|price| money(language, price))}
                </output>
                {move || {
                    is_answered.get().then(|| view! { <a href=href(language, Page::Value)>{t.other_car}</a> })
                }}
            </div>
        </form>
    }
    .into_any()
}

/// Puts an address into the browser's bar.
fn remember(address: &str, asked: Asked) {
    let Ok(history) = window().history() else { return };
    // These fail only for addresses of other sites.
    let _ = match asked {
        Asked::ByButton => history.push_state_with_url(&JsValue::NULL, "", Some(address)),
        Asked::ByChange => history.replace_state_with_url(&JsValue::NULL, "", Some(address)),
    };
}

/// Scrolls to the problems or to the price, whichever there is.
fn show_outcome() {
    let found = document().query_selector(".error-summary, .valuation-result");
    if let Ok(Some(element)) = found {
        element.scroll_into_view();
    }
}
