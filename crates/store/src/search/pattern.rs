//! LIKE and ILIKE with the same meaning on both databases.
//!
//! SQLite's LIKE ignores the case of ASCII letters and cannot be told otherwise for one statement; its GLOB
//! regards case. PostgreSQL's ILIKE folds only what the collation of the column knows, which for byte order is
//! ASCII. So patterns are translated: to GLOB on SQLite, to LIKE or a regular expression on PostgreSQL, and
//! ILIKE becomes a choice of two letters at each place.

use crate::database::{Dialect, Sql};

/// Longest text that a pattern can be compared with, in bytes. A pattern that needs more never fits; this
/// also keeps what it is translated to below SQLite's limit of 50,000 bytes.
const TEXT_MAX: usize = 8000;

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `%`: any text.
    Anything,
    /// `_`: any character.
    AnyCharacter,
    /// One of these two, which are the same for LIKE.
    Letter(char, char),
}

/// Writes the test whether `value` fits `pattern`.
pub(super) fn write_like(
    sql: &mut Sql,
    value: &'static str,
    pattern: &str,
    case_sensitive: bool,
    dialect: Dialect,
) {
    let parts = parts(pattern, case_sensitive);
    if pattern.contains('\0') || shortest(&parts) > TEXT_MAX {
        sql.push("1 = 0");
        return;
    }
    match dialect {
        Dialect::Sqlite => sql.push(value).push(" GLOB ").bind(glob(&parts).as_str()),
        // An empty escape character makes the backslash a letter.
        Dialect::Postgres if case_sensitive => {
            sql.push(value).push(" LIKE ").bind(like(&parts).as_str()).push(" ESCAPE ''")
        }
        Dialect::Postgres => sql.push(value).push(" ~ ").bind(regular_expression(&parts).as_str()),
    };
}

fn parts(pattern: &str, case_sensitive: bool) -> Vec<Part> {
    let mut parts: Vec<Part> = pattern
        .chars()
        .map(|c| match c {
            '%' => Part::Anything,
            '_' => Part::AnyCharacter,
            c if case_sensitive => Part::Letter(c, c),
            c => {
                let (lower, upper) = (single(c.to_lowercase(), c), single(c.to_uppercase(), c));
                Part::Letter(lower, upper)
            }
        })
        .collect();
    parts.dedup_by(|next, part| *next == Part::Anything && *part == Part::Anything);
    parts
}

/// The only character of a case mapping; the character itself if there are several, as for `ß`.
fn single(mut mapped: impl ExactSizeIterator<Item = char>, c: char) -> char {
    match (mapped.len(), mapped.next()) {
        (1, Some(one)) => one,
        _ => c,
    }
}

/// Bytes of the shortest text that can fit.
fn shortest(parts: &[Part]) -> usize {
    parts
        .iter()
        .map(|part| match part {
            Part::Anything => 0,
            Part::AnyCharacter => 1,
            Part::Letter(lower, upper) => lower.len_utf8().min(upper.len_utf8()),
        })
        .sum()
}

fn glob(parts: &[Part]) -> String {
    let mut glob = String::new();
    for part in parts {
        match part {
            Part::Anything => glob.push('*'),
            Part::AnyCharacter => glob.push('?'),
            Part::Letter(c @ ('*' | '?' | '['), _) => glob.extend(['[', *c, ']']),
            Part::Letter(lower, upper) if lower == upper => glob.push(*lower),
            Part::Letter(lower, upper) => glob.extend(['[', *lower, *upper, ']']),
        }
    }
    glob
}

fn like(parts: &[Part]) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Anything => '%',
            Part::AnyCharacter => '_',
            Part::Letter(c, _) => *c,
        })
        .collect()
}

fn regular_expression(parts: &[Part]) -> String {
    let mut expression = String::from("^");
    for part in parts {
        match part {
            Part::Anything => expression.push_str(".*"),
            Part::AnyCharacter => expression.push('.'),
            Part::Letter(lower, upper) if lower != upper => expression.extend(['[', *lower, *upper, ']']),
            Part::Letter(c, _) if c.is_ascii_alphanumeric() || !c.is_ascii() => expression.push(*c),
            Part::Letter(c, _) => expression.extend(['\\', *c]),
        }
    }
    expression.push('$');
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_translated_character_by_character() {
        assert_eq!(glob(&parts("a%%_*[?", true)), "a*?[*][[][?]");
        assert_eq!(glob(&parts("Año-1", false)), "[aA][ñÑ][oO]-1");
        assert_eq!(like(&parts("a%_\\", true)), "a%_\\");
        assert_eq!(regular_expression(&parts("ñ.%_\\", false)), "^[ñÑ]\\..*.\\\\$");
        assert_eq!(regular_expression(&parts("ß", false)), "^ß$");
    }

    #[test]
    fn the_longest_pattern_stays_below_the_limit_of_sqlite() {
        let pattern = "a%".repeat(TEXT_MAX);
        let parts = parts(&pattern, false);
        assert_eq!(shortest(&parts), TEXT_MAX);
        assert!(glob(&parts).len() <= 50_000);
    }
}
