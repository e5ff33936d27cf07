//! Trees as one `TreeEnsembleRegressor`.
//!
//! Its limits and answers are doubles (`nodes_values_as_tensor`), so that no row goes another way than here; only the sum
//! comes out as a float. A set of categories becomes a chain of equalities that lead to the same child, as LightGBM's
//! converter writes it and onnxruntime expects it.

use bytes::Bytes;

use super::builder::{Builder, Name, int, ints, tensor, text, texts};
use crate::Error;
use crate::algorithms::{Question, Step};

/// Sums beyond which floats would overflow, or below which they would lose digits.
const FLOATS: std::ops::Range<f64> = 1e-30..1e30;

/// Most nodes of a file, links of chains included: some 200 megabytes.
const NODES_MAX: usize = 1 << 22;

/// What a leaf adds: a place among the sums, and an amount.
pub(super) type Amounts = Vec<(usize, f64)>;

/// The attributes of the operator, entry by entry.
#[derive(Debug, Default)]
pub(super) struct TreeList {
    tree_count: i64,
    trees: Vec<i64>,
    nodes: Vec<i64>,
    features: Vec<i64>,
    values: Vec<f64>,
    modes: Vec<Bytes>,
    yes: Vec<i64>,
    no: Vec<i64>,
    missing_is_yes: Vec<i64>,
    leaf_trees: Vec<i64>,
    leaf_nodes: Vec<i64>,
    leaf_targets: Vec<i64>,
    leaf_amounts: Vec<f64>,
    /// How large the sum of amounts can be.
    bound: f64,
}

/// How features stand in the operator's input.
#[derive(Debug)]
pub(super) struct Layout {
    /// For each feature its column.
    pub(super) columns: Vec<i64>,
    /// For each feature how many codes it can have, the unknown one included; 0 for numbers.
    pub(super) code_counts: Vec<usize>,
}

impl TreeList {
    /// Adds a tree of `node_count` nodes; `amounts` says what a leaf's value adds.
    ///
    /// # Errors
    ///
    /// [`Error::NotOnnx`] if there are too many nodes.
    pub(super) fn add<'a>(
        &mut self,
        node_count: usize,
        step: impl Fn(usize) -> Step<'a>,
        amounts: impl Fn(f64) -> Amounts,
        layout: &Layout,
    ) -> Result<(), Error> {
        let tree = self.tree_count;
        self.tree_count += 1;
        let mut largest: f64 = 0.0;
        // Links of chains stand behind the tree's own nodes.
        let mut next = number(node_count);
        for place in 0..node_count {
            if self.nodes.len() > NODES_MAX {
                return Err(Error::NotOnnx(format!(
                    "its trees have more than {NODES_MAX} nodes; fewer trees, or a lower `max_depth`, would do"
                )));
            }
            match step(place) {
                Step::Leaf { value } => {
                    self.push(tree, number(place), 0, 0.0, "LEAF", (0, 0), false);
                    for (target, amount) in amounts(value) {
                        largest = largest.max(amount.abs());
                        self.leaf_trees.push(tree);
                        self.leaf_nodes.push(number(place));
                        self.leaf_targets.push(number(target));
                        self.leaf_amounts.push(amount);
                    }
                }
                Step::Split { feature, question, yes, no } => {
                    let (column, place, children) =
                        (layout.columns[feature], number(place), (number(yes), number(no)));
                    match question {
                        Question::AtMost { limit, missing_is_yes } => {
                            self.push(tree, place, column, limit, "BRANCH_LEQ", children, missing_is_yes);
                        }
                        Question::Is(code) => {
                            self.push(tree, place, column, code.into(), "BRANCH_EQ", children, false);
                        }
                        Question::OneOf(words) => {
                            let codes = layout.code_counts[feature];
                            next = self.push_set(tree, place, column, (words, codes), children, next);
                        }
                    }
                }
            }
        }
        self.bound += largest;
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one for each attribute of the operator")]
    fn push(
        &mut self,
        tree: i64,
        node: i64,
        feature: i64,
        value: f64,
        mode: &'static str,
        (yes, no): (i64, i64),
        missing_is_yes: bool,
    ) {
        self.trees.push(tree);
        self.nodes.push(node);
        self.features.push(feature);
        self.values.push(value);
        self.modes.push(Bytes::from_static(mode.as_bytes()));
        self.yes.push(yes);
        self.no.push(no);
        self.missing_is_yes.push(missing_is_yes.into());
    }

    /// A chain for a set of codes, or for those that are not in it, whichever is shorter. Returns the next free number of a
    /// node.
    fn push_set(
        &mut self,
        tree: i64,
        place: i64,
        column: i64,
        (words, code_count): (&[u64], usize),
        (yes, no): (i64, i64),
        mut next: i64,
    ) -> i64 {
        let is_in = |code: &usize| words.get(code / 64).is_some_and(|word| word >> (code % 64) & 1 == 1);
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..code_count).partition(is_in);
        let (codes, hit, missed) =
            if inside.len() <= outside.len() { (inside, yes, no) } else { (outside, no, yes) };
        // Of an empty set nothing is a member, and no code is negative.
        let values: Vec<f64> = if codes.is_empty() {
            vec![-1.0]
        } else {
            codes.into_iter().filter_map(|code| u32::try_from(code).ok()).map(f64::from).collect()
        };
        let mut node = place;
        let last = values.len() - 1;
        for (index, value) in values.into_iter().enumerate() {
            let otherwise = if index == last { missed } else { next };
            self.push(tree, node, column, value, "BRANCH_EQ", (hit, otherwise), false);
            if index < last {
                (node, next) = (next, next + 1);
            }
        }
        next
    }

    /// Whether there is no tree.
    pub(super) fn is_empty(&self) -> bool {
        self.tree_count == 0
    }

    /// The sums for the rows of `input`, doubles of shape `(rows, target_count)`.
    pub(super) fn write(self, builder: &mut Builder, input: &str, target_count: usize) -> Name {
        let scale = if self.bound > 0.0 && !FLOATS.contains(&self.bound) { self.bound } else { 1.0 };
        let amounts = self.leaf_amounts.into_iter().map(|amount| amount / scale).collect();
        let sums = builder.apply_with(
            "TreeEnsembleRegressor",
            &[input],
            vec![
                text("aggregate_function", "SUM"),
                text("post_transform", "NONE"),
                int("n_targets", number(target_count)),
                ints("nodes_treeids", self.trees),
                ints("nodes_nodeids", self.nodes),
                ints("nodes_featureids", self.features),
                tensor("nodes_values_as_tensor", self.values),
                texts("nodes_modes", self.modes),
                ints("nodes_truenodeids", self.yes),
                ints("nodes_falsenodeids", self.no),
                ints("nodes_missing_value_tracks_true", self.missing_is_yes),
                ints("target_treeids", self.leaf_trees),
                ints("target_nodeids", self.leaf_nodes),
                ints("target_ids", self.leaf_targets),
                tensor("target_weights_as_tensor", amounts),
            ],
        );
        let sums = builder.as_double(&sums);
        if scale.total_cmp(&1.0).is_eq() {
            return sums;
        }
        let scale = builder.number(scale);
        builder.apply("Mul", &[&sums, &scale])
    }
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}
