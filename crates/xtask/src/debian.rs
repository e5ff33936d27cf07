//! A toolchain for the browser from Debian's packages, for machines where rustup cannot fetch the target.
//!
//! Debian ships a recent compiler and the sources of its standard library (the `rust-web` packages), but not
//! the library built for `wasm32-unknown-unknown`. Building it once takes about a minute.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::steps::note;
use crate::toolchain::{DEBIAN, WASM, has_std};
use crate::{machine, process};

const PACKAGES: &[&str] =
    &["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy", "rustfmt-web"];

/// The name of the crate that is built only for the sake of what it depends on.
const EMPTY: &str = "cuaderno_empty";

/// Installs Debian's Rust, makes rustup know it as `debian`, and builds the standard library for the browser.
///
/// # Errors
///
/// We are not root, apt fails, or the library does not build.
pub(crate) fn install() -> anyhow::Result<()> {
    machine::install(PACKAGES, "a Rust that builds for the browser")?;
    // The linker is a link into a package that the others only suggest, named after LLVM's version.
    if let Some(linker) = missing_linker(Path::new("/usr/bin/rust-lld")) {
        machine::install(&[&linker], "the linker of that Rust")?;
    }
    if process::find("rustup").is_some() {
        note(format_args!("making it known to rustup as `{DEBIAN}`"));
        process::run(process::fresh("rustup").args(["toolchain", "link", DEBIAN, "/usr"]))?;
    }
    let libraries = process::capture(process::fresh("/usr/bin/rustc").args([
        "--print",
        "target-libdir",
        "--target",
        WASM,
    ]))?;
    let libraries = Path::new(libraries.trim());
    if has_std(libraries) {
        return Ok(());
    }
    note(format_args!("building its standard library for {WASM} (once, about a minute)"));
    build_std(libraries)
}

/// The package behind a link that leads nowhere: `/usr/bin/rust-lld` leads to `lld-22`, of the package `lld-22`.
fn missing_linker(link: &Path) -> Option<String> {
    if link.exists() {
        return None;
    }
    Some(fs::read_link(link).ok()?.file_name()?.to_string_lossy().into_owned())
}

/// Builds the standard library with Debian's compiler and copies its parts to a folder.
fn build_std(libraries: &Path) -> anyhow::Result<()> {
    let folder = Scratch::new()?;
    let source = folder.0.join("src");
    fs::create_dir_all(&source)?;
    fs::write(
        folder.0.join("Cargo.toml"),
        format!("[package]\nname = \"{EMPTY}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n"),
    )?;
    fs::write(source.join("lib.rs"), "#![no_std]\n")?;

    let target = folder.0.join("target");
    process::run(
        process::fresh("/usr/bin/cargo")
            .current_dir(&folder.0)
            .env("CARGO_TARGET_DIR", &target)
            // `-Zbuild-std` is not stable; the library it makes is the same.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", "/usr/bin/rustc")
            .args(["build", "--release", "--target", WASM, "-Zbuild-std=std,panic_abort,panic_unwind,test"]),
    )?;

    fs::create_dir_all(libraries).with_context(|| format!("cannot make {}", libraries.display()))?;
    let built = target.join(WASM).join("release/deps");
    for file in built.read_dir().with_context(|| format!("{} is not there", built.display()))? {
        let file = file?.path();
        let Some(name) = file.file_name() else { continue };
        let ours = name.to_string_lossy().starts_with(&format!("lib{EMPTY}-"));
        if file.extension().is_some_and(|kind| kind == "rlib") && !ours {
            let copy = libraries.join(name);
            fs::copy(&file, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
        }
    }
    Ok(())
}

/// A folder that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("cuaderno-std-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_linker_that_is_not_installed_is_named() {
        let link = std::env::temp_dir().join(format!("cuaderno-lld-{}", std::process::id()));
        std::os::unix::fs::symlink("lld-99-not-there", &link).unwrap();
        let missing = missing_linker(&link);
        fs::remove_file(&link).unwrap();

        assert_eq!(missing.as_deref(), Some("lld-99-not-there"));
        assert_eq!(missing_linker(Path::new("/")), None);
    }

    #[test]
    #[ignore = "takes a minute and needs Debian's compiler with its sources"]
    fn the_standard_library_builds() {
        let folder = std::env::temp_dir().join(format!("cuaderno-libraries-{}", std::process::id()));
        build_std(&folder).unwrap();
        let names: Vec<_> =
            folder.read_dir().unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        fs::remove_dir_all(&folder).unwrap();

        assert!(names.iter().any(|name| name.starts_with("libstd-")), "{names:?}");
        assert!(!names.iter().any(|name| name.contains(EMPTY)), "{names:?}");
    }
}
