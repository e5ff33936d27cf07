//! Batches of metrics, params and tags: stored as a whole or not at all.

use std::collections::{BTreeMap, HashMap};

use futures::FutureExt;
use types::{Batch, Metric, MetricPoint, Millis, Param, ParamKey, RUN_NAME_TAG, RunId, Tag};

use crate::database::{Change, Connection, Sql, execute, fetch_optional};
use crate::logged_models::insert_model_metrics;
use crate::run_details::last_of_each_key;
use crate::summaries::{Summary, from_columns, merge_summaries, to_columns};
use crate::{Error, Result, Store};

/// Rows of one statement; with seven values each it stays below SQLite's 32,766.
const ROWS_AT_ONCE: usize = 4000;

const RUN_KEY: &str = "SELECT run, experiment, deleted FROM runs WHERE run_id = $1";

const RENAME_RUN: &str = "UPDATE runs SET name = $2 WHERE run = $1";

/// How storing a batch ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchOutcome {
    /// All of it is stored.
    Stored,
    /// There is no such run; nothing is stored.
    NoRun,
    /// The run is deleted; nothing is stored.
    Deleted,
    /// A param has another value already; nothing is stored.
    ParamChanged {
        /// Name of the param.
        key: ParamKey,
        /// The value that it keeps.
        stored: String,
    },
}

/// The keys of a run inside the database.
#[derive(Clone, Copy)]
pub(crate) struct RunKeys {
    pub(crate) run: i64,
    pub(crate) experiment: i64,
}

impl Store {
    /// Adds points, params and tags to a run, in a number of statements that does not depend on how many.
    ///
    /// A point that is there already is not added again, so a batch can be repeated. If a batch names a tag
    /// twice, the last counts. The tag with the name of the run renames it.
    ///
    /// # Errors
    ///
    /// - `ZeroCharacter` if a value contains U+0000.
    /// - `Missing` if a point is about a logged model that does not exist.
    /// - `Busy` if another batch of the same run sets the same params at the same moment.
    pub async fn insert_batch(&self, run: &RunId, batch: &Batch) -> Result<BatchOutcome> {
        refuse_zero(&batch.params, &batch.tags)?;
        let known = self.known_numbers(&batch.metrics);
        let (run, batch) = (run.clone(), batch.clone());
        let (outcome, learned) = self
            .write(move |mut connection| {
                async move {
                    let found = fetch_optional!(connection, (i64, i64, i64), RUN_KEY, run.as_str())?;
                    let (run, experiment) = match found {
                        None => return Ok(Change::Undo((BatchOutcome::NoRun, HashMap::new()))),
                        Some((run, experiment, 0)) => (run, experiment),
                        Some(_) => return Ok(Change::Undo((BatchOutcome::Deleted, HashMap::new()))),
                    };
                    let keys = RunKeys { run, experiment };
                    if let Some(changed) = insert_params(&mut connection, keys, batch.params).await? {
                        return Ok(Change::Undo((changed, HashMap::new())));
                    }
                    let name = batch.tags.iter().rfind(|tag| tag.key.as_str() == RUN_NAME_TAG);
                    if let Some(name) = name {
                        execute!(connection, RENAME_RUN, keys.run, &name.value)?;
                    }
                    upsert_tags(&mut connection, keys.run, batch.tags).await?;
                    insert_model_metrics(&mut connection, keys, &batch.model_metrics).await?;
                    let learned = insert_metrics(&mut connection, keys, batch.metrics, known).await?;
                    Ok(Change::Keep((BatchOutcome::Stored, learned)))
                }
                .boxed()
            })
            .await?;
        self.remember_metric_keys(learned);
        Ok(outcome)
    }

    /// The numbers of those names that this process has met.
    pub(crate) fn known_numbers(&self, metrics: &[Metric]) -> HashMap<String, i64> {
        let names = metrics.iter().map(|metric| metric.key.as_str());
        names.filter_map(|name| Some((name.to_owned(), self.known_metric_key(name)?))).collect()
    }
}

/// PostgreSQL cannot keep U+0000; SQLite should not accept what the other refuses.
pub(crate) fn refuse_zero(params: &[Param], tags: &[Tag]) -> Result<()> {
    let param = params.iter().find(|param| param.value.contains('\0'));
    if let Some(param) = param {
        return Err(Error::ZeroCharacter { what: format!("value of param `{}`", param.key) });
    }
    let tag = tags.iter().find(|tag| tag.value.contains('\0'));
    match tag {
        Some(tag) => Err(Error::ZeroCharacter { what: format!("value of tag `{}`", tag.key) }),
        None => Ok(()),
    }
}

