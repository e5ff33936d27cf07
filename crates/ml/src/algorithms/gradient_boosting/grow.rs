//! Grows one tree, leaf by leaf: always the leaf whose split brings most (LightGBM's way).

use rayon::prelude::*;

use super::Settings;
use super::bins::{Bins, Feature};
use super::loss::Loss;
use super::split::{Bounds, Question, Search, Split, Sums};
use super::tree::{Node, Tree};
use crate::algorithms::Observer;

/// Rows whose histogram is made at once. Sums of chunks are added in their order, so they do not depend on threads.
const CHUNK: usize = 16_384;

/// What all trees of a model share.
pub(super) struct Ground<'a> {
    pub(super) bins: &'a Bins,
    pub(super) settings: &'a Settings,
    pub(super) loss: Loss,
    pub(super) targets: &'a [f64],
    /// How much each row counts; 1 if absent.
    pub(super) weights: Option<&'a [f64]>,
}

/// Where the loss goes at the guesses so far, for each row of the data.
#[derive(Clone, Copy)]
pub(super) struct Slopes<'a> {
    /// First derivatives, times what the row counts.
    pub(super) gradients: &'a [f64],
    /// Second derivatives, times what the row counts; 1 if absent.
    pub(super) weights: Option<&'a [f64]>,
}

/// One tree in the making.
pub(super) struct Grower<'a> {
    ground: &'a Ground<'a>,
    slopes: Slopes<'a>,
    allowed: &'a [bool],
    /// The tree's rows, leaf by leaf.
    rows: Vec<u32>,
    spare: Vec<u32>,
    /// Histograms that nobody needs any more.
    idle: Vec<Vec<Sums>>,
    gain_min: f64,
    /// For each feature how much its splits brought.
    pub(super) gains: Vec<f64>,
}

/// A leaf, with the best way to split it.
pub(super) struct Leaf {
    /// Place of its node.
    place: usize,
    /// Where its rows begin and end.
    pub(super) start: usize,
    pub(super) end: usize,
    depth: u32,
    pub(super) total: Sums,
    pub(super) bounds: Bounds,
    pub(super) histogram: Vec<Sums>,
    best: Option<Split>,
}

