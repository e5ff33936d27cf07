//! Searching runs: filter, order and pages.
//!
//! Pages are found by the sort keys of the last run of the page before, never by counting rows. If the first
//! sort key is a metric, the search goes through three phases that are index walks of their own: runs with a
//! number in the order of the index on summaries, then runs with NaN, then runs without the metric.

mod experiments;
mod filter;
mod logged_models;
mod offset_token;
mod order;
mod page_token;
mod pattern;
mod registry;

use std::collections::{BTreeSet, HashMap};

use types::search::{Field, Filter};
use types::{ExperimentId, Run, RunId, RunPage, RunQuery, View};

use self::filter::write_filter;
use self::order::{Keys, Phase};
use self::page_token::PageToken;
use crate::batch::numbers_of;
use crate::database::{Connection, Sql};
use crate::run_details::{RunRow, complete, run_columns};
use crate::{Result, Store};

/// Names that are looked up with one statement.
const NAMES_AT_ONCE: usize = 8000;

/// The number of a metric that nobody has logged: no row has it.
const UNKNOWN: i64 = -1;

/// Numbers of the metric names that a query mentions.
pub(crate) struct MetricNumbers(HashMap<String, i64>);

impl MetricNumbers {
    fn get(&self, name: &str) -> i64 {
        self.0.get(name).copied().unwrap_or(UNKNOWN)
    }
}

/// Where the artifacts of a run are, as MLflow clients are told and as searches by `artifact_uri` see it.
#[must_use]
pub fn artifact_uri(experiment: ExperimentId, run: &RunId) -> String {
    format!("mlflow-artifacts:/{experiment}/{run}/artifacts")
}

impl Store {
    /// Returns one page of the runs that fit.
    ///
    /// - A comparison of a metric, param, tag or time that the run does not have is false, `!=` included; so is
    ///   one with NaN on either side. `NOT` turns that around.
    /// - `LIKE` regards case. `ILIKE` takes the upper and lower case of a letter as equal where Unicode pairs
    ///   them one to one, on both databases in the same way. Backslash is a letter like any other.
    /// - Texts sort by code point.
    ///
    /// # Errors
    ///
    /// - `PageToken` if the token is damaged or belongs to a query with another filter, order, view or other
    ///   experiments. The size of the page may change.
    /// - `Query` if filter or order are too large, or compare a text with a number.
    pub async fn search_runs(&self, query: &RunQuery) -> Result<RunPage> {
        let keys = Keys::of(&query.order_by)?;
        let filter_size = query.filter.as_ref().map(filter::check_size).transpose()?;
        let fingerprint = page_token::fingerprint(query);
        let token = query.page_token.as_deref().map(|text| PageToken::read(text, &fingerprint, &keys));
        let token = token.transpose()?;
        if query.experiment_ids.is_empty() {
            return Ok(RunPage { runs: Vec::new(), next_page_token: None });
        }
        let wanted = query.max_results.max(1) as usize;

        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let numbers = match filter_size {
            None if query.order_by.is_empty() => MetricNumbers(HashMap::new()),
            _ => metric_numbers(&mut connection, query).await?,
        };
        let mut rows: Vec<RunRow> = Vec::new();
        for phase in keys.phases(token.as_ref()) {
            // One more than the page tells whether there is another.
            let missing = wanted + 1 - rows.len();
            if missing == 0 {
                break;
            }
            let after = token.as_ref().filter(|token| phase.contains(token));
            let sql = statement(query, &keys, phase, &numbers, after, missing, &connection)?;
            rows.extend(sql.fetch_all::<RunRow>(&mut connection).await?);
        }
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        let runs = complete(&mut connection, rows).await?;
        let next_page_token = match runs.last() {
            Some(last) if has_more => Some(PageToken::after(last, &keys).write(&fingerprint)),
            _ => None,
        };
        Ok(RunPage { runs, next_page_token })
    }
}

