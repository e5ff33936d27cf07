//! Which rows train and which test.

use std::collections::HashMap;

use types::{CrossValidation, DataSplit};

use crate::Error;
use crate::random::{generator, shuffle};
use crate::table::{NO_TEXT, Table, Values, tidy};

/// Most parts of a cross-validation.
const FOLDS_MAX: u32 = 20;
/// Training rows above which one part in ten is measured, once: more would tell little and take long.
const ROWS_FOLDED_MAX: usize = 50_000;

/// Rows of a table, numbered from 0, in the order in which they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) train: Vec<u32>,
    pub(crate) test: Vec<u32>,
}

/// Splits the rows of a table.
///
/// A random split tests `test_size * row_count` rows, rounded up, as scikit-learn's `train_test_split` does; a grouped one
/// that share of the groups, as `GroupShuffleSplit`.
pub(crate) fn split(split: &DataSplit, table: &Table) -> Result<Rows, Error> {
    let row_count = table.row_count();
    let rows = match split {
        DataSplit::Random { test_size, random_state } => random(share(*test_size)?, *random_state, row_count),
        DataSplit::Rows { train, test } => given(train, test, row_count)?,
        DataSplit::Grouped { column, test_size, random_state } => {
            grouped(&keys(table, column)?, share(*test_size)?, *random_state)
        }
        DataSplit::Time { column, test_size } => by_time(&keys(table, column)?, share(*test_size)?),
    };
    if rows.train.len() < 2 || rows.test.is_empty() {
        return Err(Error::Split(format!(
            "{} rows train and {} test, but at least 2 must train and 1 must test",
            rows.train.len(),
            rows.test.len()
        )));
    }
    Ok(rows)
}

/// Divides training rows for cross-validation: `train` of each part learns, `test` measures. Groups stay together, and
/// with times only the past learns (scikit-learn's `KFold(shuffle=True)`, `GroupKFold`, `TimeSeriesSplit`). Without either,
/// every part gets its share of each class, if rows have classes (`StratifiedKFold`).
pub(crate) fn folds(
    how: CrossValidation,
    split: &DataSplit,
    table: &Table,
    train: &[u32],
    classes: Option<&[usize]>,
) -> Result<Vec<Rows>, Error> {
    if how.folds == 0 {
        return Ok(Vec::new());
    }
    if !(2..=FOLDS_MAX).contains(&how.folds) {
        let told = format!(
            "folds is {}, but must be a whole number from 2 to {FOLDS_MAX}, or 0 for none",
            how.folds
        );
        return Err(Error::Split(told));
    }
    let is_large = train.len() > ROWS_FOLDED_MAX;
    let count = if is_large { 10 } else { how.folds as usize };
    let mut parts = vec![Vec::new(); count];
    let mut is_ordered = false;
    match split {
        DataSplit::Random { .. } | DataSplit::Rows { .. } => {
            let mut rows = train.to_vec();
            shuffle(&mut rows, &mut generator(how.random_state));
            if let Some(classes) = classes {
                rows.sort_by_key(|row| classes[*row as usize]);
            }
            for (place, row) in rows.into_iter().enumerate() {
                parts[place % count].push(row);
            }
        }
        DataSplit::Grouped { column, .. } => {
            let keys = keys(table, column)?;
            let mut groups: Vec<u64> = train.iter().map(|row| keys[*row as usize]).collect();
            groups.sort_unstable();
            groups.dedup();
            shuffle(&mut groups, &mut generator(how.random_state));
            let places: HashMap<u64, usize> =
                groups.iter().enumerate().map(|(place, group)| (*group, place % count)).collect();
            for row in train {
                if let Some(part) = places.get(&keys[*row as usize]) {
                    parts[*part].push(*row);
                }
            }
        }
        DataSplit::Time { column, .. } => {
            let keys = keys(table, column)?;
            let mut rows = train.to_vec();
            rows.sort_by_key(|row| keys[*row as usize]);
            is_ordered = true;
            // The first part only teaches.
            parts.push(Vec::new());
            let parts_count = parts.len();
            let row_count = rows.len();
            for (place, row) in rows.into_iter().enumerate() {
                parts[place * parts_count / row_count].push(row);
            }
        }
    }
    if parts.iter().any(Vec::is_empty) || train.len() < 4 {
        return Err(Error::Split(format!(
            "{} training rows are too few for {} folds; lower `folds`, or set it to 0 for none",
            train.len(),
            how.folds
        )));
    }
    let first = usize::from(is_ordered);
    let measured: Vec<usize> = if is_large { vec![parts.len() - 1] } else { (first..parts.len()).collect() };
    let rows = measured.into_iter().map(|part| {
        let learns = |other: &usize| if is_ordered { *other < part } else { *other != part };
        let train = (0..parts.len()).filter(learns).flat_map(|other| parts[other].iter().copied()).collect();
        Rows { train, test: parts[part].clone() }
    });
    Ok(rows.collect())
}

