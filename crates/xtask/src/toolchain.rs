//! Which Rust builds the browser's half: any whose standard library exists for `wasm32-unknown-unknown`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::steps::{Steps, note};
use crate::{debian, machine, process};

/// The target of the front end.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows Debian's toolchain.
pub(crate) const DEBIAN: &str = "debian";

/// The oldest Rust that compiles the workspace: `rust-version` in Cargo.toml.
const OLDEST: (u32, u32) = (1, 94);

#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    name: String,
    cargo: PathBuf,
    rustc: PathBuf,
    environment: Vec<(&'static str, OsString)>,
}

/// `cargo xtask toolchain`.
pub(crate) fn run() -> anyhow::Result<()> {
    Steps::new(1).step("Find a toolchain for the browser", find).map(drop)
}

/// Finds a toolchain that builds server and front end, and gets one if there is none. When one is there,
/// this asks nobody but the local compilers.
///
/// # Errors
///
/// There is none and none can be had; the message names the command that would help.
pub(crate) fn find() -> anyhow::Result<Toolchain> {
    let current = Toolchain::current();
    let there = [current.clone(), Toolchain::of_rustup(DEBIAN), Toolchain::of_system()];
    if let Some(toolchain) = there.into_iter().find(Toolchain::builds_for_the_browser) {
        toolchain.introduce();
        return Ok(toolchain);
    }

    if process::find("rustup").is_some() {
        note(format_args!("no Rust here builds for the browser yet: `rustup target add {WASM}`"));
        let added = process::capture(process::fresh("rustup").args(["target", "add", WASM]));
        if added.is_ok() && current.builds_for_the_browser() {
            current.introduce();
            return Ok(current);
        }
        let reason = added.err().map(|error| error.to_string()).unwrap_or_default();
        let reason = reason.lines().find(|line| line.starts_with("error:")).unwrap_or("error: unknown");
        note(format_args!("rustup cannot get it ({})", reason.trim_start_matches("error:").trim()));
    }

    if process::find("apt-get").is_none() {
        bail!("no Rust here has the target {WASM}. Get one with\n  rustup target add {WASM}");
    }
    if !machine::is_root() {
        bail!(
            "no Rust here has the target {WASM}. Run one of these, then repeat:\n  \
             rustup target add {WASM}\n  sudo {} toolchain",
            std::env::current_exe().map_or_else(|_| "cargo xtask".into(), |file| file.display().to_string())
        );
    }
    debian::install()?;
    let made = [Toolchain::of_rustup(DEBIAN), Toolchain::of_system()]
        .into_iter()
        .find(Toolchain::builds_for_the_browser)
        .context("Debian's toolchain was installed and still cannot build for the browser")?;
    made.introduce();
    Ok(made)
}

impl Toolchain {
    /// The one that runs this program.
    pub(crate) fn current() -> Self {
        let name = std::env::var_os("RUSTUP_TOOLCHAIN")
            .map_or_else(|| "default".to_owned(), |name| name.to_string_lossy().into_owned());
        Self { name, cargo: "cargo".into(), rustc: "rustc".into(), environment: Vec::new() }
    }

    fn of_rustup(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cargo: "cargo".into(),
            rustc: "rustc".into(),
            environment: vec![("RUSTUP_TOOLCHAIN", name.into())],
        }
    }

    /// Debian's, called by path: for machines without rustup.
    fn of_system() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(PathBuf::from("/usr/bin")).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(folders).unwrap_or(path);
        Self {
            name: "/usr/bin".to_owned(),
            cargo: "/usr/bin/cargo".into(),
            rustc: "/usr/bin/rustc".into(),
            // cargo finds rustc, rustdoc, clippy and rustfmt on the path.
            environment: vec![("PATH", path)],
        }
    }

    /// `cargo` of this toolchain, run from the root of the workspace.
    pub(crate) fn cargo(&self, root: &Path) -> Command {
        let mut command = self.command(&self.cargo);
        command.current_dir(root);
        command
    }

    /// Whether `cargo NAME` works here.
    pub(crate) fn has_cargo_command(&self, name: &str) -> bool {
        process::succeeds(self.command(&self.cargo).args([name, "--version"]))
    }

    /// Whether rustup looks after this toolchain, so that components can be added to it.
    pub(crate) fn is_official(&self) -> bool {
        process::find("rustup").is_some() && self.name != DEBIAN && self.name != "/usr/bin"
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = process::fresh(program);
        command.envs(self.environment.iter().cloned());
        command
    }

    fn builds_for_the_browser(&self) -> bool {
        self.version().is_some_and(|version| version >= OLDEST) && self.has_browser_std() && self.links()
    }

    fn has_browser_std(&self) -> bool {
        let asked =
            process::capture(self.command(&self.rustc).args(["--print", "target-libdir", "--target", WASM]));
        asked.is_ok_and(|folder| has_std(Path::new(folder.trim())))
    }

    /// Whether an empty program can be made: the linker comes in a package of its own on some systems.
    fn links(&self) -> bool {
        let module = std::env::temp_dir().join(format!("cuaderno-probe-{}.wasm", std::process::id()));
        let linked = process::succeeds(
            self.command(&self.rustc)
                // `-` is standard input, which is empty: so is the library.
                .args(["-", "--crate-name=probe", "--crate-type=cdylib", "--target", WASM, "-o"])
                .arg(&module),
        );
        let _ = std::fs::remove_file(&module);
        linked
    }

    fn version(&self) -> Option<(u32, u32)> {
        minor_version(&process::capture(self.command(&self.rustc).arg("--version")).ok()?)
    }

    fn introduce(&self) {
        let version = process::capture(self.command(&self.rustc).arg("--version")).unwrap_or_default();
        note(format_args!("toolchain `{}`, {}, with {WASM}", self.name, version.trim()));
    }
}

/// Whether a folder of libraries holds the standard library.
pub(crate) fn has_std(folder: &Path) -> bool {
    let Ok(files) = folder.read_dir() else { return false };
    files.flatten().any(|file| {
        let library = file.path().extension().is_some_and(|kind| kind == "rlib");
        library && file.file_name().to_string_lossy().starts_with("libstd-")
    })
}

/// The first two numbers of what `rustc --version` prints.
fn minor_version(printed: &str) -> Option<(u32, u32)> {
    let mut numbers = printed.strip_prefix("rustc ")?.split(['.', ' ', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_every_kind_of_compiler() {
        assert_eq!(
            minor_version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a tarball)"),
            Some((1, 96))
        );
        assert_eq!(minor_version("rustc 1.97.0-nightly (e50aa6fba 2026-05-19)"), Some((1, 97)));
        assert_eq!(minor_version("error: no such toolchain"), None);
        assert!(Some((1, 63)) < Some(OLDEST));
    }

    #[test]
    fn an_empty_or_missing_folder_holds_no_standard_library() {
        let folder = std::env::temp_dir().join(format!("cuaderno-std-test-{}", std::process::id()));
        assert!(!has_std(&folder));
        std::fs::create_dir(&folder).unwrap();
        assert!(!has_std(&folder));
        std::fs::write(folder.join("libstd-0123.rlib"), "").unwrap();
        assert!(has_std(&folder));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
