//! A prediction as the sum of what its features add.

use plotters::element::{PathElement, Rectangle, Text};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::axis::{Extent, is_drawable, pixels, short};
use crate::canvas::{cut, text_width};
use crate::palette::{self, GRID, STRONG, TEXT};
use crate::svg::{LABEL, label};
use crate::{Frame, PlotError, Svg};

/// One bar: where it begins and ends, and what stands beside it.
struct Step {
    name: String,
    from: f64,
    to: f64,
    number: String,
    is_total: bool,
}

/// Draws the way from the base to the prediction: one bar for each feature, beginning where the one before ends; rising ones
/// in the first colour, falling ones in the second. Features that do not fit into the frame share the last bar.
///
/// `contributions` are `(name and value, amount)` in the order in which they are drawn.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn drivers(
    title: &str,
    base: f64,
    contributions: &[(String, f64)],
    frame: Frame,
) -> Result<Svg, PlotError> {
    let steps = steps(base, contributions, frame.bar_count());
    let extent = Extent::of(steps.iter().flat_map(|step| [step.from, step.to])).padded(0.02);
    Svg::draw(title, frame, |area| {
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (f64::from(width), f64::from(height));
        let names: Vec<_> = steps.iter().map(|step| cut(&step.name, LABEL, width * 0.4)).collect();
        let left = names.iter().map(|name| text_width(name, LABEL)).fold(48.0, f64::max) + 12.0;
        let numbers = steps.iter().map(|step| text_width(&step.number, LABEL)).fold(24.0, f64::max) + 12.0;
        let scale = (width - left - numbers).max(1.0) / (extent.high - extent.low);
        let place = |value: f64| whole(left + (value - extent.low) * scale);
        let row_height = (height / at(steps.len().max(1))).min(30.0);
        let gap = if row_height < 22.0 { 2 } else { 4 };
        let text = |colour, h_pos| label(LABEL, colour).pos(Pos::new(h_pos, VPos::Center));
        for (nth, (step, name)) in steps.iter().zip(&names).enumerate() {
            let (top, bottom) = (at(nth) * row_height, at(nth + 1) * row_height);
            let middle = whole(f64::midpoint(top, bottom));
            let colour = if step.is_total { STRONG } else { TEXT };
            area.draw(&Text::new(name.as_str(), (whole(left - 8.0), middle), text(colour, HPos::Right)))?;
            let end = place(step.from.max(step.to));
            if step.is_total {
                let line = [(place(step.to), whole(top) + gap), (place(step.to), whole(bottom) - gap)];
                area.draw(&PathElement::new(line, palette::series(7).stroke_width(3)))?;
            } else {
                let colour = palette::series(usize::from(step.to < step.from));
                // A bar of no width would be invisible.
                let right = end.max(place(step.from.min(step.to)) + 1);
                let corners =
                    [(place(step.from.min(step.to)), whole(top) + gap), (right, whole(bottom) - gap)];
                area.draw(&Rectangle::new(corners, colour.filled()))?;
            }
            area.draw(&Text::new(step.number.as_str(), (end + 6, middle), text(colour, HPos::Left)))?;
            if nth + 1 < steps.len() {
                let x = place(step.to);
                let line = [(x, whole(bottom) - gap), (x, whole(bottom) + gap)];
                area.draw(&PathElement::new(line, GRID.stroke_width(1)))?;
            }
        }
        Ok(())
    })
}

/// The base, the bars and the prediction; at most `room` of them.
fn steps(base: f64, contributions: &[(String, f64)], room: usize) -> Vec<Step> {
    let drawable: Vec<_> = contributions.iter().filter(|(_, amount)| amount.abs() <= 1e150).collect();
    let base = if is_drawable(base) { base } else { 0.0 };
    let room = room.saturating_sub(2).max(1);
    let (shown, rest) =
        if drawable.len() > room { drawable.split_at(room - 1) } else { (drawable.as_slice(), &[][..]) };
    let total = |name: &str, value: f64| Step {
        name: name.to_owned(),
        from: value,
        to: value,
        number: short(value),
        is_total: true,
    };
    let mut steps = vec![total("base", base)];
    let mut level = base;
    let others = (format!("+ {}", rest.len()), rest.iter().map(|(_, amount)| amount).sum::<f64>());
    let shown = shown.iter().map(|(name, amount)| (name.clone(), *amount));
    for (name, amount) in shown.chain((!rest.is_empty()).then_some(others)) {
        let to = level + amount;
        let sign = if amount > 0.0 { "+" } else { "" };
        steps.push(Step {
            name,
            from: level,
            to,
            number: format!("{sign}{}", short(amount)),
            is_total: false,
        });
        level = to;
    }
    steps.push(total("prediction", level));
    steps
}

fn at(nth: usize) -> f64 {
    f64::from(u32::try_from(nth).unwrap_or(u32::MAX))
}

fn whole(length: f64) -> i32 {
    i32::try_from(pixels(length.max(0.0).round())).unwrap_or(i32::MAX)
}
