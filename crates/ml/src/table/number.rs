//! How numbers are written in tables.

/// Largest magnitude of a number; the square of a larger one times a number of rows could overflow.
pub(crate) const MAGNITUDE_MAX: f64 = 1e150;

/// A way of writing numbers: the mark before the decimals, and what stands between groups of three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notation {
    decimal: u8,
    groups: Groups,
}

/// What stands between groups of three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Groups {
    None,
    Commas,
    Points,
    /// Spaces of any width, or apostrophes.
    Spaces,
}

impl Notation {
    /// `1234.5`
    pub(super) const POINT: Self = Self { decimal: b'.', groups: Groups::None };
    /// `1234,5`
    pub(super) const COMMA: Self = Self { decimal: b',', groups: Groups::None };
    /// `1,234.5`
    const COMMA_GROUPS: Self = Self { decimal: b'.', groups: Groups::Commas };
    /// `1.234,5`
    const POINT_GROUPS: Self = Self { decimal: b',', groups: Groups::Points };
    /// `1 234.5`
    const SPACE_POINT: Self = Self { decimal: b'.', groups: Groups::Spaces };
    /// `1 234,5`
    const SPACE_COMMA: Self = Self { decimal: b',', groups: Groups::Spaces };

    /// All, as the bits of [`Notations`] count them.
    const ALL: [Self; 6] = [
        Self::POINT,
        Self::COMMA,
        Self::COMMA_GROUPS,
        Self::POINT_GROUPS,
        Self::SPACE_POINT,
        Self::SPACE_COMMA,
    ];

    fn bit(self) -> u8 {
        Self::ALL.iter().position(|other| *other == self).map_or(0, |place| 1 << place)
    }
}

/// A set of notations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Notations(u8);

impl Notations {
    pub(super) const ALL: Self = Self(0b11_1111);
    pub(super) const NONE: Self = Self(0);
    const WITH_POINT: Self = Self(0b01_0101);
    const WITH_COMMA: Self = Self(0b10_1010);

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn contains(self, notation: Notation) -> bool {
        self.0 & notation.bit() != 0
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The first of this set in `order`.
    pub(super) fn first(self, order: &[Notation; 6]) -> Option<Notation> {
        order.iter().copied().find(|notation| self.contains(*notation))
    }

    /// The mark before decimals, if all notations of the set agree on it.
    pub(super) fn decimal_mark(self) -> Option<u8> {
        match (self.and(Self::WITH_POINT).is_empty(), self.and(Self::WITH_COMMA).is_empty()) {
            (false, true) => Some(b'.'),
            (true, false) => Some(b','),
            _ => None,
        }
    }
}

/// In which order notations are preferred, by the decimal mark that other columns of the table show. Where none does, the
/// separator of the cells hints: who separates by commas writes points.
pub(super) fn preference(decimal_mark: Option<u8>, separator: u8) -> [Notation; 6] {
    use Notation as N;
    match (decimal_mark, separator) {
        (Some(b','), _) => {
            [N::COMMA, N::POINT_GROUPS, N::SPACE_COMMA, N::POINT, N::COMMA_GROUPS, N::SPACE_POINT]
        }
        (Some(_), _) | (None, b',') => {
            [N::POINT, N::COMMA_GROUPS, N::SPACE_POINT, N::COMMA, N::POINT_GROUPS, N::SPACE_COMMA]
        }
        (None, _) => [N::POINT, N::COMMA, N::POINT_GROUPS, N::COMMA_GROUPS, N::SPACE_COMMA, N::SPACE_POINT],
    }
}

/// Whether a text is written like a number.
pub(crate) fn is_number(text: &str) -> bool {
    let form = form(text.trim());
    !form.fits.is_empty() && !form.is_extreme
}

/// What a cell can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Notations that it follows; none if it is a text.
    pub(super) fits: Notations,
    /// Those in which it has decimals or an exponent.
    pub(super) decimal: Notations,
    /// Whether the number may be beyond what can be calculated with.
    pub(super) is_extreme: bool,
}

const TEXT: Form = Form { fits: Notations::NONE, decimal: Notations::NONE, is_extreme: false };

/// How `cell` is written; it is neither empty nor surrounded by spaces.
pub(super) fn form(cell: &str) -> Form {
    let unsigned = unsigned(cell);
    let bytes = unsigned.as_bytes();
    let is_extreme = bytes.len() > 100;
    if bytes.iter().all(u8::is_ascii_digit) && !bytes.is_empty() {
        return Form { fits: Notations::ALL, decimal: Notations::NONE, is_extreme };
    }
    if !bytes.first().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        let special = ["nan", "inf", "infinity"].iter().any(|name| unsigned.eq_ignore_ascii_case(name));
        return if special {
            Form { fits: Notations::ALL, decimal: Notations::NONE, is_extreme: true }
        } else {
            TEXT
        };
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if exponent.is_some_and(|exponent| !is_digits(self::unsigned(exponent))) {
        return TEXT;
    }
    let mut form = Form { is_extreme: is_extreme || exponent.is_some(), ..TEXT };
    for notation in Notation::ALL {
        if exponent.is_some() && notation.groups != Groups::None {
            continue;
        }
        let mark = char::from(notation.decimal);
        let (whole, fraction) = match mantissa.split_once(mark) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
        let is_fraction = fraction.is_none_or(|fraction| fraction.is_empty() || is_digits(fraction));
        if has_digits && is_fraction && is_whole(whole, notation.groups) {
            let bit = Notations(notation.bit());
            form.fits = form.fits.or(bit);
            if fraction.is_some() || exponent.is_some() {
                form.decimal = form.decimal.or(bit);
            }
        }
    }
    form
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_whole(text: &str, groups: Groups) -> bool {
    let mut parts = text.split(|c| is_between(c, groups));
    let first = parts.next().unwrap_or_default();
    let mut is_grouped = false;
    let rest_fits = parts.all(|part| {
        is_grouped = true;
        part.len() == 3 && is_digits(part)
    });
    let first_fits =
        if is_grouped { first.len() <= 3 && is_digits(first) } else { first.is_empty() || is_digits(first) };
    rest_fits && first_fits
}

fn is_between(c: char, groups: Groups) -> bool {
    match groups {
        Groups::None => false,
        Groups::Commas => c == ',',
        Groups::Points => c == '.',
        Groups::Spaces => matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}'),
    }
}

