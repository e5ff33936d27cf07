//! What may be wrong with a table.

use leptos::either::Either;
use leptos::prelude::*;
use types::{DataFinding, Severity};

use crate::i18n::{DatasetsText, use_language};

/// Verdicts in plain words, the most serious first.
#[component]
pub fn CheckUp(
    /// What was found.
    findings: Vec<DataFinding>,
) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let verdicts: Vec<_> = findings
        .iter()
        .map(|finding| {
            let class = match finding.severity {
                Severity::Serious => "finding is-broken",
                Severity::Warning => "finding is-warning",
                Severity::Note => "finding",
            };
            view! {
                <li class=class>
                    <strong>{finding.severity.title(language)}</strong>
                    ": "
                    {with_code(&finding.sentence(language))}
                </li>
            }
        })
        .collect();
    view! {
        <section class="card check-up" aria-labelledby="check-up">
            <h2 id="check-up">{t.check_up}</h2>
            {if verdicts.is_empty() {
                Either::Left(view! { <p>{t.nothing_found}</p> })
            } else {
                Either::Right(view! { <ul class="findings">{verdicts}</ul> })
            }}
        </section>
    }
    .into_any()
}

/// A sentence in which names and values stand in backquotes.
fn with_code(sentence: &str) -> Vec<impl IntoView + use<>> {
    sentence
        .split('`')
        .enumerate()
        .map(|(nth, part)| {
            let part = part.to_owned();
            if nth % 2 == 1 { Either::Left(view! { <code>{part}</code> }) } else { Either::Right(part) }
        })
        .collect()
}
