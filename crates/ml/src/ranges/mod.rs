//! Ranges in which the real value lies with a given probability, learnt from predictions of rows that did not train.
//!
//! Split conformal prediction (Vovk, Gammerman, Shafer, *Algorithmic Learning in a Random World*, 2005) with residuals on the
//! logarithmic scale where all targets are above 0, and two ways to make coverage even:
//!
//! - by the prediction: quantiles of the residuals in bands of the prediction (Mondrian conformal regression, Boström and
//!   Johansson, 2020), which hold for every band of predictions but leave out the extremes that a weak model
//!   never predicts;
//! - by the real value: the real values for which such a prediction would not be unusual, as in Neyman's confidence belt
//!   (1937), which hold for every band of real values but are wider.
//!
//! The ends of a range lie between those of the two, as near to the first, narrower one as even coverage over real
//! values allows. Every tail of every level is then scaled by one factor so that it holds over all rows with conformal's
//! finite-sample quantile, `ceil((n + 1) * share) / n`.

mod belt;
mod fit;

use serde::{Deserialize, Serialize};

use belt::Curve;

/// Coverages at which ranges are learnt; those between are interpolated.
pub(crate) const LEVELS: [f64; 10] = [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99];
/// Fewest rows that ranges are learnt from.
const ROWS_MIN: usize = 20;
/// Most predictions at which offsets are kept.
const KNOTS_MAX: usize = 32;

/// Ranges around predictions; two to three kilobytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranges {
    /// Whether offsets are differences of logarithms.
    is_logarithmic: bool,
    /// Predictions below this count as this; negative infinity has no place in a file, so it is finite.
    floor: f64,
    /// Predictions on the scale of the offsets, ascending.
    knots: Vec<f64>,
    /// For each of [`LEVELS`] and each knot what is added to the prediction for the lower end.
    low: Vec<Vec<f32>>,
    /// The same for the upper end.
    high: Vec<Vec<f32>>,
    /// Number of rows that they were learnt from.
    rows: u32,
}

impl Ranges {
    /// Learns from predictions of rows that did not train, with their real values; `None` if fewer than 20 pairs
    /// `(real, predicted)` are finite.
    #[must_use]
    pub fn fit(rows: &[(f64, f64)]) -> Option<Self> {
        fit::fit(rows)
    }

    /// Number of rows that they were learnt from.
    #[must_use]
    pub fn row_count(&self) -> u32 {
        self.rows
    }

    /// The range `(low, high)` in which the real value lies with probability `coverage`, which is brought between 0.5
    /// and 0.99; units of the target. Higher coverages contain lower ones.
    #[must_use]
    pub fn range(&self, prediction: f64, coverage: f64) -> (f64, f64) {
        let place = scaled(prediction, self.is_logarithmic, self.floor);
        let (knot, share) = between(&self.knots, place);
        let (level, level_share) = between(&LEVELS, coverage);
        let offset = |table: &[Vec<f32>]| {
            let at = |level: usize| {
                let offsets = table.get(level).map_or(&[][..], Vec::as_slice);
                let at = |knot: usize| offsets.get(knot).copied().map_or(0.0, f64::from);
                mixed(at(knot), at(knot + 1), share)
            };
            mixed(at(level), at(level + 1), level_share)
        };
        let end = |offset: f64| if self.is_logarithmic { (place + offset).exp() } else { place + offset };
        (end(offset(&self.low)), end(offset(&self.high)))
    }

    /// The same ranges with every end nearer to its prediction by this factor.
    pub(crate) fn narrowed(mut self, factor: f64) -> Self {
        for offset in self.low.iter_mut().chain(&mut self.high).flatten() {
            *offset = fit::narrow(f64::from(*offset) * factor);
        }
        self
    }

    /// Whether decoded ranges can be used: what fitting guarantees.
    pub(crate) fn is_sound(&self) -> bool {
        let is_table = |table: &[Vec<f32>]| {
            table.len() == LEVELS.len()
                && table.iter().all(|offsets| {
                    offsets.len() == self.knots.len() && offsets.iter().all(|offset| offset.is_finite())
                })
        };
        self.floor.is_finite()
            && (!self.is_logarithmic || self.floor > 0.0)
            && !self.knots.is_empty()
            && self.knots.iter().all(|knot| knot.is_finite())
            && self.knots.is_sorted_by(|a, b| a < b)
            && is_table(&self.low)
            && is_table(&self.high)
    }
}

/// Mean size of the residuals on the scale on which ranges would be learnt from these rows.
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
pub(crate) fn mean_residual(rows: &[(f64, f64)]) -> f64 {
    let lowest = rows.iter().map(|row| row.0).fold(f64::INFINITY, f64::min);
    let (is_logarithmic, floor) = fit::scale(lowest);
    let on_scale = |value| scaled(value, is_logarithmic, floor);
    let sum: f64 = rows.iter().map(|(real, predicted)| (on_scale(*real) - on_scale(*predicted)).abs()).sum();
    sum / rows.len() as f64
}

/// A value of the target on the scale of the offsets.
fn scaled(value: f64, is_logarithmic: bool, floor: f64) -> f64 {
    if is_logarithmic { value.max(floor).ln() } else { value.max(floor) }
}

/// The place in `ascending` at or before `value` and the share of the way to the next; at the ends the way is not left.
fn between(ascending: &[f64], value: f64) -> (usize, f64) {
    let place = ascending.partition_point(|other| *other <= value).saturating_sub(1);
    match (ascending.get(place), ascending.get(place + 1)) {
        (Some(before), Some(after)) if value > *before => (place, (value - before) / (after - before)),
        _ => (place, 0.0),
    }
}

fn mixed(before: f64, after: f64, share: f64) -> f64 {
    // Not `before + share * (after - before)`: where the share is 0, `after` may lie outside the list.
    if share > 0.0 { (1.0 - share) * before + share * after } else { before }
}

#[cfg(test)]
mod tests;
