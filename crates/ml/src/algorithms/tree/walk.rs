//! The way of rows through trees.

use super::{CATEGORY, FEATURE, MISSING_IS_YES, PLACE, SUBSET, Tree};

/// The code in a cell of a category column; a code that is none becomes 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "codes are whole numbers from 0, and casts saturate"
)]
pub(super) fn code(value: f64) -> usize {
    value as u32 as usize
}

/// Place and length of a set, in words.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "both are whole numbers below 2^26 in trees of ours, and casts saturate for others"
)]
pub(super) fn set(value: f64) -> (usize, usize) {
    let value = value as u64;
    ((value / PLACE) as usize, (value % PLACE) as usize)
}

/// The answers of trees for rows, one of each in every lane; rows have all features of the training rows.
pub(super) fn answers<const LANES: usize>(trees: [&Tree; LANES], rows: [&[f64]; LANES]) -> [f64; LANES] {
    if trees.iter().all(|tree| tree.subsets.is_empty()) {
        walk::<LANES, false>(trees, rows)
    } else {
        walk::<LANES, true>(trees, rows)
    }
}

/// All lanes go down together and no step branches on data: a processor works on one lane while it waits for the
/// memory of another, and guesses nothing wrong. A lane that has reached its leaf stays there.
#[expect(clippy::needless_bitwise_bool, reason = "`&&` and `||` would be branches")]
#[inline]
fn walk<const LANES: usize, const SUBSETS: bool>(
    trees: [&Tree; LANES],
    rows: [&[f64]; LANES],
) -> [f64; LANES] {
    let mut places = [0_usize; LANES];
    loop {
        let mut is_over = true;
        for lane in 0..LANES {
            let node = &trees[lane].nodes[places[lane]];
            let value = rows[lane][(node.feature & FEATURE) as usize];
            // Codes are whole numbers, so above `code - 1` and at most `code` is `code`.
            let is_number = node.feature & CATEGORY == 0;
            let missing_is_yes = node.feature & MISSING_IS_YES != 0;
            let is_low = (value <= node.value) & (is_number | (value > node.value - 1.0));
            let mut is_yes = is_low | (value.is_nan() & missing_is_yes);
            if SUBSETS {
                let is_subset = node.feature & SUBSET != 0;
                let (start, length) = set(node.value);
                let code = code(value);
                let is_inside = is_subset & (code / 64 < length) & !value.is_nan();
                let word = trees[lane].subsets.get(if is_inside { start + code / 64 } else { 0 });
                let bit = word.map_or(0, |word| word >> (code % 64) & 1);
                is_yes = if is_subset { is_inside & (bit == 1) } else { is_yes };
            }
            let is_leaf = node.yes == 0;
            let next = node.yes as usize + usize::from(!is_yes);
            places[lane] = if is_leaf { places[lane] } else { next };
            is_over &= is_leaf;
        }
        if is_over {
            return std::array::from_fn(|lane| trees[lane].nodes[places[lane]].value);
        }
    }
}
