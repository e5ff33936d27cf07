//! Learns ranges.

use super::belt::{Bands, upper_quantile};
use super::{Curve, KNOTS_MAX, LEVELS, ROWS_MIN, Ranges, scaled};

/// Rows that a band should have, so that its tails can be told.
const BAND_ROWS: usize = 400;
/// Most bands.
const BANDS_MAX: usize = 20;
/// Shares of the ends by real value that are tried, the narrowest ranges first.
const WEIGHTS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Coverage at which the weight is chosen.
const CHOICE: f64 = 0.8;
/// Difference from that coverage that a fifth of the rows may have.
const UNEVEN_MAX: f64 = 0.03;

/// Rows on the scale of the offsets.
struct Sample {
    /// `(real, predicted)`, ascending by real.
    rows: Vec<(f64, f64)>,
    by_real: Bands,
    by_predicted: Bands,
    knots: Vec<f64>,
}

/// Ends at each knot, as offsets to it.
struct Ends {
    low: Curve,
    high: Curve,
}

pub(super) fn fit(rows: &[(f64, f64)]) -> Option<Ranges> {
    let finite = || rows.iter().filter(|(real, predicted)| real.is_finite() && predicted.is_finite());
    let lowest = finite().map(|(real, _)| *real).fold(f64::INFINITY, f64::min);
    if finite().count() < ROWS_MIN {
        return None;
    }
    let (is_logarithmic, floor) = scale(lowest);
    let on_scale = |(real, predicted): &(f64, f64)| {
        (scaled(*real, is_logarithmic, floor), scaled(*predicted, is_logarithmic, floor))
    };
    let sample = Sample::new(finite().map(on_scale).collect());

    let weight = sample.choose_weight();
    let (mut low, mut high): (Vec<Vec<f32>>, Vec<Vec<f32>>) = (Vec::new(), Vec::new());
    for coverage in LEVELS {
        let ends = sample.ends(coverage, weight);
        // A higher coverage contains the lower ones.
        let widen = |offsets: &[f64], inner: Option<&Vec<f32>>, pick: fn(f32, f32) -> f32| -> Vec<f32> {
            let mut offsets: Vec<f32> = offsets.iter().map(|offset| narrow(*offset)).collect();
            for (offset, inner) in offsets.iter_mut().zip(inner.into_iter().flatten()) {
                *offset = pick(*offset, *inner);
            }
            offsets
        };
        low.push(widen(&ends.low.offsets, low.last(), f32::min));
        high.push(widen(&ends.high.offsets, high.last(), f32::max));
    }
    let rows = u32::try_from(sample.rows.len()).unwrap_or(u32::MAX);
    Some(Ranges { is_logarithmic, floor, knots: sample.knots, low, high, rows })
}

/// Whether residuals are those of logarithms, and what predictions below count as, if this is the lowest real value.
pub(super) fn scale(lowest: f64) -> (bool, f64) {
    if lowest > 0.0 { (true, (lowest / 2.0).max(f64::MIN_POSITIVE)) } else { (false, f64::MIN) }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "seven digits are plenty; clamped, so that it stays finite"
)]
pub(super) fn narrow(offset: f64) -> f32 {
    offset.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32
}

impl Sample {
    fn new(mut rows: Vec<(f64, f64)>) -> Self {
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let bands = (rows.len() / BAND_ROWS).clamp(1, BANDS_MAX);
        let by_real =
            Bands::new(rows.iter().map(|(real, predicted)| (*real, predicted - real)).collect(), bands);
        let by_predicted =
            Bands::new(rows.iter().map(|(real, predicted)| (*predicted, real - predicted)).collect(), bands);
        let mut predictions: Vec<f64> = rows.iter().map(|row| row.1).collect();
        predictions.sort_unstable_by(f64::total_cmp);
        let last = predictions.len() - 1;
        let steps = KNOTS_MAX - 1;
        let mut knots: Vec<f64> = (0..=steps).map(|step| predictions[step * last / steps]).collect();
        knots.dedup();
        Self { rows, by_real, by_predicted, knots }
    }

