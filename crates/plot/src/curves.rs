//! Curves that judge a model over all thresholds, promises, rows or values of a column.

use plotters::element::{Circle, PathElement};
use plotters::series::LineSeries;
use plotters::style::Color;

use crate::axis::{Axis, Extent, is_drawable, plane};
use crate::lines::{Series, Spacing, lines};
use crate::palette::{self, GUIDE};
use crate::{Frame, PlotError, Svg, bars, thin};

/// A curve between 0 and 1 on both axes, with the line that it is compared with.
struct Shares<'a> {
    title: &'a str,
    x: &'a str,
    y: &'a str,
    guide: Option<[(f64, f64); 2]>,
    /// Whether each point is drawn as a dot.
    is_dotted: bool,
}

/// Where a guess without a model lies.
const DIAGONAL: [(f64, f64); 2] = [(0.0, 0.0), (1.0, 1.0)];

/// Draws the share of positive rows that are found over the share of negative rows that are taken for positive, with the
/// diagonal of a guess.
///
/// `points` are `(false positive rate, true positive rate)` in the order of the thresholds.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn roc(points: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let kind = Shares {
        title: "ROC curve",
        x: "false positive rate",
        y: "true positive rate",
        guide: Some(DIAGONAL),
        is_dotted: false,
    };
    shares(&kind, points, frame)
}

/// Draws precision over recall, with the share of positive rows that a guess would reach.
///
/// `points` are `(recall, precision)` in the order of the thresholds; `positives` is the share of positive rows.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn precision_recall(points: &[(f64, f64)], positives: f64, frame: Frame) -> Result<Svg, PlotError> {
    let guide = (0.0..=1.0).contains(&positives).then_some([(0.0, positives), (1.0, positives)]);
    let kind = Shares { title: "Precision and recall", x: "recall", y: "precision", guide, is_dotted: false };
    shares(&kind, points, frame)
}

/// Draws how often ranges hold over how often they promise to, with the diagonal of honest ones.
///
/// `points` are `(nominal, actual)` shares.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn coverage(points: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let kind = Shares {
        title: "Coverage of ranges",
        x: "promised",
        y: "held",
        guide: Some(DIAGONAL),
        is_dotted: true,
    };
    shares(&kind, points, frame)
}

/// Draws how often a class occurs over how probable it was said to be, with the diagonal of honest probabilities.
///
/// `points` are `(mean probability, share of the class)` of groups of rows.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn reliability(points: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let kind = Shares {
        title: "Calibration of probabilities",
        x: "predicted probability",
        y: "real share",
        guide: Some(DIAGONAL),
        is_dotted: true,
    };
    shares(&kind, points, frame)
}

fn shares(kind: &Shares<'_>, points: &[(f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let inside = |value: f64| (0.0..=1.0).contains(&value);
    let points: Vec<_> = points.iter().copied().filter(|(x, y)| inside(*x) && inside(*y)).collect();
    let points = thin(&points, usize::try_from(frame.size().0).unwrap_or(1));
    let extent = Extent { low: 0.0, high: 1.0 };
    let written = |value: &f64| format!("{value:.1}");
    Svg::draw(kind.title, frame, |area| {
        let axis = |description| Axis { format: Some(&written), ..Axis::new(extent, description) };
        let mut chart = plane(area, &axis(kind.x), &axis(kind.y))?;
        if let Some(guide) = kind.guide {
            chart.draw_series([PathElement::new(guide, GUIDE.stroke_width(1))])?;
        }
        let colour = palette::series(0);
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        if kind.is_dotted || points.len() == 1 {
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        }
        Ok(())
    })
}

/// Draws a score on training and on test rows over the number of rows that trained.
///
/// `points` are `(rows, score on training rows, score on test rows)`.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn learning_curve(score: &str, points: &[(f64, f64, f64)], frame: Frame) -> Result<Svg, PlotError> {
    let series = |name: &str, pick: fn(&(f64, f64, f64)) -> f64| Series {
        name: name.to_owned(),
        points: points.iter().map(|point| (point.0, pick(point))).collect(),
    };
    let both = [series("train", |point| point.1), series("test", |point| point.2)];
    lines("Learning curve", "rows", score, &both, frame, Spacing::Linear)
}

/// The values at which a prediction was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Values<'a> {
    /// Numbers.
    Numbers(&'a [f64]),
    /// Categories.
    Categories(&'a [String]),
}

/// Draws how the mean prediction answers to the values of a column: a line over numbers, bars for categories.
///
/// `predictions` has one for each value.
///
/// # Errors
///
/// Only for a defect of this crate: any numbers can be drawn.
pub fn partial_dependence(
    column: &str,
    target: &str,
    values: &Values<'_>,
    predictions: &[f64],
    frame: Frame,
) -> Result<Svg, PlotError> {
    let title = format!("{target} by {column}");
    match values {
        Values::Numbers(numbers) => {
            let points: Vec<(f64, f64)> = numbers.iter().copied().zip(predictions.iter().copied()).collect();
            let line = Series { name: target.to_owned(), points };
            lines(&title, column, target, &[line], frame, Spacing::Linear)
        }
        Values::Categories(names) => {
            let named: Vec<(String, f64)> = names
                .iter()
                .cloned()
                .zip(predictions.iter().copied())
                .filter(|(_, y)| is_drawable(*y))
                .collect();
            bars(&title, target, &named, frame)
        }
    }
}
