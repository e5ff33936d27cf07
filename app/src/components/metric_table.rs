//! The metrics of a run as numbers.

use leptos::prelude::*;
use types::{MetricPoint, MetricSummary};

use super::Number;
use crate::i18n::{RunsText, fill, use_language};
use crate::number_format::whole;

/// Last, smallest and largest value of each metric.
#[component]
pub fn MetricTable(
    /// Metrics by name.
    metrics: Vec<MetricSummary>,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    // A step says nothing about a metric with one point.
    let cell = move |point: MetricPoint, count: i64| {
        let step = (count > 1).then(|| fill(t.at_step, &[("step", &whole(language, point.step))]));
        view! { <td class="is-number"><Number value=point.value/> <span class="metric-table-step">{step}</span></td> }
    };
    let row = move |metric: MetricSummary| {
        view! {
            <tr>
                <th scope="row"><code>{metric.key.to_string()}</code></th>
                {cell(metric.last, metric.count)}
                {cell(metric.min, metric.count)}
                {cell(metric.max, metric.count)}
                <td class="is-number">{whole(language, metric.count)}</td>
            </tr>
        }
    };

    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=t.metrics>
            <table class="metric-table">
                <thead>
                    <tr>
                        <th scope="col">{t.metric}</th>
                        <th scope="col" class="is-number">{t.last}</th>
                        <th scope="col" class="is-number">{t.min}</th>
                        <th scope="col" class="is-number">{t.max}</th>
                        <th scope="col" class="is-number">{t.points}</th>
                    </tr>
                </thead>
                <tbody>{metrics.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}
