//! The order of a search, and where a page begins.

use types::search::{Field, MetricValue, OrderBy, RunAttribute};

use super::page_token::{Key, PageToken};
use super::{MetricNumbers, write_one_of};
use crate::database::Sql;
use crate::{Error, Result};

/// Keys that an order may have; each may join a table.
const KEYS_MAX: usize = 16;

/// What a sort key reads: the class (0 value, 1 NaN, 2 none) and the value, which is never NULL.
struct Columns {
    /// Absent if every run has a value.
    class: Option<&'static str>,
    value: &'static str,
}

/// The sort keys of a search, without the final two: newest start, then identifier.
pub(crate) struct Keys {
    keys: Vec<OrderBy>,
}

/// A part of a search whose rows all come before those of the next part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// All runs, sorted by all keys.
    Whole,
    /// Runs of one class of the first key, which is a metric.
    Metric {
        /// 0: has a number; 1: is NaN; 2: is absent.
        class: u8,
        which: MetricValue,
    },
}

impl Phase {
    /// Whether the page begins in this phase.
    pub(crate) fn contains(self, token: &PageToken) -> bool {
        match self {
            Self::Whole => true,
            Self::Metric { class, .. } => token.first_class() == class,
        }
    }
}

/// Writes the names of a table's alias or columns for sort key number `$index`: there are as many as keys.
macro_rules! numbered {
    ($index:expr, $before:literal, $after:literal) => {
        [
            concat!($before, "0", $after),
            concat!($before, "1", $after),
            concat!($before, "2", $after),
            concat!($before, "3", $after),
            concat!($before, "4", $after),
            concat!($before, "5", $after),
            concat!($before, "6", $after),
            concat!($before, "7", $after),
            concat!($before, "8", $after),
            concat!($before, "9", $after),
            concat!($before, "10", $after),
            concat!($before, "11", $after),
            concat!($before, "12", $after),
            concat!($before, "13", $after),
            concat!($before, "14", $after),
            concat!($before, "15", $after),
        ][$index]
    };
}

impl Keys {
    pub(crate) fn of(order_by: &[OrderBy]) -> Result<Self> {
        if order_by.len() > KEYS_MAX {
            return Err(Error::Query("a search can be ordered by at most 16 keys"));
        }
        if order_by.iter().any(|order| matches!(order.field, Field::Dataset(_))) {
            return Err(Error::Query("runs cannot be ordered by their datasets"));
        }
        Ok(Self { keys: order_by.to_vec() })
    }

    pub(crate) fn fields(&self) -> impl ExactSizeIterator<Item = &Field> {
        self.keys.iter().map(|key| &key.field)
    }

    /// The parts of the search that are left, in order.
    pub(crate) fn phases(&self, token: Option<&PageToken>) -> Vec<Phase> {
        match self.keys.first() {
            Some(OrderBy { field: Field::Metric { which, .. }, .. }) => {
                let begin = token.map_or(0, PageToken::first_class);
                (begin..=2).map(|class| Phase::Metric { class, which: *which }).collect()
            }
            _ => vec![Phase::Whole],
        }
    }

    /// The keys that still sort within a phase, with their numbers.
    fn sorting(&self, phase: Phase) -> impl Iterator<Item = (usize, &OrderBy)> {
        // All NaN are alike, and so are all absent ones.
        let skip = usize::from(matches!(phase, Phase::Metric { class: 1 | 2, .. }));
        self.keys.iter().enumerate().skip(skip)
    }

    /// Writes ` FROM … WHERE …` up to the experiments.
    pub(crate) fn write_from(
        &self,
        sql: &mut Sql,
        phase: Phase,
        numbers: &MetricNumbers,
        experiments: &[i64],
    ) {
        match phase {
            // CROSS JOIN tells SQLite to go through the summaries first, in the order of their index.
            // PostgreSQL sees a plain join in it.
            Phase::Metric { class: 0 | 1, .. } => sql.push(" FROM metric_summaries o0 CROSS JOIN runs r"),
            _ => sql.push(" FROM runs r"),
        };
        for (index, order) in self.keys.iter().enumerate() {
            if index == 0 && phase != Phase::Whole {
                continue;
            }
            match &order.field {
                Field::Metric { key, .. } => {
                    sql.push(numbered!(index, " LEFT JOIN metric_summaries o", ""));
                    sql.push(numbered!(index, " ON o", ".run = r.run"));
                    sql.push(numbered!(index, " AND o", ".metric_key = ")).bind(numbers.get(key));
                }
                Field::Param(key) => {
                    sql.push(numbered!(index, " LEFT JOIN params o", ""));
                    sql.push(numbered!(index, " ON o", ".run = r.run"));
                    sql.push(numbered!(index, " AND o", ".key = ")).bind(key.as_str());
                }
                Field::Tag(key) => {
                    sql.push(numbered!(index, " LEFT JOIN run_tags o", ""));
                    sql.push(numbered!(index, " ON o", ".run = r.run"));
                    sql.push(numbered!(index, " AND o", ".key = ")).bind(key.as_str());
                }
                Field::Attribute(_) | Field::Dataset(_) => {}
            }
        }
        sql.push(" WHERE ");
        match (phase, self.keys.first().map(|order| &order.field)) {
            (Phase::Metric { class, which }, Some(Field::Metric { key, .. })) if class < 2 => {
                write_one_of(sql, "o0.experiment", experiments);
                sql.push(" AND o0.metric_key = ").bind(numbers.get(key));
                sql.push(match which {
                    MetricValue::Last => " AND o0.last_is_nan = ",
                    MetricValue::First => " AND o0.first_is_nan = ",
                    MetricValue::Min => " AND o0.min_is_nan = ",
                    MetricValue::Max => " AND o0.max_is_nan = ",
                });
                sql.push(if class == 0 { "0" } else { "1" }).push(" AND r.run = o0.run");
            }
            (Phase::Metric { .. }, Some(Field::Metric { key, .. })) => {
                write_one_of(sql, "r.experiment", experiments);
                sql.push(" AND NOT EXISTS (SELECT 1 FROM metric_summaries o0 WHERE o0.run = r.run");
                sql.push(" AND o0.metric_key = ").bind(numbers.get(key)).push(")");
            }
            _ => write_one_of(sql, "r.experiment", experiments),
        }
    }

