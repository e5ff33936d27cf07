//! Operators that add up along an axis, and products of matrices.

use super::arithmetic::places;
use super::attributes::Attributes;
use super::shapes::axis_of;
use super::tensor::{Element, Tensor, volume};
use super::{Inputs, Operator, Problem, given};

/// Most multiplications of one product of matrices: seconds of work.
const PRODUCTS_MAX: usize = 1 << 32;

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>, version: i64) -> Option<Result<Operator, Problem>> {
    let sum = |numbers: &[f64]| numbers.iter().sum::<f64>();
    Some(Ok(match attributes.operator() {
        "ReduceSum" => reduce(attributes, sum),
        "ReduceProd" => reduce(attributes, |numbers| numbers.iter().product()),
        "ReduceMean" => reduce(attributes, mean),
        "ReduceMax" => {
            reduce(attributes, |numbers| numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        }
        "ReduceMin" => reduce(attributes, |numbers| numbers.iter().copied().fold(f64::INFINITY, f64::min)),
        "ReduceL1" => reduce(attributes, |numbers| numbers.iter().map(|x| x.abs()).sum()),
        "ReduceL2" => reduce(attributes, |numbers| numbers.iter().map(|x| x * x).sum::<f64>().sqrt()),
        "ReduceSumSquare" => reduce(attributes, |numbers| numbers.iter().map(|x| x * x).sum()),
        "ArgMax" => best(attributes, |candidate, best| candidate > best),
        "ArgMin" => best(attributes, |candidate, best| candidate < best),
        "Softmax" => {
            // Before version 13 everything behind the axis counted as one, and the axis was the second.
            let axis = attributes.int("axis").unwrap_or(if version < 13 { 1 } else { -1 });
            Box::new(move |inputs| softmax(given(inputs, 0)?, axis, version < 13))
        }
        "MatMul" => {
            Box::new(|inputs| product(given(inputs, 0)?, given(inputs, 1)?).map(|product| vec![product]))
        }
        "Gemm" => gemm(attributes),
        _ => return None,
    }))
}

#[expect(clippy::cast_precision_loss, reason = "tensors have at most 2^26 cells")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[expect(clippy::cast_possible_truncation, reason = "casts saturate, and such an axis is refused")]
fn reduce(attributes: &Attributes<'_>, calculate: fn(&[f64]) -> f64) -> Operator {
    let own = attributes.ints("axes").to_vec();
    let is_kept = attributes.int("keepdims") != Some(0);
    let does_nothing = attributes.int("noop_with_empty_axes") == Some(1);
    Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let rank = input.shape().len();
        let mut axes: Vec<i64> = match inputs.get(1).copied().flatten() {
            Some(axes) => axes.values()?.iter().map(|axis| *axis as i64).collect(),
            None => own.clone(),
        };
        if axes.is_empty() {
            if does_nothing {
                return Ok(vec![input.clone()]);
            }
            axes = (0..).take(rank).collect();
        }
        let axes = axes.into_iter().map(|axis| axis_of(axis, rank)).collect::<Result<Vec<_>, _>>()?;
        let kept: Vec<usize> =
            (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { input.shape()[axis] }).collect();
        let mut groups: Vec<Vec<f64>> = vec![Vec::new(); volume(&kept)?];
        for (number, group) in input.values()?.iter().zip(places(&kept, input.shape())) {
            groups[group].push(*number);
        }
        let element = input.element();
        let numbers = groups.iter().map(|group| element.round(calculate(group))).collect();
        let left = (0..rank).filter(|axis| is_kept || !axes.contains(axis)).map(|axis| kept[axis]);
        Ok(vec![Tensor::numbers(left.collect(), element, numbers)?])
    })
}

/// Cuts the shape into what lies before an axis, its length, and what lies behind.
fn cut(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product())
}

/// The first place along an axis that no other place is better than.
#[expect(clippy::cast_precision_loss, reason = "tensors have at most 2^26 cells")]
fn best(attributes: &Attributes<'_>, is_better: fn(f64, f64) -> bool) -> Operator {
    let axis = attributes.int("axis").unwrap_or(0);
    let is_kept = attributes.int("keepdims") != Some(0);
    Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let axis = axis_of(axis, input.shape().len())?;
        let (blocks, length, width) = cut(input.shape(), axis);
        let numbers = input.values()?;
        let mut found = Vec::with_capacity(blocks * width);
        for block in 0..blocks {
            for column in 0..width {
                let at = |row: usize| numbers[(block * length + row) * width + column];
                let mut place = 0;
                for row in 1..length {
                    if is_better(at(row), at(place)) {
                        place = row;
                    }
                }
                found.push(place as f64);
            }
        }
        let mut shape = input.shape().to_vec();
        if is_kept {
            shape[axis] = 1;
        } else {
            shape.remove(axis);
        }
        Ok(vec![Tensor::numbers(shape, Element::Int64, found)?])
    })
}

