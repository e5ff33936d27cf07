//! Rules about the text of source files: what belongs where, what may not be left lying about, how long a
//! file may be.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Folders with code of ours.
const FOLDERS: &[&str] = &["app", "crates", "frontend", "server"];

/// This program names what it forbids.
const EXEMPT: &str = "crates/xtask/";

/// Crates of others whose paths (`NAME::`) are written only below these folders.
const HOMES: &[(&str, &[&str])] = &[
    ("sqlx", &["crates/store/", "crates/moving/"]),
    ("linfa", &["crates/ml/"]),
    ("plotters", &["crates/plot/"]),
    ("axum", &["crates/api/", "server/", "app/"]),
];

/// Words for unfinished code, with what to do instead.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "log with `tracing`, or take it out"),
    ("FIXME", "fix it, or open an issue"),
    ("XXX", "say what it means"),
];

/// Most lines of a file, its tests not counted.
const CEILING: usize = 500;

/// A source file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path below the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Reads every Rust file of ours.
pub(crate) fn read(root: &Path) -> anyhow::Result<Vec<Source>> {
    let mut sources = Vec::new();
    for folder in FOLDERS {
        walk(&root.join(folder), folder, &mut sources)?;
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn walk(folder: &Path, path: &str, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let below = format!("{path}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "target" && name != "node_modules" {
                walk(&entry.path(), &below, sources)?;
            }
        } else if entry.path().extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(entry.path()).with_context(|| format!("cannot read {below}"))?;
            sources.push(Source { path: below, text });
        }
    }
    Ok(())
}

pub(crate) fn check(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources {
        if !source.path.starts_with(EXEMPT) {
            check_lines(source, &mut complaints);
        }
        let lines = lines_without_tests(source);
        if lines > CEILING {
            complaints.push(format!(
                "{}: {lines} lines without tests, more than {CEILING}: split it by meaning",
                source.path
            ));
        }
    }
    complaints
}

fn check_lines(source: &Source, complaints: &mut Vec<String>) {
    for (index, line) in source.text.lines().enumerate() {
        let place = format!("{}:{}", source.path, index + 1);
        for (word, instead) in UNFINISHED {
            if has_word(line, word) {
                complaints.push(format!("{place}: `{word}`: {instead}"));
            }
        }
        if has_word(line, "TODO") && !line.contains("TODO(#") {
            complaints.push(format!("{place}: a TODO needs the number of its issue: `TODO(#12)`"));
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        for (name, homes) in HOMES {
            if has_word(line, &format!("{name}::")) && !homes.iter().any(|home| source.path.starts_with(home))
            {
                complaints.push(format!("{place}: `{name}::` is only for {}", homes.join(", ")));
            }
        }
    }
}

/// Whether a word stands in a text, not as part of a longer one.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        let open_end = word.ends_with(in_word) && after.is_some_and(in_word);
        !before.is_some_and(in_word) && !open_end
    })
}

/// Lines before the module with the tests. Files that are tests have none.
fn lines_without_tests(source: &Source) -> usize {
    if source.path.contains("/tests/") || source.path.ends_with("/tests.rs") {
        return 0;
    }
    let lines: Vec<&str> = source.text.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].trim_start().starts_with("mod "));
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn sql_is_written_in_the_store_only() {
        let line = "let row = sqlx::query(SQL);";

        assert!(check(&[source("crates/store/src/runs.rs", line)]).is_empty());
        assert_eq!(
            check(&[source("crates/domain/src/runs.rs", line)]),
            ["crates/domain/src/runs.rs:1: `sqlx::` is only for crates/store/, crates/moving/"]
        );
        assert!(check(&[source("crates/domain/src/runs.rs", "// as sqlx::query does")]).is_empty());
        assert!(check(&[source("crates/domain/src/runs.rs", "use my_sqlx::query;")]).is_empty());
    }

    #[test]
    fn unfinished_code_is_found() {
        for line in ["    todo!()", "dbg!(x);", "// FIXME later", "// TODO: more"] {
            assert_eq!(check(&[source("app/src/lib.rs", line)]).len(), 1, "{line}");
        }
        for line in ["// TODO(#12): more", "let todos = 1;", "fn method() {}", "const AXXX: u8 = 1;"] {
            assert!(check(&[source("app/src/lib.rs", line)]).is_empty(), "{line}");
        }
    }

    #[test]
    fn tests_do_not_count_as_length() {
        let long = "x\n".repeat(CEILING);

        assert!(
            check(&[source("app/src/a.rs", &format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n"))])
                .is_empty()
        );
        assert!(check(&[source("server/tests/it/a.rs", &long.repeat(2))]).is_empty());
        assert_eq!(check(&[source("app/src/a.rs", &format!("{long}x\n"))]).len(), 1);
    }
}
