//! Quantiles of residuals in bands, read forwards (by the prediction) and backwards (by the real value).

use super::{between, mixed};

/// A piecewise linear function of a value, constant beyond its ends.
#[derive(Debug)]
pub(super) struct Curve {
    /// Ascending.
    pub(super) centres: Vec<f64>,
    pub(super) offsets: Vec<f64>,
}

impl Curve {
    pub(super) fn at(&self, value: f64) -> f64 {
        let (place, share) = between(&self.centres, value);
        let at = |place: usize| self.offsets.get(place).copied().unwrap_or_default();
        mixed(at(place), at(place + 1), share)
    }

    /// `value + offset` at a centre.
    fn moved(&self, place: usize) -> f64 {
        self.centres[place] + self.offsets[place]
    }

    /// Lowest value that, moved by its offset, reaches `goal`.
    pub(super) fn first_reaching(&self, goal: f64) -> f64 {
        let count = self.centres.len();
        match (0..count).find(|place| self.moved(*place) >= goal) {
            Some(0) => goal - self.offsets[0],
            Some(place) => self.crossing(place - 1, goal),
            None => goal - self.offsets[count - 1],
        }
    }

    /// Highest value that, moved by its offset, does not pass `goal`.
    pub(super) fn last_within(&self, goal: f64) -> f64 {
        let count = self.centres.len();
        match (0..count).rfind(|place| self.moved(*place) <= goal) {
            Some(place) if place + 1 == count => goal - self.offsets[place],
            Some(place) => self.crossing(place, goal),
            None => goal - self.offsets[0],
        }
    }

    /// Where the moved values between `place` and the next are `goal`, which lies between them.
    fn crossing(&self, place: usize, goal: f64) -> f64 {
        let (before, after) = (self.moved(place), self.moved(place + 1));
        let share = if after > before { ((goal - before) / (after - before)).clamp(0.0, 1.0) } else { 1.0 };
        mixed(self.centres[place], self.centres[place + 1], share)
    }
}

/// Residuals of rows in bands of a key, sorted within each band.
#[derive(Debug)]
pub(super) struct Bands {
    centres: Vec<f64>,
    residuals: Vec<Vec<f64>>,
}

impl Bands {
    /// Cuts rows `(key, residual)` into about `count` bands of alike size; rows with equal keys stay together.
    pub(super) fn new(mut rows: Vec<(f64, f64)>, count: usize) -> Self {
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut centres, mut residuals) = (Vec::new(), Vec::new());
        let size = rows.len().div_ceil(count.max(1)).max(1);
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let mut end = size.min(rest.len());
            let key = rest[end - 1].0;
            end += rest[end..].iter().take_while(|row| row.0.total_cmp(&key).is_eq()).count();
            if rest.len() - end < size / 2 {
                end = rest.len();
            }
            let (band, after) = rest.split_at(end);
            centres.push(band[band.len() / 2].0);
            let mut sorted: Vec<f64> = band.iter().map(|row| row.1).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            residuals.push(sorted);
            rest = after;
        }
        Self { centres, residuals }
    }

    /// What the residuals of each band exceed with probability `tail`.
    pub(super) fn upper(&self, tail: f64) -> Curve {
        self.curve(|sorted| upper_quantile(sorted, tail))
    }

    /// What the residuals of each band fall short of with probability `tail`.
    pub(super) fn lower(&self, tail: f64) -> Curve {
        self.curve(|sorted| lower_quantile(sorted, tail))
    }

    fn curve(&self, quantile: impl Fn(&[f64]) -> f64) -> Curve {
        let offsets = self.residuals.iter().map(|sorted| quantile(sorted)).collect();
        Curve { centres: self.centres.clone(), offsets }
    }
}

/// The `ceil((n + 1) * (1 - tail))`-th smallest value: a further value exceeds it with probability `tail` at most. With
/// too few values for that it is the largest.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of rows, which is far below 2^52"
)]
pub(super) fn upper_quantile(sorted: &[f64], tail: f64) -> f64 {
    // Without the small allowance 0.9 * 10 would be the tenth value.
    let rank = ((sorted.len() + 1) as f64 * (1.0 - tail) - 1e-9).ceil().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).saturating_sub(1)).copied().unwrap_or_default()
}

/// The mirror image of [`upper_quantile`].
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of rows, which is far below 2^52"
)]
pub(super) fn lower_quantile(sorted: &[f64], tail: f64) -> f64 {
    let rank = ((sorted.len() + 1) as f64 * tail + 1e-9).floor().max(1.0) as usize;
    sorted.get(rank.min(sorted.len()).saturating_sub(1)).copied().unwrap_or_default()
}
