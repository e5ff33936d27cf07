#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod axis;
mod bars;
mod canvas;
mod frame;
mod lines;
mod palette;
mod scatter;
mod svg;
mod thin;

pub use bars::{bars, importance};
pub use frame::Frame;
pub use lines::{Series, Spacing, lines};
pub use scatter::{predicted_against_real, residuals};
pub use svg::{PlotError, Svg};
pub use thin::thin;

#[cfg(test)]
mod tests;
