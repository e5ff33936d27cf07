//! What columns say about each other.

use rayon::prelude::*;
use types::{ColumnReport, DataFinding, DataFindingKind, Indicator, Severity};

use super::coded::{Coded, MISSING};
use super::profile::short;
use super::{COMPARED_MAX, finding, is_same, names};
use crate::Table;
use crate::table::{Column, Values};

/// Rows below which columns may agree by chance.
const ROWS_MIN: usize = 20;

/// Share of the rows of a value that have the same number, if the value decides it.
const DECIDED: f64 = 0.95;

/// Most different texts of a column whose values are looked at one by one.
const LEVELS_MAX: usize = 200;

pub(super) fn findings(table: &Table, reports: &[ColumnReport], coded: &[Option<Coded>]) -> Vec<DataFinding> {
    if table.row_count() < 2 {
        return Vec::new();
    }
    let columns = &table.typed_columns()[..table.typed_columns().len().min(COMPARED_MAX)];
    (0..columns.len())
        .into_par_iter()
        .flat_map_iter(|place| {
            let mut findings: Vec<DataFinding> = Vec::new();
            findings.extend(two_valued(place, columns, reports, coded));
            findings.extend(copies(place, columns, coded));
            if let Values::Numbers(numbers) = &columns[place].values {
                for (by, levels) in columns.iter().zip(coded) {
                    if let (Values::Texts { .. }, Some(levels)) = (&by.values, levels) {
                        findings.extend(ruled_out(table, &columns[place], numbers, by, levels));
                        findings.extend(exceptions(table, &columns[place], numbers, by, levels));
                    }
                }
            }
            findings
        })
        .collect()
}

/// A column of numbers with two values, other than 0 and 1, and what decides between them.
fn two_valued(
    place: usize,
    columns: &[Column],
    reports: &[ColumnReport],
    coded: &[Option<Coded>],
) -> Option<DataFinding> {
    let (report, own) = (reports.get(place)?, coded.get(place)?.as_ref()?);
    if !matches!(columns[place].values, Values::Numbers(_)) || own.len() != 2 {
        return None;
    }
    let is_flag = own.values.iter().all(|value| matches!(value.as_str(), "0" | "1"));
    let counts = own.counts();
    let repeats = if counts.iter().sum::<u64>() < ROWS_MIN as u64 {
        None
    } else {
        let mut others = (0..columns.len()).filter(|other| *other != place);
        others.find_map(|other| indicator(own, &counts, &columns[other], coded[other].as_ref()?))
    };
    if is_flag && repeats.is_none() {
        return None;
    }
    let severity = if repeats.is_some() { Severity::Serious } else { Severity::Warning };
    let (column, values) = (report.name.clone(), report.top.clone());
    Some(finding(severity, DataFindingKind::TwoValued { column, values, repeats }))
}

/// The value of `other` that stands exactly where one of two values does.
fn indicator(own: &Coded, own_counts: &[u64], column: &Column, other: &Coded) -> Option<Indicator> {
    // With two values of its own, the other is a copy and found as one.
    if other.len() < 3 {
        return None;
    }
    // Per value of the other: rows with the first and with the second of our values.
    let mut together = vec![[0_u64; 2]; other.len()];
    for (ours, others) in own.codes.iter().zip(&other.codes) {
        if let (Some(counts), 0 | 1) = (together.get_mut(*others as usize), *ours) {
            counts[*ours as usize] += 1;
        }
    }
    let (value, ours) = together.iter().enumerate().find_map(|(value, counts)| {
        let ours = (0..2)
            .find(|ours| counts[*ours] > 0 && counts[1 - ours] == 0 && counts[*ours] == own_counts[*ours])?;
        Some((value, ours))
    })?;
    Some(Indicator {
        column: column.name.clone(),
        value: other.values.get(value)?.clone(),
        means: own.values.get(ours)?.clone(),
    })
}

/// The first earlier column that says the same.
fn copies(place: usize, columns: &[Column], coded: &[Option<Coded>]) -> Option<DataFinding> {
    let column = &columns[place];
    let of = (0..place).find(|other| match (&coded[place], &coded[*other]) {
        (Some(own), Some(other)) if is_renamed(own, other) => true,
        _ => is_rescaled(column, &columns[*other]),
    })?;
    let kind = DataFindingKind::Copies { column: column.name.clone(), of: columns[of].name.clone() };
    Some(finding(Severity::Warning, kind))
}

/// Whether each value of one goes with exactly one of the other. Columns whose values hardly repeat always do.
fn is_renamed(first: &Coded, second: &Coded) -> bool {
    let rows = first.codes.len();
    if first.len() != second.len() || first.len() < 2 || rows < ROWS_MIN || first.len() * 5 > rows {
        return false;
    }
    let mut there = vec![MISSING; first.len()];
    let mut back = vec![MISSING; second.len()];
    first.codes.iter().zip(&second.codes).all(|(a, b)| match (*a, *b) {
        (MISSING, MISSING) => true,
        (MISSING, _) | (_, MISSING) => false,
        (a, b) => {
            let (a_place, b_place) = (a as usize, b as usize);
            if there[a_place] == MISSING && back[b_place] == MISSING {
                (there[a_place], back[b_place]) = (b, a);
            }
            there[a_place] == b && back[b_place] == a
        }
    })
}

