//! Puts a graph together, node by node.

use bytes::Bytes;

use crate::onnx::proto::{
    AttributeProto, DimensionProto, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto, attribute, element,
};

/// Domain of the operators for tables.
const TABULAR: &str = "ai.onnx.ml";

/// The operators of [`TABULAR`] that are written.
const TABULAR_OPERATORS: [&str; 2] = ["LabelEncoder", "TreeEnsembleRegressor"];

/// A value in the graph, by its name.
pub(super) type Name = String;

/// A graph that grows.
#[derive(Debug, Default)]
pub(super) struct Builder {
    graph: GraphProto,
    /// Begins the names of all values that are neither inputs nor outputs.
    prefix: String,
    count: usize,
}

impl Builder {
    /// An empty graph; none of the `outside` names is taken for values inside.
    pub(super) fn new(name: &str, outside: &[String]) -> Self {
        let mut prefix = "v".to_owned();
        while outside.iter().any(|name| name.starts_with(&prefix)) {
            prefix.insert(0, '_');
        }
        Self { graph: GraphProto { name: name.to_owned(), ..GraphProto::default() }, prefix, count: 0 }
    }

    fn fresh(&mut self) -> Name {
        self.count += 1;
        format!("{}{}", self.prefix, self.count)
    }

    /// Declares an input; `width` is the length of a second axis.
    pub(super) fn input(&mut self, name: &str, elem_type: i32, width: Option<i64>) {
        self.graph.input.push(value_info(name, elem_type, width));
    }

    /// Declares that `value` is an output called `name`, one for each row.
    pub(super) fn output(&mut self, name: &str, elem_type: i32, value: &str) {
        self.add("Identity", &[value], vec![], name.to_owned());
        self.graph.output.push(value_info(name, elem_type, None));
    }

    /// Doubles that do not change.
    pub(super) fn numbers(&mut self, shape: &[usize], values: Vec<f64>) -> Name {
        let name = self.fresh();
        self.graph.initializer.push(TensorProto { name: name.clone(), ..doubles(shape, values) });
        name
    }

    /// One double that does not change.
    pub(super) fn number(&mut self, value: f64) -> Name {
        self.numbers(&[], vec![value])
    }

    /// Whole numbers that do not change.
    pub(super) fn places(&mut self, values: Vec<i64>) -> Name {
        let name = self.fresh();
        self.graph.initializer.push(TensorProto {
            name: name.clone(),
            dims: dims(&[values.len()]),
            data_type: element::INT64,
            int64_data: values,
            ..TensorProto::default()
        });
        name
    }

    /// One whole number that does not change.
    pub(super) fn place(&mut self, value: i64) -> Name {
        let name = self.fresh();
        self.graph.initializer.push(TensorProto {
            name: name.clone(),
            data_type: element::INT64,
            int64_data: vec![value],
            ..TensorProto::default()
        });
        name
    }

    /// The result of an operation.
    pub(super) fn apply(&mut self, operator: &str, inputs: &[&str]) -> Name {
        self.apply_with(operator, inputs, vec![])
    }

    /// The result of an operation with attributes.
    pub(super) fn apply_with(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> Name {
        let output = self.fresh();
        self.add(operator, inputs, attributes, output.clone());
        output
    }

    /// The first value changed by each of the others in turn.
    pub(super) fn sum(&mut self, values: &[Name]) -> Option<Name> {
        let (first, rest) = values.split_first()?;
        Some(rest.iter().fold(first.clone(), |sum, value| self.apply("Add", &[&sum, value])))
    }

    /// `value` with another shape; -1 stands for what is left.
    pub(super) fn reshaped(&mut self, value: &str, shape: &[i64]) -> Name {
        let shape = self.places(shape.to_vec());
        self.apply("Reshape", &[value, &shape])
    }

    /// `values` side by side.
    pub(super) fn joined(&mut self, values: &[Name]) -> Name {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        self.apply_with("Concat", &values, vec![int("axis", 1)])
    }

    /// `value` as double.
    pub(super) fn as_double(&mut self, value: &str) -> Name {
        self.apply_with("Cast", &[value], vec![int("to", element::DOUBLE.into())])
    }

    fn add(&mut self, operator: &str, inputs: &[&str], attribute: Vec<AttributeProto>, output: Name) {
        let domain = if TABULAR_OPERATORS.contains(&operator) { TABULAR } else { "" };
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            name: format!("{operator}_{}", self.graph.node.len()),
            output: vec![output],
            op_type: operator.to_owned(),
            attribute,
            domain: domain.to_owned(),
        });
    }

    pub(super) fn finish(self) -> GraphProto {
        self.graph
    }
}

fn value_info(name: &str, elem_type: i32, width: Option<i64>) -> ValueInfoProto {
    let rows = DimensionProto { dim_param: Some("rows".to_owned()), ..DimensionProto::default() };
    let width = width.map(|width| DimensionProto { dim_value: Some(width), ..DimensionProto::default() });
    let shape = Some(TensorShapeProto { dim: std::iter::once(rows).chain(width).collect() });
    let tensor_type = Some(TensorTypeProto { elem_type, shape });
    ValueInfoProto { name: name.to_owned(), r#type: Some(TypeProto { tensor_type }) }
}

fn dims(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|length| i64::try_from(*length).unwrap_or(i64::MAX)).collect()
}

fn doubles(shape: &[usize], values: Vec<f64>) -> TensorProto {
    TensorProto {
        dims: dims(shape),
        data_type: element::DOUBLE,
        double_data: values,
        ..TensorProto::default()
    }
}

fn named(name: &str, r#type: i32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type, ..AttributeProto::default() }
}

/// An attribute that is a whole number.
pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: Some(value), ..named(name, attribute::INT) }
}

/// An attribute that is a list of whole numbers.
pub(super) fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto { ints: values, ..named(name, attribute::INTS) }
}

/// An attribute that is a text.
pub(super) fn text(name: &str, value: &'static str) -> AttributeProto {
    AttributeProto { s: Some(Bytes::from_static(value.as_bytes())), ..named(name, attribute::STRING) }
}

/// An attribute that is a list of texts.
pub(super) fn texts(name: &str, values: Vec<Bytes>) -> AttributeProto {
    AttributeProto { strings: values, ..named(name, attribute::STRINGS) }
}

/// An attribute that is a list of doubles.
pub(super) fn tensor(name: &str, values: Vec<f64>) -> AttributeProto {
    let tensor = TensorProto { name: name.to_owned(), ..doubles(&[values.len()], values) };
    AttributeProto { t: Some(Box::new(tensor)), ..named(name, attribute::TENSOR) }
}
