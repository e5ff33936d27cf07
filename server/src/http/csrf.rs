//! Refuses changes that a foreign web page asks for with a visitor's browser.
//!
//! Browsers say where a request comes from (`Sec-Fetch-Site`, `Origin`); programs say nothing and pass.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, header};

use super::{Door, Policy, cors, refuse};

/// Lets through requests that change nothing, that come from our own pages, or that come from no page.
pub(crate) async fn check(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || may_change(request.uri().path(), request.headers(), &policy) {
        return next.run(request).await;
    }
    let message =
        "a page of another origin may not do this; if it is yours, start the server with --cors-origin";
    refuse(Door::of(&request), StatusCode::FORBIDDEN, message)
}

fn may_change(path: &str, headers: &HeaderMap, policy: &Policy) -> bool {
    let one = |name| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
            (Some(_), Some(_)) => Err(()),
        }
    };
    let (Ok(origin), Ok(site), Ok(host)) = (one("origin"), one("sec-fetch-site"), one(header::HOST.as_str()))
    else {
        return false;
    };
    if origin.is_some_and(|origin| cors::is_open(path) && policy.allows_origin(origin)) {
        return true;
    }
    // `same-origin` vouches for the scheme, which a proxy in front of us may have changed to https.
    let vouched = match site {
        None => false,
        Some("same-origin" | "none") => true,
        Some(_) => return false,
    };
    // It vouches for `null` as well, which browsers send where a referrer policy hides the origin.
    origin.is_none_or(|origin| {
        let own = host.unwrap_or_default();
        origin.strip_prefix("http://").is_some_and(|origin| origin.eq_ignore_ascii_case(own))
            || (vouched && origin == "null")
            || (vouched
                && origin.strip_prefix("https://").is_some_and(|origin| origin.eq_ignore_ascii_case(own)))
    })
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn passes(path: &str, pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:5000"));
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let policy = Policy { cors_origins: vec!["https://shop.example".to_owned()], ..Policy::default() };
        may_change(path, &headers, &policy)
    }

    #[test]
    fn programs_and_own_pages_pass() {
        assert!(passes("/predict", &[]));
        assert!(passes("/ui/x", &[("origin", "http://localhost:5000"), ("sec-fetch-site", "same-origin")]));
        assert!(passes("/ui/x", &[("origin", "http://localhost:5000")]));
        assert!(passes("/ui/x", &[("origin", "https://localhost:5000"), ("sec-fetch-site", "same-origin")]));
        assert!(passes("/ui/x", &[("origin", "null"), ("sec-fetch-site", "same-origin")]));
        assert!(passes("/ui/x", &[("sec-fetch-site", "none")]));
        assert!(passes("/predict", &[("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn foreign_pages_do_not() {
        for pairs in [
            [("origin", "http://evil.example"), ("sec-fetch-site", "cross-site")],
            [("origin", "http://localhost:5001"), ("sec-fetch-site", "same-site")],
            [("origin", "http://evil.example"), ("sec-fetch-site", "same-origin")],
            [("origin", "http://localhost:5000"), ("origin", "http://evil.example")],
        ] {
            assert!(!passes("/predict", &pairs), "{pairs:?}");
        }
        assert!(!passes("/predict", &[("origin", "null")]));
        assert!(!passes("/predict", &[("origin", "https://localhost:5000")]));
        assert!(!passes("/ui/x", &[("origin", "https://shop.example")]));
    }
}
