//! The style sheet: `style/main.css` and what it imports, as one small file.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};
use lightningcss::targets::{Browsers, Targets};

/// The oldest browsers that the style sheet is written for: those that know nesting and `light-dark()`, so
/// that both stay as they are.
const BROWSERS: Browsers = Browsers {
    android: None,
    chrome: Some(version(123, 0)),
    edge: Some(version(123, 0)),
    firefox: Some(version(121, 0)),
    ie: None,
    ios_saf: Some(version(17, 5)),
    opera: None,
    safari: Some(version(17, 5)),
    samsung: None,
};

/// Bundles a style sheet with its imports and takes out what browsers do not need.
///
/// # Errors
///
/// A file is missing or is not CSS; the message names the file and the line.
pub(crate) fn bundle(main: &Path) -> anyhow::Result<String> {
    let targets = Targets::from(BROWSERS);
    let files = FileProvider::new();
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(main)
        .map_err(|error| anyhow!("{error}"))
        .with_context(|| format!("{} cannot be bundled", main.display()))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|error| anyhow!("{error}"))
        .context("the style sheet cannot be made smaller")?;
    let printed = sheet
        .to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() })
        .context("the style sheet cannot be written")?;
    Ok(printed.code)
}

/// Lightning CSS' way to write a version.
const fn version(major: u32, minor: u32) -> u32 {
    major << 16 | minor << 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_bundled_in_order_and_nesting_stays() {
        let folder = std::env::temp_dir().join(format!("cuaderno-style-test-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("pages")).unwrap();
        std::fs::write(folder.join("main.css"), "@import \"tokens.css\";\n@import \"pages/run.css\";\n")
            .unwrap();
        std::fs::write(folder.join("tokens.css"), ":root { --ink: light-dark(#000000, #ffffff); }").unwrap();
        std::fs::write(folder.join("pages/run.css"), ".run { color: var(--ink); & .name { margin: 0px; } }")
            .unwrap();

        let css = bundle(&folder.join("main.css"));
        std::fs::write(folder.join("tokens.css"), "@import \"missing.css\";").unwrap();
        let broken = bundle(&folder.join("main.css"));
        std::fs::remove_dir_all(&folder).unwrap();

        assert_eq!(
            css.unwrap(),
            ":root{--ink:light-dark(#000,#fff)}.run{color:var(--ink);& .name{margin:0}}"
        );
        assert!(format!("{:#}", broken.unwrap_err()).contains("main.css"));
    }
}
