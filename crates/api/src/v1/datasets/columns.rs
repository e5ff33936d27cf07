//! What a caller says about columns.

use std::collections::BTreeMap;

use types::{ColumnKind, ColumnUnit};

use crate::v1::fields::{Input, Wire, wire};

/// Kinds by name; `auto` is what the cells show.
const KINDS: [(&str, Option<ColumnKind>); 4] = [
    ("auto", None),
    ("integer", Some(ColumnKind::Integer)),
    ("decimal", Some(ColumnKind::Decimal)),
    ("text", Some(ColumnKind::Text)),
];

wire! {
    /// What is to change about a column; what is absent stays.
    struct ColumnChange {
        /// `integer`, `decimal`, `text`, or `auto` for what the cells show.
        #[schema(value_type = Option<String>)]
        optional kind: Option<Option<ColumnKind>> = |input| input.one_of(&KINDS),
        /// What the numbers are measured in, such as `km`; an empty text takes it away.
        optional unit: Option<String> = Input::text,
    }
}

/// Changes by column.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Columns {
    pub(super) kinds: BTreeMap<String, Option<ColumnKind>>,
    pub(super) units: BTreeMap<String, Option<ColumnUnit>>,
}

impl Input<'_> {
    /// Changes by column.
    pub(super) fn columns(&self) -> Option<Columns> {
        let mut columns = Columns::default();
        let changes = self.object()?.each(|input| {
            let change = ColumnChange::read(input)?;
            let unit = match change.unit.as_deref() {
                None => None,
                Some("") => Some(None),
                Some(text) => match ColumnUnit::parse(text) {
                    Ok(unit) => Some(Some(unit)),
                    Err(invalid) => return input.fault_at("unit", invalid.to_string(), "value_error"),
                },
            };
            Some((change.kind, unit))
        })?;
        for (name, (kind, unit)) in changes {
            columns.kinds.extend(kind.map(|kind| (name.clone(), kind)));
            columns.units.extend(unit.map(|unit| (name, unit)));
        }
        Some(columns)
    }
}
