//! What the rows of a node add up to, and how good it is to divide them.
//!
//! The squared error of a node whose targets are replaced by their mean is `Σwy² - (Σwy)² / Σw`. The first part does not depend
//! on the split, so the best one has the largest sum of `(Σwy)² / Σw` over both sides. Gini's impurity of classes, times the
//! weight of the rows, is the same for the indicators of all classes: `Σw - Σ_c (Σ_c w)² / Σw`.

/// A sum over rows.
pub(super) trait Tally: Clone + Default + Send {
    /// What a row counts.
    type Row: Copy + Send + Sync;

    /// What a row with this target counts; `scaled` is the target between -1 and 1.
    fn row(target: f64, scaled: f64, weight: f64) -> Self::Row;

    /// Adds a row.
    fn add(&mut self, row: Self::Row);

    /// Adds a row to a part of `total`, whose score is asked for later.
    fn take(&mut self, row: Self::Row, total: &Self);

    /// Weight of the rows.
    fn weight(&self) -> f64;

    /// Weight of a row.
    fn weight_of(row: Self::Row) -> f64;

    /// How much better than nothing the mean, or the shares, of the rows tell their targets.
    fn score(&self) -> f64;

    /// The scores of this part of `total` and of the rest, added up.
    fn score_beside(&self, total: &Self) -> f64;

    /// Whether the mean of this part is at most that of the rest (direction 1), or at least (-1).
    fn follows(&self, total: &Self, direction: i8) -> bool;

    /// What a leaf with these rows and this mean of their targets answers; what does not fit into a number goes to `shares`,
    /// `class_count` for each leaf.
    fn answer(&self, mean: f64, class_count: usize, shares: &mut Vec<f64>) -> f64;
}

/// Sums of numbers; `y` is the scaled target, `w` the weight of a row times how often it was drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Σwy
    pub(super) target: f64,
    /// Σw
    pub(super) weight: f64,
}

impl Sums {
    fn without(self, other: Self) -> Self {
        Self { target: self.target - other.target, weight: self.weight - other.weight }
    }
}

impl Tally for Sums {
    type Row = Self;

    fn row(_target: f64, scaled: f64, weight: f64) -> Self {
        Self { target: scaled * weight, weight }
    }

    fn add(&mut self, row: Self) {
        self.target += row.target;
        self.weight += row.weight;
    }

    fn take(&mut self, row: Self, _total: &Self) {
        self.add(row);
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn weight_of(row: Self) -> f64 {
        row.weight
    }

    fn score(&self) -> f64 {
        self.target * self.target / self.weight
    }

    /// With one division.
    fn score_beside(&self, total: &Self) -> f64 {
        let rest = total.without(*self);
        (self.target * self.target * rest.weight + rest.target * rest.target * self.weight)
            / (self.weight * rest.weight)
    }

    fn follows(&self, total: &Self, direction: i8) -> bool {
        let rest = total.without(*self);
        let (own, other) = (self.target * rest.weight, rest.target * self.weight);
        if direction > 0 { own <= other } else { own >= other }
    }

    fn answer(&self, mean: f64, _class_count: usize, _shares: &mut Vec<f64>) -> f64 {
        mean
    }
}

/// Votes for classes.
#[derive(Debug, Clone, Default)]
pub(super) struct Votes {
    /// Weight of each class, as far as classes were met.
    counts: Vec<f64>,
    /// Σw
    weight: f64,
    /// Sum of the squares of the counts.
    squares: f64,
    /// Sum over classes of the count times that of the total.
    cross: f64,
}

/// A row's vote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Vote {
    class: u32,
    weight: f64,
}

impl Tally for Votes {
    type Row = Vote;

    #[expect(clippy::cast_possible_truncation, reason = "there are few classes")]
    fn row(target: f64, _scaled: f64, weight: f64) -> Vote {
        Vote { class: crate::training::class(target) as u32, weight }
    }

    fn add(&mut self, row: Vote) {
        let class = row.class as usize;
        if self.counts.len() <= class {
            self.counts.resize(class + 1, 0.0);
        }
        let count = &mut self.counts[class];
        self.squares += (2.0 * *count + row.weight) * row.weight;
        *count += row.weight;
        self.weight += row.weight;
    }

    fn take(&mut self, row: Vote, total: &Self) {
        self.add(row);
        self.cross += row.weight * total.counts.get(row.class as usize).copied().unwrap_or_default();
    }

    fn weight(&self) -> f64 {
        self.weight
    }

    fn weight_of(row: Vote) -> f64 {
        row.weight
    }

    fn score(&self) -> f64 {
        self.squares / self.weight
    }

    fn score_beside(&self, total: &Self) -> f64 {
        let rest_squares = total.squares - 2.0 * self.cross + self.squares;
        self.squares / self.weight + rest_squares / (total.weight - self.weight)
    }

    fn follows(&self, _total: &Self, _direction: i8) -> bool {
        true
    }

    /// The number of the leaf, whose shares are those of the classes.
    #[expect(clippy::cast_precision_loss, reason = "a tree has far fewer than 2^52 leaves")]
    fn answer(&self, _mean: f64, class_count: usize, shares: &mut Vec<f64>) -> f64 {
        let leaf = shares.len() / class_count.max(1);
        let share = |class| self.counts.get(class).copied().unwrap_or_default() / self.weight;
        shares.extend((0..class_count).map(share));
        leaf as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_votes_are_one_minus_ginis_impurity() {
        let mut total = Votes::default();
        let rows = [0.0, 0.0, 1.0, 2.0, 2.0, 2.0].map(|target| Votes::row(target, 0.0, 1.0));
        for row in rows {
            total.add(row);
        }
        // Gini is 1 - (2² + 1² + 3²) / 6².
        assert!((total.score() / 6.0 - 14.0 / 36.0).abs() < 1e-15);
        let mut left = Votes::default();
        for row in &rows[..3] {
            left.take(*row, &total);
        }
        // Three rows of 2 and 1, and three of one class.
        assert!((left.score_beside(&total) - (5.0 / 3.0 + 3.0)).abs() < 1e-15);
        let mut shares = Vec::new();
        assert_eq!(left.answer(0.0, 3, &mut shares), 0.0);
        assert_eq!(left.answer(0.0, 3, &mut shares), 1.0);
        assert_eq!(shares[..3], [2.0 / 3.0, 1.0 / 3.0, 0.0]);
    }
}
