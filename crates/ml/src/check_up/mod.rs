//! A look at a table before anybody learns from it: what each column holds, and what may be wrong.
//!
//! [`report`] knows nothing of a target. [`training_findings`] adds what a target and a split show: columns that give the
//! answer away, and test rows unlike the training rows.

mod coded;
mod dates;
mod drift;
mod leaks;
mod names;
mod numbers;
mod pairs;
mod profile;
mod rows;
#[cfg(test)]
mod tests;
mod texts;

use rayon::prelude::*;
use types::{DataFinding, DataFindingKind, DatasetReport, Millis, Severity};

use crate::Table;
use crate::table::{Column, Values};
use coded::Coded;
pub use drift::training_findings;

/// Columns that are compared with each other; the effort grows with their square.
const COMPARED_MAX: usize = 200;

/// Describes every column of a table and says what may be wrong with it; `today` is the day of asking.
#[must_use]
pub fn report(table: &Table, today: Millis) -> DatasetReport {
    let looked: Vec<_> = table
        .typed_columns()
        .par_iter()
        .map(|column| {
            let report = profile::of(column);
            let mut findings = common(table, column, &report);
            match &column.values {
                Values::Numbers(numbers) => {
                    findings.extend(numbers::findings(table, column, numbers, today.year()));
                }
                Values::Texts { codes, levels } => {
                    findings.extend(texts::findings(table, column, codes, levels));
                    findings.extend(dates::findings(table, column, codes, levels, today));
                }
            }
            (report, findings)
        })
        .collect();
    let (columns, findings): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    let mut findings: Vec<DataFinding> = findings.into_iter().flatten().collect();

    let coded: Vec<Option<Coded>> =
        table.typed_columns().par_iter().take(COMPARED_MAX).map(Coded::of).collect();
    findings.extend(pairs::findings(table, &columns, &coded));
    findings.extend(rows::duplicates(table));
    DatasetReport { format: table.format().clone(), columns, findings: sorted(table, findings) }
}

/// The most serious first, then in the order of columns.
fn sorted(table: &Table, mut findings: Vec<DataFinding>) -> Vec<DataFinding> {
    let names = table.columns();
    findings.sort_by_key(|finding| {
        let place = finding.kind.column().and_then(|column| names.iter().position(|name| *name == column));
        (finding.severity, place.unwrap_or(names.len()))
    });
    findings
}

fn finding(severity: Severity, kind: DataFindingKind) -> DataFinding {
    DataFinding { severity, kind }
}

/// Whether two numbers are the same; zeros are alike.
fn is_same(first: f64, second: f64) -> bool {
    (first + 0.0).total_cmp(&(second + 0.0)).is_eq()
}

/// What can be said of numbers and texts alike.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn common(table: &Table, column: &Column, report: &types::ColumnReport) -> Vec<DataFinding> {
    let mut findings = Vec::new();
    let name = || column.name.clone();
    let rows = table.row_count() as u64;
    if report.missing == rows {
        findings.push(finding(Severity::Serious, DataFindingKind::Empty { column: name() }));
    } else if report.missing * 2 > rows {
        let (count, share) = (report.missing, report.missing as f64 / rows as f64);
        findings.push(finding(
            Severity::Warning,
            DataFindingKind::MostlyMissing { column: name(), count, share },
        ));
    }
    if report.distinct == 1 && rows > 1 {
        let value = report.top.first().map(|(value, _)| value.clone()).unwrap_or_default();
        findings.push(finding(Severity::Warning, DataFindingKind::Constant { column: name(), value }));
    }
    if let Some(unread) = &column.unread {
        let (count, example, line) = (unread.count, unread.example.clone(), unread.line);
        let kind = DataFindingKind::Unread { column: name(), count, example, line };
        findings.push(finding(Severity::Warning, kind));
    }
    findings
}
