#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod axis;
mod bars;
mod canvas;
mod confusion;
mod curves;
mod frame;
mod lines;
mod palette;
mod scatter;
mod spark;
mod svg;
mod thin;
mod waterfall;

pub use bars::{bars, importance, segment_errors};
pub use confusion::confusion_matrix;
pub use curves::{Values, coverage, learning_curve, partial_dependence, precision_recall, reliability, roc};
pub use frame::Frame;
pub use lines::{Series, Spacing, lines};
pub use scatter::{predicted_against_real, residuals};
pub use spark::spark_bars;
pub use svg::{PlotError, Svg};
pub use thin::thin;
pub use waterfall::drivers;

#[cfg(test)]
mod tests;
