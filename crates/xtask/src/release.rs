//! `cargo xtask release`: the binary that is shipped, with the site inside.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::steps::{Steps, note};
use crate::toolchain::{self, Toolchain};
use crate::workspace::Workspace;
use crate::{process, site};

pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let mut steps = Steps::new(site::STEPS + 2);
    let toolchain = steps.step("Find a toolchain for the browser", toolchain::find)?;
    site::build(&mut steps, &workspace, &toolchain)?;
    steps.step("Compile the server for release", || build(&workspace, &toolchain)).map(drop)
}

/// Builds the binary from a site that is already there, leaves it at `target/release/cuaderno`
/// and returns that path.
///
/// # Errors
///
/// It does not compile, or the result cannot be copied.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    process::run(toolchain.cargo(workspace.root()).args([
        "build",
        "--locked",
        "--package=cuaderno-server",
        "--release",
    ]))?;
    let name = format!("cuaderno{}", std::env::consts::EXE_SUFFIX);
    let built = workspace.target().join("release").join(&name);
    let folder = workspace.results().join("release");
    let result = folder.join(&name);
    if built != result {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // Not copied over the old one: that may be running.
        let copy = folder.join(format!("{name}.new"));
        fs::copy(&built, &copy).with_context(|| format!("cannot copy {}", built.display()))?;
        fs::rename(&copy, &result).with_context(|| format!("cannot write {}", result.display()))?;
    }
    let bytes = fs::metadata(&result).with_context(|| format!("{} is not there", result.display()))?.len();
    note(format_args!("{}: {}", result.display(), megabytes(bytes)));
    Ok(result)
}

/// `12.3 MB`, in millions of bytes.
fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_in_millions_of_bytes() {
        assert_eq!(megabytes(31_456_789), "31.4 MB");
        assert_eq!(megabytes(999_999), "0.9 MB");
    }
}
