//! Named values as horizontal bars, whose names can be read at any length.

use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::axis::{Extent, is_drawable, pixels, short};
use crate::canvas::{cut, text_width};
use crate::palette::{self, AXIS, TEXT};
use crate::svg::{LABEL, label};
use crate::{Frame, PlotError, Svg};

/// Draws how much each feature matters to a model, the most important first.
///
/// `features` are `(name, importance)` in any order; those that do not fit into the frame are left out.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn importance(features: &[(String, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let mut sorted: Vec<_> = features.iter().filter(|(_, value)| is_drawable(*value)).cloned().collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    bars("Feature importance", "importance", &sorted, frame)
}

/// Draws the error of each segment of a column, in the given order, with the number of rows beside its name.
///
/// `segments` are `(name, rows, error)`; `error` says what the errors are, such as `mae`.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn segment_errors(
    column: &str,
    error: &str,
    segments: &[(String, u64, f64)],
    frame: Frame,
) -> Result<Svg, PlotError> {
    let named: Vec<_> =
        segments.iter().map(|(name, rows, error)| (format!("{name} ({rows})"), *error)).collect();
    bars(&format!("{error} by {column}"), error, &named, frame)
}

/// Draws one bar per named value, in the given order, such as one metric across runs.
///
/// `y_label` says what the values are. Values that are not finite keep their row, with their name in place
/// of a bar; bars that do not fit into the frame are counted in a last row (see [`Frame::for_bars`]).
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn bars(title: &str, y_label: &str, values: &[(String, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let room_for = frame.bar_count();
    let shown = if values.len() > room_for { &values[..room_for.saturating_sub(1).max(1)] } else { values };
    let left_out = values.len() - shown.len();
    let extent = Extent::of(shown.iter().map(|(_, value)| *value).chain([0.0])).with(0.0);

    Svg::draw(title, frame, |area| {
        let (width, height) = area.dim_in_pixel();
        let below = if y_label.is_empty() { 0.0 } else { 28.0 };
        let (width, height) = (f64::from(width), f64::from(height) - below);
        let names: Vec<_> = shown.iter().map(|(name, _)| cut(name, LABEL, width * 0.34)).collect();
        let left = names.iter().map(|name| text_width(name, LABEL)).fold(48.0, f64::max) + 12.0;
        let numbers =
            shown.iter().map(|(_, value)| text_width(&short(*value), LABEL)).fold(24.0, f64::max) + 12.0;
        let before = if extent.low < 0.0 { numbers } else { 0.0 };
        let scale = (width - left - numbers - before).max(1.0) / (extent.high - extent.low);
        let place = |value: f64| whole(left + before + (value - extent.low) * scale);

        let rows = shown.len() + usize::from(left_out > 0);
        let row_height = (height / count(rows.max(1))).min(30.0);
        let gap = if row_height < 22.0 { 2 } else { 4 };
        let text = |h_pos| label(LABEL, TEXT).pos(Pos::new(h_pos, VPos::Center));
        let colour = palette::series(0);

        for (nth, ((_, value), name)) in shown.iter().zip(&names).enumerate() {
            let (top, bottom) = (count(nth) * row_height, count(nth + 1) * row_height);
            let middle = whole(f64::midpoint(top, bottom));
            area.draw(&Text::new(name.as_str(), (whole(left - 8.0), middle), text(HPos::Right)))?;
            let (end, side) = if is_drawable(*value) {
                let corners =
                    [(place(value.min(0.0)), whole(top) + gap), (place(value.max(0.0)), whole(bottom) - gap)];
                area.draw(&Rectangle::new(corners, colour.filled()))?;
                if *value < 0.0 { (place(*value) - 6, HPos::Right) } else { (place(*value) + 6, HPos::Left) }
            } else {
                (place(0.0) + 6, HPos::Left)
            };
            area.draw(&Text::new(short(*value), (end, middle), text(side)))?;
        }
        let bottom = whole(count(rows.max(1)) * row_height);
        if left_out > 0 {
            let middle = bottom - whole(row_height / 2.0);
            area.draw(&Text::new(format!("+ {left_out}"), (whole(left - 8.0), middle), text(HPos::Right)))?;
        }
        area.draw(&PathElement::new([(place(0.0), 0), (place(0.0), bottom)], AXIS.stroke_width(1)))?;
        area.draw(&Text::new(
            cut(y_label, LABEL, width - left),
            (place(0.0), bottom + 14),
            text(HPos::Left),
        ))?;
        Ok(())
    })
}

fn whole(length: f64) -> i32 {
    let size = i32::try_from(pixels(length.abs().round())).unwrap_or(i32::MAX);
    if length < 0.0 { -size } else { size }
}

fn count(rows: usize) -> f64 {
    f64::from(u32::try_from(rows).unwrap_or(u32::MAX))
}
