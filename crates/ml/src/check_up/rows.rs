//! Whole rows that occur more than once.

use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use types::{DataFinding, DataFindingKind, Severity};

use super::finding;
use crate::Table;
use crate::table::Values;

/// Says how many rows repeat an earlier one. Rows are compared by 64 bits of hash; two of five million different ones meet
/// once in a million tables.
pub(super) fn duplicates(table: &Table) -> Option<DataFinding> {
    let hash = |row: usize| {
        let mut hasher = DefaultHasher::new();
        for column in table.typed_columns() {
            match &column.values {
                Values::Numbers(numbers) => (numbers[row] + 0.0).to_bits().hash(&mut hasher),
                Values::Texts { codes, .. } => codes[row].hash(&mut hasher),
            }
        }
        hasher.finish()
    };
    let mut hashes: Vec<(u64, usize)> =
        (0..table.row_count()).into_par_iter().map(|row| (hash(row), row)).collect();
    hashes.par_sort_unstable();
    let repeated = || hashes.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let (first, line) = repeated().map(|pair| (pair[0].1, pair[1].1)).min_by_key(|(_, second)| *second)?;
    let count = repeated().count() as u64;
    let rows = table.row_count() as u64;
    let severity = if count * 100 > rows { Severity::Warning } else { Severity::Note };
    let kind = DataFindingKind::Duplicates { count, first: table.line(first), line: table.line(line) };
    Some(finding(severity, kind))
}
