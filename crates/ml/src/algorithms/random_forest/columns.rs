//! Training rows by column, sorted; shared by all trees.

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use ndarray::{Array2, ArrayView1};

use crate::Error;
use crate::algorithms::tree::FEATURES_MAX;
use crate::table::MAGNITUDE_MAX;

/// Rank of a missing number: behind all others.
pub(super) const MISSING: u32 = u32::MAX;

/// Training data of a forest.
pub(super) struct Columns {
    pub(super) features: Vec<Column>,
    /// Targets as given.
    pub(super) targets: Vec<f64>,
    /// Targets moved to mean 0 and brought between -1 and 1, so that sums of squares stay exact.
    pub(super) scaled: Vec<f64>,
    /// How much each row counts; empty if all count 1.
    pub(super) weights: Vec<f64>,
}

/// One feature.
pub(super) enum Column {
    Number {
        /// Different values, ascending.
        values: Vec<f64>,
        /// Rows with the places of their values, ascending; those without a value are [`MISSING`].
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
    /// Sorts the records, of shape `(rows, features)`.
    pub(super) fn new<T: AsSingleTargets<Elem = f64>>(
        dataset: &DatasetBase<Array2<f64>, T>,
        categories: &[usize],
    ) -> Result<Self, Error> {
        let weights = checked_weights(dataset)?;
        let (records, targets) = (dataset.records(), dataset.as_single_targets());
        let mut features = Vec::with_capacity(records.ncols());
        for (feature, values) in records.columns().into_iter().enumerate() {
            features.push(if categories.contains(&feature) { category(values)? } else { number(values) });
        }
        let scaled = scale(targets);
        Ok(Self { features, targets: targets.to_vec(), scaled, weights })
    }

    pub(super) fn row_count(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn feature_count(&self) -> usize {
        self.features.len()
    }
}

/// The weights of a dataset that trees can learn from; none if all rows count 1.
pub(crate) fn checked_weights<T: AsSingleTargets<Elem = f64>>(
    dataset: &DatasetBase<Array2<f64>, T>,
) -> Result<Vec<f64>, Error> {
    let (records, targets) = (dataset.records(), dataset.as_single_targets());
    if records.is_empty() {
        return Err(linfa::Error::NotEnoughSamples.into());
    }
    if records.nrows() != targets.len() {
        return Err(linfa::Error::MismatchedShapes(records.nrows(), targets.len()).into());
    }
    if records.nrows() >= (1 << 31) || records.ncols() > FEATURES_MAX {
        return Err(Error::TooLarge("there are more than 2^31 rows or 2^29 columns".to_owned()));
    }
    let wrong = |problem: &str| Err(linfa::Error::Parameters(problem.to_owned()).into());
    if !targets.iter().all(|target| target.abs() <= MAGNITUDE_MAX) {
        return wrong("all targets must be finite");
    }
    if !records.iter().all(|number| number.is_nan() || number.abs() <= MAGNITUDE_MAX) {
        return wrong("all numbers must be finite, or NaN where they are missing");
    }
    let Some(weights) = dataset.weights() else { return Ok(Vec::new()) };
    if !weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0) || weights.iter().all(|w| *w == 0.0)
    {
        return wrong("weights must be finite and not negative, and at least one above 0");
    }
    Ok(weights.iter().map(|weight| f64::from(*weight)).collect())
}

#[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^31 rows")]
fn number(values: ArrayView1<'_, f64>) -> Column {
    let mut rows: Vec<u32> = (0..values.len() as u32).collect();
    // Positive, so that all of them are behind the numbers.
    let key = |row: &u32| Some(values[*row as usize]).filter(|value| !value.is_nan()).unwrap_or(f64::NAN);
    rows.sort_by(|a, b| key(a).total_cmp(&key(b)));
    let mut different: Vec<f64> = Vec::new();
    let mut sorted = Vec::with_capacity(rows.len());
    for row in rows {
        let value = values[row as usize];
        if value.is_nan() {
            sorted.push(Ranked { row, rank: MISSING });
            continue;
        }
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
