//! Finds the best question for the rows of a leaf from their histogram.

use rayon::prelude::*;

use super::Settings;
use super::bins::{Bins, Feature};
use super::grow::Leaf;

/// Sums over rows: gradients, and weights (which are the second derivatives).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) gradient: f64,
    pub(super) weight: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.weight += other.weight;
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, weight: self.weight - other.weight }
    }
}

/// Histograms from which features are looked at in parallel.
const PARALLEL_BINS: usize = 16_384;

/// What a leaf's answer must stay within, because of splits above it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Bounds {
    pub(super) const NONE: Self = Self { low: f64::NEG_INFINITY, high: f64::INFINITY };

    fn are_none(self) -> bool {
        self.low == f64::NEG_INFINITY && self.high == f64::INFINITY
    }
}

/// Bins that answer "yes".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Question {
    /// Those up to `bin`, and the one of missing numbers if told so.
    UpTo { bin: usize, missing_is_yes: bool },
    /// A set of bins, bit by bit.
    OneOf([u64; 4]),
}

impl Question {
    /// Whether a bin answers "yes"; `missing` is the bin of missing numbers.
    pub(super) fn is_yes(&self, bin: u8, missing: usize) -> bool {
        match self {
            Self::UpTo { bin: last, missing_is_yes } => {
                let bin = usize::from(bin);
                if bin == missing { *missing_is_yes } else { bin <= *last }
            }
            Self::OneOf(set) => set[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1,
        }
    }
}

/// A question with what it would bring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) feature: usize,
    pub(super) question: Question,
    pub(super) gain: f64,
    pub(super) yes: Sums,
}

/// The rows of a leaf, to be divided.
pub(super) struct Search<'a> {
    bins: &'a Bins,
    settings: &'a Settings,
    histogram: &'a [Sums],
    total: Sums,
    bounds: Bounds,
    /// Features that this tree may ask about.
    allowed: &'a [bool],
    /// Gain below which a split is noise.
    gain_min: f64,
    /// Weight that each side keeps, for its rows and for itself.
    weight_min: f64,
    /// What the leaf takes off the loss as it is.
    whole: f64,
    /// Whether nothing bounds the answers, so that gains have a short formula.
    is_free: bool,
}

impl<'a> Search<'a> {
    /// A search in a leaf of `row_count` rows.
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^31 rows")]
    pub(super) fn new(
        bins: &'a Bins,
        settings: &'a Settings,
        allowed: &'a [bool],
        gain_min: f64,
        leaf: &'a Leaf,
    ) -> Self {
        // Rows are told from weights, as in LightGBM: exactly without weights, else on average.
        let weight_per_row = leaf.total.weight / (leaf.end - leaf.start) as f64;
        let answer = settings.answer(leaf.total, leaf.bounds);
        Self {
            bins,
            settings,
            histogram: &leaf.histogram,
            total: leaf.total,
            bounds: leaf.bounds,
            allowed,
            gain_min,
            weight_min: (settings.rows_min * weight_per_row).max(settings.weight_min).max(f64::MIN_POSITIVE),
            whole: settings.worth(leaf.total, answer),
            is_free: settings.reg_alpha <= 0.0 && leaf.bounds.are_none(),
        }
    }

    /// The question with the highest gain; of equal ones that about the first feature.
    pub(super) fn best(&self) -> Option<Split> {
        let count = self.bins.features.len();
        let better = |best: Option<Split>, found: Option<Split>| match (best, found) {
            (Some(best), Some(found)) if found.gain > best.gain => Some(found),
            (None, found) => found,
            (best, _) => best,
        };
        if self.bins.total() < PARALLEL_BINS {
            return (0..count).map(|feature| self.of_feature(feature)).fold(None, better);
        }
        let found: Vec<_> = (0..count).into_par_iter().map(|feature| self.of_feature(feature)).collect();
        found.into_iter().fold(None, better)
    }

    fn of_feature(&self, feature: usize) -> Option<Split> {
        if !self.allowed[feature] {
            return None;
        }
        let bins = &self.histogram[self.bins.offsets[feature]..self.bins.offsets[feature + 1]];
        match &self.bins.features[feature] {
            Feature::Number { has_missing, .. } => self.number(feature, bins, *has_missing),
            Feature::Category { has_rest, .. } => self.category(feature, bins, *has_rest),
        }
    }

