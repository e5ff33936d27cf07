//! Grows one tree.

use super::DEPTH_MAX;
use super::columns::{Column, Columns, MISSING, Ranked};
use super::hyperparams::RandomForestValidParams;
use super::search::{self, Found, Level, Question, Split};
use super::tally::Tally;
use crate::algorithms::Observer;
use crate::algorithms::tree::{self, Growing, Tree, partition};
use crate::random::{Generator, below};

/// Rows of a node that are worth the question whether anybody still waits.
const ASKING: usize = 256;

/// Grows trees one after the other on the same columns; keeps its memory in between.
///
/// The rows that a tree draws are numbered anew, without gaps. Every node owns the same stretch of `rows` and of each sorted
/// list.
pub(super) struct Grower<'a, T: Tally> {
    columns: &'a Columns,
    params: &'a RandomForestValidParams,
    feature_limit: usize,
    depth_max: u32,
    rows_min: usize,
    split_min: usize,
    /// For each row of the data how often it was drawn.
    drawn: Vec<u32>,
    /// For each row of the data its number in this tree.
    number: Vec<u32>,
    /// The tree's rows, node by node.
    rows: Vec<u32>,
    /// What each row counts.
    counted: Vec<T::Row>,
    targets: Vec<f64>,
    features: Vec<Feature>,
    /// Features in the order in which the current node looks at them.
    order: Vec<u32>,
    goes_left: Vec<bool>,
    spare_ranked: Vec<Ranked>,
    spare_rows: Vec<u32>,
    levels: Vec<Level<T>>,
    met: Vec<u32>,
    class_count: usize,
    /// Shares of the classes in the leaves of the tree.
    shares: Vec<f64>,
}

/// A column restricted to the tree's rows.
enum Feature {
    /// Sorted within each node.
    Number(Vec<Ranked>),
    /// Codes by row.
    Category(Vec<u32>),
}

/// The split of a node.
struct Chosen {
    feature: usize,
    question: Question,
    /// Squared error that it takes away, in scaled units.
    gain: f64,
    /// Weight of the node's rows.
    cover: f64,
}

/// A grown tree.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// For each feature how much error its splits took away, in scaled units.
    pub(super) gains: Vec<f64>,
    /// For each leaf the shares of the classes; empty where numbers are learnt.
    pub(super) shares: Vec<f64>,
}

/// A node that waits to be split or to become a leaf.
struct Open {
    place: usize,
    start: usize,
    end: usize,
    depth: u32,
    /// Lowest and highest answer that the directions of features above allow.
    bounds: (f64, f64),
}

impl<'a, T: Tally> Grower<'a, T> {
    /// `class_count` is 0 where numbers are learnt.
    pub(super) fn new(columns: &'a Columns, params: &'a RandomForestValidParams, class_count: usize) -> Self {
        let code_count = |column: &Column| match column {
            Column::Category { code_count, .. } => *code_count,
            Column::Number { .. } => 0,
        };
        let level_count = columns.features.iter().map(code_count).max().unwrap_or_default();
        let features = columns.features.iter().map(|column| match column {
            Column::Number { .. } => Feature::Number(Vec::new()),
            Column::Category { .. } => Feature::Category(Vec::new()),
        });
        Self {
            feature_limit: params.feature_limit(columns.feature_count()),
            depth_max: params.max_depth().unwrap_or(DEPTH_MAX),
            rows_min: params.min_samples_leaf() as usize,
            split_min: params.min_samples_split() as usize,
            drawn: vec![0; columns.row_count()],
            number: vec![0; columns.row_count()],
            rows: Vec::new(),
            counted: Vec::new(),
            targets: Vec::new(),
            features: features.collect(),
            order: Vec::new(),
            goes_left: Vec::new(),
            spare_ranked: Vec::new(),
            spare_rows: Vec::new(),
            levels: vec![Level::default(); level_count],
            met: Vec::new(),
            class_count,
            shares: Vec::new(),
            columns,
            params,
        }
    }

