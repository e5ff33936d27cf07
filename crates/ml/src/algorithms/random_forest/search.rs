//! The best split of one node by one feature.

use super::columns::{MISSING, Ranked};
use super::tally::Tally;

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
/// `ranked` are the node's rows in ascending order, `rows` what each row counts, `total` those of the node; each side keeps at
/// least `rows_min` rows and the score must exceed `beat`.
///
/// With a direction of 1 the side of lower numbers may not have the higher mean, with -1 not the lower one.
pub(super) fn number<T: Tally>(
    ranked: &[Ranked],
    rows: &[T::Row],
    total: &T,
    rows_min: usize,
    direction: i8,
    beat: f64,
) -> Found {
    let (Some(first), Some(last)) = (ranked.first(), ranked.last()) else { return Found::Constant };
    if first.rank == last.rank {
        return Found::Constant;
    }
    if ranked.len() < 2 * rows_min {
        return Found::Nothing;
    }
    if last.rank == MISSING {
        return number_or_missing(ranked, rows, total, rows_min, direction, beat);
    }
    let place = Place { total, left_min: rows_min, right_min: rows_min, direction };
    best_limit(ranked, rows, T::default(), &place, beat).map_or(Found::Nothing, |(last, next, score)| {
        Found::Better(Split { question: Question::UpTo { last, next, missing: None }, score })
    })
}

/// What a limit must keep to.
struct Place<'a, T> {
    total: &'a T,
    /// Rows that must go to the left at least.
    left_min: usize,
    /// Rows that must go to the right at least.
    right_min: usize,
    direction: i8,
}

/// The best place to divide `ranked`, if one beats `beat`: the last rank of the left, the first of the right and the score.
///
/// `left` already belongs to the left side.
fn best_limit<T: Tally>(
    ranked: &[Ranked],
    rows: &[T::Row],
    mut left: T,
    place: &Place<'_, T>,
    beat: f64,
) -> Option<(u32, u32, f64)> {
    let (left_min, right_min) = (place.left_min.max(1), place.right_min.max(1));
    if ranked.len() < left_min + right_min {
        return None;
    }
    // The row before the first place where a split may be belongs to the left in any case.
    let (certain, open) = ranked.split_at(left_min - 1);
    for row in certain {
        left.take(rows[row.row as usize], place.total);
    }
    let (mut best, mut limit) = (beat, None);
    for pair in open[..=open.len() - right_min].windows(2) {
        left.take(rows[pair[0].row as usize], place.total);
        if pair[0].rank != pair[1].rank {
            let score = left.score_beside(place.total);
            if score > best && (place.direction == 0 || left.follows(place.total, place.direction)) {
                best = score;
                limit = Some((pair[0].rank, pair[1].rank));
            }
        }
    }
    limit.map(|(last, next)| (last, next, best))
}

/// Looks for a split where some numbers are missing: they are tried on both sides, and alone on theirs.
fn number_or_missing<T: Tally>(
    ranked: &[Ranked],
    rows: &[T::Row],
    total: &T,
    rows_min: usize,
    direction: i8,
    beat: f64,
) -> Found {
    let (there, missing) = ranked.split_at(ranked.partition_point(|ranked| ranked.rank != MISSING));
    let mut absent = T::default();
    for row in missing {
        absent.take(rows[row.row as usize], total);
    }
    let (mut best, mut question) = (beat, None);
    let spared = rows_min.saturating_sub(missing.len());
    for (is_yes, left, left_min, right_min) in
        [(false, T::default(), rows_min, spared), (true, absent.clone(), spared, rows_min)]
    {
        let place = Place { total, left_min, right_min, direction };
        if let Some((last, next, score)) = best_limit(there, rows, left, &place, best) {
            best = score;
            question = Some(Question::UpTo { last, next, missing: Some(is_yes) });
        }
    }
    if let (Some(last), true) = (there.last(), there.len() >= rows_min && missing.len() >= rows_min) {
        let score = absent.score_beside(total);
        if score > best {
            best = score;
            question = Some(Question::UpTo { last: last.rank, next: MISSING, missing: Some(false) });
        }
    }
    question.map_or(Found::Nothing, |question| Found::Better(Split { question, score: best }))
}

/// Sums of one category in a node.
#[derive(Debug, Clone, Default)]
pub(super) struct Level<T> {
    tally: T,
    rows: u32,
}

/// Looks for a split by a category: one code against all others.
///
/// `node` are the node's rows, `codes` and `rows` what each row has and counts. `levels` has an empty entry for every code and is left
/// so; `met` is scratch space.
#[expect(clippy::too_many_arguments, reason = "they are the node, the feature and scratch space")]
pub(super) fn category<T: Tally>(
    node: &[u32],
    codes: &[u32],
    rows: &[T::Row],
    total: &T,
    rows_min: usize,
    beat: f64,
    levels: &mut [Level<T>],
    met: &mut Vec<u32>,
) -> Found {
    met.clear();
    for &row in node {
        let code = codes[row as usize];
        let level = &mut levels[code as usize];
        if level.rows == 0 {
            met.push(code);
        }
        level.rows += 1;
        level.tally.take(rows[row as usize], total);
    }
    let (mut best, mut question) = (beat, None);
    let is_constant = met.len() < 2;
    for &code in &*met {
        let level = std::mem::take(&mut levels[code as usize]);
        let count = level.rows as usize;
        if is_constant || count < rows_min || node.len() - count < rows_min {
            continue;
        }
        let score = level.tally.score_beside(total);
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
    use super::super::tally::Sums;
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
        let find = |rows_min| number(&ranked(&[0, 1, 2, 3]), &sums, &total, rows_min, 0, f64::NEG_INFINITY);
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
        let find = |ranks: &[u32]| number(&ranked(ranks), &sums, &total, 1, 0, f64::NEG_INFINITY);
        let Found::Better(split) = find(&[4, 4, 4, 9]) else { panic!("there is a split") };
        assert_eq!(split.question, Question::UpTo { last: 4, next: 9, missing: None });
        assert_eq!(find(&[2, 2, 2, 2]), Found::Constant);
    }

    #[test]
    fn missing_numbers_are_tried_on_both_sides_and_alone() {
        let find = |targets: &[f64], ranks: &[u32], rows_min| {
            let (sums, total) = sums(targets);
            let Found::Better(split) = number(&ranked(ranks), &sums, &total, rows_min, 0, f64::NEG_INFINITY)
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
            category(&[0, 1, 2, 3, 4], codes, &sums, &total, 2, beat, &mut levels, &mut met)
        };
        let expected = Split { question: Question::Is { code: 7 }, score: 2.0 };
        assert_eq!(find(&[1, 2, 7, 7, 2], 0.5), Found::Better(expected));
        assert_eq!(find(&[1, 2, 7, 7, 2], 2.0), Found::Nothing);
        assert_eq!(find(&[3, 3, 3, 3, 3], 0.5), Found::Constant);
        assert_eq!(find(&[1, 2, 7, 7, 2], 0.5), Found::Better(expected), "scratch space is clean");
    }
}
