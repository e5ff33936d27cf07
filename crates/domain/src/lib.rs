#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod artifacts;
mod background;
mod ctx;
pub mod datasets;
mod engine;
mod error;
pub mod evaluation;
pub mod experiments;
pub mod exporting;
pub mod importing;
mod left_out;
pub mod logged_models;
pub mod metrics;
pub mod models;
mod names;
pub mod registry;
pub mod runs;
pub mod sample;
pub mod scoring;
pub mod search;
mod serving;
pub mod training;
pub mod valuation;

pub use ctx::{Caller, Ctx};
pub use engine::{Engine, EngineConfig};
pub use error::{Error, Result};
pub use left_out::{LeftOut, LeftOutReason};
