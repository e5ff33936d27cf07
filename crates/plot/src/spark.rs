//! A picture as small as a word.

use plotters::element::Rectangle;
use plotters::style::Color;

use crate::{PlotError, Svg, palette};

/// Size in CSS pixels.
const WIDTH: i32 = 144;
const HEIGHT: i32 = 36;

/// Draws how many of something lie in each of equally wide parts, without axes. The title is only read aloud.
///
/// Parts with any at all are at least one pixel high.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn spark_bars(title: &str, counts: &[u64]) -> Result<Svg, PlotError> {
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let parts = i64::try_from(counts.len()).unwrap_or(i64::MAX).max(1);
    let place = |part: usize| {
        let part = i64::try_from(part).unwrap_or(i64::MAX).saturating_mul(WIDTH.into());
        i32::try_from(part / parts).unwrap_or(WIDTH)
    };
    let height = |count: u64| {
        let share = u128::from(count) * u128::from(HEIGHT.unsigned_abs()) / u128::from(most);
        i32::try_from(share).unwrap_or(HEIGHT).max(i32::from(count > 0))
    };
    Svg::draw_bare(title, (WIDTH.unsigned_abs(), HEIGHT.unsigned_abs()), |area| {
        for (part, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (left, right) = (place(part), place(part + 1) - 1);
            let corners = [(left, HEIGHT - height(*count)), (right.max(left + 1), HEIGHT)];
            area.draw(&Rectangle::new(corners, palette::series(0).filled()))?;
        }
        Ok(())
    })
}
