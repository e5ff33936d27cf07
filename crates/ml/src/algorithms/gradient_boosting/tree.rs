//! A boosted tree: 16 bytes for each node, siblings side by side, parents before children.

use serde::{Deserialize, Serialize};

use super::bins::code;
use crate::algorithms::tree::{NodeView, Question, Step, TreeView};

/// Marks, in [`Node::feature`], a question about a set of categories.
const CATEGORIES: u32 = 1 << 31;
/// Marks that missing numbers answer "yes".
const MISSING_IS_YES: u32 = 1 << 30;
const FEATURE: u32 = !(CATEGORIES | MISSING_IS_YES);

/// A question or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Limit, place of the set or, in a leaf, the answer.
    value: f64,
    /// Feature asked about, with marks.
    feature: u32,
    /// Place of the child for "yes", the one for "no" behind it; 0 in a leaf.
    yes: u32,
}

impl Node {
    pub(super) fn leaf(value: f64) -> Self {
        Self { value, feature: 0, yes: 0 }
    }

    pub(super) fn at_most(feature: u32, limit: f64, missing_is_yes: bool, yes: u32) -> Self {
        let mark = if missing_is_yes { MISSING_IS_YES } else { 0 };
        Self { value: limit, feature: feature | mark, yes }
    }

    fn is_leaf(&self) -> bool {
        self.yes == 0
    }
}

/// A fitted tree; never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Weight of the training rows that pass each node.
    covers: Vec<f32>,
    /// Sets of category codes: the number of words, then words of 64 bits, bit `i` of word `j` for the code `64 j + i`.
    sets: Vec<u64>,
}

impl Tree {
    pub(super) fn new(root: Node, cover: f64) -> Self {
        let mut tree = Self { nodes: Vec::new(), covers: Vec::new(), sets: Vec::new() };
        tree.push(root, cover);
        tree
    }

    #[expect(clippy::cast_possible_truncation, reason = "seven digits are enough for shares of rows")]
    fn push(&mut self, node: Node, cover: f64) {
        self.nodes.push(node);
        self.covers.push(cover as f32);
    }

    /// Turns the leaf at `place` into a question with two leaves; returns the place of the one for "yes".
    #[expect(clippy::cast_possible_truncation, reason = "a tree has at most 4096 leaves")]
    pub(super) fn split(&mut self, place: usize, question: Node, children: [(f64, f64); 2]) -> usize {
        let yes = self.nodes.len();
        self.nodes[place] = Node { yes: yes as u32, ..question };
        for (value, cover) in children {
            self.push(Node::leaf(value), cover);
        }
        yes
    }

    /// A question whether the category of `feature` is one of `codes`.
    #[expect(clippy::cast_precision_loss, reason = "sets have far fewer than 2^52 words")]
    pub(super) fn one_of(&mut self, feature: u32, codes: &[u32]) -> Node {
        let words = codes.iter().max().map_or(0, |code| *code as usize / 64 + 1);
        let start = self.sets.len();
        self.sets.push(words as u64);
        self.sets.resize(start + 1 + words, 0);
        for code in codes {
            self.sets[start + 1 + *code as usize / 64] |= 1 << (code % 64);
        }
        Node { value: start as f64, feature: feature | CATEGORIES, yes: 0 }
    }