    /// Writes ` ORDER BY …`.
    pub(crate) fn write_order(&self, sql: &mut Sql, phase: Phase) {
        sql.push(" ORDER BY ");
        for (index, order) in self.sorting(phase) {
            let columns = self.columns(index, phase);
            if let Some(class) = columns.class {
                sql.push(class).push(", ");
            }
            sql.push(columns.value).push(if order.descending { " DESC, " } else { ", " });
        }
        sql.push("r.started_at_ms DESC, r.run_id");
    }

    /// Writes the condition that a run comes after the one of the token.
    pub(crate) fn write_after(&self, sql: &mut Sql, phase: Phase, token: &PageToken) {
        let sorting: Vec<_> = self.sorting(phase).collect();
        // `a > A OR (a = A AND (b > B OR …))` hides from both databases where the index walk may begin.
        // `a >= A AND (…)` says it.
        let seek = match sorting.first() {
            Some((index, order)) => {
                let columns = self.columns(*index, phase);
                let (_, key) = &token.keys()[*index];
                columns.class.is_none().then(|| (columns.value, order.descending, key.clone()))
            }
            None => Some(("r.started_at_ms", true, Key::Integer(token.started_at()))),
        };
        if let Some((value, descending, key)) = seek {
            sql.push(value).push(if descending { " <= " } else { " >= " });
            key.bind_to(sql);
            sql.push(" AND ");
        }

        for (index, order) in &sorting {
            let columns = self.columns(*index, phase);
            let (class, key) = &token.keys()[*index];
            sql.push("(");
            if let Some(column) = columns.class {
                sql.push(column).push(" > ").bind(i64::from(*class)).push(" OR (");
                sql.push(column).push(" = ").bind(i64::from(*class)).push(" AND (");
            }
            sql.push(columns.value).push(if order.descending { " < " } else { " > " });
            key.bind_to(sql);
            sql.push(" OR (").push(columns.value).push(" = ");
            key.bind_to(sql);
            sql.push(" AND ");
        }
        sql.push("(r.started_at_ms < ").bind(token.started_at());
        sql.push(" OR (r.started_at_ms = ").bind(token.started_at());
        sql.push(" AND r.run_id > ").bind(token.run_id()).push("))");
        for (index, _) in &sorting {
            sql.push("))");
            if self.columns(*index, phase).class.is_some() {
                sql.push("))");
            }
        }
    }

    fn columns(&self, index: usize, phase: Phase) -> Columns {
        match &self.keys[index].field {
            Field::Metric { which, .. } if index == 0 && phase != Phase::Whole => Columns {
                class: None,
                value: match which {
                    MetricValue::Last => "o0.last_value",
                    MetricValue::First => "o0.first_value",
                    MetricValue::Min => "o0.min_value",
                    MetricValue::Max => "o0.max_value",
                },
            },
            Field::Metric { which, .. } => match which {
                MetricValue::Last => Columns {
                    class: Some(numbered!(index, "COALESCE(o", ".last_is_nan, 2)")),
                    value: numbered!(index, "COALESCE(o", ".last_value, 0.0)"),
                },
                MetricValue::First => Columns {
                    class: Some(numbered!(index, "COALESCE(o", ".first_is_nan, 2)")),
                    value: numbered!(index, "COALESCE(o", ".first_value, 0.0)"),
                },
                MetricValue::Min => Columns {
                    class: Some(numbered!(index, "COALESCE(o", ".min_is_nan, 2)")),
                    value: numbered!(index, "COALESCE(o", ".min_value, 0.0)"),
                },
                MetricValue::Max => Columns {
                    class: Some(numbered!(index, "COALESCE(o", ".max_is_nan, 2)")),
                    value: numbered!(index, "COALESCE(o", ".max_value, 0.0)"),
                },
            },
            Field::Param(_) | Field::Tag(_) | Field::Dataset(_) => Columns {
                class: Some(numbered!(index, "CASE WHEN o", ".value IS NULL THEN 2 ELSE 0 END")),
                value: numbered!(index, "COALESCE(o", ".value, '')"),
            },
            Field::Attribute(RunAttribute::EndTime) => Columns {
                class: Some("CASE WHEN r.ended_at_ms IS NULL THEN 2 ELSE 0 END"),
                value: "COALESCE(r.ended_at_ms, 0)",
            },
            Field::Attribute(attribute) => Columns { class: None, value: attribute_column(*attribute) },
        }
    }
}

/// The column or expression of an attribute.
pub(crate) fn attribute_column(attribute: RunAttribute) -> &'static str {
    match attribute {
        RunAttribute::RunId => "r.run_id",
        RunAttribute::RunName => "r.name",
        RunAttribute::Status => "r.status",
        RunAttribute::UserId => "r.user_name",
        // The text of `artifact_uri`.
        RunAttribute::ArtifactUri => {
            "('mlflow-artifacts:/' || r.experiment || '/' || r.run_id || '/artifacts')"
        }
        RunAttribute::StartTime => "r.started_at_ms",
        RunAttribute::EndTime => "r.ended_at_ms",
    }
}
