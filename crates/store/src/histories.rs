//! Parts of histories: pages and samples, each found by walking the key of the points.

use types::{MetricKey, MetricPoint, Millis, RunId};

use crate::database::{Connection, Sql, fetch_optional};
use crate::metrics::PointRow;
use crate::summaries::{from_columns, to_columns};
use crate::{Result, Store};

const RUN_KEY: &str = "SELECT run FROM runs WHERE run_id = $1";

const METRIC_KEY: &str = "SELECT metric_key FROM metric_keys WHERE key = $1";

const COUNT: &str = "SELECT count FROM metric_summaries WHERE run = $1 AND metric_key = $2";

/// Steps that are sought with one statement.
const STEPS_AT_ONCE: usize = 4000;

impl Store {
    /// Returns up to `limit` points of a metric in the order of step, time and value, NaN before the zero of its
    /// moment; those behind `after` if it is given. Empty if run or metric are unknown.
    pub async fn metric_points(
        &self,
        run: &RunId,
        key: &MetricKey,
        after: Option<MetricPoint>,
        limit: u32,
    ) -> Result<Vec<MetricPoint>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let Some((run, key)) = keys(&mut connection, run, key).await? else { return Ok(Vec::new()) };
        let mut sql = of_metric(run, key);
        if let Some(after) = after {
            let (value, is_nan) = to_columns(after.value);
            sql.push(" AND (p.step, p.timestamp_ms, p.value, p.is_nan) > (").bind(after.step);
            sql.push(", ").bind(after.timestamp.0).push(", ").bind(value).push(", ").bind(is_nan).push(")");
        }
        sql.push(" ORDER BY p.step, p.timestamp_ms, p.value, p.is_nan LIMIT ").bind(i64::from(limit));
        Ok(points(sql.fetch_all::<PointRow>(&mut connection).await?))
    }

    /// Returns up to `limit` points of a metric that are spread evenly over its steps, or over those from
    /// `range.0` to `range.1`: the first, the last, and between them the first point at or behind each of the
    /// evenly spaced steps. If all points have one step, they are spread over time instead. With a limit of 1 it is
    /// the last point.
    pub async fn sampled_points(
        &self,
        run: &RunId,
        key: &MetricKey,
        range: Option<(i64, i64)>,
        limit: u32,
    ) -> Result<Vec<MetricPoint>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let Some((run, key)) = keys(&mut connection, run, key).await? else { return Ok(Vec::new()) };
        if range.is_none() {
            let count = fetch_optional!(connection, (i64,), COUNT, run, key)?;
            if count.is_some_and(|(count,)| count <= i64::from(limit)) {
                let mut sql = of_metric(run, key);
                sql.push(" ORDER BY p.step, p.timestamp_ms, p.value, p.is_nan");
                return Ok(points(sql.fetch_all::<PointRow>(&mut connection).await?));
            }
        }

        let limits = |sql: &mut Sql| {
            if let Some((low, high)) = range {
                sql.push(" AND p.step BETWEEN ").bind(low).push(" AND ").bind(high);
            }
        };
        let mut sql = of_metric(run, key);
        limits(&mut sql);
        sql.push(" ORDER BY p.step DESC, p.timestamp_ms DESC, p.value DESC, p.is_nan DESC LIMIT 1");
        let Some(last) = points(sql.fetch_all::<PointRow>(&mut connection).await?).pop() else {
            return Ok(Vec::new());
        };
        if limit <= 1 {
            return Ok(vec![last]);
        }
        // A page of the limit's size holds all, or its first point begins the sample.
        let mut sql = of_metric(run, key);
        limits(&mut sql);
        sql.push(" ORDER BY p.step, p.timestamp_ms, p.value, p.is_nan LIMIT ").bind(i64::from(limit) + 1);
        let all = points(sql.fetch_all::<PointRow>(&mut connection).await?);
        let Some(first) = all.first().copied().filter(|_| all.len() > limit as usize) else { return Ok(all) };

        let by_time = first.step == last.step;
        let (low, high) =
            if by_time { (first.timestamp.0, last.timestamp.0) } else { (first.step, last.step) };
        let targets = evenly_spaced(low, high, limit);
        let mut sample: Vec<MetricPoint> = Vec::with_capacity(limit as usize);
        for targets in targets.chunks(STEPS_AT_ONCE) {
            let sql = first_at_each(run, key, by_time.then_some(first.step), targets);
            for point in points(sql.fetch_all::<PointRow>(&mut connection).await?) {
                let place = |point: &MetricPoint| if by_time { point.timestamp.0 } else { point.step };
                if sample.last().is_none_or(|before| place(before) < place(&point)) {
                    sample.push(point);
                }
            }
        }
        sample.truncate(limit as usize - 1);
        sample.push(last);
        Ok(sample)
    }
}

