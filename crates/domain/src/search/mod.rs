//! The search languages: text to [`types::search`].
//!
//! MLflow's grammar (`mlflow.utils.search_utils.SearchUtils`), with OR, NOT, parentheses, IN and BETWEEN on
//! top. Every text that MLflow accepts means the same here.

mod language;
mod lexer;
mod parser;

use types::search::{
    ExperimentAttribute, Field, Filter, LoggedModelAttribute, ModelVersionAttribute, OrderBy,
    RegisteredModelAttribute,
};

use self::language::Language;
use crate::{Error, Result};

/// Longest filter, in bytes.
const FILTER_MAX: usize = 20_000;

/// Reads a filter such as `metrics.test_rmse < 900 AND params.model = 'random_forest'`.
///
/// Returns `None` for a blank text, which fits every run.
///
/// # Errors
///
/// `Invalid` with the place and the token that cannot be understood.
pub fn parse_filter(text: &str) -> Result<Option<Filter>> {
    read_filter(text)
}

/// Reads a filter of experiments, such as `name LIKE 'cars%' AND tags.team = 'prices'`.
///
/// # Errors
///
/// As [`parse_filter`].
pub fn parse_experiment_filter(text: &str) -> Result<Option<Filter<ExperimentAttribute>>> {
    read_filter(text)
}

/// Reads an order of experiments, such as `name` or `creation_time DESC`.
///
/// # Errors
///
/// As [`parse_order_by`].
pub fn parse_experiment_order(text: &str) -> Result<OrderBy<ExperimentAttribute>> {
    read_order(text)
}

/// Reads a filter of registered models, such as `name LIKE 'cars%' AND tags.team = 'prices'`.
///
/// # Errors
///
/// As [`parse_filter`].
pub fn parse_registry_filter(text: &str) -> Result<Option<Filter<RegisteredModelAttribute>>> {
    read_filter(text)
}

/// Reads an order of registered models, such as `name` or `timestamp DESC`.
///
/// # Errors
///
/// As [`parse_order_by`].
pub fn parse_registry_order(text: &str) -> Result<OrderBy<RegisteredModelAttribute>> {
    read_order(text)
}

/// Reads a filter of registered versions, such as `name = 'cars' AND version_number > 2`.
///
/// # Errors
///
/// As [`parse_filter`].
pub fn parse_version_filter(text: &str) -> Result<Option<Filter<ModelVersionAttribute>>> {
    read_filter(text)
}

/// Reads an order of registered versions, such as `version_number DESC`.
///
/// # Errors
///
/// As [`parse_order_by`].
pub fn parse_version_order(text: &str) -> Result<OrderBy<ModelVersionAttribute>> {
    read_order(text)
}

/// Reads an order by an attribute.
fn read_order<L: Language>(text: &str) -> Result<OrderBy<L>> {
    let order: OrderBy<L> =
        parser::order_by(text).map_err(|error| Error::invalid_field("order_by", error.to_string()))?;
    match order.field {
        Field::Attribute(_) => Ok(order),
        _ => Err(Error::invalid_field("order_by", format!("`{text}` is no attribute"))),
    }
}

/// Reads a filter of logged models, such as `source_run_id = '…' AND metrics.test_rmse < 900`.
///
/// # Errors
///
/// As [`parse_filter`].
pub fn parse_logged_model_filter(text: &str) -> Result<Option<Filter<LoggedModelAttribute>>> {
    read_filter(text)
}

/// Reads the field by which logged models are sorted, such as `metrics.test_rmse` or `creation_timestamp`.
///
/// # Errors
///
/// `Invalid` if it is neither an attribute nor a metric. What follows `metrics.` is the name, whatever it has in it.
pub fn parse_logged_model_order(text: &str) -> Result<Field<LoggedModelAttribute>> {
    let invalid = |problem: String| Error::invalid_field("order_by", problem);
    let field = match text.split_once('.') {
        Some((entity, key)) => LoggedModelAttribute::field(Some(entity), key.trim_matches('`'), true),
        None => LoggedModelAttribute::field(None, text, true),
    };
    match field.map_err(|problem| invalid(format!("is no field name: {problem}")))? {
        field @ (Field::Attribute(_) | Field::Metric { .. }) => Ok(field),
        _ => Err(invalid(format!("`{text}` is neither an attribute nor a metric"))),
    }
}

fn read_filter<L: Language>(text: &str) -> Result<Option<Filter<L>>> {
    if text.len() > FILTER_MAX {
        return Err(Error::invalid_field("filter", format!("is longer than {FILTER_MAX} bytes")));
    }
    parser::filter(text).map_err(|error| Error::invalid_field("filter", error.to_string()))
}

/// Reads an order such as `metrics.test_rmse ASC` or `attributes.start_time DESC`.
///
/// # Errors
///
/// `Invalid` with the place and the token that cannot be understood.
pub fn parse_order_by(text: &str) -> Result<OrderBy> {
    let invalid = |problem: String| Error::invalid_field("order_by", problem);
    let order: OrderBy = parser::order_by(text).map_err(|error| invalid(error.to_string()))?;
    match order.field {
        Field::Dataset(_) => Err(invalid("cannot sort by a dataset: a run may have several".to_owned())),
        _ => Ok(order),
    }
}

/// What cannot be understood, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not understood at character {}, near {}: {problem}", .position + 1, near(.token))]
struct SyntaxError {
    /// Character that the token begins at, from 0.
    position: usize,
    /// The token; empty at the end of the text.
    token: String,
    /// What was expected.
    problem: String,
}

fn near(token: &str) -> String {
    if token.is_empty() {
        "the end".to_owned()
    } else {
        format!("`{}`", token.chars().take(60).collect::<String>())
    }
}
