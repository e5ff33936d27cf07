//! Training rows as bins: each number and category becomes one byte.

use ndarray::{Array2, ArrayView1};

use crate::Error;
use crate::table::MAGNITUDE_MAX;

/// Most bins of a feature, the one for missing numbers included: what a byte tells apart.
const BINS_MAX: usize = 256;

/// Training rows, row by row, one byte for each feature.
pub(super) struct Bins {
    pub(super) features: Vec<Feature>,
    /// Where the bins of each feature begin in a histogram, and at the end the number of all bins.
    pub(super) offsets: Vec<usize>,
    /// Shape `(rows, features)`.
    pub(super) bytes: Vec<u8>,
    pub(super) row_count: usize,
}

/// What the bins of a feature mean.
pub(super) enum Feature {
    /// Bin `i` holds the numbers above `limits[i - 1]` up to `limits[i]`, the last one those above all limits. Missing
    /// numbers have the bin behind it.
    Number { limits: Vec<f64>, has_missing: bool },
    /// Bin `i` holds the category `codes[i]`; the last bin may hold all rarer ones, which no split can name.
    Category { codes: Vec<u32>, has_rest: bool },
}

impl Feature {
    /// Number of bins.
    pub(super) fn bin_count(&self) -> usize {
        match self {
            Self::Number { limits, has_missing } => limits.len() + 1 + usize::from(*has_missing),
            Self::Category { codes, has_rest } => codes.len() + usize::from(*has_rest),
        }
    }
}

impl Bins {
    /// Sorts `records` of shape `(rows, features)` into at most `max_bin` bins each; NaN is missing.
    pub(super) fn new(records: &Array2<f64>, categories: &[usize], max_bin: u32) -> Result<Self, Error> {
        if records.is_empty() {
            return Err(linfa::Error::NotEnoughSamples.into());
        }
        if records.nrows().max(records.ncols()) >= (1 << 31) {
            return Err(Error::TooLarge("there are more than 2^31 rows or columns".to_owned()));
        }
        if !records.iter().all(|number| number.is_nan() || number.abs() <= MAGNITUDE_MAX) {
            return Err(linfa::Error::Parameters("all numbers must be finite".to_owned()).into());
        }
        let (row_count, width) = records.dim();
        let mut bytes = vec![0; row_count * width];
        let mut features = Vec::with_capacity(width);
        let mut offsets = vec![0];
        for (place, values) in records.columns().into_iter().enumerate() {
            let feature = if categories.contains(&place) {
                category(values)?
            } else {
                number(values, (max_bin as usize).clamp(2, BINS_MAX - 1))
            };
            feature.fill(values, bytes.iter_mut().skip(place).step_by(width));
            offsets.push(offsets[place] + feature.bin_count());
            features.push(feature);
        }
        Ok(Self { features, offsets, bytes, row_count })
    }

    /// The bins of one row.
    pub(super) fn row(&self, row: usize) -> &[u8] {
        let width = self.features.len();
        &self.bytes[row * width..(row + 1) * width]
    }

    /// Number of all bins of all features.
    pub(super) fn total(&self) -> usize {
        self.offsets[self.features.len()]
    }
}

impl Feature {
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 256 bins")]
    fn fill<'a>(&self, values: ArrayView1<'_, f64>, slots: impl Iterator<Item = &'a mut u8>) {
        match self {
            Self::Number { limits, .. } => {
                for (slot, value) in slots.zip(values) {
                    let bin = if value.is_nan() {
                        limits.len() + 1
                    } else {
                        limits.partition_point(|limit| limit < value)
                    };
                    *slot = bin as u8;
                }
            }
            Self::Category { codes, .. } => {
                let count = codes.iter().max().map_or(0, |code| *code as usize + 1);
                let mut bins = vec![codes.len() as u8; count.max(1)];
                for (bin, code) in codes.iter().enumerate() {
                    bins[*code as usize] = bin as u8;
                }
                for (slot, value) in slots.zip(values) {
                    *slot = bins.get(code(*value) as usize).copied().unwrap_or(codes.len() as u8);
                }
            }
        }
    }
}