    /// Number of nodes; the root is node 0.
    pub(super) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// What happens at the node at `place`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place of a set")]
    pub(super) fn step(&self, place: usize) -> Step<'_> {
        let node = self.nodes[place];
        if node.is_leaf() {
            return Step::Leaf { value: node.value };
        }
        let question = if node.feature & CATEGORIES != 0 {
            let sets = self.sets.get(node.value as usize..).unwrap_or_default();
            let words = sets.split_first().map_or(&[][..], |(length, words)| {
                &words[..words.len().min(usize::try_from(*length).unwrap_or(usize::MAX))]
            });
            Question::OneOf(words)
        } else {
            Question::AtMost { limit: node.value, missing_is_yes: node.feature & MISSING_IS_YES != 0 }
        };
        let yes = node.yes as usize;
        Step::Split { feature: (node.feature & FEATURE) as usize, question, yes, no: yes + 1 }
    }

    /// Sets the answer of the leaf at `place`.
    pub(super) fn set_leaf(&mut self, place: usize, value: f64) {
        self.nodes[place].value = value;
    }

    pub(super) fn leaf_value(&self, place: usize) -> f64 {
        self.nodes[place].value
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place of a set")]
    fn contains(&self, set: f64, value: f64) -> bool {
        let start = set as usize;
        let code = code(value) as usize;
        let word = code / 64;
        self.sets.get(start).is_some_and(|words| (word as u64) < *words)
            && self.sets.get(start + 1 + word).is_some_and(|bits| bits >> (code % 64) & 1 == 1)
    }

    #[inline]
    fn is_yes(&self, node: &Node, value: f64) -> bool {
        if node.feature & CATEGORIES != 0 {
            return self.contains(node.value, value);
        }
        value <= node.value || (node.feature & MISSING_IS_YES != 0 && value.is_nan())
    }

    /// The answer for a row that has all features.
    pub(super) fn answer(&self, row: &[f64]) -> f64 {
        let mut node = &self.nodes[0];
        while !node.is_leaf() {
            let is_yes = self.is_yes(node, row[(node.feature & FEATURE) as usize]);
            node = &self.nodes[node.yes as usize + usize::from(!is_yes)];
        }
        node.value
    }

    /// Whether a decoded tree stays inside its nodes, its sets and inside rows of `feature_count` features. Children lie
    /// behind their parents, so that no walk comes back.
    pub(super) fn is_sound(&self, feature_count: usize) -> bool {
        let is_sound = |(place, node): (usize, &Node)| {
            let yes = node.yes as usize;
            node.value.is_finite()
                && ((node.feature & FEATURE) as usize) < feature_count
                && (node.is_leaf() || (yes > place && yes + 1 < self.nodes.len()))
        };
        !self.nodes.is_empty()
            && self.covers.len() == self.nodes.len()
            && self.covers.iter().all(|cover| cover.is_finite() && *cover >= 0.0)
            && self.nodes.iter().enumerate().all(is_sound)
    }
}

impl TreeView for Tree {
    fn node(&self, place: usize, row: &[f64]) -> NodeView {
        let node = &self.nodes[place];
        if node.is_leaf() {
            return NodeView::Leaf { value: node.value };
        }
        let feature = (node.feature & FEATURE) as usize;
        NodeView::Question { feature, yes: node.yes as usize, is_yes: self.is_yes(node, row[feature]) }
    }

    fn cover(&self, place: usize) -> f64 {
        self.covers[place].into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_answered() {
        let mut tree = Tree::new(Node::leaf(0.0), 10.0);
        let yes = tree.split(0, Node::at_most(0, 2.5, true, 0), [(1.0, 4.0), (2.0, 6.0)]);
        let question = tree.one_of(1, &[3, 70]);
        tree.split(yes + 1, question, [(3.0, 1.0), (4.0, 5.0)]);
        assert!(tree.is_sound(2) && !tree.is_sound(1));
        let answers = [[2.5, 0.0], [f64::NAN, 0.0], [3.0, 3.0], [3.0, 70.0], [3.0, 4.0], [3.0, 500.0]];
        assert_eq!(answers.map(|row| tree.answer(&row)), [1.0, 1.0, 3.0, 3.0, 4.0, 4.0]);
        let Step::Split { feature: 1, question: Question::OneOf(words), .. } = tree.step(yes + 1) else {
            panic!("{:?}", tree.step(yes + 1))
        };
        assert_eq!(words, [1 << 3, 1 << 6]);
        assert_eq!(tree.step(yes), Step::Leaf { value: 1.0 });
    }

    #[test]
    fn trees_that_could_loop_or_reach_outside_are_found() {
        let broken = |nodes: Vec<Node>| Tree { covers: vec![1.0; nodes.len()], nodes, sets: vec![] };
        assert!(!broken(vec![]).is_sound(1));
        assert!(!broken(vec![Node::at_most(0, 1.0, false, 1), Node::leaf(0.0)]).is_sound(1));
        assert!(!broken(vec![Node::leaf(f64::NAN)]).is_sound(1));
        let looping = vec![Node::leaf(0.0), Node::at_most(0, 1.0, false, 1), Node::leaf(0.0)];
        assert!(!broken(looping).is_sound(1));
        // A set outside the sets holds nothing.
        let lost = Node { value: 9.0, feature: CATEGORIES, yes: 1 };
        assert_eq!(broken(vec![lost, Node::leaf(1.0), Node::leaf(2.0)]).answer(&[0.0]), 2.0);
    }
}
