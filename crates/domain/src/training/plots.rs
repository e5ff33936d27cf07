//! The pictures that a training leaves with its run.

use ml::{ClassReport, ClassRow, Report, classification};
use plot::{Frame, PlotError, Svg, Values};
use types::{Evaluation, ResponseCurve, ResponseValue};

use crate::Result;

/// Features whose curves are drawn: those that matter most.
const CURVES: usize = 4;

/// Features whose errors by segment are drawn.
const SEGMENTS: usize = 2;

/// The plots of a model of numbers, with the paths of their files.
pub(super) fn of_numbers(report: &Report, evaluation: &Evaluation) -> Result<Vec<(String, Svg)>> {
    let pairs = report.test_pairs();
    let lost: Vec<(String, f64)> =
        evaluation.importance.iter().map(|one| (one.feature.clone(), one.mean)).collect();
    let mut plots = vec![
        path("predicted_against_real", plot::predicted_against_real(&pairs, Frame::square())?),
        path("residuals", plot::residuals(&pairs, Frame::wide())?),
        path("importance", plot::importance(&lost, Frame::wide())?),
    ];
    if let Some(calibration) = &evaluation.calibration {
        let points: Vec<(f64, f64)> =
            calibration.levels.iter().map(|level| (level.nominal, level.actual)).collect();
        plots.push(path("coverage", plot::coverage(&points, Frame::square())?));
    }
    let mattering = evaluation.importance.iter().map(|one| one.feature.as_str());
    for (nth, feature) in mattering.clone().take(CURVES).enumerate() {
        if let Some(curve) = evaluation.curves.iter().find(|curve| curve.column == feature) {
            let plot = partial_dependence(curve, &evaluation.target)?;
            plots.push(path(&format!("partial_dependence_{}", nth + 1), plot));
        }
    }
    for (nth, feature) in mattering.take(SEGMENTS).enumerate() {
        if let Some(errors) = evaluation.segments.iter().find(|errors| errors.column == feature) {
            let named: Vec<(String, u64, f64)> = errors
                .segments
                .iter()
                .map(|segment| (segment.segment.to_string(), segment.rows, segment.mae))
                .collect();
            let frame = Frame::for_bars(named.len());
            let plot = plot::segment_errors(&errors.column, "mae", &named, frame)?;
            plots.push(path(&format!("segments_{}", nth + 1), plot));
        }
    }
    Ok(plots)
}

/// The plots of a model of classes, with the paths of their files; the curves over all thresholds are those of the second of
/// two classes.
pub(super) fn of_classes(report: &ClassReport) -> Result<Vec<(String, Svg)>> {
    let real: Vec<usize> = report.test_rows.iter().map(|row| row.real).collect();
    let told: Vec<usize> = report.test_rows.iter().map(ClassRow::likeliest).collect();
    let matrix = classification::confusion_matrix(&real, &told, report.classes.len())?;
    let mut plots = vec![
        path("importance", plot::importance(&report.importance, Frame::wide())?),
        path("confusion", plot::confusion_matrix(&report.classes, &matrix, Frame::square())?),
    ];
    if report.classes.len() != 2 {
        return Ok(plots);
    }
    let is_second: Vec<bool> = real.iter().map(|class| *class == 1).collect();
    let scores: Vec<f64> = report.test_rows.iter().map(|row| row.probabilities[1]).collect();
    // Without rows of both classes there are no such curves.
    let Ok(curve) = classification::threshold_curve(&is_second, &scores) else { return Ok(plots) };
    let rates: Vec<(f64, f64)> =
        curve.iter().map(|point| (point.false_positive_rate, point.true_positive_rate)).collect();
    let shares: Vec<(f64, f64)> =
        curve.iter().map(|point| (point.true_positive_rate, point.precision)).collect();
    let positives = is_second.iter().filter(|is_second| **is_second).count();
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let share = positives as f64 / is_second.len() as f64;
    plots.push(path("roc", plot::roc(&rates, Frame::square())?));
    plots.push(path("precision_recall", plot::precision_recall(&shares, share, Frame::square())?));
    Ok(plots)
}

/// What models of fewer rows are worth, with the path of its file.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
pub(super) fn learning_curve(points: &[ml::LearningPoint]) -> Result<(String, Svg)> {
    let points: Vec<(f64, f64, f64)> =
        points.iter().map(|point| (point.rows as f64, point.train.rmse, point.test.rmse)).collect();
    Ok(path("learning_curve", plot::learning_curve("rmse", &points, Frame::wide())?))
}

fn path(name: &str, plot: Svg) -> (String, Svg) {
    (format!("plots/{name}.svg"), plot)
}

fn partial_dependence(curve: &ResponseCurve, target: &str) -> std::result::Result<Svg, PlotError> {
    let predictions: Vec<f64> = curve.points.iter().map(|point| point.prediction).collect();
    let numbers: Option<Vec<f64>> = curve
        .points
        .iter()
        .map(|point| match point.value {
            ResponseValue::Number(number) => Some(number),
            ResponseValue::Text(_) => None,
        })
        .collect();
    let texts: Vec<String> = curve.points.iter().map(|point| point.value.to_string()).collect();
    let values = match &numbers {
        Some(numbers) => Values::Numbers(numbers),
        None => Values::Categories(&texts),
    };
    plot::partial_dependence(&curve.column, target, &values, &predictions, Frame::wide())
}
