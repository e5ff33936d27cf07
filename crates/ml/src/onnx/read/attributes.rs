//! Parameters of operators, and tensors in files.

use std::sync::Arc;

use bytes::Bytes;

use super::tensor::{Element, Tensor};
use super::{Problem, element_of};
use crate::onnx::proto::{AttributeProto, NodeProto, TensorProto};

/// The parameters of a node.
pub(super) struct Attributes<'a>(pub(super) &'a NodeProto);

impl<'a> Attributes<'a> {
    /// Name of the operator.
    pub(super) fn operator(&self) -> &'a str {
        &self.0.op_type
    }

    fn find(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn float(&self, name: &str) -> Option<f64> {
        self.find(name)?.f.map(f64::from)
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.find(name)?.i
    }

    pub(super) fn ints(&self, name: &str) -> &'a [i64] {
        self.find(name).map_or(&[], |attribute| &attribute.ints)
    }

    pub(super) fn floats(&self, name: &str) -> Vec<f64> {
        self.find(name).map_or(&[][..], |attribute| &attribute.floats).iter().map(|f| f64::from(*f)).collect()
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<Arc<str>>, Problem> {
        self.find(name).and_then(|attribute| attribute.s.as_ref()).map(text).transpose()
    }

    /// The bytes of texts, for those that are one of a few words.
    pub(super) fn words(&self, name: &str) -> &'a [Bytes] {
        self.find(name).map_or(&[], |attribute| &attribute.strings)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<Arc<str>>, Problem> {
        self.words(name).iter().map(text).collect()
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Option<Tensor>, Problem> {
        self.find(name).and_then(|attribute| attribute.t.as_ref()).map(|found| tensor(found)).transpose()
    }

    /// A list of numbers, which may be written as floats or, under a longer name, as a tensor.
    pub(super) fn numbers(&self, name: &str) -> Result<Vec<f64>, Problem> {
        match self.tensor(&format!("{name}_as_tensor"))? {
            Some(tensor) => Ok(tensor.values()?.to_vec()),
            None => Ok(self.floats(name)),
        }
    }
}

fn text(bytes: &Bytes) -> Result<Arc<str>, Problem> {
    std::str::from_utf8(bytes).map(Arc::from).map_err(|_| Problem::new("one of its texts is not UTF-8"))
}

/// A tensor of a file.
pub(super) fn tensor(proto: &TensorProto) -> Result<Tensor, Problem> {
    let problem = |told: &str| Problem::new(format!("the tensor `{}` {told}", proto.name));
    if proto.data_location != 0 {
        return Err(problem("lies in another file"));
    }
    let shape: Option<Vec<usize>> = proto.dims.iter().map(|length| usize::try_from(*length).ok()).collect();
    let shape = shape.ok_or_else(|| problem("has a negative length"))?;
    let element = element_of(proto.data_type)?;
    if element == Element::Text {
        let texts = proto.string_data.iter().map(text).collect::<Result<_, _>>()?;
        return Tensor::texts(shape, texts);
    }
    let numbers = match &proto.raw_data {
        Some(raw) => raw_numbers(raw, element).ok_or_else(|| problem("breaks off"))?,
        None => listed_numbers(proto, element),
    };
    Tensor::numbers(shape, element, numbers)
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
fn listed_numbers(proto: &TensorProto, element: Element) -> Vec<f64> {
    match element {
        Element::Float => proto.float_data.iter().map(|number| f64::from(*number)).collect(),
        Element::Double => proto.double_data.clone(),
        Element::Int64 => proto.int64_data.iter().map(|number| *number as f64).collect(),
        _ => proto.int32_data.iter().map(|number| f64::from(*number)).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers are exact up to 2^53")]
fn raw_numbers(raw: &[u8], element: Element) -> Option<Vec<f64>> {
    fn read<const SIZE: usize>(raw: &[u8], number: impl Fn([u8; SIZE]) -> f64) -> Option<Vec<f64>> {
        let (numbers, rest) = raw.as_chunks::<SIZE>();
        rest.is_empty().then(|| numbers.iter().map(|bytes| number(*bytes)).collect())
    }
    match element {
        Element::Float => read(raw, |bytes| f64::from(f32::from_le_bytes(bytes))),
        Element::Double => read(raw, f64::from_le_bytes),
        Element::Int64 => read(raw, |bytes| i64::from_le_bytes(bytes) as f64),
        Element::Int32 => read(raw, |bytes| f64::from(i32::from_le_bytes(bytes))),
        Element::Bool => Some(raw.iter().map(|byte| f64::from(u8::from(*byte != 0))).collect()),
        Element::Text => None,
    }
}
