//! Two models on the same rows.

use std::collections::HashMap;

use types::PairedDifference;

use types::RowPrediction;

/// Fewest rows whose mean gets an interval.
const ROWS_MIN: usize = 5;
/// The normal distribution's 97.5 % point.
const NORMAL: f64 = 1.959_963_984_540_054;

/// How much larger the absolute errors of `second` are than those of `first`, on the rows that both predicted, with
/// Student's 95 % interval of the mean of paired differences; `None` with fewer than 5 common rows.
///
/// The interval is about these models on rows like these. It does not see that another split would have trained other models.
#[must_use]
pub fn paired_difference(first: &[RowPrediction], second: &[RowPrediction]) -> Option<PairedDifference> {
    let error = |row: &RowPrediction| (row.predicted - row.real).abs();
    let by_row: HashMap<u32, f64> = first.iter().map(|row| (row.row, error(row))).collect();
    let differences: Vec<f64> =
        second.iter().filter_map(|row| by_row.get(&row.row).map(|first| error(row) - first)).collect();
    if differences.len() < ROWS_MIN {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let count = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / count;
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let half = student(count - 1.0) * (squares / (count - 1.0) / count).sqrt();
    let rows = differences.len() as u64;
    Some(PairedDifference { rows, mean, low: mean - half, high: mean + half })
}

/// The 97.5 % point of Student's distribution by Cornish and Fisher's expansion (Abramowitz and Stegun, 26.7.5); off by
/// less than 0.001 from 4 degrees of freedom.
fn student(freedom: f64) -> f64 {
    let z = NORMAL;
    let terms = [
        (z.powi(3) + z) / 4.0,
        (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0,
        (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0,
        (79.0 * z.powi(9) + 776.0 * z.powi(7) + 1482.0 * z.powi(5) - 1920.0 * z.powi(3) - 945.0 * z)
            / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| (sum + term) / freedom) + z
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    fn rows(errors: &[f64]) -> Vec<RowPrediction> {
        (0..)
            .zip(errors)
            .map(|(row, error)| RowPrediction { row, real: 10.0, predicted: 10.0 + error })
            .collect()
    }

    #[test]
    fn the_interval_is_students() {
        // scipy 1.x: d = [1, 2, -.5, .3, .7, 1.1, -.2, .4]; stats.t.interval(.95, 7, loc=d.mean(), scale=stats.sem(d))
        let second = rows(&[1.0, -3.0, 0.5, 1.3, -0.7, 2.1, 0.8, 1.4]);
        let first = rows(&[0.0, 1.0, -1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
        let found = paired_difference(&first, &second).unwrap();
        assert_abs_diff_eq!(found.mean, 0.6, epsilon = 1e-12);
        assert_abs_diff_eq!(found.low, -0.059_798_6, epsilon = 1e-4);
        assert_abs_diff_eq!(found.high, 1.259_798_6, epsilon = 1e-4);
        assert!(!found.is_clear());
        // scipy: stats.t.ppf(.975, k)
        for (freedom, point) in
            [(5.0, 2.570_581_8), (10.0, 2.228_138_9), (30.0, 2.042_272_5), (100.0, 1.983_971_5)]
        {
            assert_abs_diff_eq!(student(freedom), point, epsilon = 1e-3);
        }
    }

    #[test]
    fn only_common_rows_count() {
        let mut second = rows(&[0.1; 20]);
        let first = rows(&[0.5; 20]);
        let found = paired_difference(&first, &second).unwrap();
        assert!(found.is_clear() && found.high < 0.0, "{found:?}");
        for row in &mut second {
            row.row += 16;
        }
        assert!(paired_difference(&first, &second).is_none());
    }
}
