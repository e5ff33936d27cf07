//! Everything that a user can see, through the real program: command line, HTTP, pages.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test stops at what it did not expect"
)]

mod browser;
mod cli;
mod datasets;
mod harness;
mod http;
mod mlflow_client;
mod moving;
mod onnx;
mod pages;
mod release;
mod security;
