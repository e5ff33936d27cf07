//! Which classes are taken for which.

use plotters::element::{Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, RGBColor};

use crate::axis::pixels;
use crate::canvas::{cut, text_width};
use crate::palette::{self, GRID, STRONG, TEXT};
use crate::svg::{LABEL, label};
use crate::{Frame, PlotError, Svg};

/// Most classes that are drawn; numbers in more cells could not be read.
const CLASSES_MAX: usize = 20;

/// Draws how often each real class (row) was taken for each class (column); the fuller the colour, the larger the share
/// of the row. Beyond 20 classes the first ones are drawn.
///
/// `counts` has a row and a column for each of `classes`.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn confusion_matrix(classes: &[String], counts: &[Vec<u64>], frame: Frame) -> Result<Svg, PlotError> {
    let shown = classes.len().min(CLASSES_MAX);
    let count =
        |row: usize, column: usize| counts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0);
    Svg::draw("Confusion matrix", frame, |area| {
        let (width, height) = area.dim_in_pixel();
        let (width, height) = (f64::from(width), f64::from(height));
        let names: Vec<String> =
            classes.iter().take(shown).map(|name| cut(name, LABEL, width * 0.25)).collect();
        let left = names.iter().map(|name| text_width(name, LABEL)).fold(40.0, f64::max) + 30.0;
        let (top, below) = (4.0, 46.0);
        let cells = f64::from(u32::try_from(shown.max(1)).unwrap_or(1));
        let (cell_width, cell_height) = ((width - left) / cells, (height - top - below) / cells);
        let at = |nth: usize| f64::from(u32::try_from(nth).unwrap_or(0));
        let text = |colour: RGBColor, h_pos, v_pos| label(LABEL, colour).pos(Pos::new(h_pos, v_pos));
        for (row, name) in names.iter().enumerate() {
            let total: u64 = (0..classes.len()).map(|column| count(row, column)).sum();
            let (y0, y1) = (top + at(row) * cell_height, top + at(row + 1) * cell_height);
            let middle = whole(f64::midpoint(y0, y1));
            area.draw(&Text::new(
                name.as_str(),
                (whole(left - 8.0), middle),
                text(TEXT, HPos::Right, VPos::Center),
            ))?;
            for column in 0..shown {
                let (x0, x1) = (left + at(column) * cell_width, left + at(column + 1) * cell_width);
                let corners = [(whole(x0), whole(y0)), (whole(x1), whole(y1))];
                #[expect(clippy::cast_precision_loss, reason = "a share")]
                let share = count(row, column) as f64 / total.max(1) as f64;
                if share > 0.0 {
                    // Never so full that the number could not be read on it.
                    let style = palette::series(0).mix(0.08 + 0.47 * share).filled();
                    area.draw(&Rectangle::new(corners, style))?;
                }
                area.draw(&Rectangle::new(corners, GRID.stroke_width(1)))?;
                let number = cut(&count(row, column).to_string(), LABEL, cell_width);
                let centre = (whole(f64::midpoint(x0, x1)), middle);
                area.draw(&Text::new(number, centre, text(STRONG, HPos::Center, VPos::Center)))?;
            }
        }
        for (column, name) in names.iter().enumerate() {
            let x = left + (at(column) + 0.5) * cell_width;
            let name = cut(name, LABEL, cell_width - 4.0);
            let place = (whole(x), whole(height - below + 6.0));
            area.draw(&Text::new(name, place, text(TEXT, HPos::Center, VPos::Top)))?;
        }
        let x = whole(f64::midpoint(left, width));
        let foot = "predicted (columns), real (rows)";
        area.draw(&Text::new(foot, (x, whole(height - 14.0)), text(TEXT, HPos::Center, VPos::Top)))?;
        Ok(())
    })
}

fn whole(length: f64) -> i32 {
    i32::try_from(pixels(length.max(0.0).round())).unwrap_or(i32::MAX)
}
