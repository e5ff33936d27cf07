//! `cargo xtask size`: what a first visit downloads, against a budget.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::steps::{Steps, note};
use crate::wasm::NAME;
use crate::workspace::Workspace;
use crate::{site, toolchain};

/// The most that the module may weigh, in bytes, compressed with brotli. Only islands are in it: 184 KiB is less
/// than a second on a slow telephone.
const BUDGET: u64 = 184 * 1024;

pub(crate) fn run() -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    let mut steps = Steps::new(site::STEPS + 2);
    let toolchain = steps.step("Find a toolchain for the browser", toolchain::find)?;
    site::build(&mut steps, &workspace, &toolchain)?;
    steps.step("Weigh the site", || check(&workspace.site()))
}

/// Prints the sizes of a built site and compares the module's with the budget.
///
/// # Errors
///
/// The site is not built, or its module is over the budget.
pub(crate) fn check(site: &Path) -> anyhow::Result<()> {
    let pkg = site.join("pkg");
    let size = |name: String| -> anyhow::Result<u64> {
        let file = pkg.join(name);
        Ok(fs::metadata(&file).with_context(|| format!("{} is not there", file.display()))?.len())
    };
    for kind in ["wasm", "js", "css"] {
        let (plain, br, gz) = (
            size(format!("{NAME}.{kind}"))?,
            size(format!("{NAME}.{kind}.br"))?,
            size(format!("{NAME}.{kind}.gz"))?,
        );
        note(format_args!("{NAME}.{kind:4} {plain:>9} bytes, brotli {br:>8}, gzip {gz:>8}"));
    }
    within(size(format!("{NAME}.wasm.br"))?)
}

fn within(compressed: u64) -> anyhow::Result<()> {
    if compressed > BUDGET {
        bail!(
            "{NAME}.wasm is {compressed} bytes with brotli, {} over the budget of {BUDGET}: what did the front end begin to carry?",
            compressed - BUDGET
        );
    }
    note(format_args!("{} bytes below the budget of {BUDGET}", BUDGET - compressed));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_a_limit() {
        assert!(within(BUDGET).is_ok());
        assert!(within(BUDGET + 1).unwrap_err().to_string().contains("1 over the budget"));
    }
}
