//! Lines: `LinearRegressor` and `LinearClassifier`; and what classifiers do with sums of classes.

use std::sync::Arc;

use super::arithmetic::logistic;
use super::attributes::Attributes;
use super::reductions::{multiplied, table};
use super::tensor::{Element, Tensor};
use super::{Operator, Problem};

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>) -> Option<Result<Operator, Problem>> {
    match attributes.operator() {
        "LinearRegressor" => Some(regressor(attributes)),
        "LinearClassifier" => Some(classifier(attributes)),
        _ => None,
    }
}

/// Coefficients of some lines, column by column.
struct Lines {
    /// Of shape `(columns, lines)`.
    coefficients: Vec<f64>,
    columns: usize,
    intercepts: Vec<f64>,
}

impl Lines {
    fn read(attributes: &Attributes<'_>, count: usize) -> Result<Self, Problem> {
        let flat = attributes.floats("coefficients");
        let mut intercepts = attributes.floats("intercepts");
        if intercepts.is_empty() {
            intercepts = vec![0.0; count];
        }
        if count == 0 || !flat.len().is_multiple_of(count) || intercepts.len() != count {
            return Err(Problem::new("the numbers of its coefficients and intercepts do not go together"));
        }
        let columns = flat.len() / count;
        let turned = (0..columns).flat_map(|column| (0..count).map(move |line| line * columns + column));
        let coefficients = turned.map(|place| flat[place]).collect();
        Ok(Self { coefficients, columns, intercepts })
    }

    /// The sums for all rows, of shape `(rows, lines)`.
    fn sums(&self, input: &Tensor, rows: usize, columns: usize) -> Result<Vec<f64>, Problem> {
        if columns != self.columns {
            return Err(Problem::new(format!("it takes {} columns, not {columns}", self.columns)));
        }
        let numbers: Vec<f64> = input.values()?.iter().map(|number| Element::Float.round(*number)).collect();
        let count = self.intercepts.len();
        let mut sums = multiplied((&numbers, rows), (&self.coefficients, count), columns, Element::Double)?;
        for (place, sum) in sums.iter_mut().enumerate() {
            *sum = Element::Float.round(*sum + self.intercepts[place % count]);
        }
        Ok(sums)
    }
}

fn regressor(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let targets = attributes.int("targets").unwrap_or(1);
    let count = usize::try_from(targets).map_err(|_| Problem::new("its number of targets is negative"))?;
    let lines = Lines::read(attributes, count)?;
    let transform = Transform::read(attributes)?;
    Ok(Box::new(move |inputs| {
        let (input, rows, columns) = table(inputs)?;
        let mut sums = lines.sums(input, rows, columns)?;
        sums.chunks_mut(count).for_each(|row| transform.apply(row));
        let sums = sums.into_iter().map(|sum| Element::Float.round(sum)).collect();
        Ok(vec![Tensor::numbers(vec![rows, count], Element::Float, sums)?])
    }))
}

fn classifier(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let labels = Labels::read(attributes, "classlabels_ints")?;
    let count = attributes.floats("intercepts").len().max(1);
    let lines = Lines::read(attributes, count)?;
    let transform = Transform::read(attributes)?;
    if labels.len() != count && !(count == 1 && labels.len() == 2) {
        return Err(Problem::new("it has another number of lines than of classes"));
    }
    Ok(Box::new(move |inputs| {
        let (input, rows, columns) = table(inputs)?;
        let sums = lines.sums(input, rows, columns)?;
        let (mut places, mut scores) = (Vec::with_capacity(rows), Vec::new());
        for row in sums.chunks(count) {
            if let [sum] = row
                && labels.len() == 2
            {
                places.push(usize::from(*sum > 0.0));
                scores.extend(match transform {
                    Transform::Logistic => [logistic(-sum), logistic(*sum)],
                    _ => [1.0 - sum, *sum],
                });
            } else {
                places.push(first_best(row.iter().copied()));
                let mut row = row.to_vec();
                transform.apply(&mut row);
                scores.extend(row);
            }
        }
        let width = labels.len();
        let scores = scores.into_iter().map(|score| Element::Float.round(score)).collect();
        Ok(vec![labels.named(&places)?, Tensor::numbers(vec![rows, width], Element::Float, scores)?])
    }))
}

/// The first place that no other is better than.
pub(super) fn first_best(scores: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, score) in scores.enumerate() {
        if score > best.1 {
            best = (place, score);
        }
    }
    best.0
}

/// Names of classes, texts or whole numbers.
pub(super) enum Labels {
    Texts(Vec<Arc<str>>),
    Numbers(Vec<f64>),
}

impl Labels {
    /// Reads `classlabels_strings`, or the whole numbers of the attribute `whole`.
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
    pub(super) fn read(attributes: &Attributes<'_>, whole: &str) -> Result<Self, Problem> {
        let texts = attributes.texts("classlabels_strings")?;
        let labels = if texts.is_empty() {
            Self::Numbers(attributes.ints(whole).iter().map(|label| *label as f64).collect())
        } else {
            Self::Texts(texts)
        };
        if labels.len() == 0 { Err(Problem::new("it names no classes")) } else { Ok(labels) }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    /// The names of the classes at `places`, all of which are below [`len`](Self::len).
    pub(super) fn named(&self, places: &[usize]) -> Result<Tensor, Problem> {
        let outside = || Problem::new("it finds a class that has no name");
        match self {
            Self::Texts(texts) => {
                let names = places.iter().map(|place| texts.get(*place).cloned().ok_or_else(outside));
                Tensor::texts(vec![places.len()], names.collect::<Result<_, _>>()?)
            }
            Self::Numbers(numbers) => {
                let names = places.iter().map(|place| numbers.get(*place).copied().ok_or_else(outside));
                Tensor::numbers(vec![places.len()], Element::Int64, names.collect::<Result<_, _>>()?)
            }
        }
    }
}

/// What happens to the sums of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transform {
    None,
    Logistic,
    Softmax,
    /// As softmax, but sums of 0 stay 0.
    SoftmaxZero,
}

impl Transform {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, Problem> {
        Ok(match attributes.text("post_transform")?.as_deref() {
            None | Some("NONE") => Self::None,
            Some("LOGISTIC") => Self::Logistic,
            Some("SOFTMAX") => Self::Softmax,
            Some("SOFTMAX_ZERO") => Self::SoftmaxZero,
            Some(other) => return Err(Problem::new(format!("the transform `{other}` is not known here"))),
        })
    }

    pub(super) fn apply(self, row: &mut [f64]) {
        match self {
            Self::None => {}
            Self::Logistic => row.iter_mut().for_each(|sum| *sum = logistic(*sum)),
            Self::Softmax | Self::SoftmaxZero => {
                let is_left = |sum: f64| self == Self::SoftmaxZero && sum.abs() <= 1e-7;
                let highest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                row.iter_mut().filter(|sum| !is_left(**sum)).for_each(|sum| *sum = (*sum - highest).exp());
                let total: f64 = row.iter().sum();
                if total > 0.0 {
                    for sum in row.iter_mut() {
                        *sum /= total;
                    }
                }
            }
        }
    }
}
