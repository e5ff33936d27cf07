//! The columns of a linear model of degree 1 or 2, made from encoded rows.
//!
//! Numbers are standardised and categories become one column each, as `StandardScaler` and
//! `OneHotEncoder(handle_unknown="ignore")` make them; degree 2 adds squares of numbers and products of all pairs, as
//! `PolynomialFeatures(2)` does, without the products of one category with itself, which say nothing new.

use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::algorithms::formula::{Formula, FormulaPair, FormulaTerm};

/// Categories of one feature that get columns, the most frequent ones; the others count as unknown.
const CATEGORIES_MAX: usize = 100;
/// Columns of a design; solving grows with their cube.
const COLUMNS_MAX: usize = 4_000;
/// Standard deviations beyond which a number says as much as more; products stay finite.
const DEVIATIONS_MAX: f64 = 1e6;
/// Rows that a pair of categories needs to get a column of its own.
const PAIR_ROWS_MIN: u32 = 5;

/// How a feature enters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Input {
    /// `(value - mean) / scale`; the scale of a constant is 0, and it does not enter.
    Number { mean: f64, scale: f64 },
    /// For each code the place of its column among those of the feature, or none; and each column's share of the rows.
    Category { places: Vec<Option<u32>>, shares: Vec<f64> },
}

/// What an encoded row gives a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::algorithms) enum Value {
    /// A standardised number.
    Number(f64),
    /// The place of a category's column; none for an unknown one.
    Category(Option<u32>),
}

/// The columns of a pair of features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pair {
    /// The features; equal for a square.
    pub(super) features: (u32, u32),
    /// Where the columns begin; for categories there is one for each entry of `table` that is some.
    pub(super) start: u32,
    /// For two categories, for each pair of places the number of its column behind `start`, row by row.
    pub(super) table: Vec<Option<u32>>,
}

/// The columns: those of each feature, then those of each pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::algorithms) struct Design {
    pub(super) inputs: Vec<Input>,
    /// Where the columns of each feature begin.
    pub(super) starts: Vec<u32>,
    pub(super) pairs: Vec<Pair>,
    pub(super) column_count: u32,
}

impl Input {
    fn number(values: ArrayView1<'_, f64>) -> Self {
        let mean = values.mean().unwrap_or_default();
        let scale = values.map(|value| (value - mean).powi(2)).mean().unwrap_or_default().sqrt();
        // What varies less than its last digits is constant.
        Self::Number { mean, scale: if scale > 1e-12 * mean.abs() { scale } else { 0.0 } }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "codes are small whole numbers, rows far fewer than 2^52"
    )]
    fn category(values: ArrayView1<'_, f64>, code_count: usize) -> Self {
        let mut counts = vec![0_u32; code_count];
        for value in values {
            if let Some(count) = counts.get_mut(*value as usize) {
                *count += 1;
            }
        }
        let mut codes: Vec<usize> = (0..code_count).filter(|code| counts[*code] > 0).collect();
        codes.sort_by_key(|code| (std::cmp::Reverse(counts[*code]), *code));
        codes.truncate(CATEGORIES_MAX);
        codes.sort_unstable();
        let mut places = vec![None; code_count];
        for (place, code) in codes.iter().enumerate() {
            places[*code] = Some(place as u32);
        }
        let shares = codes.iter().map(|code| f64::from(counts[*code]) / values.len() as f64).collect();
        Self::Category { places, shares }
    }

    fn column_count(&self) -> usize {
        match self {
            Self::Number { .. } => 1,
            Self::Category { shares, .. } => shares.len(),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "codes are small whole numbers"
    )]
    pub(super) fn value(&self, encoded: f64) -> Value {
        match self {
            Self::Number { scale, .. } if *scale <= 0.0 => Value::Number(0.0),
            Self::Number { mean, scale } => {
                Value::Number(((encoded - mean) / scale).clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX))
            }
            Self::Category { places, .. } => Value::Category(places.get(encoded as usize).copied().flatten()),
        }
    }
}

