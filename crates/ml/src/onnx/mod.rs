//! Models in the format that Python and others read, <https://onnx.ai>: ours written, those of others read.

mod description;
mod proto;
mod read;
mod signature;
mod write;

pub use description::{ModelDescription, ModelInputs};
pub use read::{Cells, Element, Graph, GraphInput, Tensor};
pub use signature::{ColumnType, SignatureColumn};
