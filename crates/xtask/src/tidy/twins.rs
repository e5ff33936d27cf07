//! Files that come in pairs: a style partial and its component, a page and its test.

use std::path::Path;

use super::sources::{Source, has_word};
use super::stems;

/// Folders of style partials and where the Rust file of the same name is.
const STYLES: &[(&str, &str)] = &[
    ("style/pages", "app/src/pages"),
    ("style/components", "app/src/components"),
    ("style/islands", "app/src/islands"),
];

/// Every partial belongs to a page or component of the same name, and `style/main.css` imports it.
pub(crate) fn styles(root: &Path) -> anyhow::Result<Vec<String>> {
    let main = std::fs::read_to_string(root.join("style/main.css")).unwrap_or_default();
    let mut complaints = Vec::new();
    for (styles, sources) in STYLES {
        for name in stems(&root.join(styles), "css")? {
            let source = root.join(sources).join(&name);
            if !source.with_extension("rs").is_file() && !source.is_dir() {
                complaints.push(format!("{styles}/{name}.css has no {sources}/{name}.rs"));
            }
            if !main.contains(&format!("/{name}.css")) {
                complaints.push(format!("{styles}/{name}.css is not imported by style/main.css"));
            }
        }
    }
    Ok(complaints)
}

/// Every page is named in a test of the server, by its module or its component.
pub(crate) fn pages(root: &Path, sources: &[Source]) -> anyhow::Result<Vec<String>> {
    let tests: Vec<&str> = sources
        .iter()
        .filter(|source| source.path.starts_with("server/tests/"))
        .map(|source| source.text.as_str())
        .collect();
    let pages = stems(&root.join("app/src/pages"), "rs")?;
    Ok(pages
        .iter()
        .filter(|page| *page != "mod")
        .filter(|page| !is_tested(page, &tests))
        .map(untested)
        .collect())
}

fn is_tested(page: &str, tests: &[&str]) -> bool {
    let component = format!("{}Page", camel(page));
    tests.iter().any(|test| named_in_a_function(test, page) || has_word(test, &component))
}

/// Whether the name of a test function or module, or a string, holds the words of the page's name.
fn named_in_a_function(test: &str, page: &str) -> bool {
    has_word(test, page)
        || test.lines().filter_map(|line| line.split_once("fn ")).any(|(_, rest)| {
            let name = rest.split('(').next().unwrap_or_default();
            format!("_{name}_").contains(&format!("_{page}_"))
        })
}

fn untested(page: &String) -> String {
    format!(
        "app/src/pages/{page}.rs has no test: name `{page}` or `{}Page` where server/tests renders it",
        camel(page)
    )
}

/// `run_list` is `RunList`.
fn camel(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_tested_when_a_test_names_it() {
        let test = "async fn the_run_list_page_sorts() { app.page(\"/runs\").await; } // RunPage";

        assert!(is_tested("run_list", &[test]));
        assert!(is_tested("run", &[test]));
        assert!(!is_tested("compare", &[test]));
        assert!(untested(&"run_list".to_owned()).contains("RunListPage"));
    }

    #[test]
    fn a_partial_needs_its_component() {
        let root = std::env::temp_dir().join(format!("cuaderno-twins-{}", std::process::id()));
        std::fs::create_dir_all(root.join("style/pages")).unwrap();
        std::fs::create_dir_all(root.join("app/src/pages")).unwrap();
        std::fs::write(root.join("style/main.css"), "@import \"pages/run.css\"; @import \"pages/old.css\";")
            .unwrap();
        for name in ["run", "old"] {
            std::fs::write(root.join(format!("style/pages/{name}.css")), "").unwrap();
        }
        std::fs::write(root.join("app/src/pages/run.rs"), "").unwrap();

        let complaints = styles(&root);
        std::fs::remove_dir_all(&root).unwrap();

        assert_eq!(complaints.unwrap(), ["style/pages/old.css has no app/src/pages/old.rs"]);
    }
}
