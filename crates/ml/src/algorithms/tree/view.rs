//! What explanations need to see of a tree.

use super::{Step, Tree};

/// A node, with the way that a row takes at it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum NodeView {
    /// The end of the way.
    Leaf {
        /// The answer.
        value: f64,
    },
    /// A question about a feature.
    Question {
        /// Place of the feature in the row.
        feature: usize,
        /// Place of the node for "yes"; the one for "no" lies behind it.
        yes: usize,
        /// The row's answer.
        is_yes: bool,
    },
}

/// A fitted tree whose nodes know how many training rows passed them. Node 0 is the root.
pub(crate) trait TreeView: Sync {
    /// The node at `place`, asked about an encoded row.
    fn node(&self, place: usize, row: &[f64]) -> NodeView;

    /// Weight of the training rows that passed the node.
    fn cover(&self, place: usize) -> f64;
}

impl TreeView for Tree {
    fn node(&self, place: usize, row: &[f64]) -> NodeView {
        match self.step(place) {
            Step::Leaf { value } => NodeView::Leaf { value },
            Step::Split { feature, question, yes, .. } => {
                NodeView::Question { feature, yes, is_yes: question.is_yes(row[feature]) }
            }
        }
    }

    fn cover(&self, place: usize) -> f64 {
        Self::cover(self, place)
    }
}
