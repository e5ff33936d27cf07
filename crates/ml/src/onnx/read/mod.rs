//! Graphs of other programs, read and calculated.
//!
//! A file is input: it is measured before it is decoded, every operator checks what it gets, and no shape takes memory
//! before it is asked for its size.

mod arithmetic;
mod attributes;
mod lines;
mod reductions;
mod shapes;
mod tables;
mod tensor;
mod trees;
mod weight;

use std::collections::HashMap;

use bytes::Bytes;
use prost::Message;

use super::proto::{GraphProto, ModelProto, NodeProto, TypeProto, element};
use crate::Error;
use attributes::Attributes;
pub use tensor::{Cells, Element, Tensor};

/// Most nodes of a graph.
const NODES_MAX: usize = 10_000;

/// What an operator cannot do, as the rest of a sentence.
#[derive(Debug)]
pub(super) struct Problem(String);

impl Problem {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The inputs of an operator; those that are left out are `None`.
type Inputs<'a> = [Option<&'a Tensor>];

/// An operator with its attributes.
type Operator = Box<dyn Fn(&Inputs<'_>) -> Result<Vec<Tensor>, Problem> + Send + Sync>;

/// What a graph takes.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphInput {
    /// Its name.
    pub name: String,
    /// What its cells are.
    pub element: Element,
    /// Lengths of its axes; `None` where any will do. No axes if the file does not tell.
    pub shape: Vec<Option<usize>>,
}

/// A calculation that was read from a file.
pub struct Graph {
    inputs: Vec<GraphInput>,
    outputs: Vec<String>,
    /// Where outputs lie among the values.
    output_places: Vec<usize>,
    /// What does not change, with its place.
    constants: Vec<(usize, Tensor)>,
    steps: Vec<Step>,
    value_count: usize,
}

/// One operation.
struct Step {
    operator: Operator,
    name: String,
    inputs: Vec<Option<usize>>,
    outputs: Vec<Option<usize>>,
    /// Values that nobody needs any more.
    over: Vec<usize>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .field("steps", &self.steps.len())
            .finish_non_exhaustive()
    }
}

impl Graph {
    /// Reads an ONNX file; whatever the bytes are, this neither panics nor takes more memory than a small multiple of their
    /// length.
    ///
    /// # Errors
    ///
    /// [`Error::OnnxFile`] if it is none, is damaged, or has an operator that is not known here.
    pub fn read(bytes: Bytes) -> Result<Self, Error> {
        weight::check(&bytes).map_err(|Problem(problem)| Error::OnnxFile(problem))?;
        let model = ModelProto::decode(bytes).map_err(|error| Error::OnnxFile(error.to_string()))?;
        let version =
            model.opset_import.iter().find(|set| set.domain.is_empty()).map_or(1, |set| set.version);
        let graph = model.graph.ok_or_else(|| Error::OnnxFile("there is no graph in it".to_owned()))?;
        Self::of_graph(&graph, version).map_err(|Problem(problem)| Error::OnnxFile(problem))
    }