/// Keys of the rows of a column, equal for equal cells and in the order of numbers or of texts.
fn keys(table: &Table, name: &str) -> Result<Vec<u64>, Error> {
    let name = tidy(name);
    let column = table
        .typed_columns()
        .iter()
        .find(|column| column.name == name)
        .ok_or_else(|| Error::NoColumn { column: name.clone().into_owned() })?;
    let missing = |row: usize| {
        Error::Split(format!(
            "column `{name}` is empty in line {}; a split needs a value in each row",
            table.line(row)
        ))
    };
    match &column.values {
        Values::Numbers(numbers) => {
            // Bits of doubles are in the order of the numbers, once negative ones are turned around.
            let key = |number: f64| {
                let bits = (number + 0.0).to_bits();
                if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
            };
            match numbers.iter().position(|number| number.is_nan()) {
                Some(row) => Err(missing(row)),
                None => Ok(numbers.iter().map(|number| key(*number)).collect()),
            }
        }
        Values::Texts { codes, levels } => {
            if let Some(row) = codes.iter().position(|code| *code == NO_TEXT) {
                return Err(missing(row));
            }
            let mut order: Vec<usize> = (0..levels.len()).collect();
            order.sort_by(|a, b| levels[*a].cmp(&levels[*b]));
            let mut ranks = vec![0; levels.len()];
            for (rank, level) in order.into_iter().enumerate() {
                ranks[level] = rank as u64;
            }
            Ok(codes.iter().map(|code| ranks[*code as usize]).collect())
        }
    }
}

fn share(test_size: f64) -> Result<f64, Error> {
    if test_size > 0.0 && test_size < 1.0 {
        return Ok(test_size);
    }
    Err(Error::Split(format!("test_size is {test_size}, but must lie above 0 and below 1")))
}

/// A share of a count, rounded up.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are far below 2^32, the share lies between 0 and 1"
)]
fn share_of(count: usize, share: f64) -> usize {
    ((count as f64 * share).ceil() as usize).min(count)
}

#[expect(clippy::cast_possible_truncation, reason = "row counts are far below 2^32")]
fn random(test_size: f64, seed: u64, row_count: usize) -> Rows {
    let mut rows: Vec<u32> = (0..row_count as u32).collect();
    shuffle(&mut rows, &mut generator(seed));
    let train = rows.split_off(share_of(row_count, test_size));
    Rows { train, test: rows }
}

#[expect(clippy::cast_possible_truncation, reason = "row counts are far below 2^32")]
fn grouped(keys: &[u64], test_size: f64, seed: u64) -> Rows {
    let mut groups = keys.to_vec();
    groups.sort_unstable();
    groups.dedup();
    shuffle(&mut groups, &mut generator(seed));
    groups.truncate(share_of(groups.len(), test_size));
    groups.sort_unstable();
    let (test, train) =
        (0..keys.len() as u32).partition(|row| groups.binary_search(&keys[*row as usize]).is_ok());
    Rows { train, test }
}

/// The rows with the highest keys test; rows with equal keys stay together, on the side of the past.
#[expect(clippy::cast_possible_truncation, reason = "row counts are far below 2^32")]
fn by_time(keys: &[u64], test_size: f64) -> Rows {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let last = keys.len() - share_of(keys.len(), test_size);
    let limit = last.checked_sub(1).map(|place| sorted[place]);
    let (train, test) =
        (0..keys.len() as u32).partition(|row| limit.is_some_and(|limit| keys[*row as usize] <= limit));
    Rows { train, test }
}

