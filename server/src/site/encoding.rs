//! Which of the prepared encodings of a file a client wants.

use http::{HeaderMap, header};

/// How a prepared file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    Plain,
}

impl Encoding {
    /// What follows the name of the file.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    /// The value of `Content-Encoding`.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Plain => None,
        }
    }
}

/// What the client takes, smallest first; plain is always the last resort.
pub(super) fn accepted(headers: &HeaderMap) -> impl Iterator<Item = Encoding> {
    let takes = |encoding: Encoding| encoding.name().is_none_or(|name| accepts(headers, name));
    let (brotli, gzip) = (takes(Encoding::Brotli), takes(Encoding::Gzip));
    [(Encoding::Brotli, brotli), (Encoding::Gzip, gzip), (Encoding::Plain, true)]
        .into_iter()
        .filter_map(|(encoding, takes)| takes.then_some(encoding))
}

/// Whether `name`, or else `*`, is listed with a weight above zero.
fn accepts(headers: &HeaderMap, name: &str) -> bool {
    let mut any = false;
    for part in headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
    {
        let mut pieces = part.split(';').map(str::trim);
        let coding = pieces.next().unwrap_or_default();
        let weight = pieces.find_map(|piece| piece.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f64>);
        let takes = weight.is_ok_and(|weight| weight > 0.0);
        if coding.eq_ignore_ascii_case(name) {
            return takes;
        }
        any |= coding == "*" && takes;
    }
    any
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn weights_of_zero_mean_no() {
        let list = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
            accepted(&headers).map(Encoding::extension).collect::<Vec<_>>()
        };
        assert_eq!(list("gzip, deflate, br"), [".br", ".gz", ""]);
        assert_eq!(list("br;q=0, gzip;q=0.5"), [".gz", ""]);
        assert_eq!(list("*;q=0.1, br;q=0"), [".gz", ""]);
        assert_eq!(list("identity"), [""]);
        assert_eq!(list("br;q=x"), [""]);
        assert_eq!(accepted(&HeaderMap::new()).count(), 1);
    }
}
