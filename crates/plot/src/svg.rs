//! The finished picture.

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::SVGBackend;
use plotters::style::text_anchor::Pos;
use plotters::style::{Color, IntoFont, RGBColor, TextStyle};

use crate::Frame;
use crate::canvas::{Canvas, LINE_HEIGHT, cut};
use crate::palette::{self, FILE_STYLE, STRONG};

/// Why there is no picture. The charts of this crate cope with any numbers, so this is a defect of ours.
#[derive(Debug, thiserror::Error)]
#[error("the chart could not be drawn: {0}")]
pub struct PlotError(String);

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for PlotError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}

/// A picture as the text of an `<svg>` element. All text in it is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svg(String);

/// Where a chart draws.
pub(crate) type Area<'a> = DrawingArea<Canvas<'a>, Shift>;

/// Size of the title in pixels.
const TITLE: f64 = 16.0;

/// Size of labels in pixels.
pub(crate) const LABEL: f64 = 12.0;

/// Height of the strip that holds the title.
const TITLE_STRIP: u32 = 32;

impl Svg {
    /// The element for a page: CSS classes, no style. The page's stylesheet gives the colours.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The element for a page, owned; see [`Svg::as_str`].
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The picture as a file that stands alone: with its colours for light and for dark.
    #[must_use]
    pub fn into_file(self) -> String {
        let style = format!("<style>{FILE_STYLE}</style>\n<title>");
        self.0.replacen("<title>", &style, 1)
    }

    /// Gives the whole of a picture of `size` to `draw`; the title is only read aloud.
    pub(crate) fn draw_bare<F>(title: &str, size: (u32, u32), draw: F) -> Result<Self, PlotError>
    where
        F: FnOnce(&Area<'_>) -> Result<(), PlotError>,
    {
        let mut text = String::new();
        {
            let root = Canvas(SVGBackend::with_string(&mut text, size)).into_drawing_area();
            draw(&root)?;
            root.present()?;
        }
        Ok(Self(finish(&text, title)))
    }

    /// Draws `title` and gives the rest of the frame to `draw`. Here sentinel colours become CSS classes.
    pub(crate) fn draw<F>(title: &str, frame: Frame, draw: F) -> Result<Self, PlotError>
    where
        F: FnOnce(&Area<'_>) -> Result<(), PlotError>,
    {
        let size = frame.size();
        let mut text = String::new();
        {
            let root = Canvas(SVGBackend::with_string(&mut text, size)).into_drawing_area();
            let shown = cut(title, TITLE, f64::from(size.0) - 24.0);
            root.draw_text(&shown, &label(TITLE, STRONG), (12, 10))?;
            draw(&root.margin(TITLE_STRIP, 8, 8, 16))?;
            root.present()?;
        }
        Ok(Self(finish(&text, title)))
    }
}

/// Text of `pixels` in a colour of the palette.
pub(crate) fn label(pixels: f64, colour: RGBColor) -> TextStyle<'static> {
    TextStyle {
        font: ("sans-serif", pixels * LINE_HEIGHT).into_font(),
        color: colour.to_backend_color(),
        pos: Pos::default(),
    }
}

fn finish(drawn: &str, title: &str) -> String {
    let body = drawn.split_once('>').map_or("", |(_, body)| body).replace(" opacity=\"1\"", "");
    let head = drawn.split_once('>').map_or("", |(head, _)| head);
    let mut text = format!("{} class=\"chart\" role=\"img\">\n<title>{}</title>{body}", head, escape(title));
    for (sentinel, class) in palette::replacements() {
        text = text.replace(&sentinel, &class);
    }
    // XML forbids controls; plotters' own line breaks are fine.
    text.replace(|c: char| c.is_control() && c != '\n', " ")
}

/// Text as it may stand in an element.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}
