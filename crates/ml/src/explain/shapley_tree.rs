//! Exact Shapley values of trees.
//!
//! The value of a set of known features is the tree's answer when questions about other features are answered both ways,
//! weighted by the training rows that went there: the path-dependent expectation of Lundberg et al., *Consistent
//! Individualized Feature Attribution for Tree Ensembles* (2018). Their polynomial-time algorithm takes a time of
//! leaves × depth²; here it is nodes × features on a path, as in Yu et al., *Linear `TreeShap`* (2022): the weight of a set of `s` of
//! `n` features, `s! (n - 1 - s)! / n!`, is the integral of `x^s (1 - x)^(n - 1 - s)` from 0 to 1, so what a leaf gives to a
//! feature is an integral over a product with one factor for each feature on the path, and products can be kept at the
//! places of a quadrature rule that is exact for their degree. All factors are positive, so nothing is lost by
//! cancellation at any depth.

use rayon::prelude::*;

use super::Contributions;
use super::quadrature::Rule;
use crate::algorithms::tree::{NodeView, TreeView};

/// Trees that answer together: `base` plus `weight` times the sum of their answers.
pub(super) struct Together<'a> {
    pub(super) trees: Vec<&'a dyn TreeView>,
    pub(super) base: f64,
    pub(super) weight: f64,
}

/// What each feature adds to the prediction for `row`, and the expectation without knowing any.
pub(super) fn contributions(together: &Together<'_>, row: &[f64]) -> Contributions {
    // Collected in the order of the trees and added in it, so that sums do not depend on the number of threads.
    let by_tree: Vec<Contributions> =
        together.trees.par_iter().with_min_len(8).map(|tree| of_tree(*tree, row)).collect();
    let mut total = Contributions { base: 0.0, amounts: vec![0.0; row.len()] };
    for one in by_tree {
        total.base += one.base;
        total.amounts.iter_mut().zip(one.amounts).for_each(|(sum, amount)| *sum += amount);
    }
    total.base = together.base + total.base * together.weight;
    total.amounts.iter_mut().for_each(|amount| *amount *= together.weight);
    total
}

fn of_tree(tree: &dyn TreeView, row: &[f64]) -> Contributions {
    // The degree is the number of different features on a path less one.
    let features = depth(tree, row).min(row.len());
    let mut walk = Walk {
        tree,
        row,
        rule: Rule::new(features.div_ceil(2)),
        known: vec![Known { follows: true, share: 1.0 }; row.len()],
        products: Vec::new(),
        sums: Vec::new(),
        found: Contributions { base: 0.0, amounts: vec![0.0; row.len()] },
    };
    let width = walk.rule.places.len();
    walk.products.resize(width, 1.0);
    walk.sums.resize(width, 0.0);
    walk.visit(0, 1.0, 0);
    walk.found
}

/// Length of the longest path.
fn depth(tree: &dyn TreeView, row: &[f64]) -> usize {
    let mut waiting = vec![(0, 0)];
    let mut deepest = 0;
    while let Some((place, depth)) = waiting.pop() {
        deepest = deepest.max(depth);
        if let NodeView::Question { yes, .. } = tree.node(place, row) {
            waiting.extend([(yes, depth + 1), (yes + 1, depth + 1)]);
        }
    }
    deepest
}

/// What the questions about one feature on the path so far mean.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Whether the row answers all of them as the path does.
    follows: bool,
    /// Share of the training rows that do.
    share: f64,
}

impl Known {
    /// The feature's factor where a share `x` of the features is known.
    fn factor(self, x: f64) -> f64 {
        self.follows_as_number() * x + self.share * (1.0 - x)
    }

    fn follows_as_number(self) -> f64 {
        f64::from(u8::from(self.follows))
    }
}

struct Walk<'a> {
    tree: &'a dyn TreeView,
    row: &'a [f64],
    rule: Rule,
    /// For each feature the questions on the path so far.
    known: Vec<Known>,
    /// For each level of the path the product of the features' factors at each place of the rule.
    products: Vec<f64>,
    /// For each level the sum over the leaves below of their value times their product.
    sums: Vec<f64>,
    found: Contributions,
}

