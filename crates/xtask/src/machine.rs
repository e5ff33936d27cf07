//! What this machine allows: who we are, and whether packages can be installed.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::process;
use crate::steps::note;

/// Whether this process may change the system.
pub(crate) fn is_root() -> bool {
    process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs Debian packages, where that is possible.
///
/// # Errors
///
/// There is no apt, we are not root, or apt fails. The message says what to install and how.
pub(crate) fn install(packages: &[&str], purpose: &str) -> anyhow::Result<()> {
    let names = packages.join(" ");
    if process::find("apt-get").is_none() {
        bail!(
            "{purpose} needs what Debian calls `{names}`: install it with this system's package manager, then repeat"
        );
    }
    if !is_root() {
        bail!(
            "{purpose} needs packages that only root can install. Run this, then repeat:\n  \
             sudo apt-get update && sudo apt-get install -y {names}"
        );
    }
    note(format_args!("{purpose}: installing {names} with apt-get (once)"));
    let apt = || {
        let mut apt = process::fresh("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-q", "-o", "DPkg::Lock::Timeout=300"]);
        apt
    };
    process::run(apt().arg("update")).context("the package lists cannot be fetched")?;
    process::run(apt().args(["install", "-y"]).args(packages)).context("the packages cannot be installed")
}
