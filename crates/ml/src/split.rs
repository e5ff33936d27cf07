//! Which rows train and which test.

use types::DataSplit;

use crate::Error;
use crate::random::{generator, shuffle};

/// Rows of a table, numbered from 0, in the order in which they are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) train: Vec<u32>,
    pub(crate) test: Vec<u32>,
}

/// Splits `row_count` rows.
///
/// A random split tests `test_size * row_count` rows, rounded up, as scikit-learn's `train_test_split` does.
pub(crate) fn split(split: &DataSplit, row_count: usize) -> Result<Rows, Error> {
    let rows = match split {
        DataSplit::Random { test_size, random_state } => random(*test_size, *random_state, row_count)?,
        DataSplit::Rows { train, test } => given(train, test, row_count)?,
        DataSplit::Grouped { .. } | DataSplit::Time { .. } => {
            return Err(Error::Split("groups and times are not merged yet".to_owned()));
        }
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

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "row counts are far below 2^32, the share lies between 0 and 1"
)]
fn random(test_size: f64, seed: u64, row_count: usize) -> Result<Rows, Error> {
    if !(test_size > 0.0 && test_size < 1.0) {
        return Err(Error::Split(format!("test_size is {test_size}, but must lie above 0 and below 1")));
    }
    let mut rows: Vec<u32> = (0..row_count as u32).collect();
    shuffle(&mut rows, &mut generator(seed));
    let test_count = ((row_count as f64 * test_size).ceil() as usize).min(row_count);
    let train = rows.split_off(test_count);
    Ok(Rows { train, test: rows })
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

    fn problem(spec: &DataSplit, row_count: usize) -> String {
        let error = split(spec, row_count).unwrap_err();
        assert!(error.is_about_input());
        error.to_string()
    }

    #[test]
    fn a_random_split_is_reproducible_and_complete() {
        let rows = split(&random(0.2, 42), 11).unwrap();
        assert_eq!(rows, split(&random(0.2, 42), 11).unwrap());
        assert_ne!(rows, split(&random(0.2, 43), 11).unwrap());
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
        let rows = split(&given(&[4, 0, 2], &[1]), 5).unwrap();
        assert_eq!(rows, Rows { train: vec![4, 0, 2], test: vec![1] });

        assert!(problem(&given(&[], &[1]), 5).contains("`train` names no rows"));
        assert!(problem(&given(&[0, 1], &[]), 5).contains("`test` names no rows"));
        assert!(problem(&given(&[0, 5], &[1]), 5).contains("row 5, but the table has rows 0 to 4"));
        assert!(problem(&given(&[0, 1, 0], &[2]), 5).contains("`train` names row 0 twice"));
        assert!(problem(&given(&[0, 1], &[1]), 5).contains("row 1 is in both"));
        assert!(problem(&given(&[0], &[1]), 5).contains("at least 2 must train"));
    }
}