    /// The smallest weight with which coverage is even over real values, or the one with which it is most so.
    fn choose_weight(&self) -> f64 {
        let mut best = (f64::INFINITY, WEIGHTS[0]);
        for weight in WEIGHTS {
            let ends = self.ends(CHOICE, weight);
            let unevenness = self.unevenness(&ends);
            if unevenness <= UNEVEN_MAX {
                return weight;
            }
            if unevenness < best.0 {
                best = (unevenness, weight);
            }
        }
        best.1
    }

    /// Largest difference from the chosen coverage over fifths of the rows by real value.
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    fn unevenness(&self, ends: &Ends) -> f64 {
        let fifth = self.rows.len().div_ceil(5);
        let coverage = |rows: &[(f64, f64)]| {
            let is_inside = |(real, predicted): &&(f64, f64)| {
                (ends.low.at(*predicted)..=ends.high.at(*predicted)).contains(&(real - predicted))
            };
            rows.iter().filter(is_inside).count() as f64 / rows.len() as f64
        };
        self.rows.chunks(fifth).map(|rows| (coverage(rows) - CHOICE).abs()).fold(0.0, f64::max)
    }

    /// Ends of ranges with `coverage`, scaled so that either tail holds over all rows.
    fn ends(&self, coverage: f64, weight: f64) -> Ends {
        let tail = (1.0 - coverage) / 2.0;
        let forwards = (self.by_predicted.lower(tail), self.by_predicted.upper(tail));
        let belt = (self.by_real.upper(tail), self.by_real.lower(tail));
        let mix = |forwards: f64, backwards: f64| (1.0 - weight) * forwards + weight * backwards;
        let low: Vec<f64> = self
            .knots
            .iter()
            .map(|knot| mix(forwards.0.at(*knot), belt.0.first_reaching(*knot) - knot))
            .collect();
        let high: Vec<f64> = self
            .knots
            .iter()
            .map(|knot| mix(forwards.1.at(*knot), belt.1.last_within(*knot) - knot))
            .collect();
        // The belt's ends may cross where the bands are noisy.
        let (low, high): (Vec<f64>, Vec<f64>) =
            low.into_iter().zip(high).map(|(low, high)| (low.min(high), low.max(high))).unzip();
        self.rescaled(
            &Ends {
                low: Curve { centres: self.knots.clone(), offsets: low },
                high: Curve { centres: self.knots.clone(), offsets: high },
            },
            tail,
        )
    }

    /// Moves each end towards or away from the middle by one factor, so that each tail has its share.
    fn rescaled(&self, ends: &Ends, tail: f64) -> Ends {
        let (mut below, mut above) = (Vec::new(), Vec::new());
        for (real, predicted) in &self.rows {
            let (low, high) = (ends.low.at(*predicted), ends.high.at(*predicted));
            let half = ((high - low) / 2.0).max(f64::MIN_POSITIVE);
            let distance = (real - predicted - f64::midpoint(low, high)) / half;
            // Where a range has no width, distances would be infinite.
            let distance = distance.clamp(-1e6, 1e6);
            below.push(-distance);
            above.push(distance);
        }
        let factor = |mut distances: Vec<f64>| {
            distances.sort_unstable_by(f64::total_cmp);
            upper_quantile(&distances, tail)
        };
        let (below, above) = (factor(below), factor(above));
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for (before, after) in ends.low.offsets.iter().zip(&ends.high.offsets) {
            let (middle, half) = (f64::midpoint(*before, *after), (after - before) / 2.0);
            low.push(middle - below * half);
            high.push(middle + above.max(-below) * half);
        }
        Ends {
            low: Curve { centres: self.knots.clone(), offsets: low },
            high: Curve { centres: self.knots.clone(), offsets: high },
        }
    }
}
