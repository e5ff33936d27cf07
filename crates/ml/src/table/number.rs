//! How numbers are written in tables.

/// Largest magnitude of a number; the square of a larger one times a number of rows could overflow.
pub(crate) const MAGNITUDE_MAX: f64 = 1e150;

/// What a cell can be read as, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Digits with at most a sign.
    Whole,
    /// With a decimal point or an exponent.
    Point,
    /// With a decimal comma.
    Comma,
    /// A number by IEEE 754 only: `NaN`, `inf`.
    Special,
    /// No number.
    Text,
}

/// How `cell` is written; it is neither empty nor surrounded by spaces.
pub(super) fn form(cell: &str) -> Form {
    let bytes = cell.as_bytes();
    let bytes = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let (mantissa, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&bytes[..at], Some(&bytes[at + 1..])),
        None => (bytes, None),
    };
    let mark = mantissa.iter().position(|byte| matches!(byte, b'.' | b','));
    let (whole, fraction) = match mark {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &[][..]),
    };
    let are_digits = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let exponent_fits = exponent.is_none_or(|bytes| {
        let digits = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
        !digits.is_empty() && are_digits(digits)
    });
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    if has_digits && are_digits(whole) && are_digits(fraction) && exponent_fits {
        return match (mark.map(|at| mantissa[at]), exponent) {
            (Some(b','), _) => Form::Comma,
            (None, None) => Form::Whole,
            _ => Form::Point,
        };
    }
    let special = ["nan", "inf", "infinity"];
    let word = std::str::from_utf8(bytes).unwrap_or_default();
    if special.iter().any(|name| word.eq_ignore_ascii_case(name)) { Form::Special } else { Form::Text }
}

/// The number written in `cell`, with a point or with a comma; `None` if it is none or too large.
pub(super) fn value(cell: &str) -> Option<f64> {
    let number: f64 =
        if cell.contains(',') { cell.replace(',', ".").parse().ok()? } else { cell.parse().ok()? };
    (number.abs() <= MAGNITUDE_MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        for (cell, expected) in [
            ("0", Form::Whole),
            ("-12", Form::Whole),
            ("+007", Form::Whole),
            ("1.5", Form::Point),
            (".5", Form::Point),
            ("5.", Form::Point),
            ("-1e-3", Form::Point),
            ("1E+9", Form::Point),
            ("7,5", Form::Comma),
            ("-0,25e2", Form::Comma),
            ("NaN", Form::Special),
            ("-inf", Form::Special),
            ("Infinity", Form::Special),
            ("", Form::Text),
            ("-", Form::Text),
            (".", Form::Text),
            ("1.234,5", Form::Text),
            ("1 000", Form::Text),
            ("0x10", Form::Text),
            ("1e", Form::Text),
            ("e5", Form::Text),
            ("12km", Form::Text),
            ("٣", Form::Text),
        ] {
            assert_eq!(form(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn every_number_form_has_a_value() {
        for (cell, expected) in
            [("+007", 7.0), (".5", 0.5), ("5.", 5.0), ("7,5", 7.5), ("1E+9", 1e9), ("-0,25e2", -25.0)]
        {
            assert_eq!(value(cell), Some(expected), "{cell}");
        }
        for cell in ["1e151", "-1e999", "NaN", "inf"] {
            assert_eq!(value(cell), None, "{cell}");
        }
    }
}
