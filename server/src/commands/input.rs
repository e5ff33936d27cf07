//! How files named on the command line are read.

use std::io::{Read, stdin};

use camino::Utf8Path;

use super::Usage;

/// Largest JSON file that a command reads, in bytes.
const JSON_MAX: u64 = 64 * 1024 * 1024;

/// Reads a whole file.
///
/// # Errors
///
/// [`Usage`] that names the file.
pub(super) fn bytes(path: &Utf8Path) -> Result<Vec<u8>, Usage> {
    std::fs::read(path).map_err(|error| unreadable(path, &error))
}

/// Reads JSON from a file, or from standard input for `-`.
///
/// # Errors
///
/// [`Usage`] that names the file and the place in it.
pub(super) fn json<T: serde::de::DeserializeOwned>(path: &Utf8Path) -> Result<T, Usage> {
    let mut text = Vec::new();
    let read = if path == "-" {
        stdin().lock().take(JSON_MAX).read_to_end(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(JSON_MAX).read_to_end(&mut text))
    };
    read.map_err(|error| unreadable(path, &error))?;
    serde_json::from_slice(&text)
        .map_err(|error| Usage(format!("`{path}` is not the JSON that is needed: {error}")))
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Usage {
    Usage(format!("cannot read `{path}`: {error}"))
}
