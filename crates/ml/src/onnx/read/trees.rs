//! Trees: `TreeEnsembleRegressor` and `TreeEnsembleClassifier`.

#![expect(clippy::float_cmp, reason = "operators compare to the last bit")]

use std::collections::HashMap;

use rayon::prelude::*;

use super::attributes::Attributes;
use super::lines::{Labels, Transform, first_best};
use super::reductions::table;
use super::tensor::{Element, Tensor, volume};
use super::{Operator, Problem};

/// Rows that a thread takes at once.
const BLOCK: usize = 64;

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>) -> Option<Result<Operator, Problem>> {
    match attributes.operator() {
        "TreeEnsembleRegressor" => Some(regressor(attributes)),
        "TreeEnsembleClassifier" => Some(classifier(attributes)),
        _ => None,
    }
}

/// What a node asks about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    AtMost,
    Below,
    AtLeast,
    Above,
    Is,
    IsNot,
    Leaf,
}

impl Mode {
    fn read(word: &[u8]) -> Result<Self, Problem> {
        Ok(match word {
            b"BRANCH_LEQ" => Self::AtMost,
            b"BRANCH_LT" => Self::Below,
            b"BRANCH_GTE" => Self::AtLeast,
            b"BRANCH_GT" => Self::Above,
            b"BRANCH_EQ" => Self::Is,
            b"BRANCH_NEQ" => Self::IsNot,
            b"LEAF" => Self::Leaf,
            _ => return Err(Problem::new("a node has a mode that is not known here")),
        })
    }

    fn is_yes(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
            Self::Is => value == limit,
            Self::IsNot => value != limit,
            Self::Leaf => false,
        }
    }
}

/// A question, or in a leaf the places of its amounts.
#[derive(Debug, Clone, Copy)]
struct Node {
    limit: f64,
    feature: u32,
    mode: Mode,
    missing_is_yes: bool,
    /// Where "yes" leads, or the first amount.
    yes: u32,
    /// Where "no" leads, or the end of the amounts.
    no: u32,
}

/// How answers of trees are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Average,
    Least,
    Greatest,
}

/// Trees that were read.
struct Trees {
    nodes: Vec<Node>,
    roots: Vec<u32>,
    /// What leaves add: a place among the sums, and how much.
    amounts: Vec<(u32, f64)>,
    /// Columns that rows must have.
    columns: usize,
    target_count: usize,
    /// To what sums are rounded after every tree, as elsewhere: what lies at a limit must fall on the same side.
    element: Element,
}

/// One sum, and whether a leaf has added to it.
type Score = (f64, bool);

impl Trees {
    /// Reads nodes, and amounts from the attributes that begin with `leaf`, such as `target`.
    fn read(attributes: &Attributes<'_>, leaf: &str, target_count: usize) -> Result<Self, Problem> {
        let ints = |name: &str| attributes.ints(name);
        let (trees, ids) = (ints("nodes_treeids"), ints("nodes_nodeids"));
        let (features, modes) = (ints("nodes_featureids"), attributes.words("nodes_modes"));
        let (yes, no) = (ints("nodes_truenodeids"), ints("nodes_falsenodeids"));
        let missing = ints("nodes_missing_value_tracks_true");
        let values = attributes.numbers("nodes_values")?;
        let count = ids.len();
        let lists = [trees.len(), features.len(), modes.len(), yes.len(), no.len(), values.len()];
        if count == 0 || lists.iter().any(|length| *length != count) {
            return Err(Problem::new("the lists of its nodes have different lengths"));
        }
        if u32::try_from(count).is_err() {
            return Err(Problem::new("it has too many nodes"));
        }
        let mut places: HashMap<(i64, i64), u32> = HashMap::with_capacity(count);
        for (place, key) in (0_u32..).zip(trees.iter().copied().zip(ids.iter().copied())) {
            if places.insert(key, place).is_some() {
                return Err(Problem::new(format!("tree {} has the node {} twice", key.0, key.1)));
            }
        }
        let mut roots = Vec::new();
        let mut nodes = Vec::with_capacity(count);
        let mut columns = 0;
        for place in 0..count {
            if place == 0 || trees[place] != trees[place - 1] {
                roots.push(u32::try_from(place).unwrap_or(u32::MAX));
            }
            let mode = Mode::read(&modes[place])?;
            let child = |id: i64| {
                let found = places.get(&(trees[place], id)).copied();
                found.ok_or_else(|| Problem::new(format!("tree {} has no node {id}", trees[place])))
            };
            let mut node = Node {
                limit: values[place],
                feature: 0,
                mode,
                missing_is_yes: missing.get(place) == Some(&1),
                yes: 0,
                no: 0,
            };
            if mode != Mode::Leaf {
                (node.yes, node.no) = (child(yes[place])?, child(no[place])?);
                node.feature = u32::try_from(features[place])
                    .map_err(|_| Problem::new("a node asks about a column with a negative number"))?;
                columns = columns.max(node.feature as usize + 1);
            }
            nodes.push(node);
        }
        let is_double = attributes.tensor("nodes_values_as_tensor")?.is_some();
        let element = if is_double { Element::Double } else { Element::Float };
        let mut found = Self { nodes, roots, amounts: Vec::new(), columns, target_count, element };
        found.read_amounts(attributes, leaf, &places)?;
        found.check_ways()?;
        Ok(found)
    }

