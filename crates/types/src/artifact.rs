//! Files of runs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::InvalidValue;

/// Longest artifact path in bytes.
pub const ARTIFACT_PATH_MAX: usize = 1024;

/// Longest name between two slashes in bytes, as in most file systems.
const SEGMENT_MAX: usize = 255;

/// Deepest nesting of folders.
const DEPTH_MAX: usize = 32;

/// A relative path of plain names, such as `plots/residuals.svg`; cannot leave the folder it is joined to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "plots/residuals.svg"))]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactPath(String);

impl ArtifactPath {
    /// Accepts names separated by single slashes.
    ///
    /// Refuses empty names, `.` and `..`, backslashes, control and bidirectional formatting characters,
    /// what is left of percent-encoded dots and slashes, drive letters, and sizes past the limits.
    ///
    /// # Errors
    ///
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |problem: &str| InvalidValue::new("artifact path", problem);
        if text.len() > ARTIFACT_PATH_MAX {
            return Err(invalid("is longer than 1024 bytes"));
        }
        if text.split('/').count() > DEPTH_MAX {
            return Err(invalid("is nested deeper than 32 folders"));
        }
        if is_encoded_again(text) {
            return Err(invalid("is encoded twice"));
        }
        for segment in text.split('/') {
            match segment {
                "" => return Err(invalid("has an empty name: no leading, trailing or double slash")),
                "." | ".." => return Err(invalid("has a `.` or `..` name")),
                _ if segment.len() > SEGMENT_MAX => return Err(invalid("has a name longer than 255 bytes")),
                _ => {}
            }
        }
        if text.chars().any(is_refused) {
            return Err(invalid("has a backslash, a control or a direction-changing character"));
        }
        if matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
            return Err(invalid("starts with a drive letter"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last name.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Lower-case letters after the last dot of the last name; empty if there are none.
    #[must_use]
    pub fn extension(&self) -> String {
        self.file_name()
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase())
            .unwrap_or_default()
    }
}

/// Whether dots, slashes, backslashes or U+0000 are percent-encoded in the text, however often. Other percent signs
/// are letters: MLflow's clients make names such as `frames%step%25%timestamp%7`.
fn is_encoded_again(text: &str) -> bool {
    let mut text = text.to_ascii_lowercase();
    loop {
        if ["%2e", "%2f", "%5c", "%00"].iter().any(|residue| text.contains(residue)) {
            return true;
        }
        if !text.contains("%25") {
            return false;
        }
        text = text.replace("%25", "%");
    }
}

fn is_refused(c: char) -> bool {
    c == '\\'
        || c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for ArtifactPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for ArtifactPath {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ArtifactPath {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::parse(&text)
    }
}

impl From<ArtifactPath> for String {
    fn from(path: ArtifactPath) -> Self {
        path.0
    }
}

/// One stored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Artifact {
    /// Path below the run's artifact folder.
    pub path: ArtifactPath,
    /// Size in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub sha256: String,
}

/// What a page shows of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preview {
    /// The file is text.
    Text {
        /// The beginning of the file.
        text: String,
        /// Whether the file goes on.
        truncated: bool,
    },
    /// The file is a picture that browsers draw.
    Image,
    /// The file can only be downloaded.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_could_leave_the_folder_are_refused() {
        for path in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "a/",
            ".",
            "a\\b",
            "C:/x",
            "a\0b",
            "%2e%2e/x",
            "%252e%252e/x",
            "%25252525252F",
            "a%2fb",
            "a/\u{202e}b",
        ] {
            assert!(ArtifactPath::parse(path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn names_with_accents_spaces_and_dots_are_kept() {
        for path in
            ["model/MLmodel", "gráficos/año 1.svg", "a..b", "…", "images/k%step%25%timestamp%17%gf.png"]
        {
            assert_eq!(ArtifactPath::parse(path).unwrap().as_str(), path);
        }
    }
}
