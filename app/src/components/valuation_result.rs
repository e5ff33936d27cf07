//! The answer of the valuation form.

use std::collections::BTreeMap;

use leptos::prelude::*;
use types::Prediction;

use super::CodeBlock;
use crate::address::{Page, href, origin};
use crate::car_form::as_json;
use crate::i18n::{ValueText, fill, use_language};
use crate::number_format::{decimal, money};

/// The price, which model said so, and the same as an API request.
#[component]
pub fn ValuationResult(
    /// What the model answered.
    prediction: Prediction,
    /// The car it was asked about.
    car: BTreeMap<String, String>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
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
            <p class="muted">{t.currency_note}</p>
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
