//! `/value`, `/es/valorar` – what is this car worth?
//!
//! The form is a plain POST that leads back here with the car in the address; the page then answers for
//! the car that it finds there. With the front end, the same happens without loading a new document.

use std::collections::BTreeMap;

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::{ErrorKind, FormOptions, Valuation};

use crate::address::{Page, href};
use crate::car_form::{CAR, DETAILS, STATE, car_in};
use crate::components::{
    CarField, CodeBlock, EmptyState, ErrorPanel, ErrorSummary, PageHeader, Skeleton, ValuationResult,
    or_error,
};
use crate::error::UiError;
use crate::i18n::{ValueText, use_language};
use crate::server_fns::valuation::{SubmitCar, list_form_options, value_car};

/// A car and what the model said about it.
type Answer = (BTreeMap<String, String>, Result<Valuation, UiError>);

/// The valuation form with its answer.
#[component]
pub fn ValuePage() -> impl IntoView {
    let t = ValueText::of(use_language());
    let query = use_query_map();
    let car = Memo::new(move |_| query.with(car_in));
    let options = Resource::new(|| (), |()| list_form_options());
    let answer = Resource::new(
        move || car.get(),
        |car| async move {
            let car = car?;
            let valuation = value_car(car.clone()).await;
            Some((car, valuation))
        },
    );

    view! {
        <PageHeader title=t.title lead=t.lead/>
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move {
                let answer: Option<Answer> = answer.await;
                or_error(options.await, move |options| view! { <Answered options answer/> })
            })}
        </Transition>
    }
}

/// Answer and form, or what to do while no model answers.
#[component]
fn Answered(
    /// What the form offers.
    options: FormOptions,
    /// The car in the address with its answer, if there is one.
    answer: Option<Answer>,
) -> impl IntoView {
    let (car, valuation, error) = match answer {
        None => (None, None, None),
        Some((car, Ok(valuation))) => (Some(car.clone()), Some((valuation, car)), None),
        Some((car, Err(error))) => (Some(car), None, Some(error)),
    };
    #[cfg(feature = "ssr")]
    if let Some(error) = &error {
        crate::context::set_status(crate::context::status_of(error.kind));
    }
    let (form_error, page_error) = match error {
        Some(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Rule) => (Some(error), None),
        Some(error) if error.kind == ErrorKind::NotReady => (None, None),
        other => (None, other),
    };
    let has_champion = options.has_champion;
    let is_answered = valuation.is_some();

    view! {
        {(!has_champion).then(|| view! { <NoChampion/> })}
        {page_error.map(|error| view! { <ErrorPanel error/> })}
        {valuation.map(|(valuation, car)| view! { <ValuationResult valuation car/> })}
        <CarForm options car is_answered error=form_error/>
    }
    .into_any()
}

/// The fourteen fields.
#[component]
fn CarForm(
    /// Defaults, known texts and limits.
    options: FormOptions,
    /// The car in the address, if there is one; its missing fields stay empty.
    car: Option<BTreeMap<String, String>>,
    /// Whether the page shows a price.
    is_answered: bool,
    /// What is wrong with the car.
    error: Option<UiError>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let submit = ServerAction::<SubmitCar>::new();
    let error = Signal::derive(move || submit.value().get().and_then(Result::err).or_else(|| error.clone()));
    let start = car.unwrap_or_else(|| options.defaults.clone());
    let options = Signal::stored(options);
    let fields = move |names: &'static [&'static str]| {
        names
            .iter()
            .map(|name| {
                let value = start.get(*name).cloned().unwrap_or_default();
                view! { <CarField name=name value options error/> }
            })
            .collect_view()
    };
    let (which, state, details) = (fields(CAR), fields(STATE), fields(DETAILS));

    view! {
        <ActionForm action=submit attr:class="car-form" attr:novalidate=true>
            <ErrorSummary error label=move |name| t.label(name)/>
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
            <div class="row">
                <button class="button is-large" disabled=move || submit.pending().get()>
                    {if is_answered { t.again } else { t.submit }}
                </button>
                {is_answered.then(|| view! { <a href=href(language, Page::Value)>{t.other_car}</a> })}
            </div>
        </ActionForm>
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
