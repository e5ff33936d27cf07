//! Lines over steps.

use plotters::element::{Circle, PathElement};
use plotters::series::LineSeries;
use plotters::style::Color;

use crate::axis::{Axis, Extent, is_drawable, pixels, plane};
use crate::canvas::{cut, text_width};
use crate::palette::{self, TEXT};
use crate::svg::{Area, LABEL, label};
use crate::{Frame, PlotError, Svg, thin};

/// One line: its name in the legend and its points.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name in the legend.
    pub name: String,
    /// Points `(x, y)` in any order.
    pub points: Vec<(f64, f64)>,
}

/// How values are spread over the vertical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spacing {
    /// Equal differences are equally far apart.
    #[default]
    Linear,
    /// Equal ratios are equally far apart; zero and negative values are left out.
    Logarithmic,
}

impl Spacing {
    fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Logarithmic if value > 0.0 => value.log10(),
            Self::Logarithmic => f64::NAN,
        }
    }
}

/// Lines show each point as a dot if none of them has more than this many.
const DOTTED: usize = 40;

/// Height of one row of the legend.
const LEGEND_ROW: u32 = 20;

/// Rows of the legend before it ends in "+ n".
const LEGEND_ROWS: usize = 3;

/// Draws one line per series over a shared axis, with a legend if there are several.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn lines(
    title: &str,
    x_label: &str,
    y_label: &str,
    series: &[Series],
    frame: Frame,
    spacing: Spacing,
) -> Result<Svg, PlotError> {
    let columns = usize::try_from(frame.size().0).unwrap_or(1);
    let placed: Vec<_> = series.iter().map(|one| place(one, spacing, columns)).collect();
    let drawable = || placed.iter().flatten().filter(|point| is_point(point));
    let x_extent = Extent::of(drawable().map(|point| point.0));
    let y_extent = Extent::of(drawable().map(|point| point.1)).padded(0.05);
    let is_dotted = placed.iter().all(|points| points.len() <= DOTTED);
    let has_whole_steps = drawable().all(|point| point.0.fract() == 0.0 && point.0.abs() < 1e9);
    let is_whole = has_whole_steps && x_extent.high < 1e4;
    let x_extent = if is_whole { x_extent.to_whole() } else { x_extent };
    let number = |value: &f64| format!("{value:.0}");
    let power = |value: &f64| crate::axis::short(10_f64.powf(*value));

    Svg::draw(title, frame, |area| {
        let area = if series.len() > 1 { legend(area, series)? } else { area.clone() };
        let mut x_axis = Axis::new(x_extent, x_label);
        if is_whole {
            x_axis = Axis { format: Some(&number), is_whole, ..x_axis };
        }
        let mut y_axis = Axis::new(y_extent, y_label);
        if spacing == Spacing::Logarithmic {
            y_axis = Axis { format: Some(&power), ..y_axis };
        }
        let mut chart = plane(&area, &x_axis, &y_axis)?;
        for (index, points) in placed.iter().enumerate() {
            let colour = palette::series(index);
            for piece in points.split(|point| !is_point(point)).filter(|piece| !piece.is_empty()) {
                if piece.len() > 1 {
                    chart.draw_series(LineSeries::new(piece.iter().copied(), colour.stroke_width(2)))?;
                }
                if piece.len() == 1 || is_dotted {
                    let radius = if is_dotted { 3 } else { 2 };
                    chart.draw_series(
                        piece.iter().map(|point| Circle::new(*point, radius, colour.filled())),
                    )?;
                }
            }
        }
        Ok(())
    })
}

fn is_point(point: &(f64, f64)) -> bool {
    is_drawable(point.0) && is_drawable(point.1)
}

/// The points of a line in order and on their places, thinned to what `columns` columns of pixels can show.
fn place(series: &Series, spacing: Spacing, columns: usize) -> Vec<(f64, f64)> {
    let mut points: Vec<_> = series
        .points
        .iter()
        .filter(|(x, _)| is_drawable(*x))
        .map(|(x, y)| (*x, if is_drawable(*y) { spacing.place(*y) } else { f64::NAN }))
        .collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    thin(&points, columns)
}

/// Draws a swatch and a name per series and returns the area below.
fn legend<'a>(area: &Area<'a>, series: &[Series]) -> Result<Area<'a>, PlotError> {
    let width = f64::from(area.dim_in_pixel().0);
    let (mut row, mut left) = (0_usize, 4.0);
    let mut places = Vec::new();
    for (index, one) in series.iter().enumerate() {
        let name = cut(&one.name, LABEL, width * 0.45);
        let room = text_width(&name, LABEL) + 44.0;
        if left + room > width && left > 4.0 {
            row += 1;
            left = 4.0;
        }
        // The last row keeps room for the count of those that did not fit.
        if row + 1 == LEGEND_ROWS && left + room + 48.0 > width && index + 1 < series.len()
            || row >= LEGEND_ROWS
        {
            places.push((row.min(LEGEND_ROWS - 1), left, format!("+ {}", series.len() - index), None));
            break;
        }
        places.push((row, left, name, Some(index)));
        left += room;
    }
    let rows = u32::try_from(row.min(LEGEND_ROWS - 1) + 1).unwrap_or(1);
    let (strip, rest) = area.split_vertically(rows * LEGEND_ROW + 6);
    for (row, left, name, index) in places {
        let x = whole(pixels(left));
        let y = whole(u32::try_from(row).unwrap_or(0) * LEGEND_ROW + LEGEND_ROW / 2);
        let text_x = if let Some(index) = index {
            let style = palette::series(index).stroke_width(3);
            strip.draw(&PathElement::new([(x, y), (x + 20, y)], style))?;
            x + 26
        } else {
            x
        };
        strip.draw_text(&name, &label(LABEL, TEXT), (text_x, y - 6))?;
    }
    Ok(rest)
}

fn whole(length: u32) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
