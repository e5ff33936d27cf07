//! Query strings: the part of an address that carries the state of a page.

use std::fmt::Write;

#[cfg(feature = "ssr")]
use leptos_router::params::ParamsMap;

/// `path?key=value&…`, everything outside the unreserved characters percent-encoded as UTF-8.
///
/// Pairs with an empty value are left out.
#[must_use]
pub fn with_query<K: AsRef<str>, V: AsRef<str>>(
    path: &str,
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    let mut address = path.to_owned();
    let mut separator = '?';
    for (key, value) in pairs {
        if value.as_ref().is_empty() {
            continue;
        }
        address.push(separator);
        push_encoded(&mut address, key.as_ref());
        address.push('=');
        push_encoded(&mut address, value.as_ref());
        separator = '&';
    }
    address
}

/// Adds `text`, percent-encoded.
pub(crate) fn push_encoded(address: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
}

/// The pairs of a query as the router has read it, the last value of each key, in order.
#[cfg(feature = "ssr")]
#[must_use]
pub fn pairs(query: &ParamsMap) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (key, value) in query.clone() {
        match pairs.iter_mut().find(|(known, _)| *known == key) {
            Some(pair) => pair.1 = value,
            None => pairs.push((key.into_owned(), value)),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_plain_ascii() {
        let address = with_query("/value", [("año", "2020"), ("marca", "Citroën & Söhne"), ("color", "")]);
        assert_eq!(address, "/value?a%C3%B1o=2020&marca=Citro%C3%ABn%20%26%20S%C3%B6hne");
        assert_eq!(with_query("/value", [("color", "")]), "/value");
    }
}
