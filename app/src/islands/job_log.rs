//! What happened in a training job.

use leptos::prelude::*;
use types::JobLogLine;

use super::Time;
use crate::i18n::{TrainText, fill, use_language};
use crate::number_format;

/// Size of the curve's picture.
const SIZE: (f64, f64) = (600.0, 120.0);

/// The course of what was measured last, and the lines of the log, newest first.
#[component]
pub fn JobLog(
    /// The lines, oldest first.
    #[prop(into)]
    lines: Signal<Vec<JobLogLine>>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let curve = move || {
        let (key, values) = lines.with(|lines| newest_course(lines));
        (values.len() > 1).then(|| {
            let (low, high) = ends(&values);
            let label = fill(
                t.course_of,
                &[("key", &key), ("from", &number_format::metric(language, low)), ("to", &number_format::metric(language, high))],
            );
            let (width, height) = SIZE;
            view! {
                <figure class="job-course">
                    <svg viewBox=format!("0 0 {width} {height}") role="img" aria-label=label.clone()>
                        <polyline points=places(&values) fill="none" stroke="currentColor" stroke-width="2"></polyline>
                    </svg>
                    <figcaption class="muted">{label}</figcaption>
                </figure>
            }
        })
    };
    let rows = move || {
        lines.with(|lines| {
            let row = |line: &JobLogLine| view! { <li><Time at=line.at/> " " {line.text.clone()}</li> };
            lines.iter().rev().map(row).collect_view()
        })
    };
    let is_empty = Memo::new(move |_| lines.with(Vec::is_empty));
    view! {
        {curve}
        {move || {
            (!is_empty.get())
                .then(|| {
                    view! {
                        <details class="job-log">
                            <summary>{t.log}</summary>
                            <ol reversed=true>{rows}</ol>
                        </details>
                    }
                })
        }}
    }
    .into_any()
}

/// The metric that was measured last, and its values in the order of time.
fn newest_course(lines: &[JobLogLine]) -> (String, Vec<f64>) {
    let key = lines.iter().rev().find_map(|line| line.metric.as_ref()).map(|metric| metric.key.clone());
    let key = key.unwrap_or_default();
    let metrics = lines.iter().filter_map(|line| line.metric.as_ref());
    let values = metrics.filter(|metric| metric.key == key).map(|metric| metric.value).collect();
    (key, values)
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    (low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

/// The values as places in the picture, from left to right.
#[expect(clippy::cast_precision_loss, reason = "a thousand lines at most")]
fn places(values: &[f64]) -> String {
    let ((low, high), (width, height)) = (ends(values), SIZE);
    let span = if high > low { high - low } else { 1.0 };
    let last = values.len().saturating_sub(1).max(1) as f64;
    let place = |(nth, value): (usize, &f64)| {
        let (x, y) = (nth as f64 / last * width, (1.0 - (value - low) / span) * (height - 8.0) + 4.0);
        format!("{x:.1},{y:.1}")
    };
    values.iter().enumerate().map(place).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use types::{JobMetric, Millis};

    use super::*;

    fn line(key: &str, value: f64) -> JobLogLine {
        let metric = Some(JobMetric { key: key.to_owned(), value });
        JobLogLine { line: 1, at: Millis(0), text: String::new(), metric }
    }

    #[test]
    fn the_curve_is_that_of_the_newest_metric() {
        let lines = [line("train_loss", 9.0), line("cv_rmse", 4.0), line("cv_rmse", 2.0)];
        assert_eq!(newest_course(&lines), ("cv_rmse".to_owned(), vec![4.0, 2.0]));
        assert_eq!(places(&[4.0, 2.0]), "0.0,4.0 600.0,116.0");
        assert_eq!(newest_course(&[]), (String::new(), Vec::new()));
        assert_eq!(places(&[1.0]), "0.0,116.0");
    }
}