    /// Grows a tree; not to its end once the observer cancels.
    pub(super) fn grow(&mut self, mut generator: Generator, observer: &dyn Observer) -> Grown {
        self.draw(&mut generator);
        let mut gains = vec![0.0; self.features.len()];
        let mut tree = Growing::new(0.0);
        let bounds = (f64::NEG_INFINITY, f64::INFINITY);
        let mut open = vec![Open { place: 0, start: 0, end: self.rows.len(), depth: 0, bounds }];
        while let Some(node) = open.pop() {
            let Open { place, start, end, depth, bounds } = node;
            if end - start >= ASKING && observer.is_cancelled() {
                break;
            }
            let Some(Chosen { feature, question, gain, cover }) = self.best_split(&node, &mut generator)
            else {
                let (tally, mean) = self.mean_target(start, end);
                let mean = mean.clamp(bounds.0, bounds.1);
                tree.answer(place, tally.answer(mean, self.class_count, &mut self.shares));
                tree.cover(place, tally.weight());
                continue;
            };
            gains[feature] += gain;
            let middle = self.divide(&node, feature, question);
            let yes_is_larger = middle - start > end - middle;
            let yes = tree.ask(place, feature, self.question(feature, question, yes_is_larger));
            tree.cover(place, cover);
            let [yes_bounds, no_bounds] = self.bounds_below(&node, middle, self.params.direction(feature));
            open.push(Open { place: yes + 1, start: middle, end, depth: depth + 1, bounds: no_bounds });
            open.push(Open { place: yes, start, end: middle, depth: depth + 1, bounds: yes_bounds });
        }
        Grown { tree: tree.finish(), gains, shares: std::mem::take(&mut self.shares) }
    }

    /// The bounds of both sides of a split: where the feature has a direction, neither side crosses the middle between them.
    fn bounds_below(&self, node: &Open, middle: usize, direction: i8) -> [(f64, f64); 2] {
        let (low, high) = node.bounds;
        if direction == 0 {
            return [node.bounds; 2];
        }
        let mean = |start, end| self.mean_target(start, end).1.clamp(low, high);
        let between = f64::midpoint(mean(node.start, middle), mean(middle, node.end));
        if direction > 0 { [(low, between), (between, high)] } else { [(between, high), (low, between)] }
    }

    /// Draws the tree's rows and restricts all columns to them.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than 2^31 rows")]
    fn draw(&mut self, generator: &mut Generator) {
        let row_count = self.drawn.len();
        if self.params.bootstrap() {
            self.drawn.fill(0);
            for _ in 0..row_count {
                self.drawn[below(generator, row_count)] += 1;
            }
        } else {
            self.drawn.fill(1);
        }
        for (drawn, weight) in self.drawn.iter_mut().zip(&self.columns.weights) {
            if *weight == 0.0 {
                *drawn = 0;
            }
        }
        self.counted.clear();
        self.targets.clear();
        for row in 0..row_count {
            if self.drawn[row] > 0 {
                self.number[row] = self.counted.len() as u32;
                let weight =
                    f64::from(self.drawn[row]) * self.columns.weights.get(row).copied().unwrap_or(1.0);
                self.counted.push(T::row(self.columns.targets[row], self.columns.scaled[row], weight));
                self.targets.push(self.columns.targets[row]);
            }
        }
        let count = self.counted.len();
        self.rows.clear();
        self.rows.extend(0..count as u32);
        self.goes_left.resize(count, false);
        self.spare_rows.resize(count, 0);
        self.spare_ranked.resize(count, Ranked::default());
        self.order.clear();
        self.order.extend(0..self.features.len() as u32);
        for (feature, column) in self.features.iter_mut().zip(&self.columns.features) {
            match (feature, column) {
                (Feature::Number(ranked), Column::Number { sorted, .. }) => {
                    ranked.clear();
                    ranked.extend(
                        sorted.iter().filter(|sorted| self.drawn[sorted.row as usize] > 0).map(|sorted| {
                            Ranked { row: self.number[sorted.row as usize], rank: sorted.rank }
                        }),
                    );
                }
                (Feature::Category(own), Column::Category { codes, .. }) => {
                    own.clear();
                    own.extend(
                        codes.iter().zip(&self.drawn).filter(|(_, drawn)| **drawn > 0).map(|(code, _)| *code),
                    );
                }
                _ => {}
            }
        }
    }

