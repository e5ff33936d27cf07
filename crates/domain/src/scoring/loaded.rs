//! A model in memory, ready to answer.

use std::sync::Arc;

use ml::onnx::{Cells, Element, Graph, GraphInput, ModelInputs, Tensor};
use ml::{Answer, Cell};
use serde_json::{Map, Value, json};

use super::{Array, Input, columns};
use crate::{Error, Result};

/// A model of either kind.
#[derive(Debug)]
pub(super) enum Loaded {
    /// Trained here.
    Native(Box<ml::Model>),
    /// Read from an ONNX file, with what its signature tells.
    Graph(Box<Graph>, ModelInputs),
}

/// One thing that a model gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Type of its values.
    pub element: &'static str,
    /// Lengths of its axes, rows first.
    pub shape: Vec<usize>,
    /// The values, row by row; numbers that JSON does not know are null.
    pub values: Vec<Value>,
}

/// An input or an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Type of its values in the words of the Open Inference Protocol, such as `FP64`.
    pub element: &'static str,
    /// Lengths of its axes; -1 where any will do.
    pub shape: Vec<i64>,
}

/// What a model takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// `cuaderno` or `onnx`.
    pub platform: &'static str,
    /// What it takes.
    pub inputs: Vec<Port>,
    /// What it gives.
    pub outputs: Vec<Port>,
}

/// The protocol's word for a kind of value.
fn word(element: Element) -> &'static str {
    match element {
        Element::Float => "FP32",
        Element::Double => "FP64",
        Element::Int64 => "INT64",
        Element::Int32 => "INT32",
        Element::Bool => "BOOL",
        Element::Text => "BYTES",
    }
}

impl Loaded {
    /// The answers to what is asked; takes time, so not on a thread that serves others.
    pub(super) fn predict(&self, input: Input) -> Result<Vec<Output>> {
        match self {
            Self::Native(model) => native(model, input),
            Self::Graph(graph, signature) => {
                let inputs = match signature {
                    ModelInputs::Columns(signature) => {
                        let (cells, count) = columns::enforced(input, signature, false)?;
                        let names = signature.iter().map(|column| column.name.as_str());
                        of_columns(graph, names.zip(cells).collect(), count)?
                    }
                    ModelInputs::Unknown | ModelInputs::Tensors(_) => of_input(graph, input)?,
                };
                let found = graph.run(inputs).map_err(unfit)?;
                Ok(graph.outputs().iter().zip(found).map(|(name, tensor)| output(name, &tensor)).collect())
            }
        }
    }

    /// Whether it takes columns by name, whatever form they come in.
    pub(super) fn takes_columns(&self) -> bool {
        matches!(self, Self::Native(_) | Self::Graph(_, ModelInputs::Columns(_)))
    }

    pub(super) fn describe(&self) -> Described {
        match self {
            Self::Native(model) => {
                let port = |column: ml::onnx::SignatureColumn| Port {
                    element: match column.r#type {
                        ml::onnx::ColumnType::String => "BYTES",
                        ml::onnx::ColumnType::Long => "INT64",
                        _ => "FP64",
                    },
                    name: column.name,
                    shape: vec![-1],
                };
                Described {
                    platform: "cuaderno",
                    inputs: model.onnx_inputs().into_iter().map(port).collect(),
                    outputs: model.onnx_outputs().into_iter().map(port).collect(),
                }
            }
            Self::Graph(graph, _) => {
                let length =
                    |length: &Option<usize>| length.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
                let input = |input: &GraphInput| Port {
                    name: input.name.clone(),
                    element: word(input.element),
                    shape: input.shape.iter().map(length).collect(),
                };
                // What a graph gives is only known once it has run.
                let output = |name: &String| Port { name: name.clone(), element: "FP32", shape: vec![-1] };
                Described {
                    platform: "onnx",
                    inputs: graph.inputs().iter().map(input).collect(),
                    outputs: graph.outputs().iter().map(output).collect(),
                }
            }
        }
    }
}

/// An input that does not fit is the asker's matter.
fn unfit(error: ml::Error) -> Error {
    match error {
        ml::Error::OnnxRun(problem) => {
            Error::Rule(format!("the model cannot calculate with this: {problem}"))
        }
        other => other.into(),
    }
}

