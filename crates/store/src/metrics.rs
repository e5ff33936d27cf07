//! Histories of metrics, and the names in use.

use types::{Direction, ExperimentId, Goal, MetricKey, MetricPoint, ParamKey, RunId};

use crate::database::on_pool;
use crate::{Result, Store};

const HISTORY: &str = "
    SELECT p.value, p.is_nan, p.step, p.timestamp_ms
    FROM metric_points p
    WHERE p.run = (SELECT run FROM runs WHERE run_id = $1)
        AND p.metric_key = (SELECT metric_key FROM metric_keys WHERE key = $2)
    ORDER BY p.step, p.timestamp_ms, p.position";

/// Completes a search for the best run: an index walk from the good end, up to the first run that counts.
macro_rules! best_run {
    ($order:literal) => {
        concat!(
            "SELECT r.run_id
            FROM metric_summaries s
            CROSS JOIN runs r
            WHERE s.experiment = $1
                AND s.metric_key = (SELECT metric_key FROM metric_keys WHERE key = $2)
                AND s.last_is_nan = 0
                AND r.run = s.run
                AND r.deleted = 0
                AND r.status = 'FINISHED'
            ORDER BY ",
            $order,
            ", r.started_at_ms DESC, r.run_id
            LIMIT 1"
        )
    };
}

const LOWEST_RUN: &str = best_run!("s.last_value");
const HIGHEST_RUN: &str = best_run!("s.last_value DESC");

// Both of these skip from one key to the next in an index that begins with (experiment, key), instead of
// reading the keys of every run. Then they leave out keys of deleted runs only; with EXISTS, PostgreSQL would
// join with all rows for that, and without ORDER BY it would look for the first row in the table instead of the
// index.
const METRIC_KEYS: &str = "
    WITH RECURSIVE used (metric_key) AS (
        SELECT MIN(metric_key) FROM metric_summaries WHERE experiment = $1
        UNION ALL
        SELECT (
            SELECT MIN(s.metric_key)
            FROM metric_summaries s
            WHERE s.experiment = $1 AND s.metric_key > used.metric_key
        )
        FROM used
        WHERE used.metric_key IS NOT NULL
    )
    SELECT k.key
    FROM used
    JOIN metric_keys k ON k.metric_key = used.metric_key
    WHERE (
        SELECT 1
        FROM metric_summaries s
        JOIN runs r ON r.run = s.run
        WHERE s.experiment = $1 AND s.metric_key = used.metric_key AND r.deleted = 0
        ORDER BY s.last_is_nan, s.last_value
        LIMIT 1
    ) = 1
    ORDER BY k.key";

const PARAM_KEYS: &str = "
    WITH RECURSIVE used (key) AS (
        SELECT MIN(key) FROM params WHERE experiment = $1
        UNION ALL
        SELECT (SELECT MIN(p.key) FROM params p WHERE p.experiment = $1 AND p.key > used.key)
        FROM used
        WHERE used.key IS NOT NULL
    )
    SELECT used.key
    FROM used
    WHERE used.key IS NOT NULL AND (
        SELECT 1
        FROM params p
        JOIN runs r ON r.run = p.run
        WHERE p.experiment = $1 AND p.key = used.key AND r.deleted = 0
        ORDER BY p.run
        LIMIT 1
    ) = 1
    ORDER BY used.key";

#[derive(sqlx::FromRow)]
pub(crate) struct PointRow {
    pub(crate) value: f64,
    pub(crate) is_nan: i64,
    pub(crate) step: i64,
    pub(crate) timestamp_ms: i64,
}

impl Store {
    /// Returns the points of a metric by step, then time, then as they came in. Empty if there are none.
    pub async fn metric_history(&self, run: &RunId, key: &MetricKey) -> Result<Vec<MetricPoint>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, PointRow>(HISTORY).bind(run.as_str()).bind(key.as_str()).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(MetricPoint::from).collect())
    }

    /// Returns the active, finished run with the best last value; of equals the newest, then the first id.
    pub async fn best_run(&self, experiment: ExperimentId, goal: &Goal) -> Result<Option<RunId>> {
        let sql = match goal.direction {
            Direction::Minimize => LOWEST_RUN,
            Direction::Maximize => HIGHEST_RUN,
        };
        let id: Option<String> = on_pool!(self, |pool| {
            sqlx::query_scalar(sql).bind(experiment.0).bind(goal.metric.as_str()).fetch_optional(pool).await
        })?;
        Ok(id.as_deref().map(RunId::parse).transpose()?)
    }

    /// Returns the names of metrics that active runs of the experiment have, sorted.
    pub async fn metric_keys(&self, experiment: ExperimentId) -> Result<Vec<MetricKey>> {
        let keys: Vec<String> = on_pool!(self, |pool| {
            sqlx::query_scalar(METRIC_KEYS).bind(experiment.0).fetch_all(pool).await
        })?;
        Ok(keys.iter().map(|key| MetricKey::parse(key)).collect::<Result<_, _>>()?)
    }

    /// Returns the names of params that active runs of the experiment have, sorted.
    pub async fn param_keys(&self, experiment: ExperimentId) -> Result<Vec<ParamKey>> {
        let keys: Vec<String> = on_pool!(self, |pool| {
            sqlx::query_scalar(PARAM_KEYS).bind(experiment.0).fetch_all(pool).await
        })?;
        Ok(keys.iter().map(|key| ParamKey::parse(key)).collect::<Result<_, _>>()?)
    }
}
