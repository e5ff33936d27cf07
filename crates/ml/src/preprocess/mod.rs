//! Turns cells into numbers, the same way for every algorithm; learnt from training rows only.
//!
//! A number stays as it is, and a missing one becomes NaN, which [`Encoder::impute`] turns into the median of the
//! training rows for families that cannot do without. A text becomes the place of its
//! category among those of the training rows, in alphabetical order; a missing text is one more category behind
//! them, and a text that training did not know lies behind that.

mod target;

use std::collections::BTreeMap;

use ndarray::Array2;
use types::{ColumnKind, ColumnProfile};

use crate::table::{Cell, Column, MAGNITUDE_MAX, NO_TEXT, Table, Values, tidy};
use crate::{Error, Feature, QUANTILES};

pub(crate) use target::{PREDICTION_MAX, Scale};

/// Fitted encoding of rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Encoder {
    features: Vec<Feature>,
    /// For each feature its categories in ascending order; empty for numbers.
    categories: Vec<Vec<String>>,
}

impl Encoder {
    /// Learns from the given rows of the columns at `places`.
    pub(crate) fn fit(table: &Table, places: &[usize], rows: &[u32]) -> Result<Self, Error> {
        let (mut features, mut categories) = (Vec::new(), Vec::new());
        for column in places.iter().map(|place| &table.typed_columns()[*place]) {
            let profile = column.profile(rows.iter().map(|row| *row as usize));
            if profile.missing == rows.len() as u64 {
                return Err(Error::EmptyFeature { column: column.name.clone() });
            }
            let (numbers, levels) = match &column.values {
                Values::Numbers(numbers) => (sorted(numbers, rows), Vec::new()),
                Values::Texts { codes, levels } => (Vec::new(), used_levels(codes, levels, rows)),
            };
            let quantiles = QUANTILES.iter().filter_map(|share| quantile(&numbers, *share)).collect();
            let (name, median) = (column.name.clone(), quantile(&numbers, 0.5));
            features.push(Feature { name, profile, median, quantiles, unit: None });
            categories.push(levels);
        }
        Ok(Self { features, categories })
    }

    /// An encoder that was decoded; see [`is_sound`](Self::is_sound).
    pub(crate) fn from_parts(features: Vec<Feature>, categories: Vec<Vec<String>>) -> Self {
        Self { features, categories }
    }

    /// For each feature its categories in ascending order; empty for numbers.
    pub(crate) fn categories(&self) -> &[Vec<String>] {
        &self.categories
    }

    pub(crate) fn set_units(&mut self, units: &BTreeMap<String, String>) {
        for feature in &mut self.features {
            feature.unit = units.get(&feature.name).filter(|unit| !unit.is_empty()).cloned();
        }
    }

    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Number of codes that a feature has in training rows, the missing one included; `None` for numbers.
    pub(crate) fn code_count(&self, feature: usize) -> Option<usize> {
        (self.features[feature].profile.kind == ColumnKind::Text).then(|| self.categories[feature].len() + 1)
    }

    /// Places of the features that are categories.
    pub(crate) fn category_features(&self) -> Vec<usize> {
        (0..self.features.len()).filter(|feature| self.code_count(*feature).is_some()).collect()
    }

    /// Rows of the table as numbers, shape `(rows, features)`; `places` are the columns that it was fitted on.
    pub(crate) fn records(&self, table: &Table, places: &[usize], rows: &[u32]) -> Array2<f64> {
        let mut records = Array2::zeros((rows.len(), self.features.len()));
        let columns = places.iter().map(|place| &table.typed_columns()[*place]);
        for (feature, column) in columns.enumerate() {
            let encoded = self.encoded_column(feature, column, rows);
            records.column_mut(feature).iter_mut().zip(encoded).for_each(|(slot, value)| *slot = value);
        }
        records
    }