fn native(model: &ml::Model, input: Input) -> Result<Vec<Output>> {
    let (cells, count) = columns::enforced(input, &model.onnx_inputs(), true)?;
    let rows: Vec<Vec<Cell<'_>>> = (0..count)
        .map(|row| {
            cells
                .iter()
                .map(|column| match column {
                    Cells::Numbers(numbers) if numbers[row].is_nan() => Cell::Missing,
                    Cells::Numbers(numbers) => Cell::Number(numbers[row]),
                    Cells::Texts(texts) => Cell::Text(&texts[row]),
                })
                .collect()
        })
        .collect();
    let answers = model.answers(rows.iter().map(Vec::as_slice));
    let outputs = model.onnx_outputs().into_iter().enumerate().map(|(place, column)| {
        let value = |answer: &Answer| match answer {
            Answer::Number(number) => json!(number),
            Answer::Class { class, .. } if place == 0 => json!(model.classes().get(*class)),
            Answer::Class { probabilities, .. } => json!(probabilities.get(place - 1)),
        };
        let element = if column.r#type == ml::onnx::ColumnType::String { "BYTES" } else { "FP64" };
        let values = answers.iter().map(value).collect();
        Output { name: column.name, element, shape: vec![count], values }
    });
    Ok(outputs.collect())
}

/// The inputs of a graph from columns: each its own, or all side by side where there is just one input.
fn of_columns(graph: &Graph, mut columns: Vec<(&str, Cells)>, count: usize) -> Result<Vec<Tensor>> {
    if let [input] = graph.inputs()
        && !(columns.len() == 1 && columns[0].0 == input.name)
    {
        return side_by_side(input, columns.into_iter().map(|(_, cells)| cells).collect(), count)
            .map(|tensor| vec![tensor]);
    }
    let mut take = |input: &GraphInput| {
        let place = columns.iter().position(|(name, _)| *name == input.name);
        let place = place.ok_or_else(|| {
            Error::Rule(format!("the model needs the input `{}`, which is not there", input.name))
        })?;
        let shape = if input.shape.len() == 1 { vec![count] } else { vec![count, 1] };
        tensor(input, shape, columns.swap_remove(place).1)
    };
    graph.inputs().iter().map(&mut take).collect()
}

fn side_by_side(input: &GraphInput, columns: Vec<Cells>, count: usize) -> Result<Tensor> {
    let shape = vec![count, columns.len()];
    if input.element == Element::Text {
        let mut texts: Vec<Arc<str>> = Vec::with_capacity(count * columns.len());
        for row in 0..count {
            for column in &columns {
                texts.push(match column {
                    Cells::Texts(texts) => Arc::clone(&texts[row]),
                    Cells::Numbers(numbers) => numbers[row].to_string().into(),
                });
            }
        }
        return tensor(input, shape, Cells::Texts(texts));
    }
    let mut numbers = Vec::with_capacity(count * columns.len());
    for row in 0..count {
        for column in &columns {
            match column {
                Cells::Numbers(column) => numbers.push(column[row]),
                Cells::Texts(_) => {
                    return Err(Error::Rule(format!(
                        "`{}` takes numbers, but a column holds texts",
                        input.name
                    )));
                }
            }
        }
    }
    tensor(input, shape, Cells::Numbers(numbers))
}

fn tensor(input: &GraphInput, shape: Vec<usize>, cells: Cells) -> Result<Tensor> {
    let tensor = match (cells, input.element) {
        (Cells::Texts(texts), Element::Text) => Tensor::of_texts(shape, texts),
        (Cells::Numbers(numbers), element) if element != Element::Text => {
            Tensor::of_numbers(shape, element, numbers)
        }
        _ => None,
    };
    tensor
        .ok_or_else(|| Error::Rule(format!("`{}` takes values of type {}", input.name, word(input.element))))
}