/// Whether the numbers of one are those of the other, multiplied by something and moved by something.
fn is_rescaled(first: &Column, second: &Column) -> bool {
    let (Values::Numbers(first), Values::Numbers(second)) = (&first.values, &second.values) else {
        return false;
    };
    let mut pairs = first.iter().zip(second).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let Some((a0, b0)) = pairs.next() else { return false };
    let Some((a1, b1)) = pairs.find(|(a, _)| !is_same(**a, *a0)) else { return false };
    let slope = (b1 - b0) / (a1 - a0);
    if slope == 0.0 || !slope.is_finite() {
        return false;
    }
    let scale = b0.abs().max(b1.abs()).max((b1 - b0).abs());
    let mut different = std::collections::HashSet::new();
    let agrees = first.iter().zip(second).all(|(a, b)| match (a.is_nan(), b.is_nan()) {
        (true, true) => true,
        (false, false) => {
            if different.len() < 4 {
                different.insert(a.to_bits());
            }
            (b0 + slope * (a - a0) - b).abs() <= 1e-9 * scale.max(b.abs())
        }
        _ => false,
    });
    // Any two points lie on a line, and so may three.
    agrees && different.len() >= 4 && first.len() >= ROWS_MIN
}

/// Displacement or cylinders of electric engines.
fn ruled_out(
    table: &Table,
    column: &Column,
    numbers: &[f64],
    by: &Column,
    levels: &Coded,
) -> Option<DataFinding> {
    if !names::is_displacement(&column.name) {
        return None;
    }
    let electric: Vec<bool> = levels.values.iter().map(|level| names::is_electric(level)).collect();
    let is_wrong = |row: &usize| {
        numbers[*row] > 0.0 && electric.get(levels.codes[*row] as usize).copied().unwrap_or_default()
    };
    let mut rows = (0..numbers.len()).filter(is_wrong);
    let first = rows.next()?;
    let kind = DataFindingKind::Impossible {
        column: column.name.clone(),
        by: by.name.clone(),
        level: levels.values.get(levels.codes[first] as usize)?.clone(),
        count: 1 + rows.count() as u64,
        line: table.line(first),
    };
    Some(finding(Severity::Serious, kind))
}

/// Values that come with one number in nearly all of their rows, where that number is not usual elsewhere.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn exceptions(
    table: &Table,
    column: &Column,
    numbers: &[f64],
    by: &Column,
    levels: &Coded,
) -> Vec<DataFinding> {
    if !(2..=LEVELS_MAX).contains(&levels.len()) {
        return Vec::new();
    }
    // The number of a majority survives when different ones cancel each other out (Boyer and Moore).
    let mut majority = vec![(f64::NAN, 0_u64); levels.len()];
    let pairs =
        || levels.codes.iter().zip(numbers).filter(|(code, number)| **code != MISSING && !number.is_nan());
    for (code, number) in pairs() {
        let (held, votes) = &mut majority[*code as usize];
        if *votes == 0 {
            (*held, *votes) = (*number, 1);
        } else if is_same(*held, *number) {
            *votes += 1;
        } else {
            *votes -= 1;
        }
    }
    let mut rows = vec![0_u64; levels.len()];
    let mut agreeing = vec![0_u64; levels.len()];
    for (code, number) in pairs() {
        rows[*code as usize] += 1;
        agreeing[*code as usize] += u64::from(is_same(majority[*code as usize].0, *number));
    }
    let all: u64 = rows.iter().sum();
    let mut found = Vec::new();
    for level in 0..levels.len() {
        let count = rows[level] - agreeing[level];
        let is_decided =
            rows[level] >= ROWS_MIN as u64 && agreeing[level] as f64 >= DECIDED * rows[level] as f64;
        if count == 0 || !is_decided || rows[level] == all {
            continue;
        }
        let usual = majority[level].0;
        let elsewhere = pairs()
            .filter(|(code, number)| **code as usize != level && is_same(**number, usual))
            .count() as f64;
        if elsewhere * 2.0 >= (all - rows[level]) as f64 {
            continue;
        }
        let first = (0..numbers.len()).find(|row| {
            levels.codes[*row] as usize == level && !numbers[*row].is_nan() && !is_same(numbers[*row], usual)
        });
        found.push(finding(
            Severity::Warning,
            DataFindingKind::Exceptions {
                column: column.name.clone(),
                value: usual.to_string(),
                by: by.name.clone(),
                level: short(&levels.values[level]),
                count,
                line: first.map_or(0, |row| table.line(row)),
            },
        ));
    }
    found
}
