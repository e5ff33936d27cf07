//! `cargo xtask test`: everything that must hold before a change lands. CI runs just this.
//!
//! Cheap checks come first, so that a failure shows early. The tests come last, and nothing is written after
//! them.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::postgres::Postgres;
use crate::python::Interpreter;
use crate::steps::{Steps, say};
use crate::toolchain::{self, Toolchain, WASM};
use crate::tools::{self, Browser};
use crate::workspace::Workspace;
use crate::{deny, process, python, release, site, size, tidy};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave out format, lints, documents, dependencies and sizes; run the tests
    #[arg(long)]
    only_tests: bool,

    /// Further arguments for `cargo test`, after `--`
    #[arg(last = true)]
    more: Vec<OsString>,
}

/// How many steps [`run`] takes without [`checks_without_building`] and [`checks_of_the_build`].
const TEST_STEPS: usize = site::STEPS + 6;

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let checks = if arguments.only_tests { 0 } else { 8 };
    let mut steps = Steps::new(TEST_STEPS + checks);

    let toolchain = steps.step("Find a toolchain for the browser", toolchain::find)?;
    let browser = steps.step("Find browser and database", || tools::ensure(&toolchain))?;
    let interpreters = steps.step("Find Python with MLflow's clients", || python::ensure(&workspace))?;
    if !arguments.only_tests {
        checks_without_building(&mut steps, &workspace, &toolchain)?;
    }
    site::build(&mut steps, &workspace, &toolchain)?;
    if !arguments.only_tests {
        checks_of_the_build(&mut steps, &workspace, &toolchain)?;
    }
    let binary = steps.step("Compile the server for release", || release::build(&workspace, &toolchain))?;
    let postgres = steps.step("Start a throw-away PostgreSQL", Postgres::start)?;

    say(format_args!("Where the time went:\n{}", steps.table()));
    steps.announce("Test");
    test(&workspace, &toolchain, &browser, &interpreters, &postgres, &binary, &arguments.more)
}

fn checks_without_building(
    steps: &mut Steps,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> anyhow::Result<()> {
    let root = workspace.root();
    steps.step("Format", || process::run(toolchain.cargo(root).args(["fmt", "--all", "--check"])))?;
    steps.step("Tidy", || tidy::check(workspace))?;
    steps.step("Dependencies", || deny::check(workspace, toolchain))?;
    steps.step("Test this program", || {
        // With the Rust that runs it, for which its dependencies are already built.
        process::run(Toolchain::current().cargo(root).args([
            "test",
            "--locked",
            "--quiet",
            "--package=cuaderno-xtask",
        ]))
    })
}

fn checks_of_the_build(
    steps: &mut Steps,
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> anyhow::Result<()> {
    let root = workspace.root();
    steps.step("Size of the site", || size::check(&workspace.site()))?;
    steps.step("Lint the front end", || {
        process::run(toolchain.cargo(root).args([
            "clippy",
            "--locked",
            "--package=cuaderno-frontend",
            "--target",
            WASM,
            "--",
            "-Dwarnings",
        ]))
    })?;
    steps.step("Lint everything else", || {
        process::run(toolchain.cargo(root).args([
            "clippy",
            "--locked",
            "--workspace",
            "--exclude=cuaderno-frontend",
            "--all-targets",
            "--",
            "-Dwarnings",
        ]))
    })?;
    steps.step("Documents of the code", || {
        process::run(toolchain.cargo(root).env("RUSTDOCFLAGS", "-Dwarnings").args([
            "doc",
            "--locked",
            "--workspace",
            "--exclude=cuaderno-frontend",
            "--no-deps",
        ]))
    })
}

fn test(
    workspace: &Workspace,
    toolchain: &Toolchain,
    browser: &Browser,
    interpreters: &[Interpreter],
    postgres: &Postgres,
    binary: &Path,
    more: &[OsString],
) -> anyhow::Result<()> {
    let mut tests = toolchain.cargo(workspace.root());
    tests
        .env("TEST_POSTGRES_URL", postgres.url())
        .env("CUADERNO_RELEASE_BINARY", binary)
        .env("CHROMIUM", &browser.chromium)
        .env("CHROMEDRIVER", &browser.driver)
        .envs(interpreters.iter().map(|(variable, interpreter)| (variable, interpreter)))
        // A snapshot that differs is a failure here, not a new file.
        .env("INSTA_UPDATE", "no")
        .args(["test", "--locked", "--workspace", "--no-fail-fast"])
        // The front end has no tests outside a browser; this program was tested before.
        .args(["--exclude=cuaderno-frontend", "--exclude=cuaderno-xtask"])
        .args(more);
    // The command itself cannot be repeated: its database is about to go.
    if !tests.status().context("cannot start cargo")?.success() {
        bail!("the tests failed; to repeat only them: `cargo xtask test --only-tests`");
    }
    Ok(())
}
