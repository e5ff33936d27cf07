//! How files named on the command line are read.

use std::io::{Read, stdin};

use camino::Utf8Path;
use tokio_util::io::ReaderStream;

use super::Usage;

/// Bytes of a large file that are read at once.
const BLOCK: usize = 256 * 1024;

/// Largest JSON file that a command reads, in bytes.
const JSON_MAX: u64 = 64 * 1024 * 1024;

/// The bytes of a file as they are read.
///
/// # Errors
///
/// [`Usage`] that names the file, if it cannot be opened; an error of the stream if it cannot be read to its end.
pub(super) async fn stream(path: &Utf8Path) -> Result<ReaderStream<tokio::fs::File>, Usage> {
    let file = tokio::fs::File::open(path).await.map_err(|error| unreadable(path, &error))?;
    let is_folder = file.metadata().await.is_ok_and(|metadata| metadata.is_dir());
    if is_folder {
        return Err(Usage(format!("cannot read `{path}`: it is a folder")));
    }
    Ok(ReaderStream::with_capacity(file, BLOCK))
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
