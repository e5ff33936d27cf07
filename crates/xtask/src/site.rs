//! The site: everything a browser loads, in `target/site`, where the server embeds it from.
//!
//! `pkg/` holds the front end and the style sheet, each also compressed (`.br`, `.gz`); the files of
//! `app/public` lie at the root. Files are written only when they change, so that the server is not built again for nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use crate::steps::{Steps, note};
use crate::toolchain::{Toolchain, WASM};
use crate::wasm::{self, NAME};
use crate::workspace::Workspace;
use crate::{process, style};

/// How many steps [`build`] takes.
pub(crate) const STEPS: usize = 2;

/// Part of the mark of a finished build: raise it when the way of making the files changes.
const WAY: &str = "1";

/// Builds the front end and puts the site together. Does little when nothing changed.
///
/// # Errors
///
/// The front end does not compile, or a file cannot be read or written.
pub(crate) fn build(steps: &mut Steps, workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<()> {
    let module = steps.step("Compile the front end to WebAssembly", || compile(workspace, toolchain))?;
    steps.step("Put the site together", || assemble(workspace, &module))
}

fn compile(workspace: &Workspace, toolchain: &Toolchain) -> anyhow::Result<PathBuf> {
    process::run(toolchain.cargo(workspace.root()).args([
        "build",
        "--locked",
        "--package=cuaderno-frontend",
        "--target",
        WASM,
        "--profile=wasm-release",
    ]))?;
    Ok(workspace.target().join(WASM).join("wasm-release/cuaderno_frontend.wasm"))
}

fn assemble(workspace: &Workspace, module: &Path) -> anyhow::Result<()> {
    let site = workspace.site();
    let pkg = site.join("pkg");
    let scratch = workspace.results().join("xtask");
    fs::create_dir_all(&pkg).with_context(|| format!("cannot make {}", pkg.display()))?;
    fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;

    scripts(module, &pkg, &scratch)?;

    let css = style::bundle(&workspace.root().join("style/main.css"))?;
    write_compressed(&pkg.join(format!("{NAME}.css")), css.as_bytes())?;

    let public = workspace.root().join("app/public");
    let mut kept = BTreeSet::from([pkg]);
    if public.is_dir() {
        copy_changed(&public, &site, &mut kept)?;
    }
    remove_others(&site, &kept)?;
    note(format_args!("{} is up to date", site.display()));
    Ok(())
}

/// The module and its JavaScript. The mark says what they were made from.
fn scripts(module: &Path, pkg: &Path, scratch: &Path) -> anyhow::Result<()> {
    let input = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let optimised = process::find("wasm-opt").is_some();
    let mark = format!("{WAY} {optimised} {}", hex(&Sha256::digest(&input)));
    let mark_file = scratch.join("scripts");
    let there = ["js", "wasm"]
        .iter()
        .flat_map(|kind| ["", ".br", ".gz"].map(|packed| pkg.join(format!("{NAME}.{kind}{packed}"))))
        .all(|file| file.is_file());
    if there && fs::read_to_string(&mark_file).is_ok_and(|old| old == mark) {
        return Ok(());
    }

    let files = wasm::bindgen(module, &scratch.join("bindgen"))?;
    let mut kept = BTreeSet::from(["", ".br", ".gz"].map(|packed| pkg.join(format!("{NAME}.css{packed}"))));
    for (name, content) in &files {
        let file = pkg.join(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        kept.extend(write_compressed(&file, content)?);
    }
    remove_others(pkg, &kept)?;
    fs::write(&mark_file, mark).with_context(|| format!("cannot write {}", mark_file.display()))
}

/// Writes a file and its compressed twins, and returns the paths of all three.
fn write_compressed(file: &Path, content: &[u8]) -> anyhow::Result<[PathBuf; 3]> {
    let twin = |kind: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(kind);
        PathBuf::from(name)
    };
    let (br, gz) = (twin(".br"), twin(".gz"));
    if !(holds(file, content) && br.is_file() && gz.is_file()) {
        write_changed(&br, &brotli(content)?)?;
        write_changed(&gz, &gzip(content)?)?;
        // Last, so that an interrupted build is noticed by the next one.
        write_changed(file, content)?;
    }
    Ok([file.to_owned(), br, gz])
}

/// Writes a file unless it already holds just that. Tells whether it wrote.
fn write_changed(file: &Path, content: &[u8]) -> anyhow::Result<bool> {
    if holds(file, content) {
        return Ok(false);
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}

fn holds(file: &Path, content: &[u8]) -> bool {
    fs::read(file).is_ok_and(|old| old == content)
}

fn copy_changed(from: &Path, to: &Path, kept: &mut BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in from.read_dir().with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let copy = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir_all(&copy)?;
            copy_changed(&entry.path(), &copy, kept)?;
        } else {
            write_changed(&copy, &fs::read(entry.path())?)?;
            kept.insert(copy);
        }
    }
    Ok(())
}

/// Removes what an earlier build left: every file below `folder` that is neither kept nor in a kept folder.
fn remove_others(folder: &Path, kept: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let path = entry.path();
        if kept.contains(&path) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            remove_others(&path, kept)?;
            if path.read_dir()?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        } else {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    Ok(())
}

/// Brotli at its highest level: made once, downloaded often.
fn brotli(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut packed, &parameters).context("brotli failed")?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(content).context("gzip failed")?;
    packer.finish().context("gzip failed")
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("cuaderno-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn compressed_twins_hold_the_same_content() {
        let folder = Folder::new("twins");
        let content = "a { color: red }\n".repeat(100);

        let [file, br, gz] = write_compressed(&folder.0.join("cuaderno.css"), content.as_bytes()).unwrap();

        assert!(file.ends_with("cuaderno.css") && br.ends_with("cuaderno.css.br"));
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*fs::read(&br).unwrap(), &mut unpacked).unwrap();
        assert_eq!(unpacked, content.as_bytes());
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&*fs::read(&gz).unwrap()).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, content);
    }

    #[test]
    fn a_file_that_stays_the_same_is_not_touched() {
        let folder = Folder::new("same");
        let file = folder.0.join("favicon.svg");

        assert!(write_changed(&file, b"one").unwrap());
        assert!(!write_changed(&file, b"one").unwrap());
        assert!(write_changed(&file, b"two").unwrap());
    }

    #[test]
    fn what_an_earlier_build_left_is_removed() {
        let folder = Folder::new("left");
        let (pkg, public) = (folder.0.join("pkg"), folder.0.join("fonts/old.woff2"));
        fs::create_dir_all(&pkg).unwrap();
        fs::create_dir_all(public.parent().unwrap()).unwrap();
        fs::write(pkg.join("cuaderno.js"), "").unwrap();
        fs::write(&public, "").unwrap();
        fs::write(folder.0.join("favicon.svg"), "").unwrap();

        remove_others(&folder.0, &BTreeSet::from([pkg.clone(), folder.0.join("favicon.svg")])).unwrap();

        assert!(pkg.join("cuaderno.js").exists() && folder.0.join("favicon.svg").exists());
        assert!(!folder.0.join("fonts").exists());
    }

    #[test]
    fn bytes_become_hexadecimal() {
        assert_eq!(hex(&[0x00, 0x0f, 0xa5]), "000fa5");
    }
}