fn given(train: &[u32], test: &[u32], row_count: usize) -> Result<Rows, Error> {
    let mut user: Vec<Option<&str>> = vec![None; row_count];
    for (list, rows) in [("train", train), ("test", test)] {
        if rows.is_empty() {
            return Err(Error::Split(format!("the list `{list}` names no rows")));
        }
        for &row in rows {
            let Some(slot) = user.get_mut(row as usize) else {
                return Err(Error::Split(format!(
                    "the list `{list}` names row {row}, but the table has rows 0 to {}",
                    row_count.saturating_sub(1)
                )));
            };
            match slot.replace(list) {
                None => {}
                Some(other) if other == list => {
                    return Err(Error::Split(format!("the list `{list}` names row {row} twice")));
                }
                Some(_) => {
                    return Err(Error::Split(format!("row {row} is in both lists; it may train or test")));
                }
            }
        }
    }
    Ok(Rows { train: train.to_vec(), test: test.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(test_size: f64, random_state: u64) -> DataSplit {
        DataSplit::Random { test_size, random_state }
    }

    /// Rows 0 to `row_count`, with their number, their group (a letter) and a date that falls.
    fn table(row_count: usize) -> Table {
        let line = |row: usize| format!("{row},{},20{:02}-01-31\n", ["a", "b", "c"][row % 3], 99 - row / 2);
        let lines: String = (0..row_count).map(line).collect();
        Table::from_csv(format!("n,group,date\n{lines}").as_bytes()).unwrap()
    }

    fn problem(spec: &DataSplit, row_count: usize) -> String {
        let error = split(spec, &table(row_count)).unwrap_err();
        assert!(error.is_about_input());
        error.to_string()
    }

    #[test]
    fn a_random_split_is_reproducible_and_complete() {
        let rows = split(&random(0.2, 42), &table(11)).unwrap();
        assert_eq!(rows, split(&random(0.2, 42), &table(11)).unwrap());
        assert_ne!(rows, split(&random(0.2, 43), &table(11)).unwrap());
        assert_eq!((rows.train.len(), rows.test.len()), (8, 3));
        let mut all = [rows.train, rows.test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..11).collect::<Vec<_>>());
    }

    #[test]
    fn a_share_outside_zero_to_one_is_refused() {
        for share in [0.0, 1.0, -0.1, f64::NAN, f64::INFINITY] {
            assert!(problem(&random(share, 0), 10).contains("test_size"));
        }
        assert!(problem(&random(0.9, 0), 5).contains("0 rows train"));
    }

    #[test]
    fn given_rows_are_kept_in_order_and_checked() {
        let given = |train: &[u32], test: &[u32]| DataSplit::Rows { train: train.into(), test: test.into() };
        let rows = split(&given(&[4, 0, 2], &[1]), &table(5)).unwrap();
        assert_eq!(rows, Rows { train: vec![4, 0, 2], test: vec![1] });

        assert!(problem(&given(&[], &[1]), 5).contains("`train` names no rows"));
        assert!(problem(&given(&[0, 1], &[]), 5).contains("`test` names no rows"));
        assert!(problem(&given(&[0, 5], &[1]), 5).contains("row 5, but the table has rows 0 to 4"));
        assert!(problem(&given(&[0, 1, 0], &[2]), 5).contains("`train` names row 0 twice"));
        assert!(problem(&given(&[0, 1], &[1]), 5).contains("row 1 is in both"));
        assert!(problem(&given(&[0], &[1]), 5).contains("at least 2 must train"));
    }

    fn grouped(test_size: f64) -> DataSplit {
        DataSplit::Grouped { column: "group".to_owned(), test_size, random_state: 1 }
    }

    fn by_date(test_size: f64) -> DataSplit {
        DataSplit::Time { column: "date".to_owned(), test_size }
    }

    #[test]
    fn groups_stay_together() {
        let rows = split(&grouped(0.3), &table(12)).unwrap();
        assert_eq!(rows.test.len(), 4);
        assert!(rows.test.iter().all(|row| row % 3 == rows.test[0] % 3));
        assert!(problem(&grouped(0.9), 12).contains("0 rows train"));
        let unknown = DataSplit::Grouped { column: "x".to_owned(), test_size: 0.5, random_state: 1 };
        assert!(problem(&unknown, 12).contains("no column `x`"));
    }

    #[test]
    fn the_future_tests() {
        // Dates fall with the row, two rows each: the newest three rows would cut a pair in two.
        let rows = split(&by_date(0.25), &table(12)).unwrap();
        assert_eq!(rows.test, [0, 1]);
        let rows = split(&DataSplit::Time { column: "n".to_owned(), test_size: 0.25 }, &table(12)).unwrap();
        assert_eq!(rows.test, [9, 10, 11]);
    }

    #[test]
    fn every_row_is_measured_once() {
        let table = table(60);
        let train: Vec<u32> = (0..50).collect();
        let how = CrossValidation { folds: 5, random_state: 3 };
        for kind in [random(0.2, 42), DataSplit::Rows { train: train.clone(), test: vec![55] }] {
            let parts = folds(how, &kind, &table, &train, None).unwrap();
            let mut measured: Vec<u32> = parts.iter().flat_map(|part| part.test.clone()).collect();
            measured.sort_unstable();
            assert_eq!(measured, train);
            assert!(parts.iter().all(|part| part.train.len() == 40 && part.test.len() == 10));
            assert_eq!(parts, folds(how, &kind, &table, &train, None).unwrap());
        }
        let three = CrossValidation { folds: 3, random_state: 3 };
        for part in folds(three, &grouped(0.2), &table, &train, None).unwrap() {
            assert!(part.test.iter().all(|row| row % 3 == part.test[0] % 3));
            assert!(part.train.iter().all(|row| row % 3 != part.test[0] % 3));
        }
        for part in folds(three, &by_date(0.2), &table, &train, None).unwrap() {
            // Newer rows have lower numbers.
            assert!(part.train.iter().min() >= part.test.iter().max().map(|row| row - 1).as_ref());
        }
    }

    #[test]
    fn folds_that_cannot_be_made_are_explained() {
        let table = table(12);
        let of = |count, train: &[u32]| {
            folds(CrossValidation { folds: count, random_state: 1 }, &random(0.5, 1), &table, train, None)
        };
        assert!(of(0, &[1, 2]).unwrap().is_empty());
        assert!(of(1, &[1, 2, 3, 4]).unwrap_err().to_string().contains("from 2 to 20"));
        assert!(of(5, &[1, 2, 3, 4]).unwrap_err().to_string().contains("lower `folds`"));
    }
}
