//! Operators that prepare the columns of tables.

#![expect(clippy::float_cmp, reason = "operators compare to the last bit")]

use std::collections::HashMap;
use std::sync::Arc;

use super::attributes::Attributes;
use super::reductions::table;
use super::tensor::{Cells, Element, Tensor, volume};
use super::{Inputs, Operator, Problem, given};

/// The operator, if it is one of these.
pub(super) fn operator(attributes: &Attributes<'_>) -> Option<Result<Operator, Problem>> {
    Some(match attributes.operator() {
        "Scaler" => Ok(scaler(attributes)),
        "Imputer" => Ok(imputer(attributes)),
        "OneHotEncoder" => one_hot(attributes),
        "LabelEncoder" => label_encoder(attributes),
        "CategoryMapper" => category_mapper(attributes),
        "Normalizer" => normalizer(attributes),
        "ArrayFeatureExtractor" => Ok(Box::new(extract)),
        "FeatureVectorizer" => Ok(Box::new(side_by_side)),
        "Binarizer" => {
            let threshold = attributes.float("threshold").unwrap_or(0.0);
            Ok(each(move |_, number| f64::from(u8::from(number > threshold))))
        }
        "ZipMap" => zip_map(attributes),
        _ => return None,
    })
}

/// Calculates with each number and the number of its column; the result has 32 bits, unless the input has 64.
fn each(calculate: impl Fn(usize, f64) -> f64 + Send + Sync + 'static) -> Operator {
    Box::new(move |inputs| {
        let (input, _, columns) = table(inputs)?;
        let element = if input.element() == Element::Double { Element::Double } else { Element::Float };
        let numbers = input.values()?.iter().enumerate();
        let numbers =
            numbers.map(|(place, number)| element.round(calculate(place % columns.max(1), *number)));
        Ok(vec![Tensor::numbers(input.shape().to_vec(), element, numbers.collect())?])
    })
}

/// The number for a column, where one may stand for all.
fn of_column(numbers: &[f64], column: usize) -> Option<f64> {
    if let [all] = numbers { Some(*all) } else { numbers.get(column).copied() }
}

fn scaler(attributes: &Attributes<'_>) -> Operator {
    let (offsets, scales) = (attributes.floats("offset"), attributes.floats("scale"));
    each(move |column, number| {
        let (offset, scale) = (of_column(&offsets, column), of_column(&scales, column));
        // onnxruntime rounds the difference as well; numbers have 32 bits here.
        Element::Float.round(number - offset.unwrap_or(0.0)) * scale.unwrap_or(1.0)
    })
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
fn imputer(attributes: &Attributes<'_>) -> Operator {
    let whole = |numbers: &[i64]| numbers.iter().map(|number| *number as f64).collect::<Vec<_>>();
    let floats = attributes.floats("imputed_value_floats");
    let values = if floats.is_empty() { whole(attributes.ints("imputed_value_int64s")) } else { floats };
    let replaced = attributes
        .float("replaced_value_float")
        .or(attributes.int("replaced_value_int64").map(|number| number as f64))
        .unwrap_or(0.0);
    Box::new(move |inputs| {
        let (input, _, columns) = table(inputs)?;
        let is_replaced = |number: f64| number == replaced || (number.is_nan() && replaced.is_nan());
        let numbers = input.values()?.iter().enumerate().map(|(place, number)| {
            let value = of_column(&values, place % columns.max(1)).unwrap_or(*number);
            if is_replaced(*number) { value } else { *number }
        });
        Ok(vec![Tensor::numbers(input.shape().to_vec(), input.element(), numbers.collect())?])
    })
}

/// A number or a text, to look things up by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Text(Arc<str>),
    /// Bits of a number; all that are no numbers have the same.
    Number(u64),
}

impl Key {
    fn of_number(number: f64) -> Self {
        Self::Number(if number.is_nan() {
            f64::NAN.to_bits()
        } else if number == 0.0 {
            0
        } else {
            number.to_bits()
        })
    }

    fn all(tensor: &Tensor) -> Vec<Self> {
        match tensor.cells() {
            Cells::Texts(texts) => texts.iter().cloned().map(Self::Text).collect(),
            Cells::Numbers(numbers) => numbers.iter().map(|number| Self::of_number(*number)).collect(),
        }
    }
}

