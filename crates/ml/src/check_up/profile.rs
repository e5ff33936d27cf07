//! What a column holds.

use std::cmp::Reverse;

use types::{ColumnReport, Histogram, Quantile};

use crate::table::{Column, Values};

/// Most values that are listed with their counts.
const TOP_MAX: usize = 20;

/// Most parts of a histogram.
const PARTS_MAX: usize = 24;

const SHARES: [f64; 9] = [0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0];

/// Describes all cells of a column.
pub(super) fn of(column: &Column) -> ColumnReport {
    match &column.values {
        Values::Numbers(numbers) => of_numbers(column, numbers),
        Values::Texts { codes, levels } => of_texts(column, codes, levels),
    }
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn of_numbers(column: &Column, numbers: &[f64]) -> ColumnReport {
    let present = present(numbers);
    let (mut mean, mut squares) = (0.0, 0.0);
    for (number, count) in present.iter().zip(1_u64..) {
        let step = number - mean;
        mean += step / count as f64;
        squares += step * (number - mean);
    }
    let mut runs: Vec<(f64, u64)> = Vec::new();
    for number in &present {
        match runs.last_mut() {
            Some((last, count)) if last.total_cmp(number).is_eq() => *count += 1,
            _ => runs.push((*number, 1)),
        }
    }
    let distinct = runs.len() as u64;
    let top = if runs.len() <= TOP_MAX {
        runs.sort_by_key(|(_, count)| Reverse(*count));
        runs.into_iter().map(|(number, count)| (number.to_string(), count)).collect()
    } else {
        Vec::new()
    };
    let has_any = !present.is_empty();
    ColumnReport {
        name: column.name.clone(),
        kind: column.kind,
        missing: (numbers.len() - present.len()) as u64,
        distinct,
        mean: has_any.then_some(mean),
        standard_deviation: has_any.then(|| (squares / present.len() as f64).max(0.0).sqrt()),
        quantiles: if has_any { quantiles(&present) } else { Vec::new() },
        histogram: histogram(&present, distinct),
        top,
    }
}

/// The numbers that are there, ascending; zeros are alike.
pub(super) fn present(numbers: &[f64]) -> Vec<f64> {
    let mut present: Vec<f64> =
        numbers.iter().filter(|number| !number.is_nan()).map(|number| number + 0.0).collect();
    present.sort_unstable_by(f64::total_cmp);
    present
}

fn quantiles(ascending: &[f64]) -> Vec<Quantile> {
    SHARES.map(|share| Quantile { share, value: quantile(ascending, share) }).to_vec()
}

/// The number below which a share lies, between its neighbours in proportion; there is at least one number.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a list are small and not negative"
)]
pub(super) fn quantile(ascending: &[f64], share: f64) -> f64 {
    let place = share * (ascending.len() - 1) as f64;
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    ascending[low] + (ascending[high] - ascending[low]) * (place - low as f64)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a list are small and not negative"
)]
fn histogram(ascending: &[f64], distinct: u64) -> Option<Histogram> {
    let (low, high) = (*ascending.first()?, *ascending.last()?);
    let parts = usize::try_from(distinct).unwrap_or(PARTS_MAX).clamp(1, PARTS_MAX);
    let mut counts = vec![0; parts];
    let width = (high - low) / parts as f64;
    for number in ascending {
        let part = if width > 0.0 { ((number - low) / width) as usize } else { 0 };
        counts[part.min(parts - 1)] += 1;
    }
    Some(Histogram { low, high, counts })
}

fn of_texts(column: &Column, codes: &[u32], levels: &[String]) -> ColumnReport {
    let mut counts = vec![0_u64; levels.len()];
    let mut missing = 0;
    for code in codes {
        match counts.get_mut(*code as usize) {
            Some(count) => *count += 1,
            None => missing += 1,
        }
    }
    let mut top: Vec<(&String, u64)> = levels.iter().zip(counts).filter(|(_, count)| *count > 0).collect();
    let distinct = top.len() as u64;
    top.sort_unstable_by_key(|(text, count)| (Reverse(*count), *text));
    top.truncate(TOP_MAX);
    ColumnReport {
        name: column.name.clone(),
        kind: column.kind,
        missing,
        distinct,
        mean: None,
        standard_deviation: None,
        quantiles: Vec::new(),
        histogram: None,
        top: top.into_iter().map(|(text, count)| (short(text), count)).collect(),
    }
}

/// A text for lists: cut after 100 characters.
pub(super) fn short(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
