//! Charts of metrics, drawn by `plot` on both sides.

use leptos::prelude::*;
use plot::{Frame, Series, Spacing, Svg};
use types::MetricPoint;

/// Metric values over steps, one line per series.
#[component]
pub fn MetricChart(
    /// What is drawn: the title of the picture and of its vertical axis.
    #[prop(into)]
    title: String,
    /// What the horizontal axis counts.
    #[prop(into)]
    x_label: String,
    /// Points of every line.
    series: Vec<Series>,
    /// Size of the picture; pages scale it down where there is less room.
    frame: Frame,
) -> impl IntoView {
    let drawn = plot::lines(&title, &x_label, "", &series, frame, Spacing::Linear);
    view! { <figure class="metric-chart" inner_html=markup(drawn)></figure> }
}

/// One value per name, as bars.
#[component]
pub fn MetricBars(
    /// What the values are.
    #[prop(into)]
    title: String,
    /// Names and values, in order.
    values: Vec<(String, f64)>,
) -> impl IntoView {
    let drawn = plot::bars(&title, "", &values, Frame::for_bars(values.len()));
    view! { <figure class="metric-chart" inner_html=markup(drawn)></figure> }
}

/// A chart that cannot be drawn leaves its place empty: the numbers stand in the table beside it.
fn markup(drawn: Result<Svg, plot::PlotError>) -> String {
    drawn.map(Svg::into_string).unwrap_or_default()
}

/// The points of a metric as a line: over steps, or over seconds if every point has the same step.
///
/// The flag says whether the places are steps.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "places in a picture")]
pub fn places(points: &[MetricPoint]) -> (Vec<(f64, f64)>, bool) {
    let Some(first) = points.first() else {
        return (Vec::new(), true);
    };
    let has_steps = points.iter().any(|point| point.step != first.step);
    let has_times = points.iter().any(|point| point.timestamp != first.timestamp);
    let is_by_step = has_steps || !has_times;
    let place = |point: &MetricPoint| {
        if is_by_step { point.step as f64 } else { point.timestamp.since(first.timestamp) as f64 / 1000.0 }
    };
    (points.iter().map(|point| (place(point), point.value)).collect(), is_by_step)
}

#[cfg(test)]
mod tests {
    use types::Millis;

    use super::*;

    fn point(step: i64, timestamp: i64) -> MetricPoint {
        MetricPoint { value: 1.0, step, timestamp: Millis(timestamp) }
    }

    #[test]
    fn points_without_steps_are_placed_by_time() {
        assert_eq!(places(&[point(1, 0), point(2, 0)]), (vec![(1.0, 1.0), (2.0, 1.0)], true));
        assert_eq!(places(&[point(0, 1000), point(0, 3500)]), (vec![(0.0, 1.0), (2.5, 1.0)], false));
        assert_eq!(places(&[]), (vec![], true));
    }
}
