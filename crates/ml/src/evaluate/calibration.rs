//! Whether ranges hold what they promise.

use types::{Calibration, Coverage};

use crate::Ranges;
use crate::ranges::LEVELS;
use types::RowPrediction;

/// Compares what ranges promise with what they hold on rows that they were not learnt from; `None` without rows.
#[must_use]
pub fn calibration(ranges: &Ranges, rows: &[RowPrediction]) -> Option<Calibration> {
    if rows.is_empty() {
        return None;
    }
    let mut by_real = rows.to_vec();
    by_real.sort_by(|a, b| a.real.total_cmp(&b.real).then(a.row.cmp(&b.row)));
    let mut by_predicted = rows.to_vec();
    by_predicted.sort_by(|a, b| a.predicted.total_cmp(&b.predicted).then(a.row.cmp(&b.row)));
    let levels = LEVELS.iter().map(|nominal| {
        let width = |row: &RowPrediction| {
            let (low, high) = ranges.range(row.predicted, *nominal);
            high - low
        };
        Coverage {
            nominal: *nominal,
            actual: coverage(ranges, rows, *nominal),
            by_real: fifths(&by_real).map(|rows| coverage(ranges, rows, *nominal)).collect(),
            by_predicted: fifths(&by_predicted).map(|rows| coverage(ranges, rows, *nominal)).collect(),
            mean_width: rows.iter().map(width).sum::<f64>() / count(rows),
        }
    });
    Some(Calibration { rows: rows.len() as u64, levels: levels.collect() })
}

/// Five parts of alike size; none if there are fewer rows.
fn fifths(rows: &[RowPrediction]) -> impl Iterator<Item = &[RowPrediction]> {
    let parts = if rows.len() < 5 { 0 } else { 5 };
    (0..parts).map(move |nth| &rows[nth * rows.len() / 5..(nth + 1) * rows.len() / 5])
}

fn coverage(ranges: &Ranges, rows: &[RowPrediction], nominal: f64) -> f64 {
    let is_inside = |row: &&RowPrediction| {
        let (low, high) = ranges.range(row.predicted, nominal);
        (low..=high).contains(&row.real)
    };
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let inside = rows.iter().filter(is_inside).count() as f64;
    inside / count(rows)
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn count(rows: &[RowPrediction]) -> f64 {
    rows.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coverage_is_counted_by_fifths() {
        // Predictions of 100 with real values from 90 to 109; ranges learnt from them.
        let rows: Vec<RowPrediction> = (0..200)
            .map(|row| RowPrediction { row, real: 90.0 + f64::from(row % 20), predicted: 100.0 })
            .collect();
        let pairs: Vec<(f64, f64)> = rows.iter().map(|row| (row.real, row.predicted)).collect();
        let ranges = Ranges::fit(&pairs).unwrap();
        let found = calibration(&ranges, &rows).unwrap();
        assert_eq!(found.rows, 200);
        let half = &found.levels[0];
        assert_eq!(half.nominal, 0.5);
        assert!((0.5..0.62).contains(&half.actual), "{half:?}");
        // Equal predictions cannot tell fifths of real values apart: the middle is covered, the ends are not.
        assert_eq!((half.by_real[0], half.by_real[2], half.by_real[4]), (0.0, 1.0, 0.0));
        assert!(half.by_predicted.iter().all(|share| (share - half.actual).abs() < 1e-9), "{half:?}");
        assert!(found.levels.is_sorted_by(|a, b| a.actual <= b.actual && a.mean_width <= b.mean_width));
        assert!(calibration(&ranges, &[]).is_none());
        assert!(calibration(&ranges, &rows[..3]).unwrap().levels[0].by_real.is_empty());
    }
}