impl Design {
    /// Learns scales, categories and pairs from `records` of shape `(rows, features)` without NaN, whose features with a
    /// code count hold category codes.
    pub(in crate::algorithms) fn fit(
        records: &Array2<f64>,
        code_counts: &[Option<usize>],
        degree: u32,
    ) -> Result<Self, Error> {
        let inputs: Vec<Input> = records
            .columns()
            .into_iter()
            .zip(code_counts)
            .map(|(values, count)| match count {
                Some(count) => Input::category(values, *count),
                None => Input::number(values),
            })
            .collect();
        let mut design = Self { starts: Vec::new(), pairs: Vec::new(), column_count: 0, inputs };
        for feature in 0..design.inputs.len() {
            design.starts.push(design.column_count);
            let count = design.inputs[feature].column_count();
            design.add_columns(count)?;
        }
        if degree == 2 {
            for first in 0..design.inputs.len() {
                for second in first..design.inputs.len() {
                    design.add_pair(records, first, second)?;
                }
            }
        }
        Ok(design)
    }

    fn add_columns(&mut self, count: usize) -> Result<(), Error> {
        let total = self.column_count as usize + count;
        if total > COLUMNS_MAX {
            return Err(Error::TooLarge(format!(
                "it would have more than {COLUMNS_MAX} coefficients; lower `degree` to 1, or leave out columns with many \
                 different texts"
            )));
        }
        self.column_count = u32::try_from(total).unwrap_or(u32::MAX);
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^31 features")]
    fn add_pair(&mut self, records: &Array2<f64>, first: usize, second: usize) -> Result<(), Error> {
        let start = self.column_count;
        let (count, table) = match (&self.inputs[first], &self.inputs[second]) {
            (Input::Category { .. }, Input::Category { .. }) if first == second => return Ok(()),
            (Input::Number { .. }, Input::Number { .. }) => (1, Vec::new()),
            (Input::Category { shares, .. }, Input::Number { .. })
            | (Input::Number { .. }, Input::Category { shares, .. }) => (shares.len(), Vec::new()),
            (one @ Input::Category { .. }, other @ Input::Category { .. }) => {
                frequent_pairs(records, (first, one), (second, other))
            }
        };
        self.pairs.push(Pair { features: (first as u32, second as u32), start, table });
        self.add_columns(count)
    }

    /// Number of columns.
    pub(in crate::algorithms) fn column_count(&self) -> usize {
        self.column_count as usize
    }

    /// What a row gives each feature.
    pub(in crate::algorithms) fn values(&self, row: ArrayView1<'_, f64>) -> Vec<Value> {
        self.inputs.iter().zip(row).map(|(input, encoded)| input.value(*encoded)).collect()
    }

    /// Calls `each` with every column that is not 0 in the row, and with its value.
    pub(in crate::algorithms) fn entries(&self, values: &[Value], mut each: impl FnMut(u32, f64)) {
        for (value, start) in values.iter().zip(&self.starts) {
            match value {
                Value::Number(number) => each(*start, *number),
                Value::Category(Some(place)) => each(start + place, 1.0),
                Value::Category(None) => {}
            }
        }
        for pair in &self.pairs {
            if let Some((column, product)) = self.entry(pair, values) {
                each(column, product);
            }
        }
    }

    /// The column of a pair that is not 0 in the row, with its value.
    pub(super) fn entry(&self, pair: &Pair, values: &[Value]) -> Option<(u32, f64)> {
        let (first, second) = (pair.features.0 as usize, pair.features.1 as usize);
        match (*values.get(first)?, *values.get(second)?) {
            (Value::Number(one), Value::Number(other)) => Some((pair.start, one * other)),
            (Value::Number(number), Value::Category(Some(place)))
            | (Value::Category(Some(place)), Value::Number(number)) => Some((pair.start + place, number)),
            (Value::Category(Some(one)), Value::Category(Some(other))) => {
                let column = pair.table.get(self.place(second, one, other)).copied().flatten()?;
                Some((pair.start + column, 1.0))
            }
            _ => None,
        }
    }

    /// The sum of `coefficients`, one for each column, times the columns, as a formula over encoded rows.
    pub(in crate::algorithms) fn formula(&self, intercept: f64, coefficients: &[f64]) -> Formula {
        let at = |column: u32| coefficients.get(column as usize).copied().unwrap_or_default();
        let by_code = |places: &[Option<u32>], start: u32| -> Vec<f64> {
            places.iter().map(|place| place.map_or(0.0, |place| at(start + place))).collect()
        };
        let term = |(input, start): (&Input, &u32)| match input {
            // A constant does not enter.
            Input::Number { scale, .. } if *scale <= 0.0 => {
                FormulaTerm::Number { mean: 0.0, scale: 1.0, slope: 0.0 }
            }
            Input::Number { mean, scale } => {
                FormulaTerm::Number { mean: *mean, scale: *scale, slope: at(*start) }
            }
            Input::Category { places, .. } => FormulaTerm::Category { effects: by_code(places, *start) },
        };
        let enters = |input: &Input| matches!(input, Input::Number { scale, .. } if *scale > 0.0);
        let pair = |pair: &Pair| {
            let (first, second) = (pair.features.0 as usize, pair.features.1 as usize);
            match (&self.inputs[first], &self.inputs[second]) {
                (one @ Input::Number { .. }, other @ Input::Number { .. }) => (enters(one) && enters(other))
                    .then(|| FormulaPair::Product { features: (first, second), slope: at(pair.start) }),
                (number @ Input::Number { .. }, Input::Category { places, .. }) => {
                    enters(number).then(|| FormulaPair::Slopes {
                        number: first,
                        category: second,
                        slopes: by_code(places, pair.start),
                    })
                }
                (Input::Category { places, .. }, number @ Input::Number { .. }) => {
                    enters(number).then(|| FormulaPair::Slopes {
                        number: second,
                        category: first,
                        slopes: by_code(places, pair.start),
                    })
                }
                (Input::Category { places: ones, .. }, Input::Category { places: others, .. }) => {
                    let both = |one: &Option<u32>, other: &Option<u32>| {
                        let column = pair.table.get(self.place(second, (*one)?, (*other)?))?;
                        column.map(|column| at(pair.start + column))
                    };
                    let row = |one: &Option<u32>| -> Vec<f64> {
                        others.iter().map(|other| both(one, other).unwrap_or_default()).collect()
                    };
                    let effects = ones.iter().map(row).collect();
                    Some(FormulaPair::Effects { features: (first, second), effects })
                }
            }
        };
        Formula {
            intercept,
            limit: DEVIATIONS_MAX,
            terms: self.inputs.iter().zip(&self.starts).map(term).collect(),
            pairs: self.pairs.iter().filter_map(pair).collect(),
        }
    }

    /// Where a pair of places stands in the table of a pair whose second feature is `second`.
    pub(super) fn place(&self, second: usize, one: u32, other: u32) -> usize {
        one as usize * self.inputs[second].column_count() + other as usize
    }

    /// Whether a decoded design stays inside its own columns and inside rows of `feature_count` features.
    pub(in crate::algorithms) fn is_sound(&self, feature_count: usize) -> bool {
        let fits = |start: u32, count: usize| start as usize + count <= self.column_count as usize;
        let is_input_sound = |(input, start): (&Input, &u32)| {
            fits(*start, input.column_count())
                && match input {
                    Input::Number { mean, scale } => mean.is_finite() && scale.is_finite() && *scale >= 0.0,
                    Input::Category { places, shares } => {
                        places.iter().flatten().all(|place| (*place as usize) < shares.len())
                            && shares.iter().all(|share| (0.0..=1.0).contains(share))
                    }
                }
        };
        let is_pair_sound = |pair: &Pair| {
            let (first, second) = (pair.features.0 as usize, pair.features.1 as usize);
            let (Some(one), Some(other)) = (self.inputs.get(first), self.inputs.get(second)) else {
                return false;
            };
            let columns = pair.table.iter().flatten().map(|column| *column as usize + 1).max().unwrap_or(0);
            match (one, other) {
                (Input::Category { .. }, Input::Category { .. }) => {
                    pair.table.len() == one.column_count() * other.column_count() && fits(pair.start, columns)
                }
                _ => fits(pair.start, one.column_count().max(other.column_count())),
            }
        };
        self.inputs.len() == feature_count
            && self.starts.len() == feature_count
            && self.column_count as usize <= COLUMNS_MAX
            && self.inputs.iter().zip(&self.starts).all(is_input_sound)
            && self.pairs.iter().all(is_pair_sound)
    }
}

/// Number of columns, and the table of a pair of categories: a column for each pair of levels that enough rows have.
fn frequent_pairs(
    records: &Array2<f64>,
    (first, one): (usize, &Input),
    (second, other): (usize, &Input),
) -> (usize, Vec<Option<u32>>) {
    let width = other.column_count();
    let mut counts = vec![0_u32; one.column_count() * width];
    for row in records.rows() {
        if let (Value::Category(Some(a)), Value::Category(Some(b))) =
            (one.value(row[first]), other.value(row[second]))
        {
            counts[a as usize * width + b as usize] += 1;
        }
    }
    let mut count = 0;
    let table = counts
        .into_iter()
        .map(|rows| {
            (rows >= PAIR_ROWS_MIN).then(|| {
                count += 1;
                count - 1
            })
        })
        .collect();
    (count as usize, table)
}