/// The number that `cell` is in this notation, which it follows; `None` if it is too large or no number at all.
pub(super) fn value(cell: &str, notation: Notation) -> Option<f64> {
    let number: f64 = if notation == Notation::POINT {
        cell.parse().ok()?
    } else {
        let plain: String = cell
            .chars()
            .filter(|c| !is_between(*c, notation.groups))
            .map(|c| if c == char::from(notation.decimal) { '.' } else { c })
            .collect();
        plain.parse().ok()?
    };
    (number.abs() <= MAGNITUDE_MAX).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The notations that a cell follows, as `p`, `c` and the grouped `,` `.` `_` `~`; a `'` behind those with decimals.
    fn shown(cell: &str) -> String {
        let form = form(cell);
        let mut shown = String::new();
        for (notation, name) in Notation::ALL.into_iter().zip(["p", "c", ",", ".", "_", "~"]) {
            if form.fits.contains(notation) {
                shown.push_str(name);
                if form.decimal.contains(notation) {
                    shown.push('\'');
                }
            }
        }
        shown
    }

    #[test]
    fn notations_are_told_apart() {
        for (cell, expected) in [
            ("0", "pc,._~"),
            ("-12", "pc,._~"),
            ("+007", "pc,._~"),
            ("1.5", "p','_'"),
            ("1.234", "p','._'"),
            (".5", "p','_'"),
            ("5.", "p','_'"),
            ("-1e-3", "p'c'"),
            ("1.5E+9", "p'"),
            ("7,5", "c'.'~'"),
            ("1,234", "c',.'~'"),
            ("1.234,5", ".'"),
            ("1,234.5", ",'"),
            ("1.234.567", "."),
            ("12,345,678", ","),
            ("1 000", "_~"),
            ("1\u{a0}000,5", "~'"),
            ("1'234.5", "_'"),
            ("NaN", "pc,._~"),
            ("-inf", "pc,._~"),
            ("", ""),
            ("-", ""),
            (".", ""),
            ("1,23,4", ""),
            ("1234,567.8", ""),
            ("1 00", ""),
            ("0x10", ""),
            ("1e", ""),
            ("e5", ""),
            ("12km", ""),
            ("1..5", ""),
            ("1.2.3", ""),
            ("٣", ""),
        ] {
            assert_eq!(shown(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn every_notation_has_a_value() {
        for (cell, notation, expected) in [
            ("+007", Notation::POINT, 7.0),
            (".5", Notation::POINT, 0.5),
            ("5.", Notation::POINT, 5.0),
            ("7,5", Notation::COMMA, 7.5),
            ("1E+9", Notation::POINT, 1e9),
            ("-0,25e2", Notation::COMMA, -25.0),
            ("1.234,5", Notation::POINT_GROUPS, 1234.5),
            ("1,234,567.25", Notation::COMMA_GROUPS, 1_234_567.25),
            ("1 234.5", Notation::SPACE_POINT, 1234.5),
            ("1\u{202f}234,5", Notation::SPACE_COMMA, 1234.5),
        ] {
            assert!(form(cell).fits.contains(notation), "{cell}");
            assert_eq!(value(cell, notation), Some(expected), "{cell}");
        }
        for cell in ["1e151", "-1e999", "NaN", "inf"] {
            assert_eq!(value(cell, Notation::POINT), None, "{cell}");
            assert!(form(cell).is_extreme, "{cell}");
        }
    }

    #[test]
    fn what_other_columns_show_decides_what_is_ambiguous() {
        let ambiguous = form("1.234").fits;
        assert_eq!(ambiguous.first(&preference(None, b';')), Some(Notation::POINT));
        assert_eq!(ambiguous.first(&preference(Some(b','), b';')), Some(Notation::POINT_GROUPS));
        let ambiguous = form("1,234").fits;
        assert_eq!(ambiguous.first(&preference(None, b';')), Some(Notation::COMMA));
        assert_eq!(ambiguous.first(&preference(None, b',')), Some(Notation::COMMA_GROUPS));
        assert_eq!(form("1.234,5").fits.decimal_mark(), Some(b','));
        assert_eq!(form("1.234").fits.decimal_mark(), None);
    }
}
