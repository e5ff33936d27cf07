//! What the tests need beside Rust: a browser, a database, two parts of the toolchain.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::steps::note;
use crate::toolchain::Toolchain;
use crate::{machine, postgres, process};

/// A browser and the program that drives it.
#[derive(Debug)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) driver: PathBuf,
}

/// Finds what the tests need and installs what is missing.
///
/// # Errors
///
/// Something is missing and cannot be installed from here; the message says what and how.
pub(crate) fn ensure(toolchain: &Toolchain) -> anyhow::Result<Browser> {
    ensure_components(toolchain)?;

    let mut missing = Vec::new();
    if chromium().is_none() {
        missing.push("chromium");
    }
    if driver().is_none() {
        missing.push("chromium-driver");
    }
    if postgres::programs().is_none() {
        missing.push("postgresql");
    }
    if !missing.is_empty() {
        machine::install(&missing, "testing")?;
    }

    let browser = Browser {
        chromium: chromium()
            .context("Chromium was installed and cannot be found: set CHROMIUM to its path")?,
        driver: driver()
            .context("ChromeDriver was installed and cannot be found: set CHROMEDRIVER to its path")?,
    };
    let database = postgres::programs().context("PostgreSQL was installed and cannot be found")?;
    note(format_args!(
        "{}, {}, {}",
        browser.chromium.display(),
        browser.driver.display(),
        database.display()
    ));
    Ok(browser)
}

fn ensure_components(toolchain: &Toolchain) -> anyhow::Result<()> {
    for component in ["clippy", "fmt"] {
        if toolchain.has_cargo_command(component) {
            continue;
        }
        let name = if component == "fmt" { "rustfmt" } else { component };
        if !toolchain.is_official() {
            bail!("`cargo {component}` is missing: install it beside this Rust, then repeat");
        }
        process::run(process::fresh("rustup").args(["component", "add", name]))?;
    }
    Ok(())
}

fn chromium() -> Option<PathBuf> {
    given("CHROMIUM").or_else(|| {
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
            .into_iter()
            .find_map(process::find)
    })
}

fn driver() -> Option<PathBuf> {
    given("CHROMEDRIVER").or_else(|| process::find("chromedriver")).or_else(|| {
        let elsewhere = Path::new("/usr/lib/chromium/chromedriver");
        elsewhere.is_file().then(|| elsewhere.to_owned())
    })
}

/// The path in an environment variable, if there is such a file.
fn given(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from).filter(|file| file.is_file())
}
