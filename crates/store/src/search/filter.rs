//! Conditions on runs as SQL. Every comparison is true or false, never NULL, so that NOT means what it says.

use types::search::{Comparison, DatasetAttribute, Field, Filter, MetricValue, Test};

use super::order::attribute_column;
use super::{MetricNumbers, pattern};
use crate::database::{Dialect, Sql, Value};
use crate::{Error, Result};

/// Comparisons in a filter, values of lists included: together they stay below SQLite's limit of values.
const SIZE_MAX: usize = 10_000;

/// Nesting of a filter.
const DEPTH_MAX: usize = 64;

const FALSE: &str = "1 = 0";

const MISMATCH: Error = Error::Query("a number is compared with a text");

/// Refuses filters that a database would refuse with a worse message.
pub(crate) fn check_size<A>(filter: &Filter<A>) -> Result<()> {
    fn size<A>(filter: &Filter<A>, depth: usize) -> Option<usize> {
        if depth > DEPTH_MAX {
            return None;
        }
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                parts.iter().try_fold(1_usize, |sum, part| Some(sum + size(part, depth + 1)?))
            }
            Filter::Not(part) => size(part, depth + 1),
            Filter::Compare { test: Test::TextIn { values, .. }, .. } => Some(1 + values.len()),
            Filter::Compare { test: Test::NumberIn { values, .. }, .. } => Some(1 + values.len()),
            Filter::Compare { .. } => Some(2),
        }
    }
    match size(filter, 0) {
        Some(size) if size <= SIZE_MAX => Ok(()),
        Some(_) => Err(Error::Query("the filter has too many comparisons or values; 5,000 are possible")),
        None => Err(Error::Query("the filter is nested too deeply; 64 levels are possible")),
    }
}

/// Writes a condition on the run `r`, in parentheses where needed.
pub(crate) fn write_filter(
    sql: &mut Sql,
    filter: &Filter,
    numbers: &MetricNumbers,
    dialect: Dialect,
) -> Result<()> {
    write_tree(sql, filter, &|sql, field, test| write_comparison(sql, field, test, numbers, dialect))
}

/// Writes one comparison of a search language with the attributes `A`.
pub(crate) type WriteLeaf<'a, A> = dyn Fn(&mut Sql, &Field<A>, &Test) -> Result<()> + 'a;

/// Writes a condition, in parentheses where needed; `write_leaf` writes its comparisons.
pub(crate) fn write_tree<A>(sql: &mut Sql, filter: &Filter<A>, write_leaf: &WriteLeaf<'_, A>) -> Result<()> {
    match filter {
        Filter::And(parts) if parts.is_empty() => sql.push("1 = 1"),
        Filter::Or(parts) if parts.is_empty() => sql.push(FALSE),
        Filter::And(parts) => return write_joined(sql, parts, " AND ", write_leaf),
        Filter::Or(parts) => return write_joined(sql, parts, " OR ", write_leaf),
        Filter::Not(part) => {
            sql.push("NOT (");
            write_tree(sql, part, write_leaf)?;
            sql.push(")")
        }
        Filter::Compare { field, test } => return write_leaf(sql, field, test),
    };
    Ok(())
}

/// Joins in halves: SQLite takes expressions up to a depth of 1000, and `a AND b AND c` is one level deeper
/// with each part.
fn write_joined<A>(
    sql: &mut Sql,
    parts: &[Filter<A>],
    word: &'static str,
    write_leaf: &WriteLeaf<'_, A>,
) -> Result<()> {
    if let [part] = parts {
        return write_tree(sql, part, write_leaf);
    }
    let (left, right) = parts.split_at(parts.len() / 2);
    sql.push("(");
    write_joined(sql, left, word, write_leaf)?;
    sql.push(word);
    write_joined(sql, right, word, write_leaf)?;
    sql.push(")");
    Ok(())
}

