//! Models in the format that Python and others read, <https://onnx.ai>.

mod proto;
mod signature;
mod write;

pub use signature::{ColumnType, SignatureColumn};
