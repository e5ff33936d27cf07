//! Refuses methods and targets that no handler should have to think about.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode, Uri};

use super::{Door, refuse};

/// Longest path and query together, in bytes; longer than any search that a form sends.
const TARGET_MAX: usize = 16 * 1024;

/// Lets through requests whose target decodes to plain UTF-8 text.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    const KNOWN: [Method; 7] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
    ];
    let refusal = if KNOWN.contains(request.method()) {
        problem(request.uri())
    } else {
        Some((StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"))
    };
    match refusal {
        Some((status, message)) => refuse(Door::of(&request), status, message),
        None => next.run(request).await,
    }
}

fn problem(uri: &Uri) -> Option<(StatusCode, &'static str)> {
    let Some(target) = uri.path_and_query() else {
        return Some((StatusCode::BAD_REQUEST, "the request needs a path"));
    };
    if target.as_str().len() > TARGET_MAX {
        return Some((StatusCode::URI_TOO_LONG, "the address is longer than 16 KiB"));
    }
    let (path, query) = (target.path(), target.query().unwrap_or_default());
    if !path.starts_with('/') || !is_text(path, true) {
        return Some((StatusCode::BAD_REQUEST, "the path is not percent-encoded UTF-8"));
    }
    if !is_text(query, false) {
        return Some((StatusCode::BAD_REQUEST, "the query is not percent-encoded UTF-8"));
    }
    None
}

/// Whether the decoded text is UTF-8 without NUL. A `%` without two digits stands for itself in queries, as
/// browsers have it, and is refused in paths (`strict`).
fn is_text(encoded: &str, strict: bool) -> bool {
    if !encoded.contains('%') {
        return !encoded.contains('\0');
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = if byte == b'%' { after.first_chunk::<2>().and_then(|two| hex(*two)) } else { None };
        match digits {
            Some(value) => {
                decoded.push(value);
                rest = &after[2..];
            }
            None if byte == b'%' && strict => return false,
            None => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    std::str::from_utf8(&decoded).is_ok_and(|text| !text.contains('\0'))
}

fn hex([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    Some(digit(high)? * 16 + digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_passes() {
        for path in ["/", "/runs/a%20b", "/es/a%C3%B1o", "/x%0ay"] {
            assert!(is_text(path, true), "{path}");
        }
        for path in ["/%", "/%z1", "/%ff", "/%c0%ae", "/a%00", "/%e2%80"] {
            assert!(!is_text(path, true), "{path}");
        }
        assert!(is_text("filter=100%", false));
        assert!(!is_text("a=%ff", false));
    }
}