    fn read_amounts(
        &mut self,
        attributes: &Attributes<'_>,
        leaf: &str,
        places: &HashMap<(i64, i64), u32>,
    ) -> Result<(), Problem> {
        let ints = |name: &str| attributes.ints(&format!("{leaf}_{name}"));
        let (trees, nodes, targets) = (ints("treeids"), ints("nodeids"), ints("ids"));
        let weights = attributes.numbers(&format!("{leaf}_weights"))?;
        if [nodes.len(), targets.len(), weights.len()] != [trees.len(); 3] {
            return Err(Problem::new("the lists of its leaves have different lengths"));
        }
        let mut amounts = Vec::with_capacity(weights.len());
        for (((tree, node), target), weight) in trees.iter().zip(nodes).zip(targets).zip(weights) {
            let place = places.get(&(*tree, *node)).copied();
            let target = u32::try_from(*target).ok().filter(|target| (*target as usize) < self.target_count);
            let (Some(place), Some(target)) = (place, target) else {
                return Err(Problem::new("a leaf adds to a sum, or lies in a tree, that is not there"));
            };
            if self.nodes[place as usize].mode == Mode::Leaf {
                amounts.push((place, target, weight));
            }
        }
        amounts.sort_by_key(|(place, target, _)| (*place, *target));
        let mut next = 0;
        for (place, node) in (0_u32..).zip(&mut self.nodes).filter(|(_, node)| node.mode == Mode::Leaf) {
            node.yes = next;
            while amounts.get(next as usize).is_some_and(|amount| amount.0 == place) {
                next += 1;
            }
            node.no = next;
        }
        self.amounts = amounts.into_iter().map(|(_, target, weight)| (target, weight)).collect();
        Ok(())
    }

    /// Refuses trees in which a way comes back to where it was. Ways may meet: sets of categories are written so.
    fn check_ways(&self) -> Result<(), Problem> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut states = vec![State::New; self.nodes.len()];
        for root in &self.roots {
            let mut open = vec![(*root, false)];
            while let Some((place, is_left)) = open.pop() {
                let state = &mut states[place as usize];
                if is_left {
                    *state = State::Done;
                    continue;
                }
                match *state {
                    State::Done => continue,
                    State::Open => return Err(Problem::new("a way through a tree comes back")),
                    State::New => *state = State::Open,
                }
                open.push((place, true));
                let node = self.nodes[place as usize];
                if node.mode != Mode::Leaf {
                    // A child that is open already is told when it is its turn.
                    open.push((node.yes, false));
                    open.push((node.no, false));
                }
            }
        }
        Ok(())
    }

    fn leaf(&self, root: u32, row: &[f64]) -> &[(u32, f64)] {
        let mut node = &self.nodes[root as usize];
        while node.mode != Mode::Leaf {
            let value = row[node.feature as usize];
            let is_yes = node.mode.is_yes(value, node.limit) || (node.missing_is_yes && value.is_nan());
            node = &self.nodes[if is_yes { node.yes } else { node.no } as usize];
        }
        &self.amounts[node.yes as usize..node.no as usize]
    }

    fn scores(&self, row: &[f64], aggregate: Aggregate, scores: &mut [Score]) {
        scores.fill((0.0, false));
        for root in &self.roots {
            for (target, amount) in self.leaf(*root, row) {
                let (score, is_there) = &mut scores[*target as usize];
                *score = match aggregate {
                    Aggregate::Least if *is_there => score.min(*amount),
                    Aggregate::Greatest if *is_there => score.max(*amount),
                    Aggregate::Least | Aggregate::Greatest => *amount,
                    Aggregate::Sum | Aggregate::Average => self.element.round(*score + amount),
                };
                *is_there = true;
            }
        }
        if aggregate == Aggregate::Average {
            #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^32 trees")]
            let count = self.roots.len() as f64;
            for (score, _) in scores {
                *score /= count;
            }
        }
    }

    /// Calls `each` with the scores of every row, and collects what it writes, `width` numbers for each row.
    fn map_rows(
        &self,
        input: &Tensor,
        (rows, columns): (usize, usize),
        aggregate: Aggregate,
        width: usize,
        each: impl Fn(&mut [Score], &mut [f64]) + Sync,
    ) -> Result<Vec<f64>, Problem> {
        if columns < self.columns {
            return Err(Problem::new(format!("it takes {} columns, not {columns}", self.columns)));
        }
        let mut found = vec![0.0; volume(&[rows, width])?];
        let numbers = input.values()?;
        // A row without columns has no chunk of its own, and no row asks about one then.
        let row = |place: usize| &numbers[place * columns..(place + 1) * columns];
        found.par_chunks_mut(width.max(1) * BLOCK).enumerate().for_each(|(block, found)| {
            let mut scores = vec![(0.0, false); self.target_count];
            for (place, slots) in found.chunks_mut(width.max(1)).enumerate() {
                self.scores(row(block * BLOCK + place), aggregate, &mut scores);
                each(&mut scores, slots);
            }
        });
        Ok(found)
    }
}