/// The inputs of a graph without a signature of columns.
fn of_input(graph: &Graph, input: Input) -> Result<Vec<Tensor>> {
    match (input, graph.inputs()) {
        (Input::Array(array), [input]) => Ok(vec![of_array(input, array)?]),
        (Input::Array(_), inputs) => {
            let names: Vec<String> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
            Err(Error::Rule(format!("the model has {} inputs: name them: {}", names.len(), names.join(", "))))
        }
        (Input::Arrays(mut arrays), [input]) if arrays.len() == 1 => {
            let array = arrays.pop_first().map(|(_, array)| array);
            Ok(vec![of_array(input, array.ok_or_else(|| Error::Rule("there is no input".to_owned()))?)?])
        }
        (Input::Arrays(mut arrays), inputs)
            if inputs.iter().all(|input| arrays.contains_key(&input.name)) =>
        {
            let take = |input: &GraphInput| {
                let array =
                    arrays.remove(&input.name).ok_or_else(|| Error::not_found("input", &input.name))?;
                let is_list = array.shape.len() == 1 && input.shape.len() == 2;
                let shape = if is_list { vec![array.shape[0], 1] } else { array.shape };
                of_array(input, Array { shape, cells: array.cells })
            };
            inputs.iter().map(take).collect()
        }
        (Input::Table { columns: None, rows }, [input]) => {
            let rows = Value::Array(rows.into_iter().map(Value::Array).collect());
            Ok(vec![of_array(input, Array::from_json(rows, "rows")?)?])
        }
        (input @ Input::Table { columns: Some(_), .. }, [graph_input]) => {
            // Columns are taken in the order in which they were sent.
            let Input::Table { rows, .. } = input else { return Ok(Vec::new()) };
            let rows = Value::Array(rows.into_iter().map(Value::Array).collect());
            Ok(vec![of_array(graph_input, Array::from_json(rows, "rows")?)?])
        }
        (input, inputs) => {
            let (mut columns, count) = columns::by_name(input)?;
            let take = |input: &GraphInput| {
                let cells = columns.remove(&input.name).ok_or_else(|| {
                    Error::Rule(format!("the model needs the input `{}`, which is not there", input.name))
                })?;
                let shape = if input.shape.len() == 1 { vec![count] } else { vec![count, 1] };
                of_array(input, Array { shape, cells })
            };
            inputs.iter().map(take).collect()
        }
    }
}

fn of_array(input: &GraphInput, array: Array) -> Result<Tensor> {
    let wrong = |value: &Value| {
        let told: String = value.to_string().chars().take(60).collect();
        Error::Rule(format!("`{}` takes values of type {}, not {told}", input.name, word(input.element)))
    };
    let cells = if input.element == Element::Text {
        let text = |value: &Value| match value {
            Value::String(text) => Ok(Arc::from(text.as_str())),
            Value::Null => Ok(Arc::from("")),
            other => Err(wrong(other)),
        };
        Cells::Texts(array.cells.iter().map(text).collect::<Result<_>>()?)
    } else {
        let number = |value: &Value| match value {
            Value::Number(_) | Value::String(_) => columns::number(value).ok_or_else(|| wrong(value)),
            Value::Bool(flag) => Ok(f64::from(u8::from(*flag))),
            Value::Null if matches!(input.element, Element::Float | Element::Double) => Ok(f64::NAN),
            other => Err(wrong(other)),
        };
        Cells::Numbers(array.cells.iter().map(number).collect::<Result<_>>()?)
    };
    tensor(input, array.shape, cells)
}

fn output(name: &str, tensor: &Tensor) -> Output {
    #[expect(clippy::cast_possible_truncation, reason = "the numbers are whole")]
    let number = |number: &f64| match tensor.element() {
        Element::Int64 | Element::Int32 => json!(*number as i64),
        Element::Bool => json!(*number != 0.0),
        _ if number.is_finite() => json!(number),
        _ => Value::Null,
    };
    let values: Vec<Value> = match tensor.cells() {
        Cells::Numbers(numbers) => numbers.iter().map(number).collect(),
        Cells::Texts(texts) => texts.iter().map(|text| json!(&**text)).collect(),
    };
    let mut shape = tensor.shape().to_vec();
    let Some(labels) = tensor.labels() else {
        return Output { name: name.to_owned(), element: word(tensor.element()), shape, values };
    };
    // Probabilities with the names of their classes.
    let row = |row: &[Value]| {
        let named = labels.iter().zip(row).map(|(label, value)| (label.to_string(), value.clone()));
        Value::Object(named.collect::<Map<_, _>>())
    };
    shape.truncate(1);
    let values = values.chunks(labels.len().max(1)).map(row).collect();
    Output { name: name.to_owned(), element: "BYTES", shape, values }
}