fn one_hot(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
    let whole = attributes.ints("cats_int64s").iter().map(|number| Key::of_number(*number as f64));
    let texts = attributes.texts("cats_strings")?.into_iter().map(Key::Text);
    let places: HashMap<Key, usize> =
        whole.chain(texts).enumerate().map(|(place, key)| (key, place)).collect();
    let width = attributes.ints("cats_int64s").len() + attributes.words("cats_strings").len();
    let takes_unknown = attributes.int("zeros") != Some(0);
    Ok(Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let shape = [input.shape(), &[width]].concat();
        let mut numbers = vec![0.0; volume(&shape)?];
        // Whole parts of numbers are looked up, as elsewhere.
        let keys = match input.cells() {
            Cells::Numbers(numbers) => numbers.iter().map(|number| Key::of_number(number.trunc())).collect(),
            Cells::Texts(_) => Key::all(input),
        };
        for (row, key) in keys.iter().enumerate() {
            match places.get(key) {
                Some(place) => numbers[row * width + place] = 1.0,
                None if takes_unknown => {}
                None => return Err(Problem::new("a category is unknown, and the model does not allow that")),
            }
        }
        Ok(vec![Tensor::numbers(shape, Element::Float, numbers)?])
    }))
}

/// A list of an attribute whose name ends with the type of its values.
#[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
fn list(attributes: &Attributes<'_>, name: &str) -> Result<Option<Tensor>, Problem> {
    if let Some(tensor) = attributes.tensor(&format!("{name}_tensor"))? {
        return Ok(Some(tensor));
    }
    let texts = attributes.texts(&format!("{name}_strings"))?;
    if !texts.is_empty() {
        return Tensor::texts(vec![texts.len()], texts).map(Some);
    }
    let floats = attributes.floats(&format!("{name}_floats"));
    if !floats.is_empty() {
        return Tensor::numbers(vec![floats.len()], Element::Float, floats).map(Some);
    }
    let whole: Vec<f64> =
        attributes.ints(&format!("{name}_int64s")).iter().map(|number| *number as f64).collect();
    if whole.is_empty() {
        Ok(None)
    } else {
        Tensor::numbers(vec![whole.len()], Element::Int64, whole).map(Some)
    }
}

fn label_encoder(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    if !attributes.words("classes_strings").is_empty() {
        let classes = attributes.texts("classes_strings")?;
        let default = attributes.int("default_int64").unwrap_or(-1);
        return Ok(between_classes(classes, default, attributes.text("default_string")?));
    }
    let missing = || Problem::new("it has no keys or no values");
    let keys = list(attributes, "keys")?.ok_or_else(missing)?;
    let values = list(attributes, "values")?.ok_or_else(missing)?;
    if keys.len() != values.len() {
        return Err(Problem::new("it has another number of keys than of values"));
    }
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (place, key) in Key::all(&keys).into_iter().enumerate() {
        places.entry(key).or_insert(place);
    }
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
    let default_whole = attributes.int("default_int64").map_or(-1.0, |number| number as f64);
    let default_number = match (attributes.tensor("default_tensor")?, values.element()) {
        (Some(default), _) if default.element() != Element::Text => {
            default.values()?.first().copied().unwrap_or(-1.0)
        }
        (_, Element::Int64) => default_whole,
        _ => attributes.float("default_float").unwrap_or(-0.0),
    };
    let default_text = attributes.text("default_string")?.unwrap_or_else(|| Arc::from("_Unused"));
    Ok(Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        if (input.element() == Element::Text) != (keys.element() == Element::Text) {
            return Err(Problem::new("it looks up texts among numbers, or the other way round"));
        }
        let (shape, found) = (input.shape().to_vec(), Key::all(input));
        let found = found.iter().map(|key| places.get(key).copied());
        Ok(vec![match values.cells() {
            Cells::Texts(texts) => {
                let texts = found
                    .map(|place| place.map_or_else(|| default_text.clone(), |place| texts[place].clone()));
                Tensor::texts(shape, texts.collect())?
            }
            Cells::Numbers(numbers) => {
                let numbers = found.map(|place| place.map_or(default_number, |place| numbers[place]));
                Tensor::numbers(shape, values.element(), numbers.collect())?
            }
        }])
    }))
}

