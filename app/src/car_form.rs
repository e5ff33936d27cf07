//! The valuation form: which fields, in which groups, and how the car travels in the address.

use std::collections::BTreeMap;

#[cfg(feature = "ssr")]
use leptos_router::params::ParamsMap;
use types::car::{FIELDS, FieldKind};

use crate::i18n::{Language, ValueText};

/// The fields that say which car it is.
pub const CAR: &[&str] = &["marca", "tipo_carroceria", "tipo_combustible", "año"];
/// The fields that say what it has been through.
pub const STATE: &[&str] = &["kilometraje", "calificacion_estado", "edad_propietarios", "region_venta"];
/// The fields that most people leave as they are.
pub const DETAILS: &[&str] = &["transmision", "cilindrada", "potencia", "peso", "consumo", "color"];

/// The fields of the car in an address; `None` if it names none.
#[cfg(feature = "ssr")]
#[must_use]
pub fn car_in(query: &ParamsMap) -> Option<BTreeMap<String, String>> {
    let car: BTreeMap<String, String> = FIELDS
        .iter()
        .filter_map(|(name, _)| Some(((*name).to_owned(), query.get_str(name)?.trim().to_owned())))
        .collect();
    (!car.is_empty()).then_some(car)
}

/// What a field holds; text for unknown names.
#[must_use]
pub fn kind_of(field: &str) -> FieldKind {
    FIELDS.iter().find(|(name, _)| *name == field).map_or(FieldKind::Text, |(_, kind)| *kind)
}

/// The unit of a field; empty if it has none.
#[must_use]
pub fn unit_of(field: &str, language: Language) -> &'static str {
    match field {
        "kilometraje" => "km",
        "cilindrada" => "cm³",
        "potencia" => ValueText::of(language).power_unit,
        "peso" => "kg",
        "consumo" => "l/100 km",
        _ => "",
    }
}

/// The body of the API request that asks the same, written by hand so that the fields keep their order.
#[must_use]
pub fn as_json(car: &BTreeMap<String, String>) -> String {
    let lines: Vec<String> = FIELDS
        .iter()
        .filter_map(|(name, kind)| {
            let text = car.get(*name)?;
            let value = match kind {
                FieldKind::Text => serde_json::Value::from(text.as_str()).to_string(),
                FieldKind::Integer | FieldKind::Decimal => text.clone(),
            };
            Some(format!("  \"{name}\": {value}"))
        })
        .collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_groups_hold_every_field_once() {
        let mut grouped: Vec<&str> = [CAR, STATE, DETAILS].concat();
        let mut all: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
        for language in [Language::En, Language::Es] {
            assert!(all.iter().all(|name| ValueText::of(language).label(name).is_some()));
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn an_address_without_a_car_has_none() {
        assert_eq!(car_in(&ParamsMap::new()), None);
        let query: ParamsMap = [("marca", " Seat "), ("x", "y")].into_iter().collect();
        let car = car_in(&query).unwrap();
        assert_eq!(car.into_iter().collect::<Vec<_>>(), [("marca".to_owned(), "Seat".to_owned())]);
    }

    #[test]
    fn requests_are_json() {
        let car = [("marca", "Se\"at"), ("consumo", "7.5"), ("año", "2020")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect();
        let value: serde_json::Value = serde_json::from_str(&as_json(&car)).unwrap();
        assert_eq!(value, serde_json::json!({"marca": "Se\"at", "año": 2020, "consumo": 7.5}));
    }
}