    fn encoded_column(&self, feature: usize, column: &Column, rows: &[u32]) -> Vec<f64> {
        match &column.values {
            Values::Numbers(numbers) => rows.iter().map(|row| number(numbers[*row as usize])).collect(),
            Values::Texts { codes, levels } => {
                let known: Vec<f64> = levels.iter().map(|text| self.code(feature, text)).collect();
                let missing = self.missing_code(feature);
                rows.iter()
                    .map(|row| match codes[*row as usize] {
                        NO_TEXT => missing,
                        code => known[code as usize],
                    })
                    .collect()
            }
        }
    }

    /// One row as numbers; cells that are absent count as missing, cells of the wrong kind are converted.
    pub(crate) fn row(&self, cells: &[Cell<'_>]) -> Vec<f64> {
        (0..self.features.len())
            .map(|feature| {
                let cell = cells.get(feature).copied().unwrap_or(Cell::Missing);
                match (self.features[feature].profile.kind, cell) {
                    (ColumnKind::Text, Cell::Text(text)) if text.trim().is_empty() => {
                        self.missing_code(feature)
                    }
                    (ColumnKind::Text, Cell::Text(text)) => self.code(feature, text),
                    (ColumnKind::Text, Cell::Number(number)) => self.code(feature, &number.to_string()),
                    (ColumnKind::Text, Cell::Missing) => self.missing_code(feature),
                    (_, Cell::Number(value)) => number(value),
                    (_, Cell::Text(text)) => number(text.trim().parse().unwrap_or(f64::NAN)),
                    (_, Cell::Missing) => f64::NAN,
                }
            })
            .collect()
    }

    /// Puts the median of the training rows in the place of every missing number of an encoded row.
    pub(crate) fn impute<'a>(&self, row: impl IntoIterator<Item = &'a mut f64>) {
        for (value, feature) in row.into_iter().zip(&self.features) {
            if value.is_nan() {
                *value = feature.median.unwrap_or(0.0);
            }
        }
    }

    /// Encoded rows without missing numbers.
    pub(crate) fn imputed(&self, records: &Array2<f64>) -> Array2<f64> {
        let mut records = records.clone();
        records.rows_mut().into_iter().for_each(|mut row| self.impute(&mut row));
        records
    }

    /// The row that a model knows best: medians and most frequent texts.
    pub(crate) fn typical_row(&self) -> Vec<f64> {
        let typical = |(place, feature): (usize, &Feature)| {
            let text = feature.profile.levels.first().map(|(text, _)| text.as_str());
            feature.median.unwrap_or_else(|| text.map_or(0.0, |text| self.code(place, text)))
        };
        self.features.iter().enumerate().map(typical).collect()
    }

    /// Code of a text of the feature at `place`.
    pub(crate) fn category(&self, place: usize, text: &str) -> f64 {
        self.code(place, text)
    }

    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 categories")]
    fn code(&self, feature: usize, text: &str) -> f64 {
        let categories = &self.categories[feature];
        let place = |text: &str| categories.binary_search_by(|category| category.as_str().cmp(text));
        let unknown = categories.len() + 1;
        place(text).or_else(|_| place(&tidy(text))).unwrap_or(unknown) as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 categories")]
    fn missing_code(&self, feature: usize) -> f64 {
        self.categories[feature].len() as f64
    }

    /// Whether a decoded encoder can be used: what fitting guarantees.
    pub(crate) fn is_sound(&self) -> bool {
        let sound = |(feature, categories): (&Feature, &Vec<String>)| {
            let ColumnProfile { name, kind, .. } = &feature.profile;
            let is_sorted = categories.is_sorted_by(|a, b| a < b);
            *name == feature.name
                && match kind {
                    ColumnKind::Text => feature.median.is_none() && !categories.is_empty() && is_sorted,
                    _ => feature.median.is_some_and(f64::is_finite) && categories.is_empty(),
                }
        };
        !self.features.is_empty()
            && self.features.len() == self.categories.len()
            && self.features.iter().zip(&self.categories).all(sound)
    }
}

/// A number that can be calculated with, or NaN.
fn number(number: f64) -> f64 {
    number.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX)
}

