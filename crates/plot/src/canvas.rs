//! plotters' SVG backend with our own measure of text.

use plotters::backend::SVGBackend;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

/// plotters' font sizes are line heights; this times the size in pixels gives one.
pub(crate) const LINE_HEIGHT: f64 = 1.24;

/// Mean width of a character as a share of the font size, on the large side for a sans-serif font.
const CHARACTER_WIDTH: f64 = 0.56;

/// The SVG backend of plotters, except that it never asks the machine how wide text is: in a browser
/// plotters would measure with elements of the page, and elsewhere by bytes.
pub(crate) struct Canvas<'a>(pub(crate) SVGBackend<'a>);

/// Width in pixels of `text` set in `pixels`.
pub(crate) fn text_width(text: &str, pixels: f64) -> f64 {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(characters) * pixels * CHARACTER_WIDTH
}

/// `text`, cut with an ellipsis if it is wider than `room` pixels.
pub(crate) fn cut(text: &str, pixels: f64, room: f64) -> String {
    if text_width(text, pixels) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if text_width(&kept, pixels) + pixels * CHARACTER_WIDTH > room {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

type Outcome = Result<(), DrawingErrorKind<std::io::Error>>;

impl DrawingBackend for Canvas<'_> {
    type ErrorType = std::io::Error;

    fn get_size(&self) -> (u32, u32) {
        self.0.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome {
        self.0.ensure_prepared()
    }

    fn present(&mut self) -> Outcome {
        self.0.present()
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Outcome {
        self.0.draw_pixel(point, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.0.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.0.draw_rect(upper_left, bottom_right, style, fill)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.0.draw_path(path, style)
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Outcome {
        self.0.draw_circle(center, radius, style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        self.0.fill_polygon(path, style)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Outcome {
        self.0.draw_text(text, style, pos)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few hundred pixels")]
    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Self::ErrorType>> {
        let pixels = style.size() / LINE_HEIGHT;
        Ok((text_width(text, pixels).ceil() as u32, pixels.ceil() as u32))
    }
}
