//! MLflow's `meta.yaml` files.

use std::fmt::Write;

use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// Reads the text of a file; fields are read as texts where the struct says so, whatever they look like.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_saphyr::from_str(text).map_err(|error| {
        let message = error.to_string();
        let first = message.lines().next().unwrap_or_default();
        Error::Broken(format!("its meta.yaml cannot be read: {}", first.trim_start_matches("error: ")))
    })
}

/// A mapping under construction. Texts are written as JSON writes them, which is YAML too.
#[derive(Debug, Default)]
pub(crate) struct Mapping(String);

impl Mapping {
    pub(crate) fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.line(key, &quoted(value))
    }

    pub(crate) fn optional_text(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        self.line(key, &value.map_or_else(|| "null".to_owned(), quoted))
    }

    pub(crate) fn number(&mut self, key: &str, value: Option<i64>) -> &mut Self {
        self.line(key, &value.map_or_else(|| "null".to_owned(), |value| value.to_string()))
    }

    pub(crate) fn pairs(&mut self, key: &str, pairs: &[(String, String)]) -> &mut Self {
        let pairs: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{}: {}", quoted(key), quoted(value))).collect();
        self.line(key, &format!("{{{}}}", pairs.join(", ")))
    }

    /// An empty list.
    pub(crate) fn no_items(&mut self, key: &str) -> &mut Self {
        self.line(key, "[]")
    }

    fn line(&mut self, key: &str, value: &str) -> &mut Self {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{key}: {value}");
        self
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// A text in double quotes. What YAML does not count as printable is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' => {
                quoted.push(c)
            }
            '\u{ff00}'..='\u{fffd}' | '\u{10000}'.. => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Read {
        key: String,
        tags: BTreeMap<String, String>,
        n: i64,
    }

    #[test]
    fn every_text_comes_back_as_it_was() {
        for text in [
            "",
            "plain",
            "12e5",
            "null",
            "a: b # c",
            "line 1\nline 2\r\n\ttab",
            "\"quoted\" \\ 'single'",
            "ñandú 😀 \u{7f}\u{85}\u{2028}\u{feff}\u{0}",
            "- x",
            "{a: 1}",
        ] {
            let mut mapping = Mapping::default();
            mapping
                .text("key", text)
                .pairs("tags", &[(text.to_owned(), text.to_owned())])
                .number("n", Some(-1));
            let written = mapping.into_text();
            let read: Read = read(&written).unwrap_or_else(|error| panic!("{error}: {written}"));
            assert_eq!((read.key.as_str(), read.n), (text, -1), "{written}");
            assert_eq!(read.tags.get(text).map(String::as_str), Some(text));
        }
    }

    #[test]
    fn a_broken_file_is_told_in_one_line() {
        let error = read::<BTreeMap<String, String>>("a: [1\nb").unwrap_err().to_string();
        assert!(error.starts_with("its meta.yaml cannot be read: "), "{error}");
        assert_eq!(error.lines().count(), 1);
    }
}
