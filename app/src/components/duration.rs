//! How long something took.

use leptos::prelude::*;
use types::Millis;

use crate::i18n::{Language, use_language};
use crate::number_format::decimal;

/// The time between two points in time; a dash while the second is missing.
#[component]
pub fn Duration(
    /// Beginning.
    from: Millis,
    /// End.
    to: Option<Millis>,
) -> impl IntoView {
    let language = use_language();
    match to {
        Some(to) => duration_text(language, to.since(from)),
        None => "–".to_owned(),
    }
}

/// A span of milliseconds in its two largest units, such as `3 min 20 s`.
#[must_use]
pub fn duration_text(language: Language, milliseconds: i64) -> String {
    let milliseconds = milliseconds.max(0);
    let seconds = milliseconds / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 1 {
        format!("{milliseconds} ms")
    } else if minutes < 1 {
        #[expect(clippy::cast_precision_loss, reason = "below a minute")]
        let exact = milliseconds as f64 / 1000.0;
        format!("{} s", decimal(language, exact, 1))
    } else if hours < 1 {
        format!("{minutes} min {} s", seconds % 60)
    } else if days < 1 {
        format!("{hours} h {} min", minutes % 60)
    } else {
        format!("{days} d {} h", hours % 24)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units() {
        let cases = [
            (-5, "0 ms"),
            (999, "999 ms"),
            (12_340, "12,3 s"),
            (200_000, "3 min 20 s"),
            (7_260_000, "2 h 1 min"),
            (90_000_000, "1 d 1 h"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration_text(Language::Es, milliseconds), text);
        }
    }
}
