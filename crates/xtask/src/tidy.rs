//! `cargo xtask tidy`: the rules of the code base that the compiler does not know.
//!
//! Every rule is a function from what it looks at to a list of complaints. A complaint names the place and
//! what to do.

mod arrows;
mod migrations;
mod sources;
mod twins;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};

use crate::steps::{Steps, note, say};
use crate::workspace::Workspace;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Add new migrations to the list of those that may not change any more
    #[arg(long)]
    bless_migrations: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let workspace = Workspace::find()?;
    if arguments.bless_migrations {
        return migrations::bless(&workspace.root().join("migrations"));
    }
    Steps::new(1).step("Tidy", || check(&workspace))
}

/// Applies every rule.
///
/// # Errors
///
/// There are complaints (they are printed), or a file cannot be read.
pub(crate) fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let root = workspace.root();
    let sources = sources::read(root)?;
    let mut complaints = arrows::check(&arrows::read(workspace));
    complaints.extend(sources::check(&sources));
    complaints.extend(migrations::check(&root.join("migrations"))?);
    complaints.extend(twins::styles(root)?);
    complaints.extend(twins::pages(root, &sources)?);
    if complaints.is_empty() {
        note(format_args!("{} source files follow the rules", sources.len()));
        return Ok(());
    }
    for complaint in &complaints {
        say(format_args!("tidy: {complaint}"));
    }
    bail!("{} things to tidy; see them again with `cargo xtask tidy`", complaints.len())
}

/// The files of a folder with an extension, by name without it, sorted. A folder that is not there has none.
fn stems(folder: &Path, extension: &str) -> anyhow::Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(stem) = path.file_stem()
        {
            names.push(stem.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
