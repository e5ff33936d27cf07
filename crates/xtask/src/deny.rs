//! Licences, banned crates, sources and known holes of the dependencies, by cargo-deny.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::process;
use crate::steps::note;
use crate::toolchain::Toolchain;
use crate::workspace::{self, Workspace};

/// The version that is built where there is none.
const VERSION: &str = "0.20.2";

/// Checks the dependencies against `deny.toml`.
///
/// # Errors
///
/// A dependency breaks a rule, or cargo-deny cannot be had.
pub(crate) fn check(workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<()> {
    let program = ensure(toolchain)?;
    let deny = || {
        let mut deny = toolchain.cargo(workspace.root());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = program.parent().map(PathBuf::from).into_iter().chain(std::env::split_paths(&path));
        deny.env("PATH", std::env::join_paths(folders).unwrap_or(path));
        deny.args(["deny", "--log-level=error"]);
        deny
    };
    process::run(deny().args(["check", "bans", "licenses", "sources"]))?;
    // Known holes are listed in a repository that not every machine can reach.
    if let Err(error) = process::capture(deny().args(["fetch", "db"])) {
        let reason = format!("{error:#}");
        let reason = reason.lines().last().unwrap_or_default().trim();
        note(format_args!("advisories NOT checked, their database cannot be fetched: {reason}"));
        return Ok(());
    }
    process::run(deny().args(["check", "--disable-fetch", "advisories"]))
}

/// Finds cargo-deny, or builds it once into a folder outside the checkout.
fn ensure(toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    if let Some(program) = process::find("cargo-deny") {
        return Ok(program);
    }
    let tools = workspace::cache()?.join("tools");
    let program = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    note(format_args!("building cargo-deny {VERSION} into {} (once, about a minute)", tools.display()));
    fs::create_dir_all(&tools).with_context(|| format!("cannot make {}", tools.display()))?;
    let scratch = tools.join("build");
    let built = process::run(
        toolchain
            .cargo(&tools)
            .env("CARGO_TARGET_DIR", &scratch)
            // It runs for a second: what counts is how long it takes to build.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .args(["install", "cargo-deny", "--version", VERSION, "--locked", "--debug", "--root"])
            .arg(&tools),
    );
    let _ = fs::remove_dir_all(&scratch);
    built?;
    Ok(program)
}
