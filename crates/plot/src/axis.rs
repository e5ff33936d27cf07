//! Ranges of axes and the numbers written along them.

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::ranged1d::{AsRangedCoord, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::Cartesian2d;
use plotters::style::{Color, TRANSPARENT};

use crate::canvas::{Canvas, cut, text_width};
use crate::palette::{AXIS, GRID, TEXT};
use crate::svg::{Area, LABEL, PlotError, label};

/// Beyond this, differences of two values overflow.
const LARGEST: f64 = 1e300;

/// Whether a number has a place on an axis.
pub(crate) fn is_drawable(value: f64) -> bool {
    value.is_finite() && value.abs() <= LARGEST
}

/// Where an axis begins and ends: `low < high`, and far enough apart to tell numbers between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Extent {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Extent {
    /// Around all drawable values; from 0 to 1 if there are none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut extent: Option<Self> = None;
        for value in values.into_iter().filter(|value| is_drawable(*value)) {
            let so_far = extent.unwrap_or(Self { low: value, high: value });
            extent = Some(Self { low: so_far.low.min(value), high: so_far.high.max(value) });
        }
        extent.unwrap_or(Self { low: 0.0, high: 1.0 }).opened()
    }

    /// At least as wide as floating-point numbers of this size can be told apart on an axis.
    fn opened(self) -> Self {
        let size = self.low.abs().max(self.high.abs());
        if self.high - self.low > size * 1e-9 && self.high - self.low > 1e-250 {
            return self;
        }
        let room = if size < 1e-200 { 0.5 } else { size * 0.05 };
        Self { low: self.low - room, high: self.high + room }
    }

    /// With `share` of the width added on either side, so that points do not sit on the frame.
    pub(crate) fn padded(self, share: f64) -> Self {
        let room = (self.high - self.low) * share;
        Self { low: self.low - room, high: self.high + room }
    }

    /// Including `value`.
    pub(crate) fn with(self, value: f64) -> Self {
        Self { low: self.low.min(value), high: self.high.max(value) }
    }

    /// From a whole number to a whole number.
    pub(crate) fn to_whole(self) -> Self {
        Self { low: self.low.floor(), high: self.high.ceil() }
    }

    fn width(self) -> f64 {
        self.high - self.low
    }

    /// How numbers along this axis are written: with as many digits as tell neighbours apart.
    pub(crate) fn format(self, value: f64) -> String {
        let size = self.low.abs().max(self.high.abs());
        if !(1e-4..1e15).contains(&size) {
            let digits = (size / self.width()).log10().max(0.0).ceil() + 1.0;
            return format!("{value:.*e}", digits_of(digits));
        }
        let (unit, suffix) = match size {
            s if s >= 1e10 => (1e9, "G"),
            s if s >= 1e7 => (1e6, "M"),
            s if s >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        let digits = digits_of((-(self.width() / unit / 8.0).log10()).ceil());
        let text = format!("{:.*}", digits, value / unit);
        let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
        match (is_zero, suffix) {
            (true, "") => text.trim_start_matches('-').to_owned(),
            (true, _) => "0".to_owned(),
            (false, _) => format!("{text}{suffix}"),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn digits_of(digits: f64) -> usize {
    digits.clamp(0.0, 12.0) as usize
}

/// A number with four significant digits, for labels that stand alone.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if size != 0.0 && !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    let before =
        if size >= 1.0 { size.log10().floor() + 1.0 } else { (size.max(1e-4)).log10().floor() + 1.0 };
    let text = format!("{:.*}", digits_of(4.0 - before), value);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// What stands along an axis.
pub(crate) struct Axis<'a> {
    pub(crate) extent: Extent,
    pub(crate) description: &'a str,
    /// How a number is written, if not as [`Extent::format`] does.
    pub(crate) format: Option<&'a dyn Fn(&f64) -> String>,
    /// Whether only whole numbers mean something along it, such as steps.
    pub(crate) is_whole: bool,
}

impl<'a> Axis<'a> {
    pub(crate) fn new(extent: Extent, description: &'a str) -> Self {
        Self { extent, description, format: None, is_whole: false }
    }

    fn write(&self, value: f64) -> String {
        self.format.map_or_else(|| self.extent.format(value), |format| format(&value))
    }

    /// How many labels have room, at `per_label` pixels each.
    fn labels(&self, room: u32, per_label: u32) -> usize {
        let fitting = usize::try_from(room / per_label.max(1)).unwrap_or(2).clamp(2, 10);
        let between = usize::try_from(pixels(self.extent.width())).unwrap_or(fitting);
        if self.is_whole { fitting.min(between + 1) } else { fitting }
    }
}

/// A chart with two number axes.
pub(crate) type Plane<'a, 'b> = ChartContext<'a, Canvas<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws grid and axes and returns the plane between them.
pub(crate) fn plane<'a, 'b>(
    area: &'a Area<'b>,
    x: &Axis<'_>,
    y: &Axis<'_>,
) -> Result<Plane<'a, 'b>, PlotError> {
    let widest = [y.extent.low, y.extent.high].map(|value| text_width(&y.write(value), LABEL));
    let room = pixels(widest[0].max(widest[1])) + 34;
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(44)
        .y_label_area_size(room)
        .build_cartesian_2d(range(x.extent), range(y.extent))?;
    let (width, height) = area.dim_in_pixel();
    let per_label = pixels(text_width(&x.write(x.extent.high), LABEL)) + 28;
    mesh(&mut chart, x, y, x.labels(width, per_label), y.labels(height, 34))?;
    Ok(chart)
}

fn mesh<X, Y>(
    chart: &mut ChartContext<'_, Canvas<'_>, Cartesian2d<X, Y>>,
    x: &Axis<'_>,
    y: &Axis<'_>,
    x_labels: usize,
    y_labels: usize,
) -> Result<(), PlotError>
where
    X: Ranged<ValueType = f64> + ValueFormatter<f64>,
    Y: Ranged<ValueType = f64> + ValueFormatter<f64>,
{
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GRID)
        .axis_style(AXIS.stroke_width(1))
        .label_style(label(LABEL, TEXT))
        .axis_desc_style(label(LABEL, TEXT))
        .x_labels(x_labels)
        .y_labels(y_labels)
        .x_desc(cut(x.description, LABEL, 320.0))
        .y_desc(cut(y.description, LABEL, 200.0))
        .x_label_formatter(&|value| x.write(*value))
        .y_label_formatter(&|value| y.write(*value))
        .draw()?;
    Ok(())
}

fn range(extent: Extent) -> <std::ops::Range<f64> as AsRangedCoord>::CoordDescType {
    (extent.low..extent.high).into()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(crate) fn pixels(length: f64) -> u32 {
    length.clamp(0.0, 4000.0).ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_can_always_be_drawn() {
        let cases: [&[f64]; 7] = [
            &[],
            &[f64::NAN],
            &[5.0],
            &[0.0, 0.0],
            &[1e16, 1e16 + 2.0],
            &[f64::MIN, f64::MAX, 1.0],
            &[1e-310, 2e-310],
        ];
        for values in cases {
            let extent = Extent::of(values.iter().copied());
            assert!(extent.low < extent.high && extent.width().is_finite(), "{values:?} gave {extent:?}");
        }
    }

    #[test]
    fn neighbours_on_an_axis_are_told_apart() {
        let close = Extent { low: 884.12, high: 884.16 };
        assert_eq!(close.format(884.13), "884.130");
        assert_eq!(Extent { low: 0.0, high: 25_000.0 }.format(5000.0), "5k");
        assert_eq!(Extent { low: 0.0, high: 25_000.0 }.format(0.0), "0");
        assert_eq!(Extent { low: -1.0, high: 1.0 }.format(-1e-17), "0.0");
        assert_eq!(Extent { low: 0.0, high: 2e-7 }.format(1e-7), "1.0e-7");
    }

    #[test]
    fn lone_numbers_have_four_digits() {
        let cases = [
            (0.0, "0"),
            (884.123, "884.1"),
            (0.951_234, "0.9512"),
            (12_345.6, "12346"),
            (0.25, "0.25"),
            (1e12, "1.000e12"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
