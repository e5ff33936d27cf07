//! From the compiler's WebAssembly to what a browser loads: a module and the JavaScript around it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::process;
use crate::steps::note;

/// The name of the files, and of `LEPTOS_OUTPUT_NAME` in `.cargo/config.toml`: pages ask for
/// `/pkg/cuaderno.js` and `/pkg/cuaderno.wasm`.
pub(crate) const NAME: &str = "cuaderno";

/// Files by their path below `pkg`.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Makes the browser's files from the compiler's module.
///
/// # Errors
///
/// The module was built for another version of wasm-bindgen, or `scratch` cannot be written.
pub(crate) fn bindgen(module: &Path, scratch: &Path) -> anyhow::Result<Files> {
    if scratch.exists() {
        fs::remove_dir_all(scratch)?;
    }
    Bindgen::new()
        .input_path(module)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .omit_default_module_path(false)
        .generate(scratch)
        .with_context(|| format!("wasm-bindgen cannot use {}", module.display()))?;

    if let Some(optimiser) = process::find("wasm-opt") {
        optimise(&optimiser, &scratch.join(format!("{NAME}_bg.wasm")))?;
    }
    let mut files = Files::new();
    collect(scratch, "", &mut files)?;
    rename(files)
}

/// Makes a module smaller in place. A `wasm-opt` that is too old for it leaves it as it is.
fn optimise(optimiser: &Path, module: &Path) -> anyhow::Result<()> {
    let smaller = module.with_extension("opt");
    let done = process::capture(
        process::fresh(optimiser)
            .args(["-Oz", "--enable-bulk-memory", "--enable-multivalue", "--enable-mutable-globals"])
            .args(["--enable-nontrapping-float-to-int", "--enable-reference-types", "--enable-sign-ext"])
            .arg(module)
            .arg("-o")
            .arg(&smaller),
    );
    match done {
        Ok(_) => fs::rename(&smaller, module).context("cannot replace the module by the optimised one"),
        Err(error) => {
            note(format_args!("going on without wasm-opt: {error:#}"));
            Ok(())
        }
    }
}

fn collect(folder: &Path, below: &str, files: &mut Files) -> anyhow::Result<()> {
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.insert(name, fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// wasm-bindgen calls the module `NAME_bg.wasm`, and its JavaScript loads that by default. Leptos' pages ask for
/// `NAME.wasm`. Both get the second name.
fn rename(mut files: Files) -> anyhow::Result<Files> {
    let (theirs, ours) = (format!("{NAME}_bg.wasm"), format!("{NAME}.wasm"));
    let module = files.remove(&theirs).with_context(|| format!("wasm-bindgen made no {theirs}"))?;
    files.insert(ours.clone(), module);

    let script = files.get_mut(&format!("{NAME}.js")).context("wasm-bindgen made no JavaScript")?;
    let text = String::from_utf8(std::mem::take(script)).context("wasm-bindgen's JavaScript is not UTF-8")?;
    if !text.contains(&theirs) {
        bail!("wasm-bindgen's JavaScript does not name {theirs} any more: look at `wasm.rs`");
    }
    *script = text.replace(&theirs, &ours).into_bytes();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_and_the_file_agree_on_the_name_of_the_module() {
        let script = "module_or_path = new URL('cuaderno_bg.wasm', import.meta.url);";
        let made = Files::from([
            ("cuaderno.js".to_owned(), script.as_bytes().to_vec()),
            ("cuaderno_bg.wasm".to_owned(), b"\0asm".to_vec()),
            ("snippets/inline.js".to_owned(), b"export {}".to_vec()),
        ]);

        let files = rename(made).unwrap();

        assert_eq!(files.keys().collect::<Vec<_>>(), ["cuaderno.js", "cuaderno.wasm", "snippets/inline.js"]);
        assert_eq!(files["cuaderno.js"], script.replace("_bg", "").as_bytes());
    }

    #[test]
    fn a_changed_script_is_noticed() {
        let made = Files::from([
            ("cuaderno.js".to_owned(), b"fetch('other.wasm')".to_vec()),
            ("cuaderno_bg.wasm".to_owned(), b"\0asm".to_vec()),
        ]);

        assert!(rename(made).unwrap_err().to_string().contains("wasm.rs"));
    }
}
