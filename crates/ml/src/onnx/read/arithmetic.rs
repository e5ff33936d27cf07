//! Operators that calculate cell by cell.

#![expect(clippy::float_cmp, reason = "operators compare to the last bit")]

use super::attributes::Attributes;
use super::tensor::{Cells, Element, Tensor, volume};
use super::{Inputs, Operator, Problem, element_of, given};

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>) -> Option<Result<Operator, Problem>> {
    let same = |element: Element| element;
    let truth = |_: Element| Element::Bool;
    Some(Ok(match attributes.operator() {
        "Identity" | "Dropout" => Box::new(|inputs: &Inputs<'_>| Ok(vec![given(inputs, 0)?.clone()])),
        "Add" => each_pair(same, |_, a, b| a + b),
        "Sub" => each_pair(same, |_, a, b| a - b),
        "Mul" => each_pair(same, |_, a, b| a * b),
        // Division of whole numbers by 0 ends programs elsewhere; here it is 0 after rounding.
        "Div" => each_pair(same, |element, a, b| match element {
            Element::Int64 | Element::Int32 if b == 0.0 => 0.0,
            _ => a / b,
        }),
        "Pow" => each_pair(same, |_, a, b| a.powf(b)),
        "Min" => folded(f64::min),
        "Max" => folded(f64::max),
        "Sum" => folded(|a, b| a + b),
        "Equal" => equal(),
        "Less" => each_pair(truth, |_, a, b| f64::from(u8::from(a < b))),
        "LessOrEqual" => each_pair(truth, |_, a, b| f64::from(u8::from(a <= b))),
        "Greater" => each_pair(truth, |_, a, b| f64::from(u8::from(a > b))),
        "GreaterOrEqual" => each_pair(truth, |_, a, b| f64::from(u8::from(a >= b))),
        "And" => each_pair(truth, |_, a, b| a * b),
        "Or" => each_pair(truth, |_, a, b| f64::from(u8::from(a + b > 0.0))),
        "Xor" => each_pair(truth, |_, a, b| (a - b).abs()),
        "Not" => each(truth, |x| 1.0 - x),
        "IsNaN" => each(truth, |x| f64::from(u8::from(x.is_nan()))),
        "Abs" => each(same, f64::abs),
        "Neg" => each(same, |x| -x),
        "Exp" => each(same, f64::exp),
        "Log" => each(same, f64::ln),
        "Sqrt" => each(same, f64::sqrt),
        "Reciprocal" => each(same, |x| 1.0 / x),
        "Floor" => each(same, f64::floor),
        "Ceil" => each(same, f64::ceil),
        "Round" => each(same, f64::round_ties_even),
        "Sign" => each(same, |x| if x == 0.0 || x.is_nan() { x } else { x.signum() }),
        "Sigmoid" => each(same, logistic),
        "Tanh" => each(same, f64::tanh),
        "Relu" => each(same, |x| if x < 0.0 { 0.0 } else { x }),
        "Clip" => clip(attributes),
        "Where" => Box::new(choose),
        "Cast" => return Some(cast(attributes)),
        _ => return None,
    }))
}

/// 1 divided by 1 and `e` to the power of `-x`.
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn each(element: fn(Element) -> Element, calculate: fn(f64) -> f64) -> Operator {
    Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let element = element(input.element());
        let numbers = input.values()?.iter().map(|x| element.round(calculate(*x))).collect();
        Ok(vec![Tensor::numbers(input.shape().to_vec(), element, numbers)?])
    })
}

fn each_pair(
    element: fn(Element) -> Element,
    calculate: impl Fn(Element, f64, f64) -> f64 + Send + Sync + 'static,
) -> Operator {
    Box::new(move |inputs| {
        let (one, other) = (given(inputs, 0)?, given(inputs, 1)?);
        let inner = one.element();
        let outer = element(inner);
        pairwise(one, other, outer, |a, b| outer.round(calculate(inner, a, b))).map(|found| vec![found])
    })
}