/// A grown tree with its rows.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// The tree's rows, leaf by leaf.
    pub(super) rows: Vec<u32>,
    /// Node of each leaf, and where its rows begin and end.
    pub(super) leaves: Vec<(usize, usize, usize)>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        ground: &'a Ground<'a>,
        slopes: Slopes<'a>,
        allowed: &'a [bool],
        rows: Vec<u32>,
    ) -> Self {
        let gains = vec![0.0; ground.bins.features.len()];
        Self { ground, slopes, allowed, spare: Vec::new(), rows, idle: Vec::new(), gain_min: 0.0, gains }
    }

    /// Grows until no split brings anything, there are `num_leaves` leaves, or the observer cancels; `guesses` are those
    /// before this tree.
    pub(super) fn grow(mut self, guesses: &[f64], observer: &dyn Observer) -> (Grown, Vec<f64>) {
        let settings = self.ground.settings;
        self.spare = vec![0; self.rows.len()];
        let histogram = self.histogram(0, self.rows.len());
        let mut total = Sums::default();
        let mut squares = 0.0;
        for &row in &self.rows {
            let weight = self.weight(row);
            let gradient = self.slopes.gradients[row as usize];
            total.add(Sums { gradient, weight });
            squares += gradient * gradient;
        }
        // What is smaller than this share of all that could be gained is the rounding of sums.
        self.gain_min = settings.gain_min.max(1e-12 * squares);
        let mut root = Leaf {
            place: 0,
            start: 0,
            end: self.rows.len(),
            depth: 0,
            total,
            bounds: Bounds::NONE,
            histogram,
            best: None,
        };
        let mut tree = Tree::new(Node::leaf(settings.answer(total, Bounds::NONE)), total.weight);
        root.best = self.search(&root);
        let mut leaves = vec![root];
        while leaves.len() < settings.num_leaves && !observer.is_cancelled() {
            let gain = |leaf: &Leaf| leaf.best.map_or(f64::NEG_INFINITY, |split| split.gain);
            let Some(place) = (0..leaves.len())
                .max_by(|a, b| gain(&leaves[*a]).total_cmp(&gain(&leaves[*b])).then(b.cmp(a)))
            else {
                break;
            };
            let Some(split) = leaves[place].best else { break };
            self.gains[split.feature] += split.gain;
            let leaf = leaves.swap_remove(place);
            let is_last = leaves.len() + 2 >= settings.num_leaves;
            leaves.extend(self.divide(&mut tree, leaf, &split, is_last));
        }
        self.finish(tree, &leaves, guesses)
    }

    /// Splits a leaf in two.
    fn divide(&mut self, tree: &mut Tree, leaf: Leaf, split: &Split, is_last: bool) -> [Leaf; 2] {
        let settings = self.ground.settings;
        let middle = self.partition(&leaf, split);
        let totals = [split.yes, leaf.total.minus(split.yes)];
        let answers = totals.map(|sums| settings.answer(sums, leaf.bounds));
        let mut bounds = [leaf.bounds; 2];
        let direction = settings.directions.get(split.feature).copied().unwrap_or(0);
        if direction != 0 {
            let between = f64::midpoint(answers[0], answers[1]);
            let (lower, higher) = if direction > 0 { (0, 1) } else { (1, 0) };
            bounds[lower].high = between;
            bounds[higher].low = between;
        }
        let question = self.question(tree, split);
        let children = [(answers[0], totals[0].weight), (answers[1], totals[1].weight)];
        let yes = tree.split(leaf.place, question, children);
        let ends = [(leaf.start, middle), (middle, leaf.end)];
        let small = usize::from(middle - leaf.start > leaf.end - middle);
        let mut histograms = [Vec::new(), Vec::new()];
        // The last leaves are not split, so nobody looks at their histograms.
        if is_last {
            self.idle.push(leaf.histogram);
        } else {
            // The larger child is what the smaller one leaves of its parent.
            let counted = self.histogram(ends[small].0, ends[small].1);
            let mut rest = leaf.histogram;
            for (rest, counted) in rest.iter_mut().zip(&counted) {
                *rest = rest.minus(*counted);
            }
            histograms[small] = counted;
            histograms[1 - small] = rest;
        }
        let [first, second] = histograms;
        let make = |side: usize, histogram: Vec<Sums>| Leaf {
            place: yes + side,
            start: ends[side].0,
            end: ends[side].1,
            depth: leaf.depth + 1,
            total: totals[side],
            bounds: bounds[side],
            histogram,
            best: None,
        };
        let mut made = [make(0, first), make(1, second)];
        if !is_last {
            for leaf in &mut made {
                leaf.best = self.search(leaf);
                if leaf.best.is_none() {
                    self.idle.push(std::mem::take(&mut leaf.histogram));
                }
            }
        }
        made
    }

    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^31 rows")]
    fn search(&self, leaf: &Leaf) -> Option<Split> {
        let settings = self.ground.settings;
        let count = (leaf.end - leaf.start) as f64;
        if settings.depth_max.is_some_and(|depth| leaf.depth >= depth) || count < 2.0 * settings.rows_min {
            return None;
        }
        Search::new(self.ground.bins, settings, self.allowed, self.gain_min, leaf).best()
    }

    fn weight(&self, row: u32) -> f64 {
        self.slopes.weights.map_or(1.0, |weights| weights[row as usize])
    }

    /// Sums by bin of the rows at these places.
    fn histogram(&mut self, start: usize, end: usize) -> Vec<Sums> {
        let mut histogram = self.idle.pop().unwrap_or_default();
        histogram.clear();
        histogram.resize(self.ground.bins.total(), Sums::default());
        let rows = &self.rows[start..end];
        if rows.len() <= CHUNK {
            self.count(rows, &mut histogram);
            return histogram;
        }
        let parts: Vec<Vec<Sums>> = rows
            .par_chunks(CHUNK)
            .map(|rows| {
                let mut part = vec![Sums::default(); histogram.len()];
                self.count(rows, &mut part);
                part
            })
            .collect();
        for part in parts {
            histogram.iter_mut().zip(part).for_each(|(sum, part)| sum.add(part));
        }
        histogram
    }

    fn count(&self, rows: &[u32], histogram: &mut [Sums]) {
        let bins = self.ground.bins;
        for &row in rows {
            let sums = Sums { gradient: self.slopes.gradients[row as usize], weight: self.weight(row) };
            for (offset, bin) in bins.offsets.iter().zip(bins.row(row as usize)) {
                histogram[offset + usize::from(*bin)].add(sums);
            }
        }
    }

    /// Moves the leaf's rows that answer "yes" before the others; returns where the others begin.
    fn partition(&mut self, leaf: &Leaf, split: &Split) -> usize {
        let bins = self.ground.bins;
        let (width, feature) = (bins.features.len(), split.feature);
        let missing = match &bins.features[feature] {
            Feature::Number { limits, .. } => limits.len() + 1,
            Feature::Category { .. } => usize::MAX,
        };
        let rows = &mut self.rows[leaf.start..leaf.end];
        let (mut first, mut second) = (0, 0);
        for place in 0..rows.len() {
            let row = rows[place];
            let is_yes = split.question.is_yes(bins.bytes[row as usize * width + feature], missing);
            // Both are written, one counts: no branch to guess wrong.
            rows[first] = row;
            self.spare[second] = row;
            first += usize::from(is_yes);
            second += usize::from(!is_yes);
        }
        rows[first..].copy_from_slice(&self.spare[..second]);
        leaf.start + first
    }

    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^31 features")]
    fn question(&self, tree: &mut Tree, split: &Split) -> Node {
        let feature = split.feature as u32;
        match (&split.question, &self.ground.bins.features[split.feature]) {
            (Question::UpTo { bin, missing_is_yes }, Feature::Number { limits, .. }) => {
                // Behind the last limit lie all numbers.
                let limit = limits.get(*bin).copied().unwrap_or(f64::MAX);
                Node::at_most(feature, limit, *missing_is_yes, 0)
            }
            (question, Feature::Category { codes, .. }) => {
                let is_yes = |bin: usize| u8::try_from(bin).is_ok_and(|bin| question.is_yes(bin, usize::MAX));
                let chosen: Vec<u32> =
                    codes.iter().enumerate().filter(|(bin, _)| is_yes(*bin)).map(|(_, code)| *code).collect();
                tree.one_of(feature, &chosen)
            }
            (Question::OneOf(_), Feature::Number { .. }) => Node::leaf(0.0),
        }
    }

    /// Gives each leaf its answer, made smaller by the learning rate.
    fn finish(self, mut tree: Tree, leaves: &[Leaf], guesses: &[f64]) -> (Grown, Vec<f64>) {
        let Ground { settings, loss, targets, .. } = *self.ground;
        for leaf in leaves {
            let residuals = || {
                let rows = &self.rows[leaf.start..leaf.end];
                rows.iter().map(|row| targets[*row as usize] - guesses[*row as usize]).collect()
            };
            let best = loss.leaf_value(residuals).unwrap_or_else(|| tree.leaf_value(leaf.place));
            let answer = best.clamp(leaf.bounds.low, leaf.bounds.high);
            tree.set_leaf(leaf.place, answer * settings.learning_rate);
        }
        let leaves = leaves.iter().map(|leaf| (leaf.place, leaf.start, leaf.end)).collect();
        (Grown { tree, rows: self.rows, leaves }, self.gains)
    }
}
