//! The best split of one node by one feature.
//!
//! The squared error of a node whose targets are replaced by their mean is `Σwy² - (Σwy)² / Σw`. The first part does not depend
//! on the split, so the best one has the largest sum of `(Σwy)² / Σw` over both sides.

use super::columns::{MISSING, Ranked};

/// Sums over rows; `y` is the scaled target, `w` the weight of a row times how often it was drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    /// Σwy
    pub(super) target: f64,
    /// Σw
    pub(super) weight: f64,
}

impl Sums {
    pub(super) fn add(&mut self, other: Self) {
        self.target += other.target;
        self.weight += other.weight;
    }

    fn without(self, other: Self) -> Self {
        Self { target: self.target - other.target, weight: self.weight - other.weight }
    }

    /// (Σwy)² / Σw
    pub(super) fn score(self) -> f64 {
        self.target * self.target / self.weight
    }

    /// Sum of the scores of both, with one division.
    fn score_with(self, other: Self) -> f64 {
        (self.target * self.target * other.weight + other.target * other.target * self.weight)
            / (self.weight * other.weight)
    }
}

/// What a split asks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Question {
    /// Whether the number is one of the first so many different values: up to `last`, before `next`, which is [`MISSING`] if
    /// all numbers are. `missing` says where missing ones go; if there were none, it is still open.
    UpTo { last: u32, next: u32, missing: Option<bool> },
    /// Whether the category is this one.
    Is { code: u32 },
}

/// A possible split.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Split {
    pub(super) question: Question,
    /// Sum of the scores of both sides.
    pub(super) score: f64,
}

/// What a look at one feature found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    /// All rows of the node have the same value.
    Constant,
    /// No split leaves enough rows on both sides, or none beats the score to beat.
    Nothing,
    /// A split that is better.
    Better(Split),
}

/// Looks for a split by a number.
///
/// `ranked` are the node's rows in ascending order, `sums` those of each row, `total` those of the node; each side keeps at
/// least `rows_min` rows and the score must exceed `beat`.
pub(super) fn number(ranked: &[Ranked], sums: &[Sums], total: Sums, rows_min: usize, beat: f64) -> Found {
    let (Some(first), Some(last)) = (ranked.first(), ranked.last()) else { return Found::Constant };
    if first.rank == last.rank {
        return Found::Constant;
    }
    if ranked.len() < 2 * rows_min {
        return Found::Nothing;
    }
    if last.rank == MISSING {
        return number_or_missing(ranked, sums, total, rows_min, beat);
    }
    best_limit(ranked, sums, Sums::default(), total, rows_min, rows_min, beat).map_or(
        Found::Nothing,
        |(last, next, score)| {
            Found::Better(Split { question: Question::UpTo { last, next, missing: None }, score })
        },
    )
}

/// The best place to divide `ranked`, if one beats `beat`: the last rank of the left, the first of the right and the score.
///
/// `left` already belongs to the left side; so many rows of `ranked` must go to each side at least.
fn best_limit(
    ranked: &[Ranked],
    sums: &[Sums],
    mut left: Sums,
    total: Sums,
    left_min: usize,
    right_min: usize,
    beat: f64,
) -> Option<(u32, u32, f64)> {
    let (left_min, right_min) = (left_min.max(1), right_min.max(1));
    if ranked.len() < left_min + right_min {
        return None;
    }
    // The row before the first place where a split may be belongs to the left in any case.
    let (certain, open) = ranked.split_at(left_min - 1);
    for row in certain {
        left.add(sums[row.row as usize]);
    }
    let (mut best, mut limit) = (beat, None);
    for pair in open[..=open.len() - right_min].windows(2) {
        left.add(sums[pair[0].row as usize]);
        if pair[0].rank != pair[1].rank {
            let score = left.score_with(total.without(left));
            if score > best {
                best = score;
                limit = Some((pair[0].rank, pair[1].rank));
            }
        }
    }
    limit.map(|(last, next)| (last, next, best))
}

/// Looks for a split where some numbers are missing: they are tried on both sides, and alone on theirs.
fn number_or_missing(ranked: &[Ranked], sums: &[Sums], total: Sums, rows_min: usize, beat: f64) -> Found {
    let (there, missing) = ranked.split_at(ranked.partition_point(|ranked| ranked.rank != MISSING));
    let mut absent = Sums::default();
    for row in missing {
        absent.add(sums[row.row as usize]);
    }
    let (mut best, mut question) = (beat, None);
    let spared = rows_min.saturating_sub(missing.len());
    for (is_yes, left, left_min, right_min) in
        [(false, Sums::default(), rows_min, spared), (true, absent, spared, rows_min)]
    {
        if let Some((last, next, score)) = best_limit(there, sums, left, total, left_min, right_min, best) {
            best = score;
            question = Some(Question::UpTo { last, next, missing: Some(is_yes) });
        }
    }
    if let (Some(last), true) = (there.last(), there.len() >= rows_min && missing.len() >= rows_min) {
        let score = absent.score_with(total.without(absent));
        if score > best {
            best = score;
            question = Some(Question::UpTo { last: last.rank, next: MISSING, missing: Some(false) });
        }
    }
    question.map_or(Found::Nothing, |question| Found::Better(Split { question, score: best }))
}

/// Sums of one category in a node.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Level {
    sums: Sums,
    rows: u32,
}

