#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
pub mod record;
mod source;
mod target;
mod yaml;

pub use error::{Error, Result};
pub use source::Source;
pub use target::{FileStoreWriter, FolderWriter};
