//! What was found out about the model of a run beyond its scores.

use leptos::prelude::*;
use types::{Calibration, ColumnErrors, Evaluation, PairedComparison, ResponseFinding, RunName};

use super::number::Number;
use crate::i18n::{EvaluationText, fill, use_language};
use crate::number_format::{decimal, metric};

/// Verdicts on the model's curves, what its ranges hold, and where it errs.
#[component]
pub fn EvaluationSection(
    /// What the training wrote down.
    evaluation: Evaluation,
) -> impl IntoView {
    let t = EvaluationText::of(use_language());
    let Evaluation { target, test_rows, importance, segments, findings, calibration, .. } = evaluation;
    // What matters most comes first.
    let place = |column: &str| importance.iter().position(|one| one.feature == column);
    let mut segments = segments;
    segments.sort_by_key(|errors| place(&errors.column).unwrap_or(usize::MAX));
    let about = fill(t.about, &[("n", &test_rows), ("target", &target)]);
    view! {
        <section class="card evaluation-section">
            <h2>{t.title}</h2>
            <p class="muted">{about}</p>
            <Findings findings/>
            {calibration.map(|calibration| view! { <Ranges calibration/> })}
            <h3>{t.segments}</h3>
            {segments.into_iter().enumerate().map(|(nth, errors)| view! { <Segments errors is_open=nth == 0/> }).collect_view()}
        </section>
    }
}

/// Says whether one of two runs is better, by their errors on the same rows.
#[component]
pub fn PairedVerdict(
    /// Names of both runs.
    names: [RunName; 2],
    /// How the second differs from the first.
    compared: PairedComparison,
) -> impl IntoView {
    let language = use_language();
    let t = EvaluationText::of(language);
    let sentence = compared.difference.map(|difference| {
        let amount = |value: f64| metric(language, value);
        let [first, second] = &names;
        // As much as the better one is better; without a better one, as much as the second is worse.
        let is_first = difference.mean >= 0.0;
        let (low, high) = if is_first || !difference.is_clear() {
            (difference.low, difference.high)
        } else {
            (-difference.high, -difference.low)
        };
        let by = if difference.is_clear() { difference.mean.abs() } else { difference.mean };
        let text = if difference.is_clear() { t.better } else { t.no_better };
        fill(
            text,
            &[
                ("n", &difference.rows),
                ("best", if is_first { first } else { second }),
                ("by", &amount(by)),
                ("low", &amount(low)),
                ("high", &amount(high)),
            ],
        )
    });
    let warning =
        (!compared.is_same_rows).then(|| view! { <p class="finding is-warning">{t.other_rows}</p> });
    view! {
        <section class="card">
            <h2>{t.paired}</h2>
            {warning}
            {sentence.map(|sentence| view! { <p>{sentence}</p> })}
        </section>
    }
}

#[component]
fn Findings(findings: Vec<ResponseFinding>) -> impl IntoView {
    let language = use_language();
    let t = EvaluationText::of(language);
    let content = if findings.is_empty() {
        view! { <p>{t.no_findings}</p> }.into_any()
    } else {
        let items = findings.iter().map(|finding| {
            let (class, verdict) = if finding.breaks_rule() {
                ("finding is-broken", t.broken)
            } else if finding.is_warning() {
                ("finding is-warning", t.look)
            } else {
                ("finding", t.fine)
            };
            view! { <li class=class><strong>{verdict}</strong> " " {finding.sentence(language)}</li> }
        });
        view! { <ul class="findings">{items.collect_view()}</ul> }.into_any()
    };
    view! { <h3>{t.findings}</h3> {content} }
}

#[component]
fn Ranges(calibration: Calibration) -> impl IntoView {
    let language = use_language();
    let t = EvaluationText::of(language);
    let share = move |share: f64| format!("{} %", decimal(language, share * 100.0, 1));
    let rows = calibration.levels.into_iter().map(|level| {
        let fifths: Vec<String> = level.by_real.iter().map(|held| share(*held)).collect();
        view! {
            <tr>
                <th scope="row" class="is-number">{share(level.nominal)}</th>
                <td class="is-number">{share(level.actual)}</td>
                <td class="is-number">{fifths.join(" · ")}</td>
                <td class="is-number"><Number value=level.mean_width/></td>
            </tr>
        }
    });
    view! {
        <h3>{t.ranges}</h3>
        <p class="muted">{t.ranges_body}</p>
        <div class="table-frame" tabindex="0" role="region" aria-label=t.ranges>
            <table>
                <thead>
                    <tr>
                        <th scope="col" class="is-number">{t.promised}</th>
                        <th scope="col" class="is-number">{t.held}</th>
                        <th scope="col" class="is-number">{t.by_fifth}</th>
                        <th scope="col" class="is-number">{t.width}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Segments(errors: ColumnErrors, is_open: bool) -> impl IntoView {
    let t = EvaluationText::of(use_language());
    let rows = errors.segments.into_iter().map(|segment| {
        view! {
            <tr>
                <th scope="row">{segment.segment.to_string()}</th>
                <td class="is-number">{segment.rows}</td>
                <td class="is-number"><Number value=segment.mae/></td>
                <td class="is-number"><Number value=segment.rmse/></td>
                <td class="is-number"><Number value=segment.bias/></td>
            </tr>
        }
    });
    view! {
        <details open=is_open>
            <summary><code>{errors.column}</code></summary>
            <div class="table-frame">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t.segment}</th>
                            <th scope="col" class="is-number">{t.rows}</th>
                            <th scope="col" class="is-number">"MAE"</th>
                            <th scope="col" class="is-number">"RMSE"</th>
                            <th scope="col" class="is-number">{t.bias}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}
