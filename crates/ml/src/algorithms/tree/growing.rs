//! Trees that are not finished yet.

use std::collections::VecDeque;

use super::{CATEGORY, MISSING_IS_YES, Node, PLACE, Question, SUBSET, Tree};

/// A tree that grows: begins as one leaf, whose place is 0.
#[derive(Debug, Clone)]
pub(crate) struct Growing {
    nodes: Vec<Node>,
    covers: Vec<f64>,
    subsets: Vec<u64>,
}

impl Growing {
    /// A leaf that training rows of weight `cover` reach.
    pub(crate) fn new(cover: f64) -> Self {
        Self { nodes: vec![leaf(0.0)], covers: vec![cover], subsets: Vec::new() }
    }

    /// Gives the leaf at `place` its prediction.
    pub(crate) fn answer(&mut self, place: usize, value: f64) {
        self.nodes[place] = leaf(value);
    }

    /// Gives the node at `place` its weight of training rows.
    pub(crate) fn cover(&mut self, place: usize, cover: f64) {
        self.covers[place] = cover;
    }

    /// Makes the leaf at `place` a question; returns the place of the leaf for "yes", the one for "no" lies behind it.
    #[expect(clippy::cast_precision_loss, reason = "trees hold far fewer than 2^26 words")]
    #[expect(clippy::cast_possible_truncation, reason = "features and nodes are fewer than 2^29")]
    pub(crate) fn ask(&mut self, place: usize, feature: usize, question: Question<'_>) -> usize {
        let yes = self.nodes.len();
        let (value, marks) = match question {
            Question::AtMost { limit, missing_is_yes } => {
                (limit, if missing_is_yes { MISSING_IS_YES } else { 0 })
            }
            Question::Is(code) => (f64::from(code), CATEGORY),
            Question::OneOf(words) => {
                let value = self.subsets.len() as u64 * PLACE + words.len() as u64;
                self.subsets.extend_from_slice(words);
                (value as f64, CATEGORY | SUBSET)
            }
        };
        self.nodes[place] = Node { value, feature: feature as u32 | marks, yes: yes as u32 };
        self.nodes.extend([leaf(0.0); 2]);
        self.covers.extend([0.0; 2]);
        yes
    }

    /// The finished tree, its nodes in the order of their depth, so that those that every row passes lie together.
    #[expect(clippy::cast_possible_truncation, reason = "six digits of a weight are enough for shares of it")]
    pub(crate) fn finish(self) -> Tree {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        let mut covers = Vec::with_capacity(self.nodes.len());
        let mut waiting = VecDeque::from([0]);
        let mut placed = 1;
        while let Some(place) = waiting.pop_front() {
            let mut node = self.nodes[place as usize];
            if node.yes > 0 {
                waiting.extend([node.yes, node.yes + 1]);
                node.yes = placed;
                placed += 2;
            }
            nodes.push(node);
            covers.push(self.covers[place as usize].min(f32::MAX.into()) as f32);
        }
        Tree { nodes, covers, subsets: self.subsets }
    }
}

fn leaf(value: f64) -> Node {
    Node { value, feature: 0, yes: 0 }
}