impl Walk<'_> {
    /// Fills `sums` at `level` for the node at `place`, which `share` of the training rows reach, and adds what the edges below
    /// it contribute. Trees are at most 1,000 levels deep.
    fn visit(&mut self, place: usize, share: f64, level: usize) {
        let width = self.rule.places.len();
        let here = level * width..(level + 1) * width;
        match self.tree.node(place, self.row) {
            NodeView::Leaf { value } => {
                self.found.base += value * share;
                for (sum, product) in self.sums[here.clone()].iter_mut().zip(&self.products[here]) {
                    *sum = value * product;
                }
            }
            NodeView::Question { feature, yes, is_yes } => {
                let no = yes + 1;
                self.sums[here.clone()].fill(0.0);
                let cover = self.tree.cover(yes) + self.tree.cover(no);
                for (child, is_taken) in [(yes, is_yes), (no, !is_yes)] {
                    // A node that no training row passed could go either way.
                    let part = if cover > 0.0 { self.tree.cover(child) / cover } else { 0.5 };
                    let before = self.known[feature];
                    let after = Known { follows: before.follows && is_taken, share: before.share * part };
                    if after.follows || after.share > 0.0 {
                        self.enter(child, share * part, level, feature, (before, after));
                        for at in 0..width {
                            self.sums[level * width + at] += self.sums[(level + 1) * width + at];
                        }
                    }
                }
            }
        }
    }

    /// Goes down to a child and gives the feature of the edge its contribution: what the leaves below give it by what is
    /// known now, less what the edge above about the same feature will give it for them.
    fn enter(&mut self, child: usize, share: f64, level: usize, feature: usize, known: (Known, Known)) {
        let width = self.rule.places.len();
        let (before, after) = known;
        let needed = (level + 2) * width;
        if self.products.len() < needed {
            self.products.resize(needed, 0.0);
            self.sums.resize(needed, 0.0);
        }
        for at in 0..width {
            let x = self.rule.places[at];
            self.products[(level + 1) * width + at] =
                self.products[level * width + at] * (after.factor(x) / before.factor(x));
        }
        self.known[feature] = after;
        self.visit(child, share, level + 1);
        self.known[feature] = before;
        let (mut with, mut less) = (0.0, 0.0);
        for at in 0..width {
            let (x, weight) = (self.rule.places[at], self.rule.weights[at]);
            let sum = weight * self.sums[(level + 1) * width + at];
            with += sum / after.factor(x);
            less += sum / before.factor(x);
        }
        self.found.amounts[feature] += (after.follows_as_number() - after.share) * with
            - (before.follows_as_number() - before.share) * less;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::algorithms::tree::{Growing, Question, Step, Tree};
    use crate::random::{Generator, below, generator};

    const FEATURES: usize = 5;

    /// A tree with questions of all kinds about few features, so that paths ask about one more than once.
    fn tree(seed: u64, splits: usize) -> Tree {
        let mut generator = generator(seed);
        let mut growing = Growing::new(1000.0);
        let mut leaves = vec![(0_usize, 1000.0)];
        for _ in 0..splits {
            let (place, cover) = leaves.swap_remove(below(&mut generator, leaves.len()));
            let words = [below(&mut generator, 256) as u64];
            let (feature, question) = match below(&mut generator, 4) {
                0 => (3, Question::Is(u32::try_from(below(&mut generator, 8)).unwrap())),
                1 => (4, Question::OneOf(&words)),
                feature => {
                    let limit = below(&mut generator, 8) as f64 + 0.5;
                    (feature - 2, Question::AtMost { limit, missing_is_yes: feature == 2 })
                }
            };
            let yes = growing.ask(place, feature, question);
            let part = below(&mut generator, 5) as f64 / 4.0 * cover;
            growing.cover(yes, part);
            growing.cover(yes + 1, cover - part);
            leaves.extend([(yes, part), (yes + 1, cover - part)]);
        }
        for (place, _) in leaves {
            growing.answer(place, below(&mut generator, 2000) as f64 / 10.0 - 100.0);
        }
        growing.finish()
    }

    fn row(generator: &mut Generator) -> Vec<f64> {
        (0..FEATURES)
            .map(|feature| match below(generator, 9) {
                8 if feature < 3 => f64::NAN,
                value => value as f64,
            })
            .collect()
    }

    /// The tree's answer if only the features in `known` are.
    fn expectation(tree: &Tree, row: &[f64], known: u32, place: usize) -> f64 {
        match tree.step(place) {
            Step::Leaf { value } => value,
            Step::Split { feature, question, yes, no } if known >> feature & 1 == 1 => {
                expectation(tree, row, known, if question.is_yes(row[feature]) { yes } else { no })
            }
            Step::Split { yes, no, .. } => {
                let cover = tree.cover(yes) + tree.cover(no);
                let part = if cover > 0.0 { tree.cover(yes) / cover } else { 0.5 };
                part * expectation(tree, row, known, yes) + (1.0 - part) * expectation(tree, row, known, no)
            }
        }
    }

    fn together(trees: &[Tree], weight: f64) -> Together<'_> {
        Together { trees: trees.iter().map(|tree| tree as &dyn TreeView).collect(), base: 7.0, weight }
    }

    /// Shapley's formula, set by set.
    fn brute_force(tree: &Tree, row: &[f64]) -> Vec<f64> {
        let factorial = |n: u32| (1..=n).map(f64::from).product::<f64>();
        (0..FEATURES)
            .map(|feature| {
                (0..1_u32 << FEATURES)
                    .filter(|set| set >> feature & 1 == 0)
                    .map(|set| {
                        let (size, all) = (set.count_ones(), u32::try_from(FEATURES).unwrap());
                        let weight = factorial(size) * factorial(all - 1 - size) / factorial(all);
                        let with = expectation(tree, row, set | 1 << feature, 0);
                        weight * (with - expectation(tree, row, set, 0))
                    })
                    .sum()
            })
            .collect()
    }

    proptest! {
        #[test]
        fn contributions_are_shapley_values(seed in any::<u64>(), splits in 0..25_usize) {
            let tree = tree(seed, splits);
            let row = row(&mut generator(seed ^ 1));
            let found = of_tree(&tree, &row);
            prop_assert!((found.base - expectation(&tree, &row, 0, 0)).abs() < 1e-10);
            for (found, expected) in found.amounts.iter().zip(brute_force(&tree, &row)) {
                prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }

        #[test]
        fn base_and_contributions_make_the_prediction(seed in any::<u64>(), splits in 0..200_usize) {
            let trees: Vec<Tree> = (0..20).map(|nth| tree(seed.wrapping_add(nth), splits)).collect();
            let row = row(&mut generator(seed ^ 1));
            for weight in [1.0, 0.05] {
                let found = contributions(&together(&trees, weight), &row);
                let sum = found.base + found.amounts.iter().sum::<f64>();
                let answers: f64 = trees.iter().map(|tree| expectation(tree, &row, u32::MAX, 0)).sum();
                let prediction = 7.0 + weight * answers;
                prop_assert!((sum - prediction).abs() < 1e-9 * (1.0 + prediction.abs()), "{sum} {prediction}");
            }
        }
    }

    #[test]
    fn deep_paths_keep_their_precision() {
        // 300 features, each asked once along one path.
        let mut growing = Growing::new(301.0);
        let mut place = 0;
        for feature in 0..300_u16 {
            let question = Question::AtMost { limit: 0.5, missing_is_yes: false };
            let yes = growing.ask(place, feature.into(), question);
            growing.cover(yes, 1.0);
            growing.cover(yes + 1, 300.0 - f64::from(feature));
            growing.answer(yes, f64::from(feature));
            place = yes + 1;
        }
        growing.answer(place, 1000.0);
        let tree = growing.finish();
        let found = of_tree(&tree, &[1.0; 300]);
        let sum = found.base + found.amounts.iter().sum::<f64>();
        assert!((sum - 1000.0).abs() < 1e-9, "{sum}");
        assert!(found.amounts.iter().all(|amount| *amount > 0.0));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let trees: Vec<Tree> = (0..60).map(|seed| tree(seed, 50)).collect();
        let row = row(&mut generator(5));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| contributions(&together(&trees, 1.0), &row))
        };
        assert_eq!(with(1), with(3));
    }
}
