//! What a column holds.

use std::cmp::Reverse;

use types::ColumnProfile;

use super::{Column, Values};

/// Most texts that a profile lists.
const LEVELS_MAX: usize = 100;

impl Column {
    /// Describes the cells in the given rows, all of which exist.
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    pub(crate) fn profile(&self, rows: impl Iterator<Item = usize>) -> ColumnProfile {
        let mut profile = ColumnProfile {
            name: self.name.clone(),
            kind: self.kind,
            missing: 0,
            min: None,
            max: None,
            mean: None,
            levels: Vec::new(),
        };
        match &self.values {
            Values::Numbers(numbers) => {
                let (mut count, mut mean) = (0_u64, 0.0);
                for number in rows.map(|row| numbers[row]) {
                    if number.is_nan() {
                        profile.missing += 1;
                        continue;
                    }
                    count += 1;
                    mean += (number - mean) / count as f64;
                    profile.min = Some(profile.min.map_or(number, |min| min.min(number)));
                    profile.max = Some(profile.max.map_or(number, |max| max.max(number)));
                }
                profile.mean = (count > 0).then_some(mean);
            }
            Values::Texts { codes, levels } => {
                let mut counts = vec![0_u64; levels.len()];
                for code in rows.map(|row| codes[row]) {
                    match counts.get_mut(code as usize) {
                        Some(count) => *count += 1,
                        None => profile.missing += 1,
                    }
                }
                let mut found: Vec<(&String, u64)> =
                    levels.iter().zip(counts).filter(|(_, count)| *count > 0).collect();
                found.sort_unstable_by_key(|(text, count)| (Reverse(*count), *text));
                found.truncate(LEVELS_MAX);
                profile.levels = found.into_iter().map(|(text, count)| (text.clone(), count)).collect();
            }
        }
        profile
    }
}
