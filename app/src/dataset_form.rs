//! The form that describes a dataset, as it is sent.

use std::collections::BTreeMap;

use types::{ColumnKind, ColumnUnit, DatasetUpdate, Fault};

/// Word for the type that the cells of a column show.
pub const AUTO: &str = "auto";

/// Name of the control that says which column the others of its number are about.
#[must_use]
pub fn column_control(column: usize) -> String {
    format!("column.{column}")
}

/// Name of the control for the type of a column, counted from 0.
#[must_use]
pub fn kind_control(column: usize) -> String {
    format!("kind.{column}")
}

/// Name of the control for the unit of a column, counted from 0.
#[must_use]
pub fn unit_control(column: usize) -> String {
    format!("unit.{column}")
}

/// Reads the fields of the form.
///
/// # Errors
///
/// What is wrong with single fields, all at once.
pub fn parse(form: &BTreeMap<String, String>) -> Result<DatasetUpdate, Vec<Fault>> {
    let mut update = DatasetUpdate {
        description: form.get("description").map(|text| text.trim().replace("\r\n", "\n")),
        ..DatasetUpdate::default()
    };
    let mut faults = Vec::new();
    for (control, column) in form {
        let Some(number) = control.strip_prefix("column.") else { continue };
        let value = |kind: &str| form.get(&format!("{kind}.{number}")).map(|value| value.trim());
        if let Some(kind) = value("kind") {
            match ColumnKind::from_name(kind) {
                None if kind != AUTO => {
                    faults.push(Fault::of_field(
                        &format!("kind.{number}"),
                        "is no type of a column",
                        "value_error",
                    ));
                }
                kind => drop(update.kinds.insert(column.clone(), kind)),
            }
        }
        if let Some(unit) = value("unit") {
            match ColumnUnit::parse(unit) {
                Err(invalid) if !unit.is_empty() => {
                    faults.push(Fault::of_field(
                        &format!("unit.{number}"),
                        invalid.to_string(),
                        "value_error",
                    ));
                }
                unit => drop(update.units.insert(column.clone(), unit.ok())),
            }
        }
    }
    if faults.is_empty() { Ok(update) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn types_and_units_come_with_the_names_of_columns() {
        let fields = [
            ("description", " a\r\nb "),
            ("column.0", "año"),
            ("kind.0", "text"),
            ("unit.0", "km"),
            ("column.1", "x"),
            ("kind.1", "auto"),
            ("unit.1", " "),
            ("kind.2", "text"),
        ];
        let update = parse(&form(&fields)).unwrap();
        assert_eq!(update.description.as_deref(), Some("a\nb"));
        assert_eq!(update.kinds, [("año".to_owned(), Some(ColumnKind::Text)), ("x".to_owned(), None)].into());
        let km = ColumnUnit::parse("km").unwrap();
        assert_eq!(update.units, [("año".to_owned(), Some(km)), ("x".to_owned(), None)].into());
    }

    #[test]
    fn all_faults_are_told() {
        let long = "x".repeat(41);
        let fields = [("column.0", "a"), ("kind.0", "date"), ("unit.0", long.as_str())];
        let faults = parse(&form(&fields)).unwrap_err();
        assert_eq!(faults.iter().map(Fault::field).collect::<Vec<_>>(), ["kind.0", "unit.0"]);
    }
}
