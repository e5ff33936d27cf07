//! Fitted trees, shared by all families that grow some: 16 bytes for each node, siblings side by side, parents before
//! children.
//!
//! [`Growing`] makes a [`Tree`], [`Ensemble`] predicts with several, and [`Tree::step`] shows a node to code that
//! explains predictions.

mod ensemble;
mod growing;
mod partition;
mod view;
mod walk;

use serde::{Deserialize, Serialize};

pub(crate) use ensemble::Ensemble;
pub(crate) use growing::Growing;
pub(crate) use partition::partition;
pub(crate) use view::{NodeView, TreeView};

/// Marks, in [`Node::feature`], a question about a category.
const CATEGORY: u32 = 1 << 31;
/// Marks a question that a missing number answers with "yes".
const MISSING_IS_YES: u32 = 1 << 30;
/// Marks a question about a set of categories.
const SUBSET: u32 = 1 << 29;
/// The rest of [`Node::feature`].
const FEATURE: u32 = SUBSET - 1;
/// Features that a node can tell apart.
pub(crate) const FEATURES_MAX: usize = FEATURE as usize;
/// Factor of a set's place in [`Node::value`]; the rest is its length in words.
const PLACE: u64 = 1 << 26;

/// A question or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    /// Limit, category code, place and length of a set or, in a leaf, the prediction.
    value: f64,
    /// Feature asked about, with marks for the kind of question.
    feature: u32,
    /// Place of the child for "yes", the one for "no" behind it; 0 in a leaf, since the root is nobody's child.
    yes: u32,
}

/// What a node asks about one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Question<'a> {
    /// Whether the number is at most `limit`.
    AtMost {
        /// Highest number that answers "yes".
        limit: f64,
        /// What NaN answers.
        missing_is_yes: bool,
    },
    /// Whether the category has this code.
    Is(u32),
    /// Whether the category's code is one of the bits that are set; bit 0 of the first word is code 0. Codes behind
    /// the last word are not.
    OneOf(&'a [u64]),
}

impl Question<'_> {
    /// Whether a value of the feature answers "yes".
    pub(crate) fn is_yes(self, value: f64) -> bool {
        match self {
            Self::AtMost { limit, missing_is_yes } => {
                if value.is_nan() {
                    missing_is_yes
                } else {
                    value <= limit
                }
            }
            Self::Is(code) => value.total_cmp(&code.into()).is_eq(),
            Self::OneOf(words) => {
                !value.is_nan() && {
                    let code = walk::code(value);
                    words.get(code / 64).is_some_and(|word| word >> (code % 64) & 1 == 1)
                }
            }
        }
    }
}

/// A node as explanations see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step<'a> {
    /// The end of the walk.
    Leaf {
        /// What the tree adds to the sum.
        value: f64,
    },
    /// A fork.
    Split {
        /// Column of the records.
        feature: usize,
        /// What is asked about it.
        question: Question<'a>,
        /// Place of the node for "yes".
        yes: usize,
        /// Place of the node for "no".
        no: usize,
    },
}

/// A fitted tree; never empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// For each node the weight of the training rows that passed it.
    covers: Vec<f32>,
    /// Bits of the sets that are asked about.
    subsets: Vec<u64>,
}

impl Tree {
    /// Number of nodes; the root is node 0, and children lie behind their parents.
    #[must_use]
    pub(crate) fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// What happens at the node at `place`.
    #[must_use]
    pub(crate) fn step(&self, place: usize) -> Step<'_> {
        let node = self.nodes[place];
        if node.yes == 0 {
            return Step::Leaf { value: node.value };
        }
        let question = if node.feature & SUBSET != 0 {
            let (start, length) = walk::set(node.value);
            Question::OneOf(self.subsets.get(start..start + length).unwrap_or_default())
        } else if node.feature & CATEGORY != 0 {
            Question::Is(u32::try_from(walk::code(node.value)).unwrap_or(u32::MAX))
        } else {
            Question::AtMost { limit: node.value, missing_is_yes: node.feature & MISSING_IS_YES != 0 }
        };
        let yes = node.yes as usize;
        Step::Split { feature: (node.feature & FEATURE) as usize, question, yes, no: yes + 1 }
    }

    /// Weight of the training rows that passed the node at `place`, never negative.
    #[must_use]
    pub(crate) fn cover(&self, place: usize) -> f64 {
        self.covers[place].into()
    }

    /// Whether a decoded tree stays inside its nodes and inside rows of `feature_count` features. Children lie behind
    /// their parents, so that no walk comes back.
    pub(crate) fn is_sound(&self, feature_count: usize) -> bool {
        let is_sound = |(place, node): (usize, &Node)| {
            let yes = node.yes as usize;
            let is_leaf = yes == 0;
            let set_is_inside = || {
                let (start, length) = walk::set(node.value);
                node.value >= 0.0 && start.checked_add(length).is_some_and(|end| end <= self.subsets.len())
            };
            // Walks look at the feature of leaves too.
            node.value.is_finite()
                && ((node.feature & FEATURE) as usize) < feature_count
                && (is_leaf || (yes > place && yes + 1 < self.nodes.len()))
                && (is_leaf || node.feature & SUBSET == 0 || set_is_inside())
        };
        !self.nodes.is_empty()
            && self.covers.len() == self.nodes.len()
            && self.covers.iter().all(|cover| cover.is_finite() && *cover >= 0.0)
            && self.nodes.iter().enumerate().all(is_sound)
    }
}

/// A limit that has `last` at or below it and `next`, which is larger, above.
pub(crate) fn limit_between(last: f64, next: f64) -> f64 {
    // Between neighbouring doubles there is no middle; the lower one separates them as well.
    let middle = f64::midpoint(last, next);
    if middle < next { middle } else { last }
}

/// Shares that add up to 1, from sums of what each feature's splits brought; zeros stay zeros.
pub(crate) fn shares(mut gains: Vec<f64>) -> Vec<f64> {
    let total: f64 = gains.iter().sum();
    if total > 0.0 {
        for gain in &mut gains {
            *gain /= total;
        }
    }
    gains
}

#[cfg(test)]
mod tests;
