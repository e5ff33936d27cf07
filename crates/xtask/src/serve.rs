//! `cargo xtask serve`: from a fresh clone to a page in the browser.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::steps::{Steps, note};
use crate::workspace::Workspace;
use crate::{process, site, toolchain};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Further arguments for `cuaderno serve`, after `--`
    #[arg(last = true)]
    more: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let mut steps = Steps::new(site::STEPS + 3);
    let toolchain = steps.step("Find a toolchain for the browser", toolchain::find)?;
    site::build(&mut steps, &workspace, &toolchain)?;
    let binary = steps.step("Compile the server", || -> anyhow::Result<PathBuf> {
        process::run(toolchain.cargo(workspace.root()).args([
            "build",
            "--locked",
            "--package=cuaderno-server",
            "--profile=quick",
        ]))?;
        Ok(workspace.target().join("quick").join(format!("cuaderno{}", std::env::consts::EXE_SUFFIX)))
    })?;

    steps.announce("Start Cuaderno");
    note("stop it with Ctrl-C; the data stays in the folder `cuaderno-data`");
    become_server(&binary, &arguments.more)
}

/// Starts the server in the current folder, in place of this process, so that signals reach it.
fn become_server(binary: &Path, more: &[OsString]) -> anyhow::Result<()> {
    let mut server: Command = process::fresh(binary);
    server.args(["serve", "--sample"]).args(more);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        Err(server.exec()).with_context(|| format!("cannot start {}", binary.display()))
    }
    #[cfg(not(unix))]
    process::run(&mut server)
}