/// The numbers that are there in these rows, ascending.
fn sorted(numbers: &[f64], rows: &[u32]) -> Vec<f64> {
    let mut there: Vec<f64> =
        rows.iter().map(|row| numbers[*row as usize]).filter(|number| !number.is_nan()).collect();
    there.sort_unstable_by(f64::total_cmp);
    there
}

/// The quantile of ascending numbers, between its neighbours as in `numpy.quantile`; `None` without numbers.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among the numbers"
)]
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let (low, high) = (*sorted.get(place as usize)?, *sorted.get(place.ceil() as usize)?);
    let part = place.fract();
    // Exactly the middle of two halfway between them.
    Some(if part > 0.0 { low * (1.0 - part) + high * part } else { low })
}

fn used_levels(codes: &[u32], levels: &[String], rows: &[u32]) -> Vec<String> {
    let mut is_used = vec![false; levels.len()];
    for row in rows {
        if let Some(flag) = is_used.get_mut(codes[*row as usize] as usize) {
            *flag = true;
        }
    }
    let mut used: Vec<String> =
        levels.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(text, _)| text.clone()).collect();
    used.sort_unstable();
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "n,t,y\n1,b,0\n,a,1\n9,,2\n3,b,3\n7,z,4\n";

    fn encoder() -> (Table, Encoder) {
        let table = Table::from_csv(TABLE.as_bytes()).unwrap();
        let encoder = Encoder::fit(&table, &[0, 1], &[0, 1, 2, 3]).unwrap();
        (table, encoder)
    }

    #[test]
    fn only_training_rows_teach() {
        let (table, encoder) = encoder();
        assert_eq!(encoder.features()[0].median, Some(3.0));
        assert_eq!(encoder.features()[0].profile.max, Some(9.0));
        assert_eq!(encoder.features()[1].profile.levels, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
        let records = encoder.imputed(&encoder.records(&table, &[0, 1], &[0, 1, 2, 4]));
        // `a` is 0, `b` is 1, missing is 2, and `z` was not seen.
        assert_eq!(records, ndarray::array![[1.0, 1.0], [3.0, 0.0], [9.0, 2.0], [7.0, 3.0]]);
        assert!(encoder.is_sound());
    }

    #[test]
    fn a_row_is_encoded_as_the_table_is() {
        let (_, encoder) = encoder();
        let imputed = |cells: &[Cell<'_>]| {
            let mut row = encoder.row(cells);
            encoder.impute(&mut row);
            row
        };
        assert_eq!(imputed(&[Cell::Number(7.0), Cell::Text(" b ")]), [7.0, 1.0]);
        assert!(encoder.row(&[Cell::Missing, Cell::Missing])[0].is_nan());
        assert_eq!(imputed(&[Cell::Missing, Cell::Missing]), [3.0, 2.0]);
        assert_eq!(imputed(&[Cell::Text("8"), Cell::Number(5.0)]), [8.0, 3.0]);
        assert_eq!(imputed(&[Cell::Number(f64::NAN)]), [3.0, 2.0]);
        assert_eq!(imputed(&[Cell::Number(f64::INFINITY)]), [MAGNITUDE_MAX, 2.0]);
    }

    #[test]
    fn medians_of_even_counts_lie_between() {
        let numbers = sorted(&[4.0, f64::NAN, 1.0, 2.0, 9.0], &[0, 1, 2, 3, 4]);
        assert_eq!(quantile(&numbers, 0.5), Some(3.0));
        // numpy.quantile([1, 2, 4, 9], [0, .25, 1])
        assert_eq!(
            [0.0, 0.25, 1.0].map(|share| quantile(&numbers, share)),
            [Some(1.0), Some(1.75), Some(9.0)]
        );
        assert_eq!(quantile(&sorted(&[f64::NAN], &[0]), 0.5), None);
    }

    #[test]
    fn a_column_without_training_values_is_named() {
        let table = Table::from_csv(b"a,b,y\n1,,1\n2,,2\n3,x,3\n").unwrap();
        let error = Encoder::fit(&table, &[0, 1], &[0, 1]).unwrap_err();
        assert!(error.to_string().contains("`b` is empty in all training rows"));
    }
}
