//! `/value`, `/es/valorar` – what is this car worth?
//!
//! The form is a plain POST that leads back here with the car in the address; the page then answers for
//! the car that it finds there. With the front end, the same happens without loading a new document.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::{ErrorKind, FormOptions, Valuation};

use crate::address::{Page, href};
use crate::car_form::{CAR, DETAILS, STATE, car_in};
use crate::components::{CarField, EmptyState, ErrorPanel, PageHeader, or_error};
use crate::context::{set_status, status_of};
use crate::error::UiError;
use crate::i18n::{ValueText, use_language};
use crate::islands::{Answer, CodeBlock, LiveValuation, Problems};
use crate::server_fns::valuation::{list_form_options, value_car};

/// The valuation form with its answer.
#[component]
pub fn ValuePage() -> impl IntoView {
    let t = ValueText::of(use_language());
    let car = use_query_map().with_untracked(car_in);

    view! {
        <PageHeader title=t.title lead=t.lead/>
        {Suspend::new(async {
            let valuation = match &car {
                Some(car) => Some(value_car(car.clone()).await),
                None => None,
            };
            or_error(list_form_options().await, |options| view! { <Answered options car valuation/> })
        })}
    }
}

/// Answer and form, or what to do while no model answers.
#[component]
fn Answered(
    /// What the form offers.
    options: FormOptions,
    /// The car in the address, if there is one; its missing fields stay empty.
    car: Option<BTreeMap<String, String>>,
    /// What the model said about it.
    valuation: Option<Result<Valuation, UiError>>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let (valuation, error) = match valuation {
        None => (None, None),
        Some(Ok(valuation)) => (Some(valuation), None),
        Some(Err(error)) => (None, Some(error)),
    };
    if let Some(error) = &error {
        set_status(status_of(error.kind));
    }
    let (form_error, page_error) = match error {
        Some(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Rule) => (Some(error), None),
        Some(error) if error.kind == ErrorKind::NotReady => (None, None),
        other => (None, other),
    };
    let problems = form_error
        .map(|error| Problems::of(&error, language, |name| t.label(name).map(str::to_owned)))
        .unwrap_or_default();
    let start = car.clone().unwrap_or_else(|| options.defaults.clone());
    let answer = car.zip(valuation).map(|(car, valuation)| Answer { car, valuation });
    let has_champion = options.has_champion;
    let options = Arc::new(options);
    let fields = |names: &[&'static str]| {
        names
            .iter()
            .map(|name| {
                let value = start.get(*name).cloned().unwrap_or_default();
                view! { <CarField name value options=Arc::clone(&options) problem=problems.at(name)/> }
            })
            .collect_view()
    };
    let (which, state, details) = (fields(CAR), fields(STATE), fields(DETAILS));

    view! {
        {(!has_champion).then(|| view! { <NoChampion/> })}
        {page_error.map(|error| view! { <ErrorPanel error/> })}
        <LiveValuation answer problems>
            <input type="hidden" name="language" value=language.tag()/>
            <fieldset class="card">
                <legend>{t.group_car}</legend>
                <div class="field-grid">{which}</div>
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_state}</legend>
                <div class="field-grid">{state}</div>
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_details}</legend>
                <p class="muted">{t.group_details_text}</p>
                <div class="field-grid">{details}</div>
            </fieldset>
        </LiveValuation>
    }
    .into_any()
}

/// What to do before the first model answers.
#[component]
fn NoChampion() -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    view! {
        <EmptyState title=t.no_champion>
            <p>{t.no_champion_text}</p>
            <p class="row">
                <a class="button" href=href(language, Page::Train)>{t.train}</a>
                <a class="button is-quiet" href=href(language, Page::Models)>{t.models}</a>
            </p>
            <CodeBlock caption=t.sample code="cuaderno serve --sample"/>
        </EmptyState>
    }
}
