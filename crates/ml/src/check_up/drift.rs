//! What a target and a split show.

use rayon::prelude::*;
use types::{DataFinding, DataFindingKind, Severity};

use super::profile::present;
use super::{finding, leaks, sorted};
use crate::table::{Column, Values};
use crate::{Prepared, Table};

/// Differences below this are not told, however sure they are.
const TOLD: f64 = 0.1;

/// Differences above this are serious.
const SERIOUS: f64 = 0.3;

/// Columns that give the target away, and those whose test rows differ from the training rows by more than chance.
///
/// `prepared` must come from `table`. The columns that are not learnt from are left out.
#[must_use]
pub fn training_findings(prepared: &Prepared, table: &Table) -> Vec<DataFinding> {
    let rows = prepared.row_numbers();
    let target = prepared.target();
    let is_learnt = |column: &&Column| {
        column.name == target || prepared.features().iter().any(|feature| feature.name == column.name)
    };
    let columns: Vec<&Column> = table.typed_columns().iter().filter(is_learnt).collect();
    let findings = columns
        .par_iter()
        .flat_map_iter(|column| {
            let drift = drift(column, &rows.train, &rows.test).map(|distance| {
                let severity = if distance > SERIOUS { Severity::Serious } else { Severity::Warning };
                finding(severity, DataFindingKind::Drift { column: column.name.clone(), distance })
            });
            let leak = (column.name != target)
                .then(|| leaks::explained(column, table, target, &rows.train))
                .flatten()
                .map(|explained| {
                    let (column, target) = (column.name.clone(), target.to_owned());
                    finding(Severity::Serious, DataFindingKind::Leaks { column, target, explained })
                });
            drift.into_iter().chain(leak)
        })
        .collect();
    sorted(table, findings)
}

/// How far apart the columns of both sets of rows are, if it is worth telling.
fn drift(column: &Column, train: &[u32], test: &[u32]) -> Option<f64> {
    let (distance, by_chance) = match &column.values {
        Values::Numbers(numbers) => {
            let pick =
                |rows: &[u32]| present(&rows.iter().map(|row| numbers[*row as usize]).collect::<Vec<_>>());
            kolmogorov(&pick(train), &pick(test))
        }
        Values::Texts { codes, levels } => {
            let pick = |rows: &[u32]| {
                let mut counts = vec![0_u64; levels.len() + 1];
                for row in rows {
                    counts[(codes[*row as usize] as usize).min(levels.len())] += 1;
                }
                counts
            };
            variation(&pick(train), &pick(test))
        }
    };
    (distance > TOLD.max(by_chance)).then_some(distance)
}

/// The largest difference between two distributions of ascending numbers (Kolmogorov and Smirnov), and that which chance
/// makes in one of a thousand samples.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn kolmogorov(first: &[f64], second: &[f64]) -> (f64, f64) {
    let (n, m) = (first.len() as f64, second.len() as f64);
    if first.is_empty() || second.is_empty() {
        return (0.0, 1.0);
    }
    let (mut i, mut j, mut distance) = (0, 0, 0.0_f64);
    while i < first.len() && j < second.len() {
        let number = first[i].min(second[j]);
        i += first[i..].iter().take_while(|other| **other <= number).count();
        j += second[j..].iter().take_while(|other| **other <= number).count();
        distance = distance.max((i as f64 / n - j as f64 / m).abs());
    }
    (distance, 1.95 * ((n + m) / (n * m)).sqrt())
}

/// Half the sum of the differences of shares, and roughly that which chance makes.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn variation(first: &[u64], second: &[u64]) -> (f64, f64) {
    let total = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let (n, m) = (total(first), total(second));
    if n == 0.0 || m == 0.0 {
        return (0.0, 1.0);
    }
    let distance =
        first.iter().zip(second).map(|(a, b)| (*a as f64 / n - *b as f64 / m).abs()).sum::<f64>() / 2.0;
    let used = first.iter().zip(second).filter(|(a, b)| **a + **b > 0).count() as f64;
    (distance, (0.6 * used.sqrt() + 1.0) * ((n + m) / (n * m)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_definitions() {
        assert_eq!(kolmogorov(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0]).0, 0.5);
        assert_eq!(kolmogorov(&[1.0, 1.0], &[1.0, 1.0]).0, 0.0);
        assert_eq!(kolmogorov(&[1.0], &[2.0]).0, 1.0);
        assert_eq!(variation(&[5, 5], &[10, 0]).0, 0.5);
        assert_eq!(variation(&[5, 5], &[1, 1]).0, 0.0);
    }
}