    /// The best split; `None` for a leaf.
    ///
    /// Features are looked at in random order, which decides between equally good splits. Features that are constant here do not
    /// count towards `max_features`, and the search goes on until there is a split, as in scikit-learn.
    fn best_split(&mut self, node: &Open, generator: &mut Generator) -> Option<Chosen> {
        let (start, end) = (node.start, node.end);
        let count = end - start;
        if node.depth >= self.depth_max || count < self.split_min || count < 2 * self.rows_min {
            return None;
        }
        let rows = &self.rows[start..end];
        let mut total = T::default();
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for &row in rows {
            total.add(self.counted[row as usize]);
            let target = self.targets[row as usize];
            lowest = lowest.min(target);
            highest = highest.max(target);
        }
        if lowest >= highest {
            return None;
        }
        let mut best: Option<(usize, Split)> = None;
        let mut looked_at = 0;
        for place in 0..self.order.len() {
            if looked_at >= self.feature_limit && best.is_some() {
                break;
            }
            let other = place + below(generator, self.order.len() - place);
            self.order.swap(place, other);
            let feature = self.order[place] as usize;
            let beat = best.map_or(f64::NEG_INFINITY, |(_, split)| split.score);
            let found = match &self.features[feature] {
                Feature::Number(ranked) => search::number(
                    &ranked[start..end],
                    &self.counted,
                    &total,
                    self.rows_min,
                    self.params.direction(feature),
                    beat,
                ),
                Feature::Category(codes) => search::category(
                    rows,
                    codes,
                    &self.counted,
                    &total,
                    self.rows_min,
                    beat,
                    &mut self.levels,
                    &mut self.met,
                ),
            };
            looked_at += usize::from(found != Found::Constant);
            if let Found::Better(split) = found {
                best = Some((feature, split));
            }
        }
        best.map(|(feature, split)| Chosen {
            feature,
            question: split.question,
            gain: (split.score - total.score()).max(0.0),
            cover: total.weight(),
        })
    }

    /// The question as the tree keeps it. A number that training rows never lacked here, but others may, goes with
    /// the larger side, as in scikit-learn.
    fn question(&self, feature: usize, question: Question, yes_is_larger: bool) -> tree::Question<'static> {
        match (question, &self.columns.features[feature]) {
            (Question::UpTo { last, next, missing }, Column::Number { values, .. }) => {
                let missing_is_yes = missing.unwrap_or(yes_is_larger);
                let limit = if next == MISSING {
                    f64::MAX
                } else {
                    tree::limit_between(values[last as usize], values[next as usize])
                };
                tree::Question::AtMost { limit, missing_is_yes }
            }
            (Question::UpTo { last: code, .. }, Column::Category { .. }) | (Question::Is { code }, _) => {
                tree::Question::Is(code)
            }
        }
    }

    /// Moves the node's rows that answer "yes" before the others, in every list; returns where the others begin.
    fn divide(&mut self, node: &Open, feature: usize, question: Question) -> usize {
        let (start, end) = (node.start, node.end);
        let mut is_in_order = true;
        match (question, &self.features[feature]) {
            (Question::UpTo { last, missing, .. }, Feature::Number(ranked)) => {
                let missing_is_left = missing == Some(true);
                for ranked in &ranked[start..end] {
                    self.goes_left[ranked.row as usize] =
                        ranked.rank <= last || (missing_is_left && ranked.rank == MISSING);
                }
                // Missing numbers that go left are not in order yet: they come after those that go right.
                is_in_order = !missing_is_left;
            }
            (Question::Is { code } | Question::UpTo { last: code, .. }, Feature::Category(codes)) => {
                for &row in &self.rows[start..end] {
                    self.goes_left[row as usize] = codes[row as usize] == code;
                }
            }
            (Question::Is { .. }, Feature::Number(_)) => {}
        }
        let goes_left = &self.goes_left;
        let left =
            partition(&mut self.rows[start..end], &mut self.spare_rows, |row| goes_left[*row as usize]);
        // Children that cannot be split any more need only their rows.
        let larger = left.max(end - start - left);
        if node.depth + 1 < self.depth_max && larger >= self.split_min && larger >= 2 * self.rows_min {
            for (place, list) in self.features.iter_mut().enumerate() {
                // The list of the feature that was asked about is in order already.
                if let (Feature::Number(ranked), true) = (list, place != feature || !is_in_order) {
                    partition(&mut ranked[start..end], &mut self.spare_ranked, |ranked| {
                        goes_left[ranked.row as usize]
                    });
                }
            }
        }
        start + left
    }

    /// What the rows of a node add up to, and the weighted mean of their targets, which rounding never takes outside their
    /// range.
    fn mean_target(&self, start: usize, end: usize) -> (T, f64) {
        let mut tally = T::default();
        let (mut sum, mut weight) = (0.0, 0.0);
        let (mut lowest, mut highest) = (f64::INFINITY, f64::NEG_INFINITY);
        for &row in &self.rows[start..end] {
            let (target, counted) = (self.targets[row as usize], self.counted[row as usize]);
            tally.add(counted);
            sum += target * T::weight_of(counted);
            weight += T::weight_of(counted);
            lowest = lowest.min(target);
            highest = highest.max(target);
        }
        (tally, (sum / weight).max(lowest).min(highest))
    }
}
