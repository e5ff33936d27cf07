//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cargo_metadata::{Metadata, MetadataCommand, Package};

#[derive(Debug)]
pub(crate) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    /// Asks cargo about the workspace that this program belongs to. Needs no network.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let mut command = MetadataCommand::new();
        // Set by `cargo run`. Without it, the current folder decides.
        if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
            command.manifest_path(Path::new(&folder).join("Cargo.toml"));
        }
        let metadata = command.no_deps().exec().context("cargo cannot describe the workspace")?;
        Ok(Self { metadata })
    }

    pub(crate) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// Where cargo builds: `target`, unless `CARGO_TARGET_DIR` says otherwise.
    pub(crate) fn target(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Where results are left, whatever `CARGO_TARGET_DIR` says.
    pub(crate) fn results(&self) -> PathBuf {
        self.root().join("target")
    }

    /// The built site: what the server embeds.
    pub(crate) fn site(&self) -> PathBuf {
        self.results().join("site")
    }

    pub(crate) fn packages(&self) -> Vec<&Package> {
        self.metadata.workspace_packages()
    }
}

/// A folder outside every checkout for tools that are built once.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = set("XDG_CACHE_HOME")
        .or_else(|| Some(set("HOME")?.join(".cache")))
        .context("set HOME or XDG_CACHE_HOME: tools are kept there")?;
    Ok(folder.join("cuaderno"))
}