/// The numbers of a run and a metric.
async fn keys(connection: &mut Connection<'_>, run: &RunId, key: &MetricKey) -> Result<Option<(i64, i64)>> {
    let run = fetch_optional!(*connection, (i64,), RUN_KEY, run.as_str())?;
    let key = fetch_optional!(*connection, (i64,), METRIC_KEY, key.as_str())?;
    Ok(run.zip(key).map(|((run,), (key,))| (run, key)))
}

fn of_metric(run: i64, key: i64) -> Sql {
    let mut sql =
        Sql::new("SELECT p.value, p.is_nan, p.step, p.timestamp_ms FROM metric_points p WHERE p.run = ");
    sql.bind(run).push(" AND p.metric_key = ").bind(key);
    sql
}

/// `count - 1` places from `low` on, so that `high` would be the next; `count` is at least 2.
fn evenly_spaced(low: i64, high: i64, count: u32) -> Vec<i64> {
    let (low, width, parts) = (i128::from(low), i128::from(high) - i128::from(low), i128::from(count) - 1);
    let mut places: Vec<i64> =
        (0..parts).filter_map(|part| i64::try_from(low + width * part / parts).ok()).collect();
    places.dedup();
    places
}

/// The first point at or behind each of the steps, in order; behind each of the times of `step` if it is given.
fn first_at_each(run: i64, key: i64, step: Option<i64>, targets: &[i64]) -> Sql {
    let mut sql = Sql::new(if step.is_some() {
        "SELECT p.value, p.is_nan, p.step, p.timestamp_ms
        FROM (
            SELECT DISTINCT (SELECT MIN(q.timestamp_ms) FROM metric_points q WHERE q.run = "
    } else {
        "SELECT p.value, p.is_nan, p.step, p.timestamp_ms
        FROM (
            SELECT DISTINCT (SELECT MIN(q.step) FROM metric_points q WHERE q.run = "
    });
    sql.bind(run).push(" AND q.metric_key = ").bind(key);
    match step {
        Some(step) => sql.push(" AND q.step = ").bind(step).push(" AND q.timestamp_ms >= t.column1"),
        None => sql.push(" AND q.step >= t.column1"),
    };
    sql.push(") AS place FROM (VALUES ");
    for (index, target) in targets.iter().enumerate() {
        sql.push(if index == 0 { "(" } else { ", (" }).bind(*target).push(")");
    }
    sql.push(") AS t) AS places CROSS JOIN metric_points p WHERE p.run = ").bind(run);
    sql.push(" AND p.metric_key = ").bind(key);
    match step {
        Some(step) => sql.push(" AND p.step = ").bind(step).push(" AND p.timestamp_ms = places.place"),
        None => sql
            .push(" AND p.step = places.place AND p.timestamp_ms = (")
            .push("SELECT MIN(q.timestamp_ms) FROM metric_points q WHERE q.run = ")
            .bind(run)
            .push(" AND q.metric_key = ")
            .bind(key)
            .push(" AND q.step = places.place)"),
    };
    sql.push(" ORDER BY p.step, p.timestamp_ms, p.value, p.is_nan").one_off();
    sql
}

fn points(rows: Vec<PointRow>) -> Vec<MetricPoint> {
    rows.into_iter().map(MetricPoint::from).collect()
}

impl From<PointRow> for MetricPoint {
    fn from(row: PointRow) -> Self {
        Self {
            value: from_columns(row.value, row.is_nan),
            step: row.step,
            timestamp: Millis(row.timestamp_ms),
        }
    }
}
