//! Server functions of the valuation form.
#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "the macro wants `async`"))]

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{FormOptions, Language, Valuation};

use crate::error::UiError;
use crate::page_json::PageJson;

/// Characters of a field that go into an address; one more than the longest text of a car.
#[cfg(feature = "ssr")]
const FIELD_MAX: usize = 81;

/// What the form offers: known texts, defaults and limits.
#[server(prefix = "/ui", endpoint = "valuation/options", input = GetUrl)]
pub async fn list_form_options() -> Result<FormOptions, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::valuation::form_options(&ctx).await?)
}

/// Values the car with these fields, as text by their JSON names, and says why.
#[server(prefix = "/ui", endpoint = "valuation/value", input = GetUrl, output = PageJson)]
pub async fn value_car(#[server(default)] car: BTreeMap<String, String>) -> Result<Valuation, UiError> {
    let ctx = crate::context::ctx()?;
    let fields = car.into_iter().map(|(name, value)| (name, serde_json::Value::String(value)));
    let car = types::Car::from_json(&serde_json::Value::Object(fields.collect()), ctx.calendar())
        .map_err(at_its_field)?;
    Ok(domain::valuation::explain(&ctx, car).await?)
}

/// A broken rule about the matter, put at the field that it is about; other errors as they are.
#[cfg(feature = "ssr")]
fn at_its_field(error: types::car::CarError) -> UiError {
    use types::Fault;
    use types::car::{CarError, CarRule};

    let fault = match &error {
        CarError::Rule(rule @ CarRule::TooOld) => {
            Some(Fault::of_field(rule.field(), rule.sentence(Language::En), crate::i18n::TOO_OLD))
        }
        CarError::Faults(_) => None,
    };
    let mut error = UiError::from(domain::Error::from(error));
    error.faults.extend(fault.map(Into::into));
    error
}

/// Takes the form and leads to the page that shows the price; the car is in its address, which holds no
/// personal data and can be kept or sent on.
#[server(prefix = "/ui", endpoint = "value")]
pub async fn submit_car(
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
    /// The fields of the car by their JSON names.
    #[server(flatten)]
    car: BTreeMap<String, String>,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::query::with_query;

    // Longer texts than any field takes are cut, so that the address stays one; the page still refuses them.
    let field =
        |name: &str| car.get(name).map(|text| text.trim().chars().take(FIELD_MAX).collect::<String>());
    let fields = types::car::FIELDS.map(|(name, _)| (name, field(name).unwrap_or_default()));
    let page = href(language, Page::Value);
    let address = with_query(&page, fields);
    // Without any field the page would take itself for a fresh one.
    let address = if address == page { format!("{page}?marca=") } else { address };
    crate::context::go_to(&address);
    Ok(())
}