/// Stores new params. Answers the first one that has another value already.
pub(crate) async fn insert_params(
    connection: &mut Connection<'_>,
    keys: RunKeys,
    params: Vec<Param>,
) -> Result<Option<BatchOutcome>> {
    let changed = |key: ParamKey, stored: String| Ok(Some(BatchOutcome::ParamChanged { key, stored }));
    let mut wanted: BTreeMap<ParamKey, String> = BTreeMap::new();
    for Param { key, value } in params {
        match wanted.get(&key) {
            Some(first) if *first != value => return changed(key, first.clone()),
            _ => wanted.insert(key, value),
        };
    }
    if wanted.is_empty() {
        return Ok(None);
    }

    let names = || wanted.keys().map(ParamKey::as_str);
    let mut stored: HashMap<String, String> = HashMap::new();
    for names in names().collect::<Vec<_>>().chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new("SELECT key, value FROM params WHERE run = ");
        sql.bind(keys.run).push(" AND key IN ").bind_list(names.iter().copied());
        stored.extend(sql.fetch_all::<(String, String)>(connection).await?);
    }
    for (key, value) in &wanted {
        match stored.get(key.as_str()) {
            Some(there) if there != value => return changed(key.clone(), there.clone()),
            _ => {}
        }
    }

    let new: Vec<_> = wanted.iter().filter(|(key, _)| !stored.contains_key(key.as_str())).collect();
    for rows in new.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new("INSERT INTO params (run, key, value, experiment) VALUES ");
        for (index, (key, value)) in rows.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(keys.run);
            sql.push(", ").bind(key.as_str()).push(", ").bind(value.as_str());
            sql.push(", ").bind(keys.experiment).push(")");
        }
        sql.push(" ON CONFLICT (run, key) DO NOTHING");
        // Another transaction came in between on PostgreSQL. Trying again finds out what it wrote.
        if sql.execute(connection).await? < rows.len() as u64 {
            return Err(Error::Busy);
        }
    }
    Ok(None)
}

/// Stores tags, replacing those of the same key.
pub(crate) async fn upsert_tags(connection: &mut Connection<'_>, run: i64, tags: Vec<Tag>) -> Result<()> {
    // No statement may touch a row twice; the order of keys avoids deadlocks.
    let tags = last_of_each_key(tags, |tag| tag.key.clone());
    for rows in tags.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new("INSERT INTO run_tags (run, key, value) VALUES ");
        for (index, tag) in rows.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(run);
            sql.push(", ").bind(tag.key.as_str()).push(", ").bind(tag.value.as_str()).push(")");
        }
        sql.push(" ON CONFLICT (run, key) DO UPDATE SET value = excluded.value");
        sql.execute(connection).await?;
    }
    Ok(())
}

/// Adds points and brings the summaries up to date. Answers the numbers of names that were not `known`.
pub(crate) async fn insert_metrics(
    connection: &mut Connection<'_>,
    keys: RunKeys,
    metrics: Vec<Metric>,
    known: HashMap<String, i64>,
) -> Result<HashMap<String, i64>> {
    if metrics.is_empty() {
        return Ok(HashMap::new());
    }
    let learned = intern(connection, &metrics, &known).await?;
    let number = |name: &str| {
        let found = known.get(name).or_else(|| learned.get(name)).copied();
        found.ok_or_else(|| Error::inconsistent(format!("metric `{name}` has no number")))
    };
    let mut points = Vec::with_capacity(metrics.len());
    for metric in &metrics {
        points.push((number(metric.key.as_str())?, metric.point));
    }

    let mut positions = next_positions(connection, keys.run, &points).await?;
    let mut rows: Vec<(i64, MetricPoint, i64)> = Vec::with_capacity(points.len());
    for (key, point) in points {
        let position = positions.entry((key, point.step, point.timestamp.0)).or_insert(0);
        rows.push((key, point, *position));
        *position += 1;
    }
    rows.sort_by_key(|(key, point, position)| (*key, point.step, point.timestamp, *position));

    let mut added: BTreeMap<i64, Vec<(i64, MetricPoint)>> = BTreeMap::new();
    for rows in rows.chunks(ROWS_AT_ONCE) {
        for row in insert_points(connection, keys.run, rows).await? {
            let point = MetricPoint {
                value: from_columns(row.value, row.is_nan),
                step: row.step,
                timestamp: Millis(row.timestamp_ms),
            };
            added.entry(row.metric_key).or_default().push((row.position, point));
        }
    }
    let mut summaries = Vec::with_capacity(added.len());
    for (key, mut points) in added {
        points.sort_by_key(|(position, point)| (point.step, point.timestamp, *position));
        let mut points = points.into_iter().map(|(_, point)| point);
        if let Some(first) = points.next() {
            let mut summary = Summary::of(first);
            points.for_each(|point| summary.add(point));
            summaries.push((key, summary));
        }
    }
    merge_summaries(connection, keys.run, keys.experiment, &summaries).await?;
    Ok(learned)
}

