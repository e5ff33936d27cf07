//! The languages that Cuaderno speaks to people.

use serde::{Deserialize, Serialize};

/// A language of the pages and of the sentences in API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Es, Self::En];

    /// The first language of an `Accept-Language` header that Cuaderno speaks, by weight (RFC 9110, 12.5.4).
    ///
    /// Returns `None` if the header names neither language; `*` names none.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(f64, Self)> = None;
        for part in header.split(',') {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim();
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(Some(1.0), |text| text.trim().parse::<f64>().ok())
                .unwrap_or(0.0);
            let language = match tag.split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "es" => Self::Es,
                "en" => Self::En,
                _ => continue,
            };
            if weight > 0.0 && best.is_none_or(|(highest, _)| weight > highest) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The tag for `lang` attributes: `es` or `en`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        let cases = [
            ("es", Some(Language::Es)),
            ("en-US,en;q=0.9,es;q=0.8", Some(Language::En)),
            ("fr-CH, es-MX;q=0.9, en;q=0.8, *;q=0.5", Some(Language::Es)),
            ("en;q=0, es;q=0.1", Some(Language::Es)),
            ("de", None),
            ("*", None),
            ("", None),
            (";;;,,,q=", None),
        ];
        for (header, language) in cases {
            assert_eq!(Language::from_accept_language(header), language, "{header:?}");
        }
    }
}