fn softmax(input: &Tensor, axis: i64, is_flat: bool) -> Result<Vec<Tensor>, Problem> {
    let axis = axis_of(axis, input.shape().len())?;
    let (blocks, mut length, mut width) = cut(input.shape(), axis);
    if is_flat {
        (length, width) = (length * width, 1);
    }
    let mut numbers = input.values()?.to_vec();
    for block in 0..blocks {
        for column in 0..width {
            let place = |row: usize| (block * length + row) * width + column;
            let highest = (0..length).map(|row| numbers[place(row)]).fold(f64::NEG_INFINITY, f64::max);
            let mut sum = 0.0;
            for row in 0..length {
                let power = (numbers[place(row)] - highest).exp();
                numbers[place(row)] = power;
                sum += power;
            }
            for row in 0..length {
                numbers[place(row)] = input.element().round(numbers[place(row)] / sum);
            }
        }
    }
    Ok(vec![Tensor::numbers(input.shape().to_vec(), input.element(), numbers)?])
}

/// The product of two matrices, or of a list and a matrix.
fn product(one: &Tensor, other: &Tensor) -> Result<Tensor, Problem> {
    let (rows, inner) = match one.shape() {
        [inner] => (None, *inner),
        [rows, inner] => (Some(*rows), *inner),
        shape => return Err(Problem::new(format!("products of {shape:?} are not known here"))),
    };
    let (other_inner, columns) = match other.shape() {
        [inner] => (*inner, None),
        [inner, columns] => (*inner, Some(*columns)),
        shape => return Err(Problem::new(format!("products with {shape:?} are not known here"))),
    };
    if inner != other_inner {
        let (one, other) = (one.shape(), other.shape());
        return Err(Problem::new(format!("{one:?} and {other:?} have no product")));
    }
    let (height, width) = (rows.unwrap_or(1), columns.unwrap_or(1));
    let numbers = multiplied((one.values()?, height), (other.values()?, width), inner, one.element())?;
    Tensor::numbers(rows.into_iter().chain(columns).collect(), one.element(), numbers)
}

/// Rows times columns.
pub(super) fn multiplied(
    (one, height): (&[f64], usize),
    (other, width): (&[f64], usize),
    inner: usize,
    element: Element,
) -> Result<Vec<f64>, Problem> {
    let count = volume(&[height, width])?;
    if count.checked_mul(inner).is_none_or(|products| products > PRODUCTS_MAX) {
        return Err(Problem::new("a product of matrices is too large"));
    }
    let mut numbers = vec![0.0; count];
    if inner > 0 && width > 0 {
        for (row, sums) in one.chunks(inner).zip(numbers.chunks_mut(width)) {
            for (factor, others) in row.iter().zip(other.chunks(width)) {
                sums.iter_mut().zip(others).for_each(|(sum, other)| *sum += factor * other);
            }
        }
    }
    for number in &mut numbers {
        *number = element.round(*number);
    }
    Ok(numbers)
}

fn gemm(attributes: &Attributes<'_>) -> Operator {
    let (alpha, beta) = (attributes.float("alpha").unwrap_or(1.0), attributes.float("beta").unwrap_or(1.0));
    let (turn_one, turn_other) =
        (attributes.int("transA").unwrap_or(0) != 0, attributes.int("transB").unwrap_or(0) != 0);
    Box::new(move |inputs| {
        let turned = |place: usize, turn: bool| -> Result<Tensor, Problem> {
            let input = given(inputs, place)?;
            let [rows, columns] = *input.shape() else {
                return Err(Problem::new("it takes matrices"));
            };
            if !turn {
                return Ok(input.clone());
            }
            let places = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
            input.picked(vec![columns, rows], places)
        };
        let product = product(&turned(0, turn_one)?, &turned(1, turn_other)?)?;
        let element = product.element();
        let shape = product.shape().to_vec();
        let mut numbers: Vec<f64> = product.values()?.iter().map(|number| alpha * number).collect();
        if let Some(added) = inputs.get(2).copied().flatten() {
            let all = super::arithmetic::common_shape(added.shape(), &shape)?;
            if all != shape {
                return Err(Problem::new("what it adds is larger than the product"));
            }
            let values = added.values()?;
            for (number, place) in numbers.iter_mut().zip(places(added.shape(), &shape)) {
                *number = element.round(*number + beta * values[place]);
            }
        }
        Ok(vec![Tensor::numbers(shape, element, numbers)?])
    })
}

/// The inputs side by side, for operators that take a table.
pub(super) fn table<'a>(inputs: &Inputs<'a>) -> Result<(&'a Tensor, usize, usize), Problem> {
    let input = given(inputs, 0)?;
    let (rows, columns) = input.as_table();
    Ok((input, rows, columns))
}
