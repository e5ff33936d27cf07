//! Training rows by column, sorted; shared by all trees.

use ndarray::{Array2, ArrayView1};

use crate::Error;
use crate::table::MAGNITUDE_MAX;

/// Training data of a forest.
pub(super) struct Columns {
    pub(super) features: Vec<Column>,
    /// Targets as given.
    pub(super) targets: Vec<f64>,
    /// Targets moved to mean 0 and brought between -1 and 1, so that sums of squares stay exact.
    pub(super) scaled: Vec<f64>,
}

/// One feature.
pub(super) enum Column {
    Number {
        /// Different values, ascending.
        values: Vec<f64>,
        /// Rows with the places of their values, ascending.
        sorted: Vec<Ranked>,
    },
    Category {
        /// Code of each row.
        codes: Vec<u32>,
        /// One more than the highest code.
        code_count: usize,
    },
}

/// A row and the place of its value among the different values of a column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ranked {
    pub(super) row: u32,
    pub(super) rank: u32,
}

impl Columns {
    /// Sorts `records` of shape `(rows, features)`.
    pub(super) fn new(
        records: &Array2<f64>,
        targets: ArrayView1<'_, f64>,
        categories: &[usize],
    ) -> Result<Self, Error> {
        if records.is_empty() {
            return Err(linfa::Error::NotEnoughSamples.into());
        }
        if records.nrows() != targets.len() {
            return Err(linfa::Error::MismatchedShapes(records.nrows(), targets.len()).into());
        }
        // Rows and features are counted with 31 bits in trees.
        if records.nrows().max(records.ncols()) >= (1 << 31) {
            return Err(Error::TooLarge("there are more than 2^31 rows or columns".to_owned()));
        }
        if !records.iter().chain(&targets).all(|number| number.abs() <= MAGNITUDE_MAX) {
            return Err(linfa::Error::Parameters("all numbers must be finite".to_owned()).into());
        }
        let mut features = Vec::with_capacity(records.ncols());
        for (feature, values) in records.columns().into_iter().enumerate() {
            features.push(if categories.contains(&feature) { category(values)? } else { number(values) });
        }
        let scaled = scale(targets);
        Ok(Self { features, targets: targets.to_vec(), scaled })
    }

    pub(super) fn row_count(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn feature_count(&self) -> usize {
        self.features.len()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^31 rows")]
fn number(values: ArrayView1<'_, f64>) -> Column {
    let mut rows: Vec<u32> = (0..values.len() as u32).collect();
    rows.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut different: Vec<f64> = Vec::new();
    let mut sorted = Vec::with_capacity(rows.len());
    for row in rows {
        let value = values[row as usize];
        // By value: 0.0 and -0.0 are the same number.
        if different.last().is_none_or(|last| *last < value) {
            different.push(value);
        }
        sorted.push(Ranked { row, rank: different.len() as u32 - 1 });
    }
    Column::Number { values: different, sorted }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "codes are checked first; there are fewer than 2^31 rows"
)]
fn category(values: ArrayView1<'_, f64>) -> Result<Column, Error> {
    // A category has at most one code for each row, the one for missing texts and the one for unknown ones.
    let limit = values.len() as f64 + 2.0;
    if !values.iter().all(|value| value.fract() == 0.0 && (0.0..limit).contains(value)) {
        let problem = "category codes must be whole numbers from 0, hardly more than rows".to_owned();
        return Err(linfa::Error::Parameters(problem).into());
    }
    let codes: Vec<u32> = values.iter().map(|value| *value as u32).collect();
    let code_count = codes.iter().max().map_or(0, |code| *code as usize + 1);
    Ok(Column::Category { codes, code_count })
}

fn scale(targets: ArrayView1<'_, f64>) -> Vec<f64> {
    let mean = targets.mean().unwrap_or_default();
    let radius = targets.iter().map(|target| (target - mean).abs()).fold(0.0, f64::max);
    let factor = if radius > 0.0 { radius } else { 1.0 };
    targets.iter().map(|target| (target - mean) / factor).collect()
}
