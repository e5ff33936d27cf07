//! The built front end and its public files, embedded in release binaries.

mod encoding;

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use encoding::Encoding;

/// Debug builds read the folder from disk, so that the front end can be rebuilt beside a running server.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site"]
#[allow_missing = true]
struct Files;

/// Name of the front end's files; the build calls them so.
pub(crate) const OUTPUT_NAME: &str = "cuaderno";

/// Folder of the front end's files.
const PACKAGE: &str = "pkg";

/// Address of the front end's files without slashes around it, such as `pkg/0a1b2c3d4e5f6071`. It changes with
/// their content, so browsers may keep them for ever.
pub(crate) static PACKAGE_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let mut digest = Sha256::new();
    for extension in ["js", "wasm", "css"] {
        if let Some(file) = Files::get(&format!("{PACKAGE}/{OUTPUT_NAME}.{extension}")) {
            digest.update(file.metadata.sha256_hash());
        }
    }
    format!("{PACKAGE}/{}", hex(&digest.finalize()[..8]))
});

/// Whether the front end is there; without it pages still read, but nothing in them moves.
pub(crate) fn has_front_end() -> bool {
    Files::get(&format!("{PACKAGE}/{OUTPUT_NAME}.wasm")).is_some()
}

/// Answers GET and HEAD for a file of the site; `None` if there is none at this path.
pub(crate) fn answer(path: &str, request: &HeaderMap) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    let (name, is_immutable) =
        match path.strip_prefix(PACKAGE_ADDRESS.as_str()).and_then(|rest| rest.strip_prefix('/')) {
            Some(rest) => (Cow::Owned(format!("{PACKAGE}/{rest}")), true),
            None => (Cow::Borrowed(path), false),
        };
    let is_plain = name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'));
    if !is_plain || name.contains(['\\', '%']) {
        return None;
    }
    let (file, encoding) = encoding::accepted(request)
        .find_map(|encoding| Some((Files::get(&format!("{name}{}", encoding.extension()))?, encoding)))?;
    let content = match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let found = Found { content, sha256: file.metadata.sha256_hash(), encoding, is_immutable };
    Some(found.respond(&name, request))
}

/// A file in the encoding that the client takes.
struct Found {
    content: Bytes,
    sha256: [u8; 32],
    encoding: Encoding,
    /// Whether the content of this address never changes.
    is_immutable: bool,
}

impl Found {
    fn respond(self, name: &str, request: &HeaderMap) -> Response {
        let tag = format!("\"{}\"", hex(&self.sha256[..16]));
        let is_known =
            request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(
                |tags| {
                    tags.split(',')
                        .map(|tag| tag.trim().trim_start_matches("W/"))
                        .any(|known| known == tag || known == "*")
                },
            );
        let caching = if self.is_immutable { "public, max-age=31536000, immutable" } else { "no-cache" };

        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        if is_known {
            return (StatusCode::NOT_MODIFIED, headers).into_response();
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        if let Some(name) = self.encoding.name() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        (headers, Body::from(self.content)).into_response()
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_are_looked_up() {
        for path in
            ["", "/", "/../Cargo.toml", "/pkg/../../Cargo.toml", "/.hidden", "//etc/passwd", "/pkg", "/a\\b"]
        {
            assert!(answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let file = || Found {
            content: Bytes::from_static(b"body {}"),
            sha256: [7; 32],
            encoding: Encoding::Plain,
            is_immutable: true,
        };
        let first = file().respond("pkg/cuaderno.css", &HeaderMap::new());
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(first.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let mut request = HeaderMap::new();
        request.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let second = file().respond("pkg/cuaderno.css", &request);
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }
}
