//! What may be wrong with a column of numbers.

use types::{ColumnKind, DataFinding, DataFindingKind, DomainProblem, Severity};

use super::profile::{present, quantile};
use super::{finding, is_same, names};
use crate::Table;
use crate::table::Column;

/// Rows below which nothing is said about how numbers are distributed.
const ROWS_MIN: usize = 50;

/// Year of the first car.
const FIRST_CAR: f64 = 1886.0;

/// Numbers that people write where there is none.
const PLACEHOLDERS: [f64; 13] = [
    -1.0,
    -9.0,
    -99.0,
    -999.0,
    -9999.0,
    999.0,
    9999.0,
    99_999.0,
    999_999.0,
    9_999_999.0,
    99_999_999.0,
    999_999_999.0,
    123_456_789.0,
];

pub(super) fn findings(
    table: &Table,
    column: &Column,
    numbers: &[f64],
    current_year: i64,
) -> Vec<DataFinding> {
    let ascending = present(numbers);
    let mut findings = Vec::new();
    let mut tell = |severity, problem, wrong: &dyn Fn(f64) -> bool| {
        let rows: Vec<usize> = (0..numbers.len()).filter(|row| wrong(numbers[*row])).collect();
        if let Some(first) = rows.first() {
            findings.push(finding(
                severity,
                DataFindingKind::OutOfDomain {
                    column: column.name.clone(),
                    problem,
                    count: rows.len() as u64,
                    example: numbers[*first].to_string(),
                    line: table.line(*first),
                },
            ));
        }
    };
    let Some((low, high)) = ascending.first().copied().zip(ascending.last().copied()) else {
        return findings;
    };
    let placeholders = placeholders(&ascending);
    let is_placeholder = |number: f64| placeholders.contains(&number);
    tell(Severity::Warning, DomainProblem::Placeholder, &is_placeholder);

    if low < 0.0 {
        let negative = ascending.partition_point(|number| *number < 0.0);
        let wrong = |number: f64| number < 0.0 && !is_placeholder(number);
        if names::is_quantity(&column.name) {
            tell(Severity::Serious, DomainProblem::Negative, &wrong);
        } else if ascending.len() >= ROWS_MIN && negative * 100 < ascending.len() {
            tell(Severity::Warning, DomainProblem::Negative, &wrong);
        }
    }
    let middle = quantile(&ascending, 0.5);
    if names::is_year(&column.name) && (1900.0..2100.0).contains(&middle) {
        #[expect(clippy::cast_precision_loss, reason = "years are small")]
        let next_year = (current_year + 1) as f64;
        tell(Severity::Serious, DomainProblem::FutureYear, &|number| {
            number > next_year && !is_placeholder(number)
        });
        tell(Severity::Serious, DomainProblem::AncientYear, &|number| {
            number < FIRST_CAR && !is_placeholder(number)
        });
    } else if ascending.len() >= ROWS_MIN {
        let (top, bottom) = (quantile(&ascending, 0.99) - middle, middle - quantile(&ascending, 0.01));
        let far = |number: f64| {
            let is_far = |distance: f64, usual: f64| usual > 0.0 && distance > 20.0 * usual;
            !is_placeholder(number) && (is_far(number - middle, top) || is_far(middle - number, bottom))
        };
        if far(high) || far(low) {
            tell(Severity::Warning, DomainProblem::FarAway, &far);
        }
    }
    if column.kind == ColumnKind::Integer && is_row_number(numbers) {
        let distinct = numbers.len() as u64;
        findings.push(finding(
            Severity::Warning,
            DataFindingKind::Identifies { column: column.name.clone(), distinct },
        ));
    }
    findings
}

/// Numbers at an end of the column, far from the next, that people write where there is none.
fn placeholders(ascending: &[f64]) -> Vec<f64> {
    if ascending.len() < ROWS_MIN {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (low, high) = (ascending[0], ascending[ascending.len() - 1]);
    let is_repeated =
        |number: f64| ascending.iter().filter(|other| is_same(**other, number)).take(2).count() == 2;
    let next_above = ascending.iter().find(|number| **number > low);
    if low < 0.0
        && PLACEHOLDERS.contains(&low)
        && is_repeated(low)
        && next_above.is_some_and(|next| *next >= 0.0)
    {
        found.push(low);
    }
    let next_below = ascending.iter().rev().find(|number| **number < high);
    if high > 0.0
        && PLACEHOLDERS.contains(&high)
        && is_repeated(high)
        && next_below.is_some_and(|next| high >= 5.0 * next.abs())
    {
        found.push(high);
    }
    found
}

/// Whether each number is one more than the one before.
fn is_row_number(numbers: &[f64]) -> bool {
    numbers.len() >= ROWS_MIN && numbers.windows(2).all(|pair| is_same(pair[1] - pair[0], 1.0))
}
