//! Operators that move cells around.

use super::arithmetic::{common_shape, places};
use super::attributes::Attributes;
use super::tensor::{Element, Tensor, volume};
use super::{Inputs, Operator, Problem, given};

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>, version: i64) -> Option<Result<Operator, Problem>> {
    let axis = attributes.int("axis");
    Some(Ok(match attributes.operator() {
        "Constant" => return Some(constant(attributes)),
        "Reshape" => Box::new(reshape),
        "Flatten" => Box::new(move |inputs| flatten(given(inputs, 0)?, axis.unwrap_or(1))),
        "Concat" => Box::new(move |inputs| concat(inputs, axis.unwrap_or(0))),
        "Transpose" => {
            let order = attributes.ints("perm").to_vec();
            Box::new(move |inputs| transpose(given(inputs, 0)?, &order))
        }
        "Gather" => Box::new(move |inputs| gather(inputs, axis.unwrap_or(0))),
        "Slice" if version >= 10 => Box::new(slice),
        "Squeeze" => {
            let own = attributes.ints("axes").to_vec();
            Box::new(move |inputs| squeeze(inputs, &own))
        }
        "Unsqueeze" => {
            let own = attributes.ints("axes").to_vec();
            Box::new(move |inputs| unsqueeze(inputs, &own))
        }
        "Shape" => Box::new(|inputs| {
            let shape = given(inputs, 0)?.shape();
            let lengths: Vec<f64> = shape.iter().map(|length| as_number(*length)).collect();
            Ok(vec![Tensor::numbers(vec![lengths.len()], Element::Int64, lengths)?])
        }),
        "Expand" => Box::new(|inputs| {
            let input = given(inputs, 0)?;
            let shape = common_shape(input.shape(), &lengths(given(inputs, 1)?)?)?;
            Ok(vec![input.picked(shape.clone(), places(input.shape(), &shape))?])
        }),
        "ConstantOfShape" => {
            let value = match attributes.tensor("value") {
                Ok(value) => value,
                Err(problem) => return Some(Err(problem)),
            };
            Box::new(move |inputs| {
                let shape = lengths(given(inputs, 0)?)?;
                let count = volume(&shape)?;
                let (element, number) = match &value {
                    Some(value) => (value.element(), value.values()?.first().copied().unwrap_or_default()),
                    None => (Element::Float, 0.0),
                };
                Ok(vec![Tensor::numbers(shape, element, vec![number; count])?])
            })
        }
        _ => return None,
    }))
}

fn constant(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
    let whole = |numbers: &[i64]| numbers.iter().map(|number| *number as f64).collect::<Vec<_>>();
    let value = if let Some(tensor) = attributes.tensor("value")? {
        tensor
    } else if let Some(number) = attributes.float("value_float") {
        Tensor::numbers(vec![], Element::Float, vec![number])?
    } else if let Some(number) = attributes.int("value_int") {
        Tensor::numbers(vec![], Element::Int64, whole(&[number]))?
    } else if let Some(text) = attributes.text("value_string")? {
        Tensor::texts(vec![], vec![text])?
    } else if !attributes.ints("value_ints").is_empty() {
        let numbers = whole(attributes.ints("value_ints"));
        Tensor::numbers(vec![numbers.len()], Element::Int64, numbers)?
    } else if !attributes.words("value_strings").is_empty() {
        let texts = attributes.texts("value_strings")?;
        Tensor::texts(vec![texts.len()], texts)?
    } else {
        let numbers = attributes.floats("value_floats");
        Tensor::numbers(vec![numbers.len()], Element::Float, numbers)?
    };
    Ok(Box::new(move |_| Ok(vec![value.clone()])))
}

/// Whole numbers as they are; what is no whole number becomes one.
#[expect(clippy::cast_possible_truncation, reason = "casts saturate")]
fn whole(tensor: &Tensor) -> Result<Vec<i64>, Problem> {
    Ok(tensor.values()?.iter().map(|number| *number as i64).collect())
}

fn lengths(tensor: &Tensor) -> Result<Vec<usize>, Problem> {
    let lengths: Option<Vec<usize>> =
        whole(tensor)?.into_iter().map(|length| usize::try_from(length).ok()).collect();
    let lengths = lengths.ok_or_else(|| Problem::new("a length is negative"))?;
    volume(&lengths)?;
    Ok(lengths)
}