/// Looks for a split by a category: one code against all others.
///
/// `rows` are the node's rows, `codes` and `sums` those of each row. `levels` has an empty entry for every code and is left
/// so; `met` is scratch space.
#[expect(clippy::too_many_arguments, reason = "they are the node, the feature and scratch space")]
pub(super) fn category(
    rows: &[u32],
    codes: &[u32],
    sums: &[Sums],
    total: Sums,
    rows_min: usize,
    beat: f64,
    levels: &mut [Level],
    met: &mut Vec<u32>,
) -> Found {
    met.clear();
    for &row in rows {
        let code = codes[row as usize];
        let level = &mut levels[code as usize];
        if level.rows == 0 {
            met.push(code);
        }
        level.rows += 1;
        level.sums.add(sums[row as usize]);
    }
    let (mut best, mut question) = (beat, None);
    let is_constant = met.len() < 2;
    for &code in &*met {
        let level = std::mem::take(&mut levels[code as usize]);
        let count = level.rows as usize;
        if is_constant || count < rows_min || rows.len() - count < rows_min {
            continue;
        }
        let score = level.sums.score_with(total.without(level.sums));
        if score > best {
            best = score;
            question = Some(Question::Is { code });
        }
    }
    match question {
        _ if is_constant => Found::Constant,
        None => Found::Nothing,
        Some(question) => Found::Better(Split { question, score: best }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(targets: &[f64]) -> (Vec<Sums>, Sums) {
        let sums: Vec<Sums> = targets.iter().map(|target| Sums { target: *target, weight: 1.0 }).collect();
        let mut total = Sums::default();
        for sum in &sums {
            total.add(*sum);
        }
        (sums, total)
    }

    fn ranked(ranks: &[u32]) -> Vec<Ranked> {
        ranks.iter().zip(0..).map(|(rank, row)| Ranked { row, rank: *rank }).collect()
    }

    #[test]
    fn the_best_limit_is_found_within_the_minimum() {
        let (sums, total) = sums(&[0.0, 1.0, 1.0, 1.0]);
        let find = |rows_min| number(&ranked(&[0, 1, 2, 3]), &sums, total, rows_min, f64::NEG_INFINITY);
        let split = |last, score| {
            Found::Better(Split { question: Question::UpTo { last, next: last + 1, missing: None }, score })
        };
        assert_eq!(find(1), split(0, 3.0));
        assert_eq!(find(2), split(1, 2.5));
        assert_eq!(find(3), Found::Nothing);
    }

    #[test]
    fn equal_numbers_are_not_separated() {
        let (sums, total) = sums(&[0.0, 1.0, 1.0, 1.0]);
        let find = |ranks: &[u32]| number(&ranked(ranks), &sums, total, 1, f64::NEG_INFINITY);
        let Found::Better(split) = find(&[4, 4, 4, 9]) else { panic!("there is a split") };
        assert_eq!(split.question, Question::UpTo { last: 4, next: 9, missing: None });
        assert_eq!(find(&[2, 2, 2, 2]), Found::Constant);
    }

    #[test]
    fn missing_numbers_are_tried_on_both_sides_and_alone() {
        let find = |targets: &[f64], ranks: &[u32], rows_min| {
            let (sums, total) = sums(targets);
            let Found::Better(split) = number(&ranked(ranks), &sums, total, rows_min, f64::NEG_INFINITY)
            else {
                panic!("there is a split")
            };
            split.question
        };
        let up_to = |last, next, is_yes| Question::UpTo { last, next, missing: Some(is_yes) };
        let ranks = [0, 1, 2, MISSING, MISSING];
        assert_eq!(find(&[0.0, 1.0, 1.0, 0.0, 0.0], &ranks, 1), up_to(0, 1, true));
        assert_eq!(find(&[0.0, 1.0, 1.0, 1.0, 1.0], &ranks, 1), up_to(0, 1, false));
        assert_eq!(find(&[0.0, 0.1, 0.0, 1.0, 1.0], &ranks, 1), up_to(2, MISSING, false));
        assert_eq!(
            find(&[0.0, 0.1, 0.0, 1.0, 1.0], &[0, 0, 0, MISSING, MISSING], 2),
            up_to(0, MISSING, false)
        );
        assert_eq!(find(&[9.0, 0.1, 0.0, 0.1, 0.0], &ranks, 2), up_to(1, 2, false), "two rows on each side");
    }

    #[test]
    fn one_category_is_set_against_the_rest() {
        let (sums, total) = sums(&[0.0, 0.0, 1.0, 1.0, 0.0]);
        let (mut levels, mut met) = (vec![Level::default(); 9], Vec::new());
        let mut find = |codes: &[u32], beat| {
            category(&[0, 1, 2, 3, 4], codes, &sums, total, 2, beat, &mut levels, &mut met)
        };
        let expected = Split { question: Question::Is { code: 7 }, score: 2.0 };
        assert_eq!(find(&[1, 2, 7, 7, 2], 0.5), Found::Better(expected));
        assert_eq!(find(&[1, 2, 7, 7, 2], 2.0), Found::Nothing);
        assert_eq!(find(&[3, 3, 3, 3, 3], 0.5), Found::Constant);
        assert_eq!(find(&[1, 2, 7, 7, 2], 0.5), Found::Better(expected), "scratch space is clean");
    }
}
