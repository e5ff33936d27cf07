//! A fitted tree: 16 bytes for each node, siblings side by side, parents before children.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Marks, in [`Node::feature`], a question about a category.
const CATEGORY: u32 = 1 << 31;

/// A question or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    /// Limit, category code or, in a leaf, the prediction.
    value: f64,
    /// Feature asked about, with a mark if it is a category.
    feature: u32,
    /// Place of the child for "yes", the one for "no" behind it; 0 in a leaf, since the root is nobody's child.
    yes: u32,
}

impl Node {
    pub(super) fn leaf(prediction: f64) -> Self {
        Self { value: prediction, feature: 0, yes: 0 }
    }

    /// Asks whether a number is at most `limit`.
    pub(super) fn at_most(feature: u32, limit: f64, yes: u32) -> Self {
        Self { value: limit, feature, yes }
    }

    /// Asks whether a category is `code`.
    pub(super) fn is_category(feature: u32, code: u32, yes: u32) -> Self {
        Self { value: code.into(), feature: feature | CATEGORY, yes }
    }
}

/// A fitted tree; never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Takes nodes in any order that has parents before children and brings them into the order of their depth, so
    /// that the nodes that every row passes lie together.
    pub(super) fn new(nodes: &[Node]) -> Self {
        let mut sorted = Vec::with_capacity(nodes.len());
        let mut waiting = VecDeque::from([0]);
        let mut placed = 1;
        while let Some(node) = waiting.pop_front().and_then(|place: u32| nodes.get(place as usize)) {
            let mut node = *node;
            if node.yes > 0 {
                waiting.extend([node.yes, node.yes + 1]);
                node.yes = placed;
                placed += 2;
            }
            sorted.push(node);
        }
        Self { nodes: sorted }
    }

    /// Whether a decoded tree stays inside its nodes and inside rows of `feature_count` features. Children lie behind
    /// their parents, so that no walk comes back.
    pub(super) fn is_sound(&self, feature_count: usize) -> bool {
        let is_sound = |(place, node): (usize, &Node)| {
            let yes = node.yes as usize;
            let is_leaf = yes == 0;
            // Walks look at the feature of leaves too.
            node.value.is_finite()
                && ((node.feature & !CATEGORY) as usize) < feature_count
                && (is_leaf || (yes > place && yes + 1 < self.nodes.len()))
        };
        !self.nodes.is_empty() && self.nodes.iter().enumerate().all(is_sound)
    }

    #[cfg(test)]
    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

/// The answers of trees for rows, one of each in every lane; rows have all features of the training rows.
///
/// All lanes go down together and no step branches on data: a processor works on one lane while it waits for the
/// memory of another, and guesses nothing wrong. A lane that has reached its leaf stays there.
#[expect(clippy::needless_bitwise_bool, reason = "`&&` and `||` would be branches")]
pub(super) fn answers<const LANES: usize>(trees: [&Tree; LANES], rows: [&[f64]; LANES]) -> [f64; LANES] {
    let mut places = [0_usize; LANES];
    loop {
        let mut is_over = true;
        for lane in 0..LANES {
            let node = &trees[lane].nodes[places[lane]];
            let value = rows[lane][(node.feature & !CATEGORY) as usize];
            // Codes are whole numbers, so above `code - 1` and at most `code` is `code`.
            let is_number = node.feature & CATEGORY == 0;
            let is_yes = (value <= node.value) & (is_number | (value > node.value - 1.0));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        // Children in an unusual order: the root's are placed last.
        Tree::new(&[
            Node::at_most(0, 2.5, 1),
            Node::is_category(1, 3, 3),
            Node::leaf(7.0),
            Node::leaf(1.0),
            Node::leaf(2.0),
        ])
    }

    fn answer(tree: &Tree, row: &[f64]) -> f64 {
        answers([tree], [row])[0]
    }

    #[test]
    fn lanes_do_not_disturb_each_other() {
        let (deep, flat) = (tree(), Tree::new(&[Node::leaf(5.0)]));
        let rows: [&[f64]; 4] = [&[0.0, 3.0], &[9.0, 3.0], &[0.0, 3.0], &[0.0, 2.0]];
        assert_eq!(answers([&deep, &deep, &flat, &deep], rows), [1.0, 7.0, 5.0, 2.0]);
    }

    #[test]
    fn questions_are_answered() {
        let tree = tree();
        assert_eq!(answer(&tree, &[2.5, 3.0]), 1.0);
        assert_eq!(answer(&tree, &[-1.0, 0.0]), 2.0);
        assert_eq!(answer(&tree, &[2.6, 3.0]), 7.0);
        assert_eq!(answer(&tree, &[f64::NAN, 3.0]), 7.0);
    }

    #[test]
    fn nodes_are_sorted_by_depth() {
        let deep = Tree::new(&[
            Node::at_most(0, 0.0, 1),
            Node::at_most(0, -1.0, 5),
            Node::at_most(0, 1.0, 3),
            Node::leaf(3.0),
            Node::leaf(4.0),
            Node::leaf(1.0),
            Node::leaf(2.0),
        ]);
        assert!(deep.is_sound(1));
        let leaves: Vec<f64> = deep.nodes()[3..].iter().map(|node| node.value).collect();
        assert_eq!(leaves, [1.0, 2.0, 3.0, 4.0]);
        let answers = [-2.0, -0.5, 0.5, 2.0].map(|value| answer(&deep, &[value]));
        assert_eq!(answers, [1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn trees_that_could_loop_or_reach_outside_are_found() {
        assert!(tree().is_sound(2));
        assert!(!tree().is_sound(1), "a feature outside the row");
        assert!(!Tree { nodes: vec![] }.is_sound(2));
        for nodes in [
            vec![Node::at_most(0, 1.0, 1), Node::leaf(0.0)],
            vec![Node::at_most(0, 1.0, 1), Node::at_most(0, 1.0, 1), Node::leaf(0.0)],
            vec![Node::at_most(0, 1.0, u32::MAX), Node::leaf(0.0), Node::leaf(0.0)],
            vec![Node::leaf(f64::NAN)],
            vec![Node { value: 1.0, feature: 1, yes: 0 }],
        ] {
            assert!(!Tree { nodes }.is_sound(1));
        }
    }

    #[test]
    fn a_node_takes_sixteen_bytes() {
        assert_eq!(size_of::<Node>(), 16);
    }
}
