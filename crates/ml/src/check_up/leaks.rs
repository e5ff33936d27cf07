//! Columns that give the target away.

use std::collections::HashMap;

use super::coded::{Coded, MISSING};
use crate::Table;
use crate::table::{Column, Values};

/// Share of the target's variation that no honest column explains alone.
const TOO_MUCH: f64 = 0.999;

/// Rows below which columns may agree by chance.
const ROWS_MIN: usize = 50;

/// Rows for each value that a column must have on average to be judged by its values.
const ROWS_PER_VALUE: usize = 20;

/// Share of the target's variation in `rows` that `column` explains on its own, if it is more than an honest column does.
pub(super) fn explained(column: &Column, table: &Table, target: &str, rows: &[u32]) -> Option<f64> {
    if rows.len() < ROWS_MIN {
        return None;
    }
    let target = table.typed_columns().iter().find(|other| other.name == target)?;
    let share = match &target.values {
        Values::Numbers(targets) => {
            let line = match &column.values {
                Values::Numbers(numbers) => on_a_line(numbers, targets, rows),
                Values::Texts { .. } => None,
            };
            line.into_iter().chain(by_means(column, targets, rows)).max_by(f64::total_cmp)
        }
        Values::Texts { codes, .. } => by_majority(column, codes, rows),
    };
    share.filter(|share| *share > TOO_MUCH)
}

/// The square of the correlation.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn on_a_line(numbers: &[f64], targets: &[f64], rows: &[u32]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = rows
        .iter()
        .map(|row| (numbers[*row as usize], targets[*row as usize]))
        .filter(|(x, y)| !x.is_nan() && !y.is_nan())
        .collect();
    if pairs.len() * 2 < rows.len() {
        return None;
    }
    let count = pairs.len() as f64;
    let (mean_x, mean_y) = (
        pairs.iter().map(|(x, _)| x).sum::<f64>() / count,
        pairs.iter().map(|(_, y)| y).sum::<f64>() / count,
    );
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - mean_x, y - mean_y);
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    let share = xy * xy / (xx * yy);
    share.is_finite().then_some(share)
}

/// The values of a column of few, for the given rows.
fn values(column: &Column, rows: &[u32]) -> Option<Vec<u32>> {
    let coded = Coded::of(column)?;
    let codes: Vec<u32> = rows.iter().map(|row| coded.codes[*row as usize]).collect();
    (coded.len() >= 2 && coded.len() * ROWS_PER_VALUE <= rows.len()).then_some(codes)
}

/// Share of the variation between the means of a column's values.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn by_means(column: &Column, targets: &[f64], rows: &[u32]) -> Option<f64> {
    let codes = values(column, rows)?;
    let mut sums: HashMap<u32, (f64, f64)> = HashMap::new();
    let mean = rows.iter().map(|row| targets[*row as usize]).sum::<f64>() / rows.len() as f64;
    let mut all = 0.0;
    for (code, row) in codes.iter().zip(rows) {
        let from_mean = targets[*row as usize] - mean;
        let (sum, count) = sums.entry(*code).or_default();
        (*sum, *count) = (*sum + from_mean, *count + 1.0);
        all += from_mean * from_mean;
    }
    let mut between: Vec<f64> = sums.values().map(|(sum, count)| sum * sum / count).collect();
    // The order of a hash map is not always the same, and neither would be the sum.
    between.sort_by(f64::total_cmp);
    let share = between.iter().sum::<f64>() / all;
    share.is_finite().then_some(share)
}

/// How much better than always saying the most frequent class it is to say the most frequent of a value.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn by_majority(column: &Column, classes: &[u32], rows: &[u32]) -> Option<f64> {
    let codes = values(column, rows)?;
    let mut counts: HashMap<(u32, u32), u64> = HashMap::new();
    let mut overall: HashMap<u32, u64> = HashMap::new();
    for (code, row) in codes.iter().zip(rows) {
        let class = classes[*row as usize];
        if class != MISSING {
            *counts.entry((*code, class)).or_default() += 1;
            *overall.entry(class).or_default() += 1;
        }
    }
    let mut best: HashMap<u32, u64> = HashMap::new();
    for ((code, _), count) in &counts {
        let held = best.entry(*code).or_default();
        *held = (*held).max(*count);
    }
    let (all, usual) = (overall.values().sum::<u64>() as f64, *overall.values().max()? as f64);
    let told = best.values().sum::<u64>() as f64;
    let share = (told - usual) / (all - usual);
    share.is_finite().then_some(share)
}