#[expect(clippy::cast_precision_loss, reason = "tensors have at most 2^26 cells")]
fn as_number(length: usize) -> f64 {
    length as f64
}

/// The axis that a number means; negative ones count from the end.
pub(super) fn axis_of(axis: i64, rank: usize) -> Result<usize, Problem> {
    let place = if axis < 0 { axis.checked_add(i64::try_from(rank).unwrap_or(0)) } else { Some(axis) };
    place
        .and_then(|place| usize::try_from(place).ok())
        .filter(|place| *place < rank)
        .ok_or_else(|| Problem::new(format!("there is no axis {axis} in a tensor with {rank}")))
}

fn reshape(inputs: &Inputs<'_>) -> Result<Vec<Tensor>, Problem> {
    let input = given(inputs, 0)?;
    let asked = whole(given(inputs, 1)?)?;
    let mut shape = Vec::with_capacity(asked.len());
    for (axis, length) in asked.iter().enumerate() {
        shape.push(match usize::try_from(*length) {
            // 0 keeps the length.
            Ok(0) => input.shape().get(axis).copied().unwrap_or(0),
            Ok(length) => length,
            Err(_) => 1,
        });
    }
    if let Some(open) = asked.iter().position(|length| *length < 0) {
        let known = volume(&shape)?;
        shape[open] = input.len().checked_div(known).unwrap_or(0);
    }
    Ok(vec![input.reshaped(shape)?])
}

fn flatten(input: &Tensor, axis: i64) -> Result<Vec<Tensor>, Problem> {
    let rank = input.shape().len();
    let place = if axis == i64::try_from(rank).unwrap_or(0) { rank } else { axis_of(axis, rank)? };
    let (front, back) = input.shape().split_at(place);
    Ok(vec![input.reshaped(vec![front.iter().product(), back.iter().product()])?])
}

fn concat(inputs: &Inputs<'_>, axis: i64) -> Result<Vec<Tensor>, Problem> {
    let first = given(inputs, 0)?;
    let axis = axis_of(axis, first.shape().len())?;
    let mut shape = first.shape().to_vec();
    for place in 1..inputs.len() {
        let other = given(inputs, place)?;
        let fits = other.shape().len() == shape.len()
            && other.element() == first.element()
            && shape.iter().zip(other.shape()).enumerate().all(|(place, (a, b))| place == axis || a == b);
        if !fits {
            return Err(Problem::new(format!("{:?} does not fit beside {:?}", other.shape(), first.shape())));
        }
        shape[axis] += other.shape()[axis];
    }
    volume(&shape)?;
    // Before the axis come blocks, of each of which every input gives its part.
    let blocks: usize = shape[..axis].iter().product();
    let width = |tensor: &Tensor| tensor.shape()[axis..].iter().product::<usize>();
    let parts: Vec<&Tensor> = inputs.iter().copied().flatten().collect();
    if first.element() == Element::Text {
        let mut texts = Vec::new();
        for block in 0..blocks {
            for part in &parts {
                let width = width(part);
                texts.extend_from_slice(&part.strings()?[block * width..(block + 1) * width]);
            }
        }
        return Ok(vec![Tensor::texts(shape, texts)?]);
    }
    let mut numbers = Vec::new();
    for block in 0..blocks {
        for part in &parts {
            let width = width(part);
            numbers.extend_from_slice(&part.values()?[block * width..(block + 1) * width]);
        }
    }
    Ok(vec![Tensor::numbers(shape, first.element(), numbers)?])
}

