//! The best split of one node by one feature.
//!
//! The squared error of a node whose targets are replaced by their mean is `Σwy² - (Σwy)² / Σw`. The first part does not depend
//! on the split, so the best one has the largest sum of `(Σwy)² / Σw` over both sides.

use super::columns::Ranked;

/// Sums over rows; `y` is the scaled target, `w` how often a row was drawn.
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
    /// Whether the number is one of the first so many different values: up to `last`, before `next`.
    UpTo { last: u32, next: u32 },
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
    let mut left = Sums::default();
    // The row before the first place where a split may be belongs to the left in any case.
    let (certain, open) = ranked.split_at(rows_min - 1);
    for row in certain {
        left.add(sums[row.row as usize]);
    }
    let (mut best, mut question) = (beat, None);
    for pair in open[..=open.len() - rows_min].windows(2) {
        left.add(sums[pair[0].row as usize]);
        if pair[0].rank != pair[1].rank {
            let score = left.score_with(total.without(left));
            if score > best {
                best = score;
                question = Some(Question::UpTo { last: pair[0].rank, next: pair[1].rank });
            }
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
        let split =
            |last, score| Found::Better(Split { question: Question::UpTo { last, next: last + 1 }, score });
        assert_eq!(find(1), split(0, 3.0));
        assert_eq!(find(2), split(1, 2.5));
        assert_eq!(find(3), Found::Nothing);
    }

    #[test]
    fn equal_numbers_are_not_separated() {
        let (sums, total) = sums(&[0.0, 1.0, 1.0, 1.0]);
        let find = |ranks: &[u32]| number(&ranked(ranks), &sums, total, 1, f64::NEG_INFINITY);
        let Found::Better(split) = find(&[4, 4, 4, 9]) else { panic!("there is a split") };
        assert_eq!(split.question, Question::UpTo { last: 4, next: 9 });
        assert_eq!(find(&[2, 2, 2, 2]), Found::Constant);
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