    fn number(&self, feature: usize, bins: &[Sums], has_missing: bool) -> Option<Split> {
        let (values, missing) = match bins.split_last() {
            Some((missing, values)) if has_missing => (values, *missing),
            _ => (bins, Sums::default()),
        };
        let direction = self.settings.directions.get(feature).copied().unwrap_or(0);
        let is_missing_here = missing.weight > 0.0;
        let mut best: Option<Split> = None;
        let mut below = Sums::default();
        for (bin, sums) in values.iter().enumerate().take(values.len().saturating_sub(1)) {
            below.add(*sums);
            // A bin without rows asks the same question as the one before it.
            if sums.weight <= 0.0 {
                continue;
            }
            let mut consider = |yes: Sums, missing_is_yes: bool| {
                let gain = self.gain(yes, direction, 0.0);
                if gain > best.as_ref().map_or(self.gain_min, |best| best.gain) {
                    best =
                        Some(Split { feature, question: Question::UpTo { bin, missing_is_yes }, gain, yes });
                }
            };
            if is_missing_here {
                consider(below, false);
                let mut with_missing = below;
                with_missing.add(missing);
                consider(with_missing, true);
            } else {
                // Nothing to learn from: missing numbers follow the majority.
                consider(below, 2.0 * below.weight >= self.total.weight);
            }
        }
        // All numbers on one side, the missing ones on the other.
        if is_missing_here {
            let yes = self.total.minus(missing);
            let gain = self.gain(yes, 0, 0.0);
            if gain > best.as_ref().map_or(self.gain_min, |best| best.gain) {
                let question = Question::UpTo { bin: values.len() - 1, missing_is_yes: false };
                best = Some(Split { feature, question, gain, yes });
            }
        }
        best
    }

    /// Categories in the order of their mean gradients; the best set is a beginning of that order (Fisher, 1958).
    fn category(&self, feature: usize, bins: &[Sums], has_rest: bool) -> Option<Split> {
        let named = if has_rest { &bins[..bins.len() - 1] } else { bins };
        let smooth = self.settings.cat_smooth;
        let mean = |sums: &Sums| sums.gradient / (sums.weight + smooth);
        let mut order = [(0.0_f64, 0_u8); 256];
        let mut count = 0;
        for (bin, sums) in (0..=u8::MAX).zip(named) {
            if sums.weight > 0.0 {
                order[count] = (mean(sums), bin);
                count += 1;
            }
        }
        let order = &mut order[..count];
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let has_rest_here = has_rest && bins.last().is_some_and(|rest| rest.weight > 0.0);
        let last = if has_rest_here { count } else { count.saturating_sub(1) };
        let mut best: Option<(f64, usize, Sums)> = None;
        let mut below = Sums::default();
        for (place, (_, bin)) in order[..last].iter().enumerate() {
            below.add(named[usize::from(*bin)]);
            let gain = self.gain(below, 0, self.settings.cat_l2);
            if gain > best.map_or(self.gain_min, |(gain, ..)| gain) {
                best = Some((gain, place, below));
            }
        }
        let (gain, place, below) = best?;
        let (first, second) = order.split_at(place + 1);
        // Unknown categories answer "no": they go with the majority, as the rare ones do that have no bin.
        let is_first_named = has_rest_here || 2.0 * below.weight <= self.total.weight;
        let (chosen, yes) = if is_first_named { (first, below) } else { (second, self.total.minus(below)) };
        let mut set = [0; 4];
        for (_, bin) in chosen {
            set[usize::from(bin >> 6)] |= 1 << (bin & 63);
        }
        Some(Split { feature, question: Question::OneOf(set), gain, yes })
    }

    /// What dividing the total into `yes` and the rest takes off the loss, with an extra hold on both; minus infinity if
    /// it is not allowed.
    #[inline]
    fn gain(&self, yes: Sums, direction: i8, hold: f64) -> f64 {
        let no = self.total.minus(yes);
        let settings = self.settings;
        let least = yes.weight.min(no.weight);
        if least < self.weight_min {
            return f64::NEG_INFINITY;
        }
        let hold = settings.reg_lambda + hold;
        let (hold_yes, hold_no) = (yes.weight + hold, no.weight + hold);
        if self.is_free && direction == 0 {
            // Both squares over their holds, with one division.
            let squares = yes.gradient * yes.gradient * hold_no + no.gradient * no.gradient * hold_yes;
            return squares / (hold_yes * hold_no) - self.whole;
        }
        let (answer_yes, answer_no) = (settings.answer(yes, self.bounds), settings.answer(no, self.bounds));
        // "Yes" are the lower numbers.
        if (direction > 0 && answer_yes > answer_no) || (direction < 0 && answer_yes < answer_no) {
            return f64::NEG_INFINITY;
        }
        settings.worth(yes, answer_yes) + settings.worth(no, answer_no) - self.whole
    }
}

impl Settings {
    /// The best answer for rows with these sums (Chen and Guestrin, *XGBoost*, 2016, equation 5, with an absolute hold).
    pub(super) fn answer(&self, sums: Sums, bounds: Bounds) -> f64 {
        let answer = -self.thresholded(sums.gradient) / (sums.weight + self.reg_lambda);
        answer.clamp(bounds.low, bounds.high)
    }

    /// Twice what an answer takes off the loss.
    fn worth(&self, sums: Sums, answer: f64) -> f64 {
        -(2.0 * self.thresholded(sums.gradient) * answer + (sums.weight + self.reg_lambda) * answer * answer)
    }

    fn thresholded(&self, gradient: f64) -> f64 {
        if self.reg_alpha > 0.0 {
            gradient.signum() * (gradient.abs() - self.reg_alpha).max(0.0)
        } else {
            gradient
        }
    }
}
