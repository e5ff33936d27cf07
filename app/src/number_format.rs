//! Numbers as people read them: `1,309.54` in English, `1.309,54` in Spanish.

use crate::i18n::Language;

/// A number with a fixed count of decimals and grouped thousands.
#[must_use]
pub fn decimal(language: Language, value: f64, decimals: usize) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    let (group, point) = match language {
        Language::En => (',', '.'),
        Language::Es => ('.', ','),
    };
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut number = String::with_capacity(text.len() + text.len() / 3 + 1);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if value < 0.0 && !is_zero {
        number.push('−');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            number.push(group);
        }
        number.push(digit);
    }
    if !fraction.is_empty() {
        number.push(point);
        number.push_str(fraction);
    }
    number
}

/// A whole number with grouped thousands.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub fn whole(language: Language, value: i64) -> String {
    decimal(language, value as f64, 0)
}

/// A price in whole US dollars: `$18,500`, `18.500 US$`.
#[must_use]
pub fn money(language: Language, value: f64) -> String {
    let number = decimal(language, value, 0);
    match language {
        Language::En => format!("${number}"),
        // The sign stays on the line of its number.
        Language::Es => format!("{number}\u{a0}US$"),
    }
}

/// A limit or a setting: no needless decimals, and years stay ungrouped.
#[must_use]
pub fn short(language: Language, value: f64) -> String {
    let decimals = usize::from(value.fract() != 0.0);
    if value.abs() < 10_000.0 {
        let text = format!("{value:.decimals$}");
        return match language {
            Language::En => text,
            Language::Es => text.replace('.', ","),
        };
    }
    decimal(language, value, decimals)
}

/// A measured value with four to six significant digits: `1,309.54`, `0.9612`, `3.1e−7`.
#[must_use]
pub fn metric(language: Language, value: f64) -> String {
    let magnitude = value.abs();
    if magnitude != 0.0 && !(0.001..1e12).contains(&magnitude) && value.is_finite() {
        let text = format!("{value:.3e}").replace('-', "−");
        return match language {
            Language::En => text,
            Language::Es => text.replace('.', ","),
        };
    }
    if value.fract() == 0.0 {
        return decimal(language, value, 0);
    }
    let decimals = if magnitude >= 100.0 {
        2
    } else if magnitude >= 10.0 {
        3
    } else {
        4
    };
    decimal(language, value, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_as_the_language_does() {
        assert_eq!(decimal(Language::En, 1309.541, 2), "1,309.54");
        assert_eq!(decimal(Language::Es, 1309.541, 2), "1.309,54");
        assert_eq!(decimal(Language::En, -1_234_567.0, 0), "−1,234,567");
        assert_eq!(decimal(Language::En, 999.0, 0), "999");
        assert_eq!(decimal(Language::En, -0.001, 2), "0.00");
        assert_eq!(decimal(Language::Es, f64::NAN, 2), "NaN");
        assert_eq!(whole(Language::Es, 120_000), "120.000");
        assert_eq!(money(Language::En, 18_499.6), "$18,500");
        assert_eq!(money(Language::Es, 18_499.6), "18.500\u{a0}US$");
    }

    #[test]
    fn metrics_keep_what_matters() {
        assert_eq!(metric(Language::En, 1309.5412), "1,309.54");
        assert_eq!(metric(Language::Es, 0.961_234), "0,9612");
        assert_eq!(metric(Language::En, 3.1e-7), "3.100e−7");
        assert_eq!(metric(Language::En, 12.0), "12");
        assert_eq!(metric(Language::En, 0.0), "0");
    }

    #[test]
    fn limits_are_short() {
        assert_eq!(short(Language::En, 2027.0), "2027");
        assert_eq!(short(Language::Es, 2_000_000.0), "2.000.000");
        assert_eq!(short(Language::Es, 7.5), "7,5");
    }
}