/// Any number of inputs, the first two, then the result with the third, and so on.
fn folded(calculate: fn(f64, f64) -> f64) -> Operator {
    Box::new(move |inputs| {
        let mut result = given(inputs, 0)?.clone();
        for place in 1..inputs.len() {
            let element = result.element();
            result = pairwise(&result, given(inputs, place)?, element, |a, b| {
                // The least or greatest of what is no number is none.
                if a.is_nan() || b.is_nan() { f64::NAN } else { element.round(calculate(a, b)) }
            })?;
        }
        Ok(vec![result])
    })
}

fn equal() -> Operator {
    Box::new(|inputs| {
        let (one, other) = (given(inputs, 0)?, given(inputs, 1)?);
        if one.element() != Element::Text {
            let is_equal = |a: f64, b: f64| f64::from(u8::from(a == b));
            return pairwise(one, other, Element::Bool, is_equal).map(|found| vec![found]);
        }
        let shape = common_shape(one.shape(), other.shape())?;
        let (texts, others) = (one.strings()?, other.strings()?);
        let flags = places(one.shape(), &shape)
            .zip(places(other.shape(), &shape))
            .map(|(a, b)| f64::from(u8::from(texts.get(a) == others.get(b))));
        Ok(vec![Tensor::numbers(shape.clone(), Element::Bool, flags.collect())?])
    })
}

/// Calculates with pairs of cells; axes of length 1 are repeated.
fn pairwise(
    one: &Tensor,
    other: &Tensor,
    element: Element,
    calculate: impl Fn(f64, f64) -> f64,
) -> Result<Tensor, Problem> {
    let (a, b) = (one.values()?, other.values()?);
    if one.shape() == other.shape() {
        let numbers = a.iter().zip(b).map(|(a, b)| calculate(*a, *b)).collect();
        return Tensor::numbers(one.shape().to_vec(), element, numbers);
    }
    let shape = common_shape(one.shape(), other.shape())?;
    let numbers: Vec<f64> = if let [b] = b {
        a.iter().map(|a| calculate(*a, *b)).collect()
    } else {
        places(one.shape(), &shape)
            .zip(places(other.shape(), &shape))
            .map(|(place, other)| calculate(a[place], b[other]))
            .collect()
    };
    Tensor::numbers(shape, element, numbers)
}

/// The shape that both can be repeated to.
pub(super) fn common_shape(one: &[usize], other: &[usize]) -> Result<Vec<usize>, Problem> {
    let rank = one.len().max(other.len());
    let length =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    let shape: Option<Vec<usize>> = (0..rank)
        .map(|axis| match (length(one, axis), length(other, axis)) {
            (a, b) if a == b => Some(a),
            (1, b) => Some(b),
            (a, 1) => Some(a),
            _ => None,
        })
        .collect();
    let shape =
        shape.ok_or_else(|| Problem::new(format!("the shapes {one:?} and {other:?} do not go together")))?;
    volume(&shape)?;
    Ok(shape)
}

/// For each cell of `shape` its place among the cells of `own`, which is repeated to it.
pub(super) fn places(own: &[usize], shape: &[usize]) -> impl Iterator<Item = usize> {
    let count = shape.iter().product();
    // How far a step along each axis leads; nowhere where it is repeated.
    let mut steps = vec![0; shape.len()];
    let mut step = 1;
    for (axis, length) in own.iter().enumerate().rev() {
        if *length > 1 {
            steps[shape.len() - own.len() + axis] = step;
        }
        step *= length;
    }
    let shape = shape.to_vec();
    let mut counters = vec![0; shape.len()];
    let mut place = 0;
    (0..count).map(move |_| {
        let current = place;
        for axis in (0..shape.len()).rev() {
            counters[axis] += 1;
            place += steps[axis];
            if counters[axis] < shape[axis] {
                break;
            }
            place -= steps[axis] * shape[axis];
            counters[axis] = 0;
        }
        current
    })
}

