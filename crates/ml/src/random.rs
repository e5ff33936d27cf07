//! Seeded choices that stay the same across releases of `rand`, which promises that only for its generators.

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of everything random here.
pub(crate) type Generator = Xoshiro256PlusPlus;

/// A generator that starts at `seed`.
pub(crate) fn generator(seed: u64) -> Generator {
    Generator::seed_from_u64(seed)
}

/// A whole number from 0 below `bound`; 0 if `bound` is 0.
///
/// The bias of the multiplication is below `bound / 2^64`, far below what a sample could show.
#[expect(clippy::cast_possible_truncation, reason = "the high half of the product is below `bound`")]
pub(crate) fn below(generator: &mut Generator, bound: usize) -> usize {
    ((u128::from(generator.next_u64()) * bound as u128) >> 64) as usize
}

/// Brings the items into random order; Fisher and Yates.
pub(crate) fn shuffle<T>(items: &mut [T], generator: &mut Generator) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(generator, last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_order() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            shuffle(&mut items, &mut generator(seed));
            items
        };
        assert_eq!(shuffled(1), shuffled(1));
        assert_ne!(shuffled(1), shuffled(2));
        let mut sorted = shuffled(1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn all_numbers_below_the_bound_come_up_alike() {
        let mut generator = generator(3);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[below(&mut generator, 7)] += 1;
        }
        assert!(counts.iter().all(|count| (9_500..10_500).contains(count)), "{counts:?}");
    }
}
