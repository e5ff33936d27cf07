//! Server functions: what the pages ask of the server. Each is a public endpoint below `/ui` that translates
//! and calls one operation of the domain.

pub mod artifacts;
pub mod datasets;
pub mod experiments;
pub mod models;
pub mod overview;
pub mod preferences;
pub mod runs;
pub mod training;
pub mod valuation;
