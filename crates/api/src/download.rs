//! Files on their way out. They come from strangers, so a browser must neither guess their type nor run what is in
//! them.

use std::fmt::Write as _;
use std::io;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderName, StatusCode, header};
use types::{Artifact, ArtifactPath};

/// Lets a picture use its own styles, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The only media types that are sent, by extension.
const MEDIA_TYPES: [(&str, &str); 15] = [
    ("avif", "image/avif"),
    ("csv", "text/csv; charset=utf-8"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("log", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("webp", "image/webp"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
];

/// Everything else.
const UNKNOWN: &str = "application/octet-stream";

/// How a browser is to show a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// It saves the file.
    Saved,
    /// It shows pictures, and saves every other file.
    PicturesInline,
}

/// Sends a file with its SHA-256 as `ETag`; 304 if the client has it.
pub(crate) fn send(
    artifact: &Artifact,
    content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    show: Show,
    headers: &HeaderMap,
) -> Response {
    let etag = format!("\"{}\"", artifact.sha256);
    if is_known(headers, &etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let head = [
        (header::CONTENT_TYPE, media_type(&artifact.path).to_owned()),
        (header::CONTENT_LENGTH, artifact.size_bytes.to_string()),
        (header::CONTENT_DISPOSITION, content_disposition(&artifact.path, show)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::ETAG, etag),
    ];
    (head, Body::from_stream(content)).into_response()
}

/// Whether the client names this content in `If-None-Match`.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

fn media_type(path: &ArtifactPath) -> &'static str {
    let extension = path.extension();
    MEDIA_TYPES.iter().find(|(known, _)| *known == extension).map_or(UNKNOWN, |(_, media_type)| media_type)
}

/// Headers under which a browser saves a file of a stranger and runs nothing in it.
pub(crate) fn attachment(file_name: &str) -> [(HeaderName, String); 3] {
    [
        (header::CONTENT_DISPOSITION, disposition("attachment", file_name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.to_owned()),
    ]
}

fn content_disposition(path: &ArtifactPath, show: Show) -> String {
    let is_inline = show == Show::PicturesInline && media_type(path).starts_with("image/");
    disposition(if is_inline { "inline" } else { "attachment" }, path.file_name())
}

/// RFC 6266: a plain name for old clients and the real one in UTF-8.
fn disposition(kind: &str, file_name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ');
    let plain: String = file_name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        // RFC 8187, attr-char.
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ArtifactPath {
        ArtifactPath::parse(text).unwrap()
    }

    #[test]
    fn only_pictures_are_shown() {
        assert!(content_disposition(&path("plots/a.svg"), Show::PicturesInline).starts_with("inline;"));
        assert!(content_disposition(&path("plots/a.PNG"), Show::PicturesInline).starts_with("inline;"));
        assert!(content_disposition(&path("plots/a.PNG"), Show::Saved).starts_with("attachment;"));
        for name in ["a.html", "a.svg.html", "svg", "a.json", "a.pdf"] {
            assert!(
                content_disposition(&path(name), Show::PicturesInline).starts_with("attachment;"),
                "{name}"
            );
        }
        assert_eq!(media_type(&path("page.html")), UNKNOWN);
    }

    #[test]
    fn names_cannot_leave_their_header() {
        assert_eq!(
            content_disposition(&path("x/año \"1\"; a=b.csv"), Show::Saved),
            "attachment; filename=\"a_o _1__ a_b.csv\"; filename*=UTF-8''a%C3%B1o%20%221%22%3B%20a%3Db.csv"
        );
    }
}
