//! The answer of the valuation form.

use std::collections::BTreeMap;

use leptos::prelude::*;
use types::{Driver, Valuation};

use super::CodeBlock;
use crate::address::{Page, href, origin};
use crate::car_form::as_json;
use crate::i18n::{ValueText, fill, use_language};
use crate::number_format::{decimal, money};

/// The price, which model said so, and the same as an API request.
#[component]
pub fn ValuationResult(
    /// What the model answered, and why.
    valuation: Valuation,
    /// The car it was asked about.
    car: BTreeMap<String, String>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let Valuation { prediction, range, drivers, unfamiliar } = valuation;
    let range = range.map(|(low, high)| {
        let ends = [("low", money(language, low)), ("high", money(language, high))];
        let [low, high] = ends.each_ref().map(|(name, text)| (*name, text as &dyn std::fmt::Display));
        view! { <p class="price-range">{fill(t.range, &[low, high])} " " <span class="muted">{t.range_note}</span></p> }
    });
    let warning = (!unfamiliar.is_empty()).then(|| {
        let names: Vec<_> = unfamiliar.iter().map(|name| t.label(name).unwrap_or(name).to_owned()).collect();
        view! {
            <p class="valuation-warning" role="note">
                <strong>{t.unfamiliar}</strong> " " {names.join(", ")} ". " {t.unfamiliar_text}
            </p>
        }
    });
    let exact = decimal(language, prediction.price, 2);
    let version = fill(t.model_version, &[("n", &prediction.version)]);
    let request = format!(
        "curl -s {}/predict -H 'Content-Type: application/json' -d '{}'",
        origin(),
        as_json(&car).replace('\'', "'\\''")
    );

    view! {
        <section class="valuation-result" aria-labelledby="price-title" role="status">
            <h2 id="price-title">{t.estimated_price}</h2>
            <p class="price">
                <data value=prediction.price.to_string() title=exact>
                    {money(language, prediction.price)}
                </data>
            </p>
            {range}
            <p class="muted">{t.currency_note}</p>
            {warning}
            <Reasons base=drivers.base drivers=drivers.contributions/>
            <dl class="valuation-facts">
                <dt>{t.model_used}</dt>
                <dd>
                    <strong class="model-used">{prediction.estimator}</strong> ", " {version}
                    {prediction
                        .run_id
                        .map(|id| view! { " · " <a href=href(language, Page::Run(id))>{t.its_run}</a> })}
                </dd>
            </dl>
            <p class="muted">{t.permalink}</p>
            <details>
                <summary>{t.for_developers}</summary>
                <CodeBlock caption="curl" code=request/>
            </details>
        </section>
    }
    .into_any()
}

/// Reasons that are shown one by one; the others are added up.
const REASONS: usize = 6;

/// Why the price is what it is: what each field adds to the usual price.
#[component]
fn Reasons(
    /// Price of a car that nothing is known about.
    base: f64,
    /// What each field adds, the largest first.
    drivers: Vec<Driver>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let (shown, rest) = drivers.split_at(drivers.len().min(REASONS));
    let largest = shown.first().map_or(1.0, |driver| driver.amount.abs()).max(f64::MIN_POSITIVE);
    let signed = move |amount: f64| {
        let sign = if amount < 0.0 { "−" } else { "+" };
        format!("{sign}{}", money(language, amount.abs()))
    };
    let rows: Vec<_> = shown
        .iter()
        .map(|driver| {
            let label = t.label(&driver.feature).unwrap_or(&driver.feature).to_owned();
            let width = format!("{:.1}", 100.0 * driver.amount.abs() / largest);
            view! {
                <tr>
                    <th scope="row">{label} " " <span class="muted">{driver.value.clone()}</span></th>
                    <td class="reason-bar" class:is-negative=driver.amount < 0.0 aria-hidden="true">
                        <svg viewBox="0 0 100 8" preserveAspectRatio="none">
                            <rect width=width height="8"></rect>
                        </svg>
                    </td>
                    <td class="number">{signed(driver.amount)}</td>
                </tr>
            }
        })
        .collect();
    let others = (!rest.is_empty()).then(|| {
        let sum = rest.iter().map(|driver| driver.amount).sum();
        view! {
            <tr>
                <th scope="row">{t.other_reasons}</th>
                <td aria-hidden="true"></td>
                <td class="number">{signed(sum)}</td>
            </tr>
        }
    });
    view! {
        <section class="reasons" aria-labelledby="reasons-title">
            <h3 id="reasons-title">{t.reasons}</h3>
            <p class="muted">{fill(t.reasons_text, &[("base", &money(language, base))])}</p>
            <table>
                <tbody>{rows} {others}</tbody>
            </table>
        </section>
    }
    .into_any()
}