/// Limits are attributes in old files and inputs in newer ones.
fn clip(attributes: &Attributes<'_>) -> Operator {
    let (low, high) = (attributes.float("min"), attributes.float("max"));
    Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let limit = |place: usize, own: Option<f64>| -> Result<Option<f64>, Problem> {
            let given = inputs.get(place).copied().flatten().map(Tensor::values).transpose()?;
            Ok(given.and_then(|numbers| numbers.first().copied()).or(own))
        };
        let low = limit(1, low)?.unwrap_or(f64::NEG_INFINITY);
        let high = limit(2, high)?.unwrap_or(f64::INFINITY);
        let element = input.element();
        let clipped = |x: &f64| {
            let raised = if *x < low { low } else { *x };
            element.round(if raised > high { high } else { raised })
        };
        let numbers = input.values()?.iter().map(clipped).collect();
        Ok(vec![Tensor::numbers(input.shape().to_vec(), element, numbers)?])
    })
}

fn choose(inputs: &Inputs<'_>) -> Result<Vec<Tensor>, Problem> {
    let (condition, yes, no) = (given(inputs, 0)?, given(inputs, 1)?, given(inputs, 2)?);
    let shape = common_shape(condition.shape(), &common_shape(yes.shape(), no.shape())?)?;
    let flags = condition.values()?;
    let ways = places(condition.shape(), &shape)
        .zip(places(yes.shape(), &shape).zip(places(no.shape(), &shape)))
        .map(|(flag, ways)| (flags[flag] != 0.0, ways));
    let chosen = if yes.element() == Element::Text {
        let (yes, no) = (yes.strings()?, no.strings()?);
        let texts =
            ways.map(|(is_yes, (a, b))| if is_yes { yes[a].clone() } else { no[b].clone() }).collect();
        Tensor::texts(shape.clone(), texts)?
    } else {
        let (a, b) = (yes.values()?, no.values()?);
        let numbers = ways.map(|(is_yes, (yes, no))| if is_yes { a[yes] } else { b[no] }).collect();
        Tensor::numbers(shape.clone(), yes.element(), numbers)?
    };
    Ok(vec![chosen])
}

fn cast(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let number = attributes.int("to").and_then(|to| i32::try_from(to).ok());
    let to = element_of(number.ok_or_else(|| Problem::new("it does not say what to cast to"))?)?;
    Ok(Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let shape = input.shape().to_vec();
        Ok(vec![match (input.cells(), to) {
            (Cells::Texts(_), Element::Text) => input.clone(),
            (Cells::Texts(texts), _) => {
                let number = |text: &std::sync::Arc<str>| {
                    let number: f64 = text.trim().parse().map_err(|_| {
                        Problem::new(format!(
                            "`{}` is not a number",
                            text.chars().take(50).collect::<String>()
                        ))
                    })?;
                    Ok(to.round(number))
                };
                Tensor::numbers(shape, to, texts.iter().map(number).collect::<Result<_, Problem>>()?)?
            }
            (Cells::Numbers(numbers), Element::Text) => {
                let texts = numbers.iter().map(|number| number_as_text(*number, input.element()));
                Tensor::texts(shape, texts.collect())?
            }
            (Cells::Numbers(numbers), _) => {
                Tensor::numbers(shape, to, numbers.iter().map(|number| to.round(*number)).collect())?
            }
        }])
    }))
}

/// A number as C++ writes it with `%g`, near enough for the whole numbers that categories are.
fn number_as_text(number: f64, element: Element) -> std::sync::Arc<str> {
    #[expect(clippy::cast_possible_truncation, reason = "the number was a float")]
    let text = match element {
        Element::Float => (number as f32).to_string(),
        _ => number.to_string(),
    };
    text.into()
}
