//! The door for MLflow's clients.
//!
//! An endpoint is a handler like those in [`experiments`]: [`op::Op`] says who is calling, [`op::Received`] reads a
//! [`message!`](message::message) from the query string or the JSON body, one operation of the domain does the
//! work, and the answer is [`axum::Json`] of a struct that leaves out what is absent. [`endpoints`] lists them all.

mod artifacts;
mod endpoints;
mod error;
mod experiments;
mod logged_models;
mod message;
mod metrics;
mod op;
mod registry;
mod runs;
mod server;
mod wire;

pub(crate) use endpoints::endpoints;
pub(crate) use error::{ErrorBody, ErrorCode, MlflowError};
pub(crate) use op::Op;
