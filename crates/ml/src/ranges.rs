//! Honest ranges around predictions, from what models of the same kind missed on rows that they did not learn from.
//!
//! Split conformal prediction (Vovk et al., 2005; Lei et al., 2018) with out-of-fold residuals (Barber et al., *CV+*,
//! 2021): the range that would have held for a share of the rows holds for about that share of new ones. Residuals are
//! taken on the log scale where all targets are above 0, since errors of prices grow with prices, and separately for
//! bands of the predicted value, so that cheap and dear rows are covered alike. Both ends have their own quantile.

use serde::{Deserialize, Serialize};

/// Rows that a band holds at least, and bands at most.
const BAND_ROWS_MIN: usize = 100;
const BANDS_MAX: usize = 20;
/// Residual quantiles that a band keeps: 0, 1/200, 2/200 … 1.
const STEPS: u16 = 200;
/// Lowest prediction on the log scale, as a share of the lowest target.
const FLOOR: f64 = 0.5;

/// Ranges for the predictions of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ranges {
    /// Lowest prediction, where residuals are logarithms; absent for plain differences.
    log_floor: Option<f64>,
    bands: Vec<Band>,
}

/// What was missed near a predicted value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Band {
    /// Middle of the predictions of the band, on the scale of the residuals.
    centre: f64,
    /// Number of rows.
    count: u32,
    /// Residuals, ascending, at `STEPS + 1` even shares of the rows.
    residuals: Vec<f32>,
}

impl Ranges {
    /// Learns from real targets and out-of-fold predictions; `None` with fewer than 20 rows.
    #[expect(clippy::cast_possible_truncation, reason = "seven digits of a residual are enough")]
    pub(crate) fn fit(rows: &[(f64, f64)]) -> Option<Self> {
        if rows.len() < 20 {
            return None;
        }
        let lowest = rows.iter().map(|(real, _)| *real).fold(f64::INFINITY, f64::min);
        let mut ranges = Self { log_floor: (lowest > 0.0).then_some(FLOOR * lowest), bands: Vec::new() };
        let mut residuals: Vec<(f64, f64)> = rows
            .iter()
            .map(|(real, predicted)| {
                let scaled = ranges.scaled(*predicted);
                (scaled, ranges.log_floor.map_or(*real, |_| real.ln()) - scaled)
            })
            .collect();
        residuals.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let band_count = (rows.len() / BAND_ROWS_MIN).clamp(1, BANDS_MAX);
        for band in 0..band_count {
            let part = &residuals[band * rows.len() / band_count..(band + 1) * rows.len() / band_count];
            let mut sorted: Vec<f64> = part.iter().map(|(_, residual)| *residual).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            let residuals = (0..=STEPS)
                .map(|step| at_share(&sorted, f64::from(step) / f64::from(STEPS)) as f32)
                .collect();
            let centre = part[part.len() / 2].0;
            ranges.bands.push(Band {
                centre,
                count: u32::try_from(part.len()).unwrap_or(u32::MAX),
                residuals,
            });
        }
        Some(ranges)
    }

    /// The range that holds the real value with the given probability, 0.5 to 0.99, around a prediction.
    pub(crate) fn around(&self, prediction: f64, coverage: f64) -> (f64, f64) {
        let scaled = self.scaled(prediction);
        let tail = (1.0 - coverage.clamp(0.01, 0.99)) / 2.0;
        let (low, high) = (scaled + self.residual(scaled, tail), scaled + self.residual(scaled, 1.0 - tail));
        let undo = |value: f64| if self.log_floor.is_some() { value.exp() } else { value };
        (undo(low).min(prediction), undo(high).max(prediction))
    }

    fn scaled(&self, prediction: f64) -> f64 {
        self.log_floor.map_or(prediction, |floor| prediction.max(floor).ln())
    }

    /// The residual below which a share of the rows lies, between the neighbouring bands.
    fn residual(&self, scaled: f64, share: f64) -> f64 {
        let after = self.bands.partition_point(|band| band.centre < scaled);
        let (Some(high), Some(low)) = (
            self.bands.get(after).or(self.bands.last()),
            after.checked_sub(1).and_then(|place| self.bands.get(place)).or(self.bands.first()),
        ) else {
            return 0.0;
        };
        let way =
            if high.centre > low.centre { (scaled - low.centre) / (high.centre - low.centre) } else { 0.0 };
        let way = way.clamp(0.0, 1.0);
        low.at(share) * (1.0 - way) + high.at(share) * way
    }