fn regressor(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let targets = attributes.int("n_targets").unwrap_or(1);
    let count = usize::try_from(targets).ok().filter(|count| (1..=1 << 20).contains(count));
    let count = count.ok_or_else(|| Problem::new("its number of targets is not usable"))?;
    let trees = Trees::read(attributes, "target", count)?;
    let base = attributes.numbers("base_values")?;
    if base.len() > count {
        return Err(Problem::new("it has more base values than targets"));
    }
    let transform = Transform::read(attributes)?;
    let aggregate = match attributes.text("aggregate_function")?.as_deref() {
        None | Some("SUM") => Aggregate::Sum,
        Some("AVERAGE") => Aggregate::Average,
        Some("MIN") => Aggregate::Least,
        Some("MAX") => Aggregate::Greatest,
        Some(other) => return Err(Problem::new(format!("the aggregate `{other}` is not known here"))),
    };
    Ok(Box::new(move |inputs| {
        let (input, rows, columns) = table(inputs)?;
        let numbers = trees.map_rows(input, (rows, columns), aggregate, count, |scores, row| {
            for (place, (score, slot)) in scores.iter().zip(row.iter_mut()).enumerate() {
                *slot = score.0 + base.get(place).copied().unwrap_or(0.0);
            }
            transform.apply(row);
            for number in row {
                *number = Element::Float.round(*number);
            }
        })?;
        Ok(vec![Tensor::numbers(vec![rows, count], Element::Float, numbers)?])
    }))
}

/// Of two classes of which only one has weights, the sum of the other follows, as onnxruntime does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binary {
    /// Both have weights, or there are more than two.
    No,
    /// All weights are positive: the sum is a probability.
    Probability,
    /// The sum may be negative: it is the logarithm of odds, or the like.
    Odds,
}

fn classifier(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let labels = Labels::read(attributes, "classlabels_int64s")?;
    let count = labels.len();
    let trees = Trees::read(attributes, "class", count)?;
    let base = attributes.numbers("base_values")?;
    let transform = Transform::read(attributes)?;
    let ids = attributes.ints("class_ids");
    let binary = if count == 2 && ids.iter().all(|id| Some(id) == ids.first()) {
        if trees.amounts.iter().all(|(_, weight)| *weight >= 0.0) {
            Binary::Probability
        } else {
            Binary::Odds
        }
    } else {
        Binary::No
    };
    let only = ids.first().and_then(|id| usize::try_from(*id).ok()).filter(|id| *id < count).unwrap_or(0);
    Ok(Box::new(move |inputs| {
        let (input, rows, columns) = table(inputs)?;
        // The class stands before its scores.
        let found = trees.map_rows(input, (rows, columns), Aggregate::Sum, count + 1, |scores, row| {
            let (class, slots) = row.split_at_mut(1);
            let place = if count == 2 && binary != Binary::No {
                of_one_sum(scores[only].0, &base, binary, transform, slots)
            } else {
                for (place, score) in scores.iter_mut().enumerate() {
                    if let Some(base) = base.get(place).filter(|_| base.len() == count) {
                        *score = (score.0 + base, true);
                    }
                }
                slots.iter_mut().zip(scores.iter()).for_each(|(slot, score)| *slot = score.0);
                let there =
                    scores.iter().map(|(score, is_there)| if *is_there { *score } else { f64::NEG_INFINITY });
                let best = first_best(there);
                transform.apply(slots);
                best
            };
            #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
            let place = place as f64;
            class[0] = place;
            for number in slots {
                *number = Element::Float.round(*number);
            }
        })?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the place of a class")]
        let places: Vec<usize> = found.chunks(count + 1).map(|row| row[0] as usize).collect();
        let scores = found.chunks(count + 1).flat_map(|row| row[1..].iter().copied()).collect();
        Ok(vec![labels.named(&places)?, Tensor::numbers(vec![rows, count], Element::Float, scores)?])
    }))
}

/// Both scores of two classes from one sum; returns the place of the class.
fn of_one_sum(sum: f64, base: &[f64], binary: Binary, transform: Transform, slots: &mut [f64]) -> usize {
    if let [_, base] = base {
        // With two base values there are two sums, each the negative of the other.
        let sum = sum + base;
        slots.copy_from_slice(&[-sum, sum]);
        transform.apply(slots);
        return usize::from(if binary == Binary::Probability { sum > 0.5 } else { sum > 0.0 });
    }
    let sum = sum + base.first().copied().unwrap_or(0.0);
    if binary == Binary::Probability {
        slots.copy_from_slice(&[1.0 - sum, sum]);
        return usize::from(sum > 0.5);
    }
    match transform {
        Transform::Logistic => {
            slots.copy_from_slice(&[super::arithmetic::logistic(-sum), super::arithmetic::logistic(sum)]);
        }
        _ => slots.copy_from_slice(&[-sum, sum]),
    }
    usize::from(sum > 0.0)
}
