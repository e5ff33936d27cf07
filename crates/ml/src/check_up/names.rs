//! What the name of a column, or a word in it, says about its values, in Spanish and English.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text without capitals, accents and what is neither letter nor digit; words are separated by one space.
pub(super) fn folded(text: &str) -> String {
    let plain: String = text
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether one of the words of a name is, or begins with, one of those listed; short ones must be the whole word.
fn has_word(name: &str, words: &[&str]) -> bool {
    folded(name).split(' ').any(|word| {
        words.iter().any(|known| if known.len() < 5 { word == *known } else { word.starts_with(known) })
    })
}

/// Quantities that are never below zero.
pub(super) fn is_quantity(name: &str) -> bool {
    has_word(
        name,
        &[
            "km",
            "kms",
            "kilomet",
            "mileage",
            "miles",
            "odomet",
            "precio",
            "price",
            "potencia",
            "power",
            "hp",
            "cv",
            "ps",
            "kw",
            "peso",
            "weight",
            "cilindrada",
            "displacement",
            "consumo",
            "consumption",
            "edad",
            "age",
            "cantidad",
            "quantity",
            "importe",
            "coste",
            "costo",
            "stock",
            "puertas",
            "doors",
        ],
    )
}

/// Years of the calendar.
pub(super) fn is_year(name: &str) -> bool {
    has_word(name, &["ano", "anio", "year", "yr"])
}

/// What only an engine with cylinders has.
pub(super) fn is_displacement(name: &str) -> bool {
    has_word(name, &["cilindrada", "cilindros", "displacement", "cubicaje", "cylinders", "cc"])
        || matches!(folded(name).as_str(), "engine size" | "engine cc" | "engine capacity")
}

/// A drive without an engine that burns anything.
pub(super) fn is_electric(level: &str) -> bool {
    let level = folded(level);
    let is_mixed = ["hibrid", "hybrid", "enchufable", "plug"].iter().any(|word| level.contains(word));
    !is_mixed && (has_word(&level, &["electric", "elektr"]) || matches!(level.as_str(), "ev" | "bev"))
}