/// Gives every name a number and answers those that were not `known`.
async fn intern(
    connection: &mut Connection<'_>,
    metrics: &[Metric],
    known: &HashMap<String, i64>,
) -> Result<HashMap<String, i64>> {
    let mut names: Vec<&str> =
        metrics.iter().map(|metric| metric.key.as_str()).filter(|name| !known.contains_key(*name)).collect();
    // In the same order in every transaction: two of them never wait for each other.
    names.sort_unstable();
    names.dedup();
    let mut numbers = HashMap::new();
    for names in names.chunks(ROWS_AT_ONCE) {
        // Looks first: a conflicting insert would use up a number each time.
        numbers.extend(numbers_of(connection, names).await?);
        let new: Vec<&str> = names.iter().copied().filter(|name| !numbers.contains_key(*name)).collect();
        if new.is_empty() {
            continue;
        }
        let mut sql = Sql::new("INSERT INTO metric_keys (key) VALUES ");
        for (index, name) in new.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(*name).push(")");
        }
        sql.push(" ON CONFLICT (key) DO NOTHING");
        sql.execute(connection).await?;
        numbers.extend(numbers_of(connection, &new).await?);
    }
    Ok(numbers)
}

/// The numbers of those names that have one.
pub(crate) async fn numbers_of(
    connection: &mut Connection<'_>,
    names: &[&str],
) -> Result<HashMap<String, i64>> {
    let mut sql = Sql::new("SELECT key, metric_key FROM metric_keys WHERE key IN ");
    sql.bind_list(names.iter().copied());
    Ok(sql.fetch_all::<(String, i64)>(connection).await?.into_iter().collect())
}

/// What tells points of a history apart that only their arrival orders: metric, step and time.
type Moment = (i64, i64, i64);

/// The next free position at each moment that has points. Points of one moment are in the order of their
/// positions; between moments positions say nothing.
async fn next_positions(
    connection: &mut Connection<'_>,
    run: i64,
    points: &[(i64, MetricPoint)],
) -> Result<HashMap<Moment, i64>> {
    let mut moments: Vec<Moment> =
        points.iter().map(|(key, point)| (*key, point.step, point.timestamp.0)).collect();
    moments.sort_unstable();
    moments.dedup();
    let mut positions = HashMap::new();
    for moments in moments.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new(
            "SELECT metric_key, step, timestamp_ms, MAX(position) + 1
            FROM metric_points
            WHERE run = ",
        );
        sql.bind(run).push(" AND (metric_key, step, timestamp_ms) IN (VALUES ");
        for (index, (key, step, timestamp)) in moments.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(*key);
            sql.push(", ").bind(*step).push(", ").bind(*timestamp).push(")");
        }
        sql.push(") GROUP BY metric_key, step, timestamp_ms");
        for (key, step, timestamp, next) in sql.fetch_all::<(i64, i64, i64, i64)>(connection).await? {
            positions.insert((key, step, timestamp), next);
        }
    }
    Ok(positions)
}

#[derive(sqlx::FromRow)]
struct PointRow {
    metric_key: i64,
    step: i64,
    timestamp_ms: i64,
    value: f64,
    is_nan: i64,
    position: i64,
}

/// Inserts points and answers those that were not there before.
async fn insert_points(
    connection: &mut Connection<'_>,
    run: i64,
    rows: &[(i64, MetricPoint, i64)],
) -> Result<Vec<PointRow>> {
    let mut sql = Sql::new(
        "INSERT INTO metric_points (run, metric_key, step, timestamp_ms, value, is_nan, position) VALUES ",
    );
    for (index, (key, point, position)) in rows.iter().enumerate() {
        let (value, is_nan) = to_columns(point.value);
        sql.push(if index == 0 { "(" } else { ", (" }).bind(run).push(", ").bind(*key);
        sql.push(", ").bind(point.step).push(", ").bind(point.timestamp.0);
        sql.push(", ").bind(value).push(", ").bind(is_nan).push(", ").bind(*position).push(")");
    }
    // MLflow clients repeat a batch after a timeout. The value is part of the key: two values at one step are
    // two points.
    sql.push(
        " ON CONFLICT (run, metric_key, step, timestamp_ms, value, is_nan) DO NOTHING
        RETURNING metric_key, step, timestamp_ms, value, is_nan, position",
    );
    sql.fetch_all(connection).await
}