/// Texts to their places in a list, and places to texts.
fn between_classes(classes: Vec<Arc<str>>, default: i64, default_text: Option<Arc<str>>) -> Operator {
    let default_text = default_text.unwrap_or_else(|| Arc::from("_Unused"));
    #[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
    let default = default as f64;
    Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let shape = input.shape().to_vec();
        #[expect(clippy::cast_precision_loss, reason = "lists have at most 2^26 texts")]
        let place =
            |text: &Arc<str>| classes.iter().position(|class| class == text).map_or(default, |at| at as f64);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
        let text = |number: &f64| {
            let class = if *number < 0.0 { None } else { classes.get(*number as usize) };
            class.unwrap_or(&default_text).clone()
        };
        Ok(vec![match input.cells() {
            Cells::Texts(texts) => Tensor::numbers(shape, Element::Int64, texts.iter().map(place).collect())?,
            Cells::Numbers(numbers) => Tensor::texts(shape, numbers.iter().map(text).collect())?,
        }])
    })
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
fn category_mapper(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let texts = attributes.texts("cats_strings")?;
    let whole: Vec<f64> = attributes.ints("cats_int64s").iter().map(|number| *number as f64).collect();
    let default = attributes.int("default_int64").unwrap_or(-1) as f64;
    let default_text = attributes.text("default_string")?.unwrap_or_else(|| Arc::from("_Unused"));
    Ok(Box::new(move |inputs| {
        let input = given(inputs, 0)?;
        let shape = input.shape().to_vec();
        let number = |text: &Arc<str>| {
            let place = texts.iter().position(|known| known == text);
            place.and_then(|place| whole.get(place)).copied().unwrap_or(default)
        };
        let text = |number: &f64| {
            let place = whole.iter().position(|known| known == number);
            place.and_then(|place| texts.get(place)).unwrap_or(&default_text).clone()
        };
        Ok(vec![match input.cells() {
            Cells::Texts(cells) => {
                Tensor::numbers(shape, Element::Int64, cells.iter().map(number).collect())?
            }
            Cells::Numbers(cells) => Tensor::texts(shape, cells.iter().map(text).collect())?,
        }])
    }))
}

fn normalizer(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let size: fn(&[f64]) -> f64 = match attributes.text("norm")?.as_deref() {
        None | Some("MAX") => |row| row.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Some("L1") => |row| row.iter().map(|number| number.abs()).sum(),
        Some("L2") => |row| row.iter().map(|number| number * number).sum::<f64>().sqrt(),
        Some(other) => return Err(Problem::new(format!("the norm `{other}` is not known here"))),
    };
    Ok(Box::new(move |inputs| {
        let (input, _, columns) = table(inputs)?;
        let mut numbers = input.values()?.to_vec();
        for row in numbers.chunks_mut(columns.max(1)) {
            let size = size(row);
            if size != 0.0 {
                for number in row {
                    *number = Element::Float.round(*number / size);
                }
            }
        }
        Ok(vec![Tensor::numbers(input.shape().to_vec(), Element::Float, numbers)?])
    }))
}

/// Columns of a table by their numbers.
fn extract(inputs: &Inputs<'_>) -> Result<Vec<Tensor>, Problem> {
    let (input, wanted) = (given(inputs, 0)?, given(inputs, 1)?);
    let wanted = wanted.reshaped(vec![wanted.len()])?;
    let input = if input.shape().len() < 2 { &input.reshaped(vec![1, input.len()])? } else { input };
    super::shapes::gather(&[Some(input), Some(&wanted)], -1)
}

fn side_by_side(inputs: &Inputs<'_>) -> Result<Vec<Tensor>, Problem> {
    let parts: Vec<&Tensor> = inputs.iter().copied().flatten().collect();
    let (rows, _) = given(inputs, 0)?.as_table();
    let widths: Vec<usize> = parts.iter().map(|part| part.as_table().1).collect();
    if parts.iter().any(|part| part.as_table().0 != rows) {
        return Err(Problem::new("its inputs have different numbers of rows"));
    }
    let shape = vec![rows, widths.iter().sum()];
    let mut numbers = Vec::with_capacity(volume(&shape)?);
    for row in 0..rows {
        for (part, width) in parts.iter().zip(&widths) {
            let cells = &part.values()?[row * width..(row + 1) * width];
            numbers.extend(cells.iter().map(|number| Element::Float.round(*number)));
        }
    }
    Ok(vec![Tensor::numbers(shape, Element::Float, numbers)?])
}

/// Names the columns of probabilities.
fn zip_map(attributes: &Attributes<'_>) -> Result<Operator, Problem> {
    let mut labels = attributes.texts("classlabels_strings")?;
    labels.extend(attributes.ints("classlabels_int64s").iter().map(|label| Arc::from(label.to_string())));
    let labels: Arc<[Arc<str>]> = labels.into();
    Ok(Box::new(move |inputs| {
        let (input, _, columns) = table(inputs)?;
        if columns != labels.len() {
            return Err(Problem::new(format!("{columns} columns cannot have {} names", labels.len())));
        }
        Ok(vec![input.clone().with_labels(labels.clone())])
    }))
}