fn transpose(input: &Tensor, order: &[i64]) -> Result<Vec<Tensor>, Problem> {
    let rank = input.shape().len();
    let order: Vec<usize> = if order.is_empty() {
        (0..rank).rev().collect()
    } else {
        order.iter().map(|axis| axis_of(*axis, rank)).collect::<Result<_, _>>()?
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted != (0..rank).collect::<Vec<_>>() {
        return Err(Problem::new("its order of axes names one twice, or leaves one out"));
    }
    let mut strides = vec![1; rank];
    for axis in (1..rank).rev() {
        strides[axis - 1] = strides[axis] * input.shape()[axis];
    }
    let shape: Vec<usize> = order.iter().map(|axis| input.shape()[*axis]).collect();
    let places = (0..input.len()).map(|mut place| {
        let mut own = 0;
        for (length, axis) in shape.iter().zip(&order).rev() {
            own += place % length * strides[*axis];
            place /= length;
        }
        own
    });
    Ok(vec![input.picked(shape.clone(), places)?])
}

/// Rows of an axis by their numbers; negative ones count from the end.
pub(super) fn gather(inputs: &Inputs<'_>, axis: i64) -> Result<Vec<Tensor>, Problem> {
    let (input, wanted) = (given(inputs, 0)?, given(inputs, 1)?);
    let axis = axis_of(axis, input.shape().len())?;
    let rows = whole(wanted)?
        .into_iter()
        .map(|row| axis_of(row, input.shape()[axis]))
        .collect::<Result<Vec<_>, _>>()?;
    let (front, back) = (&input.shape()[..axis], &input.shape()[axis + 1..]);
    let (length, width): (usize, usize) = (input.shape()[axis], back.iter().product());
    let shape = [front, wanted.shape(), back].concat();
    volume(&shape)?;
    let places = (0..front.iter().product::<usize>()).flat_map(|block| {
        rows.iter().flat_map(move |row| {
            let start = (block * length + row) * width;
            start..start + width
        })
    });
    Ok(vec![input.picked(shape.clone(), places)?])
}

fn slice(inputs: &Inputs<'_>) -> Result<Vec<Tensor>, Problem> {
    let input = given(inputs, 0)?;
    let (starts, ends) = (whole(given(inputs, 1)?)?, whole(given(inputs, 2)?)?);
    let optional = |place: usize| inputs.get(place).copied().flatten().map(whole).transpose();
    let axes = optional(3)?.unwrap_or_else(|| (0..).take(starts.len()).collect());
    let strides = optional(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let mut result = input.clone();
    for (((start, end), axis), stride) in starts.iter().zip(&ends).zip(&axes).zip(&strides) {
        let axis = axis_of(*axis, result.shape().len())?;
        let length = i64::try_from(result.shape()[axis]).unwrap_or(i64::MAX);
        let stride = usize::try_from(*stride)
            .ok()
            .filter(|stride| *stride > 0)
            .ok_or_else(|| Problem::new("steps backwards are not known here"))?;
        let place = |at: i64| {
            let at = if at < 0 { at.saturating_add(length) } else { at };
            usize::try_from(at.clamp(0, length)).unwrap_or(0)
        };
        let rows: Vec<f64> = (place(*start)..place(*end)).step_by(stride).map(as_number).collect();
        let rows = Tensor::numbers(vec![rows.len()], Element::Int64, rows)?;
        let axis = i64::try_from(axis).unwrap_or(0);
        result = gather(&[Some(&result), Some(&rows)], axis)?.swap_remove(0);
    }
    Ok(vec![result])
}

/// Axes are an attribute in old files and an input in newer ones.
fn axes(inputs: &Inputs<'_>, own: &[i64]) -> Result<Vec<i64>, Problem> {
    match inputs.get(1).copied().flatten() {
        Some(axes) => whole(axes),
        None => Ok(own.to_vec()),
    }
}

fn squeeze(inputs: &Inputs<'_>, own: &[i64]) -> Result<Vec<Tensor>, Problem> {
    let input = given(inputs, 0)?;
    let rank = input.shape().len();
    let axes =
        axes(inputs, own)?.into_iter().map(|axis| axis_of(axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let is_gone = |axis: &usize| axes.contains(axis) || (axes.is_empty() && input.shape()[*axis] == 1);
    let shape = (0..rank).filter(|axis| !is_gone(axis)).map(|axis| input.shape()[axis]).collect();
    Ok(vec![input.reshaped(shape)?])
}

fn unsqueeze(inputs: &Inputs<'_>, own: &[i64]) -> Result<Vec<Tensor>, Problem> {
    let input = given(inputs, 0)?;
    let axes = axes(inputs, own)?;
    let rank = input.shape().len() + axes.len();
    let axes = axes.into_iter().map(|axis| axis_of(axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut lengths = input.shape().iter();
    let shape =
        (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { lengths.next().copied().unwrap_or(1) });
    Ok(vec![input.reshaped(shape.collect())?])
}