    /// Whether decoded ranges answer with numbers.
    pub(crate) fn is_sound(&self) -> bool {
        let is_sound = |band: &Band| {
            band.centre.is_finite()
                && band.residuals.len() == usize::from(STEPS) + 1
                && band.residuals.iter().all(|residual| residual.is_finite())
        };
        !self.bands.is_empty()
            && self.bands.len() <= BANDS_MAX
            && self.bands.iter().all(is_sound)
            && self.log_floor.is_none_or(|floor| floor.is_finite() && floor > 0.0)
    }
}

impl Band {
    /// The conformal quantile: of `n` rows and a new one, `n + 1` in all, the share below it is at least the one asked
    /// for (from above for the upper half, from below for the lower).
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place among the kept residuals"
    )]
    fn at(&self, share: f64) -> f64 {
        let factor = 1.0 + 1.0 / f64::from(self.count.max(1));
        let share =
            if share >= 0.5 { (share * factor).min(1.0) } else { (1.0 - (1.0 - share) * factor).max(0.0) };
        let place = share * f64::from(STEPS);
        let below = (place as usize).min(usize::from(STEPS) - 1);
        let (low, high) = (f64::from(self.residuals[below]), f64::from(self.residuals[below + 1]));
        low + (high - low) * (place - below as f64)
    }
}

/// The value at a share of sorted numbers, between its neighbours.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a place among the numbers"
)]
fn at_share(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = place as usize;
    let low = sorted[below];
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    low + (high - low) * (place - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{below, generator};

    /// Prices from 1,000 to 50,000 whose errors are a share of the price, larger for dear ones.
    fn rows(count: usize, seed: u64) -> Vec<(f64, f64)> {
        let mut random = generator(seed);
        let mut uniform = || below(&mut random, 1 << 20) as f64 / (1 << 20) as f64;
        (0..count)
            .map(|_| {
                let predicted = 1_000.0 * (50.0_f64).powf(uniform());
                let spread = 0.05 + 0.1 * (predicted / 50_000.0);
                // The sum of four uniform numbers is nearly normal.
                let noise = (uniform() + uniform() + uniform() + uniform() - 2.0) * spread;
                (predicted * noise.exp(), predicted)
            })
            .collect()
    }

    fn coverage(ranges: &Ranges, rows: &[(f64, f64)], nominal: f64) -> f64 {
        let holds = |(real, predicted): &&(f64, f64)| {
            let (low, high) = ranges.around(*predicted, nominal);
            (low..=high).contains(real)
        };
        rows.iter().filter(holds).count() as f64 / rows.len() as f64
    }

    #[test]
    fn ranges_cover_what_they_promise_everywhere() {
        let ranges = Ranges::fit(&rows(5_000, 1)).unwrap();
        let mut fresh = rows(20_000, 2);
        fresh.sort_by(|a, b| a.0.total_cmp(&b.0));
        for nominal in [0.5, 0.8, 0.9, 0.95] {
            assert!((coverage(&ranges, &fresh, nominal) - nominal).abs() < 0.015, "{nominal}");
            for fifth in fresh.chunks(4_000) {
                assert!((coverage(&ranges, fifth, nominal) - nominal).abs() < 0.04, "{nominal}");
            }
        }
        assert!(ranges.is_sound());
    }

    #[test]
    fn few_rows_err_on_the_side_of_caution() {
        assert!(Ranges::fit(&rows(19, 1)).is_none());
        let mean: f64 = (0..200)
            .map(|seed| coverage(&Ranges::fit(&rows(30, seed)).unwrap(), &rows(100, seed + 1_000), 0.8))
            .sum::<f64>()
            / 200.0;
        assert!((0.79..0.86).contains(&mean), "{mean}");
    }

    #[test]
    fn targets_that_are_not_positive_have_plain_ranges() {
        let rows: Vec<(f64, f64)> = (0..100).map(|row| (f64::from(row % 10) - 5.0, 0.0)).collect();
        let (low, high) = Ranges::fit(&rows).unwrap().around(0.0, 0.8);
        assert!((-5.0..=-4.0).contains(&low) && (3.0..=4.0).contains(&high), "{low} {high}");
    }

    #[test]
    fn a_wider_promise_is_a_wider_range_and_holds_the_prediction() {
        let ranges = Ranges::fit(&rows(500, 3)).unwrap();
        for prediction in [-1e9, 0.0, 10.0, 5_000.0, 1e12] {
            let mut last = (prediction, prediction);
            for coverage in [0.5, 0.8, 0.9, 0.99] {
                let (low, high) = ranges.around(prediction, coverage);
                assert!(low <= last.0 && high >= last.1, "{prediction} {coverage}");
                last = (low, high);
            }
        }
    }
}
