//! The chores of this workspace as one program: `cargo xtask serve | test | release | tidy | size`.
//!
//! It compiles with any recent stable Rust and needs nothing else installed. Then it looks for a toolchain
//! that can also build for the browser, gets one where it can, and does the rest with that.

mod debian;
mod deny;
mod machine;
mod postgres;
mod process;
mod python;
mod release;
mod serve;
mod site;
mod size;
mod steps;
mod style;
mod test;
mod tidy;
mod toolchain;
mod tools;
mod wasm;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::steps::say;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, runs and checks Cuaderno")]
struct Arguments {
    #[command(subcommand)]
    command: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Builds everything and starts Cuaderno with sample data in the current folder
    Serve(serve::Arguments),
    /// Runs every check that a change must pass, ending with the tests
    Test(test::Arguments),
    /// Builds the binary that is shipped, with the site inside: target/release/cuaderno
    Release,
    /// Checks the rules of the code base that the compiler does not know
    Tidy(tidy::Arguments),
    /// Compares the size of what a browser downloads with the budget
    Size,
    /// Only finds, or gets, a toolchain that builds for the browser
    Toolchain,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Chore::Serve(arguments) => serve::run(&arguments),
        Chore::Test(arguments) => test::run(&arguments),
        Chore::Release => release::run(),
        Chore::Tidy(arguments) => tidy::run(&arguments),
        Chore::Size => size::run(),
        Chore::Toolchain => toolchain::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
