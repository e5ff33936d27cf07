//! Where errors are: by the values of a column.

use std::collections::HashMap;

use types::{RowPrediction, Segment, SegmentErrors};

use super::Scores;
use crate::table::{NO_TEXT, Values};
use crate::{Error, Table};

/// Texts that are segments of their own, the most frequent ones.
const LEVELS_MAX: usize = 12;
/// Bands of numbers.
const BANDS: usize = 5;

/// Errors of predicted rows by the values of `column`: each of its twelve most frequent texts, or five bands of its numbers
/// with about as many rows each; then the other texts and the empty cells, where there are such rows.
///
/// # Errors
///
/// [`Error::NoColumn`] if the table has no such column, [`Error::Mismatch`] if it has not all rows.
pub fn segment_errors(
    table: &Table,
    column: &str,
    rows: &[RowPrediction],
) -> Result<Vec<SegmentErrors>, Error> {
    let found = table.typed_columns().iter().find(|other| other.name == column);
    let values = &found.ok_or_else(|| Error::NoColumn { column: column.to_owned() })?.values;
    if rows.iter().any(|row| row.row as usize >= table.row_count()) {
        return Err(Error::Mismatch);
    }
    let groups = match values {
        Values::Texts { codes, levels } => by_level(codes, levels, rows),
        Values::Numbers(numbers) => by_band(numbers, rows),
    };
    Ok(groups
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(segment, rows)| errors(segment, &rows))
        .collect())
}

type Groups = Vec<(Segment, Vec<RowPrediction>)>;

fn by_level(codes: &[u32], levels: &[String], rows: &[RowPrediction]) -> Groups {
    let mut by_code: HashMap<u32, Vec<RowPrediction>> = HashMap::new();
    for row in rows {
        by_code.entry(codes[row.row as usize]).or_default().push(*row);
    }
    let missing = by_code.remove(&NO_TEXT).unwrap_or_default();
    let mut by_level: Vec<(String, Vec<RowPrediction>)> = by_code
        .into_iter()
        .map(|(code, rows)| (levels.get(code as usize).cloned().unwrap_or_default(), rows))
        .collect();
    by_level.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let others = by_level.split_off(LEVELS_MAX.min(by_level.len())).into_iter().flat_map(|(_, rows)| rows);
    let others: Vec<RowPrediction> = others.collect();
    let mut groups: Groups =
        by_level.into_iter().map(|(level, rows)| (Segment::Level { level }, rows)).collect();
    groups.extend([(Segment::Other, others), (Segment::Missing, missing)]);
    groups
}

fn by_band(numbers: &[f64], rows: &[RowPrediction]) -> Groups {
    let number = |row: &RowPrediction| numbers[row.row as usize];
    let (mut present, missing): (Vec<RowPrediction>, Vec<RowPrediction>) =
        rows.iter().partition(|row| !number(row).is_nan());
    present.sort_by(|a, b| number(a).total_cmp(&number(b)).then(a.row.cmp(&b.row)));
    let mut groups = Groups::new();
    let mut rest = present.as_slice();
    let size = present.len().div_ceil(BANDS).max(1);
    while let Some(first) = rest.first() {
        let mut end = size.min(rest.len());
        let high = number(&rest[end - 1]);
        // Equal numbers are one band.
        end += rest[end..].iter().take_while(|row| number(row) <= high).count();
        let (band, after) = rest.split_at(end);
        groups.push((Segment::Band { low: number(first), high }, band.to_vec()));
        rest = after;
    }
    groups.push((Segment::Missing, missing));
    groups
}

fn errors(segment: Segment, rows: &[RowPrediction]) -> SegmentErrors {
    let scores = Scores::of_pairs(rows.iter().map(|row| (row.real, row.predicted)));
    SegmentErrors { segment, rows: rows.len() as u64, rmse: scores.rmse, mae: scores.mae, bias: scores.bias }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<RowPrediction> {
        (0..count).map(|row| RowPrediction { row, real: 10.0, predicted: 10.0 + f64::from(row) }).collect()
    }

    fn found(csv: &str, column: &str, count: u32) -> Vec<(String, u64, f64)> {
        let table = Table::from_csv(csv.as_bytes()).unwrap();
        let found = segment_errors(&table, column, &rows(count)).unwrap();
        found.into_iter().map(|errors| (errors.segment.to_string(), errors.rows, errors.bias)).collect()
    }

    #[test]
    fn texts_are_segments_by_frequency() {
        let found = found("t,y\nb,1\na,1\nb,1\n,1\n", "t", 4);
        let expected = [("b", 2, 1.0), ("a", 1, 1.0), ("∅", 1, 3.0)];
        assert_eq!(found, expected.map(|(name, rows, bias)| (name.to_owned(), rows, bias)));
    }

    #[test]
    fn rare_texts_share_a_segment() {
        let lines = (0..40)
            .map(|row| format!("t{},1\n", if row < 26 { row % 13 } else { 50 + row }))
            .collect::<Vec<_>>()
            .concat();
        let found = found(&format!("t,y\n{lines}"), "t", 40);
        assert_eq!(found.len(), 13);
        assert_eq!((found[12].0.as_str(), found[12].1), ("…", 16));
    }

    #[test]
    fn numbers_are_segments_by_bands() {
        let lines =
            (0..50).map(|row| format!("{},1\n", if row < 30 { 7 } else { row })).collect::<Vec<_>>().concat();
        let found = found(&format!("n,y\n{lines},1\n"), "n", 51);
        let names: Vec<(&str, u64)> = found.iter().map(|(name, rows, _)| (name.as_str(), *rows)).collect();
        assert_eq!(names, [("7", 30), ("30 – 39", 10), ("40 – 49", 10), ("∅", 1)]);
    }

    #[test]
    fn strange_columns_and_rows_are_told() {
        let table = Table::from_csv(b"t,y\nb,1\na,1\n").unwrap();
        assert!(segment_errors(&table, "z", &rows(2)).unwrap_err().to_string().contains("`z`"));
        assert!(matches!(segment_errors(&table, "t", &rows(3)), Err(Error::Mismatch)));
    }
}