/// Limits between the values: one bin for each different value where they are few, else bins of like many rows.
fn number(values: ArrayView1<'_, f64>, bin_max: usize) -> Feature {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let has_missing = sorted.len() < values.len();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut different: Vec<(f64, usize)> = Vec::new();
    for value in &sorted {
        match different.last_mut() {
            Some((last, count)) if *last >= *value => *count += 1,
            _ => different.push((*value, 1)),
        }
    }
    let mut limits = Vec::new();
    let mut left = sorted.len();
    let mut in_bin = 0;
    for (place, pair) in different.windows(2).enumerate() {
        let ((low, count), (high, next)) = (pair[0], pair[1]);
        in_bin += count;
        // Rows that are left, shared among the bins that are left, so that one heavy value does not use them up.
        let bins_left = bin_max - limits.len();
        let values_left = different.len() - place;
        let is_full = values_left <= bins_left || in_bin + next / 2 >= left / bins_left.max(1);
        if is_full && bins_left > 1 {
            let middle = f64::midpoint(low, high);
            limits.push(if middle < high { middle } else { low });
            left -= in_bin;
            in_bin = 0;
        }
    }
    Feature::Number { limits, has_missing }
}

fn category(values: ArrayView1<'_, f64>) -> Result<Feature, Error> {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^31 rows")]
    let limit = values.len() as f64 + 2.0;
    if !values.iter().all(|value| value.fract() == 0.0 && (0.0..limit).contains(value)) {
        let problem = "category codes must be whole numbers from 0, hardly more than rows".to_owned();
        return Err(linfa::Error::Parameters(problem).into());
    }
    let mut counts: Vec<(u32, u32)> = Vec::new();
    for value in values {
        let code = code(*value);
        if counts.len() <= code as usize {
            counts.extend((u32::try_from(counts.len()).unwrap_or(u32::MAX)..=code).map(|code| (code, 0)));
        }
        counts[code as usize].1 += 1;
    }
    counts.retain(|(_, count)| *count > 0);
    let has_rest = counts.len() > BINS_MAX;
    if has_rest {
        counts.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
        counts.truncate(BINS_MAX - 1);
        counts.sort_unstable();
    }
    Ok(Feature::Category { codes: counts.into_iter().map(|(code, _)| code).collect(), has_rest })
}

/// The code that an encoded category holds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are small whole numbers")]
pub(super) fn code(value: f64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_missing_ones_their_own() {
        let records = array![[5.0, 2.0], [1.0, 0.0], [f64::NAN, 2.0], [3.0, 5.0]];
        let bins = Bins::new(&records, &[1], 255).unwrap();
        assert_eq!(bins.bytes, [2, 1, 0, 0, 3, 1, 1, 2]);
        assert_eq!(bins.offsets, [0, 4, 7]);
        assert!(
            matches!(&bins.features[0], Feature::Number { limits, has_missing: true } if limits == &[2.0, 4.0])
        );
    }

    #[test]
    fn many_values_share_bins_of_like_size() {
        // A heavy value among ten thousand different ones.
        let values: Array1<f64> = (0..10_000).map(|i| if i < 5_000 { 0.0 } else { f64::from(i) }).collect();
        let Feature::Number { limits, .. } = number(values.view(), 100) else { panic!("numbers") };
        assert_eq!(limits.len(), 99);
        let sizes: Vec<usize> = limits
            .windows(2)
            .map(|pair| values.iter().filter(|value| **value > pair[0] && **value <= pair[1]).count())
            .collect();
        assert!(sizes.iter().all(|size| (30..80).contains(size)), "{sizes:?}");
    }

    #[test]
    fn rare_categories_share_the_last_bin() {
        let values: Array1<f64> = (0..1000).map(|i| f64::from(i % 300)).collect();
        let Feature::Category { codes, has_rest } = category(values.view()).unwrap() else { panic!() };
        assert!(has_rest && codes.len() == 255);
        assert!((0..100).all(|code| codes.contains(&code)), "the frequent ones have bins of their own");
    }

    #[test]
    fn unusable_numbers_are_refused() {
        assert!(Bins::new(&array![[f64::INFINITY]], &[], 255).is_err());
        assert!(Bins::new(&array![[0.5]], &[0], 255).is_err());
        assert!(Bins::new(&Array2::zeros((0, 2)), &[], 255).is_err());
    }
}