fn statement(
    query: &RunQuery,
    keys: &Keys,
    phase: Phase,
    numbers: &MetricNumbers,
    after: Option<&PageToken>,
    limit: usize,
    connection: &Connection<'_>,
) -> Result<Sql> {
    let mut experiments: Vec<i64> = query.experiment_ids.iter().map(|id| id.0).collect();
    experiments.sort_unstable();
    experiments.dedup();

    let mut sql = Sql::new(concat!("SELECT ", run_columns!()));
    keys.write_from(&mut sql, phase, numbers, &experiments);
    match query.view {
        View::Active => sql.push(" AND r.deleted = 0"),
        View::Deleted => sql.push(" AND r.deleted = 1"),
        View::All => &mut sql,
    };
    if let Some(filter) = &query.filter {
        sql.push(" AND ");
        write_filter(&mut sql, filter, numbers, connection.dialect())?;
    }
    if let Some(after) = after {
        sql.push(" AND ");
        keys.write_after(&mut sql, phase, after);
    }
    keys.write_order(&mut sql, phase);
    sql.push(" LIMIT ").bind(i64::try_from(limit).unwrap_or(i64::MAX)).one_off();
    Ok(sql)
}

/// Writes `column = $1` or `column IN ($1, $2)`: with one value the index gives its order.
fn write_one_of(sql: &mut Sql, column: &'static str, values: &[i64]) {
    sql.push(column);
    match values {
        [value] => sql.push(" = ").bind(*value),
        values => sql.push(" IN ").bind_list(values.iter().copied()),
    };
}

async fn metric_numbers(connection: &mut Connection<'_>, query: &RunQuery) -> Result<MetricNumbers> {
    let mut names = BTreeSet::new();
    query.order_by.iter().for_each(|order| collect_metric(&order.field, &mut names));
    if let Some(filter) = &query.filter {
        collect_metrics(filter, &mut names);
    }
    let names: Vec<&str> = names.into_iter().collect();
    let mut numbers = HashMap::new();
    for names in names.chunks(NAMES_AT_ONCE) {
        numbers.extend(numbers_of(connection, names).await?);
    }
    Ok(MetricNumbers(numbers))
}

fn collect_metrics<'q>(filter: &'q Filter, names: &mut BTreeSet<&'q str>) {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().for_each(|part| collect_metrics(part, names)),
        Filter::Not(part) => collect_metrics(part, names),
        Filter::Compare { field, .. } => collect_metric(field, names),
    }
}

fn collect_metric<'q>(field: &'q Field, names: &mut BTreeSet<&'q str>) {
    if let Field::Metric { key, .. } = field
        && !key.contains('\0')
    {
        names.insert(key);
    }
}

/// The value by which a run is sorted, with its class: 0 for a value, 1 for NaN, 2 for none.
pub(crate) fn sort_value(run: &Run, field: &Field) -> (u8, page_token::Key) {
    use types::search::{MetricValue, RunAttribute};

    use self::page_token::Key;
    let text = |value: Option<&str>| match value {
        Some(value) => (0, Key::Text(value.to_owned())),
        None => (2, Key::Text(String::new())),
    };
    match field {
        Field::Metric { key, which } => match run.metric(key) {
            None => (2, Key::Real(0)),
            Some(metric) => {
                let value = match which {
                    MetricValue::Last => metric.last.value,
                    MetricValue::First => metric.first.value,
                    MetricValue::Min => metric.min.value,
                    MetricValue::Max => metric.max.value,
                };
                if value.is_nan() { (1, Key::Real(0)) } else { (0, Key::Real(value.to_bits())) }
            }
        },
        Field::Param(key) => text(run.param(key)),
        Field::Tag(key) => text(run.tag(key)),
        Field::Dataset(_) => text(None),
        Field::Attribute(attribute) => match attribute {
            RunAttribute::RunId => text(Some(run.id.as_str())),
            RunAttribute::RunName => text(Some(run.name.as_str())),
            RunAttribute::Status => text(Some(run.status.as_str())),
            RunAttribute::UserId => text(Some(&run.user)),
            RunAttribute::ArtifactUri => text(Some(&artifact_uri(run.experiment_id, &run.id))),
            RunAttribute::StartTime => (0, Key::Integer(run.started_at.0)),
            RunAttribute::EndTime => match run.ended_at {
                Some(at) => (0, Key::Integer(at.0)),
                None => (2, Key::Integer(0)),
            },
        },
    }
}
