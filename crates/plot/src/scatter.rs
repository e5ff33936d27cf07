//! Clouds of dots that judge a regression.

use plotters::element::{Circle, PathElement};
use plotters::style::Color;

use crate::axis::{Axis, Extent, is_drawable, plane};
use crate::palette::{self, GUIDE};
use crate::thin::spread;
use crate::{Frame, PlotError, Svg};

/// Most dots that are drawn; more hide each other and make the file heavy.
const DOTS: usize = 2000;

/// Draws predicted against real values with the diagonal on which a perfect model lies.
///
/// `rows` are `(real, predicted)`, both in the unit of the target.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn predicted_against_real(rows: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let dots = drawable(rows);
    let extent = Extent::of(dots.iter().flat_map(|(real, predicted)| [*real, *predicted])).padded(0.03);
    let diagonal = [(extent.low, extent.low), (extent.high, extent.high)];
    let axes = (Axis::new(extent, "real"), Axis::new(extent, "predicted"));
    cloud("Predicted against real", &axes, &dots, diagonal, frame)
}

/// Draws what is left between real and predicted values, over the predicted ones.
///
/// `rows` are `(real, predicted)`, both in the unit of the target; a residual is real minus predicted.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn residuals(rows: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let dots: Vec<_> =
        drawable(rows).into_iter().map(|(real, predicted)| (predicted, real - predicted)).collect();
    let x_extent = Extent::of(dots.iter().map(|dot| dot.0)).padded(0.03);
    let y_extent = Extent::of(dots.iter().map(|dot| dot.1).chain([0.0])).padded(0.05);
    let zero = [(x_extent.low, 0.0), (x_extent.high, 0.0)];
    let axes = (Axis::new(x_extent, "predicted"), Axis::new(y_extent, "real − predicted"));
    cloud("Residuals", &axes, &dots, zero, frame)
}

fn drawable(rows: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let finite: Vec<_> = rows
        .iter()
        .copied()
        .filter(|(real, predicted)| is_drawable(*real) && is_drawable(*predicted))
        .collect();
    spread(&finite, DOTS)
}

fn cloud(
    title: &str,
    (x, y): &(Axis<'_>, Axis<'_>),
    dots: &[(f64, f64)],
    guide: [(f64, f64); 2],
    frame: Frame,
) -> Result<Svg, PlotError> {
    // Few dots stand out, many show where they crowd.
    let (radius, opacity) = if dots.len() <= 200 { (4, 0.7) } else { (3, 0.35) };
    Svg::draw(title, frame, |area| {
        let mut chart = plane(area, x, y)?;
        let style = palette::series(0).mix(opacity).filled();
        chart.draw_series(dots.iter().map(|dot| Circle::new(*dot, radius, style)))?;
        chart.draw_series([PathElement::new(guide, GUIDE.stroke_width(1))])?;
        Ok(())
    })
}
