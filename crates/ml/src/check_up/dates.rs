//! Dates that cannot be meant.

use types::{DataFinding, DataFindingKind, DateProblem, Millis, Severity};

use super::finding;
use super::profile::short;
use crate::Table;
use crate::table::Column;

/// Year, month and day, as they are written.
type Date = (u32, u32, u32);

/// Dates that programs write where there is none.
const PLACEHOLDERS: [Date; 6] =
    [(1, 1, 1), (1899, 12, 30), (1900, 1, 1), (1970, 1, 1), (9999, 12, 31), (2099, 12, 31)];

/// A date as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    YearFirst(u32, u32, u32),
    YearLast(u32, u32, u32),
}

pub(super) fn findings(
    table: &Table,
    column: &Column,
    codes: &[u32],
    levels: &[String],
    today: Millis,
) -> Vec<DataFinding> {
    let written: Vec<Option<Written>> = levels.iter().map(|level| written(level)).collect();
    let dated = written.iter().flatten().count();
    if levels.len() < 3 || dated * 10 < levels.len() * 9 {
        return Vec::new();
    }
    let is_month_first = is_month_first(&written);
    let now = written_as(&today.to_string());
    let problems: Vec<Option<DateProblem>> = written
        .iter()
        .map(|written| problem(written.map(|written| date(written, is_month_first)), now))
        .collect();
    [DateProblem::Impossible, DateProblem::Future, DateProblem::Placeholder]
        .into_iter()
        .filter_map(|wrong| {
            let is_wrong = |row: &usize| problems.get(codes[*row] as usize) == Some(&Some(wrong));
            let rows: Vec<usize> = (0..codes.len()).filter(is_wrong).collect();
            let first = *rows.first()?;
            let kind = DataFindingKind::SuspiciousDates {
                column: column.name.clone(),
                problem: wrong,
                count: rows.len() as u64,
                example: levels.get(codes[first] as usize).map(|text| short(text)).unwrap_or_default(),
                line: table.line(first),
            };
            Some(finding(Severity::Warning, kind))
        })
        .collect()
}

fn problem(date: Option<Date>, now: Date) -> Option<DateProblem> {
    let Some(date @ (year, month, day)) = date else { return Some(DateProblem::Impossible) };
    if PLACEHOLDERS.contains(&date) {
        Some(DateProblem::Placeholder)
    } else if !(1..=12).contains(&month) || day == 0 || day > days(year, month) {
        Some(DateProblem::Impossible)
    } else {
        (date > now).then_some(DateProblem::Future)
    }
}

fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The date of a text that surely is one.
fn written_as(text: &str) -> Date {
    written(text).map_or((9999, 12, 31), |written| date(written, false))
}

/// The three numbers of `2024-05-31`, `31/05/2024` and the like, with or without a time behind.
fn written(text: &str) -> Option<Written> {
    let text = text.split([' ', 'T']).next()?;
    let mark = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = text.split(mark).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    match (first.len(), second.len(), third.len()) {
        (4, 1 | 2, 1 | 2) => Some(Written::YearFirst(a, b, c)),
        (1 | 2, 1 | 2, 4) => Some(Written::YearLast(a, b, c)),
        _ => None,
    }
}

/// Whether dates with the year at their end begin with the month: one of them would have no such month otherwise.
fn is_month_first(written: &[Option<Written>]) -> bool {
    let last = || {
        written.iter().flatten().filter_map(|written| match written {
            Written::YearLast(first, second, _) => Some((*first, *second)),
            Written::YearFirst(..) => None,
        })
    };
    last().any(|(_, second)| second > 12) && !last().any(|(first, _)| first > 12)
}

fn date(written: Written, is_month_first: bool) -> Date {
    match written {
        Written::YearLast(month, day, year) if is_month_first => (year, month, day),
        Written::YearFirst(year, month, day) | Written::YearLast(day, month, year) => (year, month, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        assert_eq!(written("2024-05-31"), Some(Written::YearFirst(2024, 5, 31)));
        assert_eq!(written("31/5/2024 10:00"), Some(Written::YearLast(31, 5, 2024)));
        assert_eq!(written("2024-05-31T10:00:00Z"), Some(Written::YearFirst(2024, 5, 31)));
        for text in ["", "2024", "1.5", "10-20-30", "2024-05", "2024-05-31-1", "a-b-c", "-5-3-2020", "3.1415"]
        {
            assert_eq!(written(text), None, "{text}");
        }
        let of = |texts: &[&str]| is_month_first(&texts.iter().map(|text| written(text)).collect::<Vec<_>>());
        assert!(of(&["5/31/2024", "6/1/2024"]));
        assert!(!of(&["31/5/2024", "6/1/2024"]));
        assert!(!of(&["1/5/2024", "2024-05-31"]));
    }

    #[test]
    fn the_calendar_has_its_days() {
        let now = (2026, 11, 28);
        let wrong = |date| problem(Some(date), now);
        assert_eq!(wrong((2024, 2, 29)), None);
        assert_eq!(wrong((2023, 2, 29)), Some(DateProblem::Impossible));
        assert_eq!(wrong((2023, 13, 1)), Some(DateProblem::Impossible));
        assert_eq!(wrong((2027, 1, 1)), Some(DateProblem::Future));
        assert_eq!(wrong((1970, 1, 1)), Some(DateProblem::Placeholder));
        assert_eq!(problem(None, now), Some(DateProblem::Impossible));
    }
}