    fn of_graph(graph: &GraphProto, version: i64) -> Result<Self, Problem> {
        if graph.node.len() > NODES_MAX {
            return Err(Problem::new(format!("it has more than {NODES_MAX} operations")));
        }
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut value_count = 0;
        let mut place_of_new = |name| {
            value_count += 1;
            if places.insert(name, value_count - 1).is_some() {
                return Err(Problem::new(format!("it defines `{name}` twice")));
            }
            Ok(value_count - 1)
        };
        let mut constants = Vec::new();
        for tensor in &graph.initializer {
            constants.push((place_of_new(tensor.name.as_str())?, attributes::tensor(tensor)?));
        }
        let mut inputs = Vec::new();
        // Old files name what does not change among the inputs as well.
        let is_input = |name: &str| !graph.initializer.iter().any(|tensor| tensor.name == name);
        for info in graph.input.iter().filter(|info| is_input(&info.name)) {
            place_of_new(info.name.as_str())?;
            inputs.push(graph_input(&info.name, info.r#type.as_ref())?);
        }
        let mut steps = Vec::with_capacity(graph.node.len());
        for node in &graph.node {
            let operator = operator(node, version)
                .map_err(|Problem(problem)| Problem(format!("the operation {}: {problem}", told(node))))?;
            steps.push((operator, node, Vec::new(), Vec::new()));
        }
        for (_, node, step_inputs, outputs) in &mut steps {
            for name in &node.input {
                step_inputs.push(match (name.as_str(), places.get(name.as_str())) {
                    ("", _) => None,
                    (_, Some(place)) => Some(*place),
                    (name, None) => {
                        return Err(Problem::new(format!(
                            "{} needs `{name}`, which nothing gives",
                            told(node)
                        )));
                    }
                });
            }
            for name in &node.output {
                outputs.push(if name.is_empty() {
                    None
                } else {
                    if places.insert(name, value_count).is_some() {
                        return Err(Problem::new(format!("it defines `{name}` twice")));
                    }
                    value_count += 1;
                    Some(value_count - 1)
                });
            }
        }
        let output = |name: &str| {
            places
                .get(name)
                .copied()
                .ok_or_else(|| Problem::new(format!("nothing gives the output `{name}`")))
        };
        let outputs: Vec<String> = graph.output.iter().map(|info| info.name.clone()).collect();
        let output_places = outputs.iter().map(|name| output(name)).collect::<Result<Vec<_>, _>>()?;
        if inputs.is_empty() || outputs.is_empty() {
            return Err(Problem::new("it has no inputs or no outputs"));
        }
        let mut steps: Vec<Step> = steps
            .into_iter()
            .map(|(operator, node, inputs, outputs)| Step {
                operator,
                name: told(node),
                inputs,
                outputs,
                over: Vec::new(),
            })
            .collect();
        let kept = |place: &usize| output_places.contains(place) || *place < constants.len();
        let mut last: HashMap<usize, usize> = HashMap::new();
        for (number, step) in steps.iter().enumerate() {
            for place in step.inputs.iter().chain(&step.outputs).flatten().filter(|place| !kept(place)) {
                last.insert(*place, number);
            }
        }
        for (place, number) in last {
            steps[number].over.push(place);
        }
        Ok(Self { inputs, outputs, output_places, constants, steps, value_count })
    }

    /// What it takes.
    #[must_use]
    pub fn inputs(&self) -> &[GraphInput] {
        &self.inputs
    }

    /// Names of what it gives.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// Calculates: one tensor for each of [`inputs`](Self::inputs), one for each of [`outputs`](Self::outputs).
    ///
    /// # Errors
    ///
    /// [`Error::OnnxRun`] if the inputs do not fit, or what they lead to is too large.
    pub fn run(&self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, Error> {
        if inputs.len() != self.inputs.len() {
            return Err(Error::OnnxRun(format!(
                "it takes {} inputs, not {}",
                self.inputs.len(),
                inputs.len()
            )));
        }
        for (tensor, input) in inputs.iter().zip(&self.inputs) {
            check_input(tensor, input)?;
        }
        let mut values: Vec<Option<Tensor>> = vec![None; self.value_count];
        for (place, tensor) in inputs.into_iter().enumerate() {
            values[self.constants.len() + place] = Some(tensor);
        }
        for step in &self.steps {
            let taken: Vec<Option<&Tensor>> =
                step.inputs.iter().map(|place| place.and_then(|place| self.value(&values, place))).collect();
            let found = (step.operator)(&taken)
                .map_err(|Problem(problem)| Error::OnnxRun(format!("{}: {problem}", step.name)))?;
            for (tensor, place) in found.into_iter().zip(&step.outputs) {
                if let Some(place) = place {
                    values[*place] = Some(tensor);
                }
            }
            for place in &step.over {
                values[*place] = None;
            }
        }
        let given = self.output_places.iter().zip(&self.outputs).map(|(place, name)| {
            self.value(&values, *place)
                .cloned()
                .ok_or_else(|| Error::OnnxRun(format!("nothing was calculated for `{name}`")))
        });
        given.collect()
    }

    fn value<'a>(&'a self, values: &'a [Option<Tensor>], place: usize) -> Option<&'a Tensor> {
        match self.constants.get(place) {
            Some((_, constant)) => Some(constant),
            None => values.get(place)?.as_ref(),
        }
    }
}

fn check_input(tensor: &Tensor, input: &GraphInput) -> Result<(), Error> {
    let name = &input.name;
    if tensor.element() != input.element {
        return Err(Error::OnnxRun(format!(
            "`{name}` takes {:?}, not {:?}",
            input.element,
            tensor.element()
        )));
    }
    let fits = input.shape.is_empty()
        || (tensor.shape().len() == input.shape.len()
            && tensor
                .shape()
                .iter()
                .zip(&input.shape)
                .all(|(length, wanted)| wanted.is_none_or(|wanted| wanted == *length)));
    if fits {
        return Ok(());
    }
    let wanted: Vec<String> =
        input.shape.iter().map(|length| length.map_or_else(|| "?".to_owned(), |n| n.to_string())).collect();
    Err(Error::OnnxRun(format!("`{name}` takes the shape ({}), not {:?}", wanted.join(", "), tensor.shape())))
}

fn told(node: &NodeProto) -> String {
    let domain = if node.domain.is_empty() { String::new() } else { format!("{}.", node.domain) };
    format!("`{domain}{}`", node.op_type)
}

fn graph_input(name: &str, r#type: Option<&TypeProto>) -> Result<GraphInput, Problem> {
    let tensor = r#type.and_then(|r#type| r#type.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| Problem::new(format!("the input `{name}` is no tensor")))?;
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let length = |value: Option<i64>| value.filter(|value| *value > 0).and_then(|n| usize::try_from(n).ok());
    Ok(GraphInput {
        name: name.to_owned(),
        element: element_of(tensor.elem_type)?,
        shape: dims.map(|dim| length(dim.dim_value)).collect(),
    })
}

/// The kind of cell by its number.
fn element_of(number: i32) -> Result<Element, Problem> {
    Ok(match number {
        element::FLOAT => Element::Float,
        element::DOUBLE => Element::Double,
        element::INT64 => Element::Int64,
        element::INT32 => Element::Int32,
        element::BOOL => Element::Bool,
        element::STRING => Element::Text,
        other => return Err(Problem::new(format!("cells of type {other} are not known here"))),
    })
}

/// The operator of a node; `version` is that of the general operators.
fn operator(node: &NodeProto, version: i64) -> Result<Operator, Problem> {
    let attributes = Attributes(node);
    let found = match node.domain.as_str() {
        "" | "ai.onnx" => arithmetic::operator(&attributes)
            .or_else(|| shapes::operator(&attributes, version))
            .or_else(|| reductions::operator(&attributes, version)),
        "ai.onnx.ml" => tables::operator(&attributes)
            .or_else(|| lines::operator(&attributes))
            .or_else(|| trees::operator(&attributes)),
        _ => None,
    };
    found.unwrap_or_else(|| {
        Err(Problem::new(
            "this operator is not known here; models of tables are: trees, lines, and what prepares their columns",
        ))
    })
}

/// The input at a place, which must be there.
fn given<'a>(inputs: &Inputs<'a>, place: usize) -> Result<&'a Tensor, Problem> {
    inputs
        .get(place)
        .copied()
        .flatten()
        .ok_or_else(|| Problem::new(format!("input {} is missing", place + 1)))
}

#[cfg(test)]
mod tests;
