//! Columns as small numbers, one for each different value, so that they can be compared.

use std::collections::HashMap;

use crate::table::{Column, NO_TEXT, Values};

/// Most different values of a column that is coded.
const DISTINCT_MAX: usize = 5_000;

/// Code of an empty cell.
pub(super) const MISSING: u32 = NO_TEXT;

/// A column of few different values.
#[derive(Debug)]
pub(super) struct Coded {
    pub(super) codes: Vec<u32>,
    /// The different values as texts.
    pub(super) values: Vec<String>,
}

impl Coded {
    /// The column; `None` if it has too many different values.
    pub(super) fn of(column: &Column) -> Option<Self> {
        match &column.values {
            Values::Texts { codes, levels } => (levels.len() <= DISTINCT_MAX).then(|| Self {
                codes: codes.clone(),
                values: levels.iter().map(|level| super::profile::short(level)).collect(),
            }),
            Values::Numbers(numbers) => {
                let mut places: HashMap<u64, u32> = HashMap::new();
                let (mut codes, mut values) = (Vec::with_capacity(numbers.len()), Vec::new());
                for number in numbers {
                    if number.is_nan() {
                        codes.push(MISSING);
                        continue;
                    }
                    let next = u32::try_from(values.len()).unwrap_or(MISSING);
                    let code = *places.entry((number + 0.0).to_bits()).or_insert(next);
                    if code == next {
                        if values.len() == DISTINCT_MAX {
                            return None;
                        }
                        values.push(number.to_string());
                    }
                    codes.push(code);
                }
                Some(Self { codes, values })
            }
        }
    }

    /// Number of different values.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Rows of each value.
    pub(super) fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.values.len()];
        for code in &self.codes {
            if let Some(count) = counts.get_mut(*code as usize) {
                *count += 1;
            }
        }
        counts
    }
}