fn write_comparison(
    sql: &mut Sql,
    field: &Field,
    test: &Test,
    numbers: &MetricNumbers,
    dialect: Dialect,
) -> Result<()> {
    // Neither key nor value with U+0000 is ever stored, and PostgreSQL refuses to look for one.
    let key_with_zero = match field {
        Field::Metric { key, .. } | Field::Param(key) | Field::Tag(key) => key.contains('\0'),
        Field::Attribute(_) | Field::Dataset(_) => false,
    };
    if key_with_zero {
        sql.push(if matches!(test, Test::IsNull { negated: false }) { "1 = 1" } else { FALSE });
        return Ok(());
    }
    match field {
        Field::Attribute(attribute) => {
            let column = attribute_column(*attribute);
            if let Test::IsNull { negated } = test {
                sql.push(column).push(if *negated { " IS NOT NULL" } else { " IS NULL" });
                return Ok(());
            }
            // Only the end can be absent; AND makes the comparison false then.
            sql.push("(").push(column).push(" IS NOT NULL AND ");
            write_test(sql, column, test, attribute.is_number(), dialect)?;
            sql.push(")");
            Ok(())
        }
        Field::Metric { key, which } => {
            write_exists(
                sql,
                test,
                "SELECT 1 FROM metric_summaries f WHERE f.run = r.run AND f.metric_key = ",
            );
            sql.bind(numbers.get(key));
            let (value, is_number) = match which {
                MetricValue::Last => ("f.last_value", " AND f.last_is_nan = 0 AND "),
                MetricValue::First => ("f.first_value", " AND f.first_is_nan = 0 AND "),
                MetricValue::Min => ("f.min_value", " AND f.min_is_nan = 0 AND "),
                MetricValue::Max => ("f.max_value", " AND f.max_is_nan = 0 AND "),
            };
            write_rest(sql, is_number, value, test, true, dialect)
        }
        Field::Param(key) => {
            write_exists(sql, test, "SELECT 1 FROM params f WHERE f.run = r.run AND f.key = ");
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Tag(key) => {
            write_exists(sql, test, "SELECT 1 FROM run_tags f WHERE f.run = r.run AND f.key = ");
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Dataset(attribute) => {
            write_exists(sql, test, "SELECT 1 FROM run_inputs f WHERE f.run = r.run");
            let column = match attribute {
                DatasetAttribute::Name => "f.name",
                DatasetAttribute::Digest => "f.digest",
                DatasetAttribute::Context => "f.context",
            };
            write_rest(sql, " AND ", column, test, false, dialect)
        }
    }
}

/// Opens a subquery for a test of something that a run may not have.
pub(crate) fn write_exists(sql: &mut Sql, test: &Test, subquery: &'static str) {
    let absent = matches!(test, Test::IsNull { negated: false });
    sql.push(if absent { "NOT EXISTS (" } else { "EXISTS (" }).push(subquery);
}

/// Closes the subquery: with the test of `value`, unless only its presence matters.
pub(crate) fn write_rest(
    sql: &mut Sql,
    and: &'static str,
    value: &'static str,
    test: &Test,
    is_number: bool,
    dialect: Dialect,
) -> Result<()> {
    if !matches!(test, Test::IsNull { .. }) {
        sql.push(and);
        write_test(sql, value, test, is_number, dialect)?;
    }
    sql.push(")");
    Ok(())
}

/// Writes the test of a value that is neither NULL nor NaN.
pub(crate) fn write_test(
    sql: &mut Sql,
    value: &'static str,
    test: &Test,
    is_number: bool,
    dialect: Dialect,
) -> Result<()> {
    let tests_number = matches!(test, Test::Number(..) | Test::Between { .. } | Test::NumberIn { .. });
    if tests_number != is_number {
        return Err(MISMATCH);
    }
    match test {
        Test::Number(_, number) if number.is_nan() => sql.push(FALSE),
        Test::Number(comparison, number) => {
            let operator = match comparison {
                Comparison::Equal => " = ",
                Comparison::NotEqual => " <> ",
                Comparison::Less => " < ",
                Comparison::LessOrEqual => " <= ",
                Comparison::Greater => " > ",
                Comparison::GreaterOrEqual => " >= ",
            };
            sql.push(value).push(operator).bind(*number)
        }
        Test::Between { low, high, .. } if low.is_nan() || high.is_nan() => sql.push(FALSE),
        Test::Between { negated, low, high } => {
            sql.push(value).push(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
            sql.bind(*low).push(" AND ").bind(*high)
        }
        Test::NumberIn { negated, values } => {
            let values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
            write_in(sql, value, *negated, values)
        }
        Test::Text { negated, value: text } if text.contains('\0') => {
            sql.push(if *negated { "1 = 1" } else { FALSE })
        }
        Test::Text { negated, value: text } => {
            sql.push(value).push(if *negated { " <> " } else { " = " }).bind(text.as_str())
        }
        Test::TextIn { negated, values } => {
            let values = values.iter().map(String::as_str).filter(|value| !value.contains('\0'));
            write_in(sql, value, *negated, values.collect())
        }
        Test::Like { case_sensitive, pattern } => {
            pattern::write_like(sql, value, pattern, *case_sensitive, dialect);
            sql
        }
        Test::IsNull { .. } => return Err(Error::Query("IS NULL cannot stand here")),
    };
    Ok(())
}

fn write_in<'s, V: Into<Value>>(
    sql: &'s mut Sql,
    value: &'static str,
    negated: bool,
    values: Vec<V>,
) -> &'s mut Sql {
    if values.is_empty() {
        return sql.push(if negated { "1 = 1" } else { FALSE });
    }
    sql.push(value).push(if negated { " NOT IN " } else { " IN " }).bind_list(values)
}
