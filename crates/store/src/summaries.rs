//! The summary row of a metric: how points make one, and how it is stored.

use std::cmp::Ordering;

use types::{MetricKey, MetricPoint, MetricSummary, Millis};

use crate::Result;
use crate::database::{Connection, Sql};

/// Rows of one statement; 20 values each keep it below SQLite's 32,766.
const ROWS_AT_ONCE: usize = 1000;

/// A summary under a number instead of a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) count: i64,
    pub(crate) last: MetricPoint,
    pub(crate) first: MetricPoint,
    pub(crate) min: MetricPoint,
    pub(crate) max: MetricPoint,
}

impl Summary {
    /// The summary of a single point.
    pub(crate) fn of(point: MetricPoint) -> Self {
        Self { count: 1, last: point, first: point, min: point, max: point }
    }

    /// Adds a point that came in later than all others.
    pub(crate) fn add(&mut self, point: MetricPoint) {
        self.count += 1;
        if (point.step, point.timestamp) >= (self.last.step, self.last.timestamp)
            && last_order(&point, &self.last) == Ordering::Greater
        {
            self.last = point;
        }
        if (point.step, point.timestamp) < (self.first.step, self.first.timestamp) {
            self.first = point;
        }
        if is_better(&point, &self.min, f64::lt) {
            self.min = point;
        }
        if is_better(&point, &self.max, f64::gt) {
            self.max = point;
        }
    }
}

impl From<&MetricSummary> for Summary {
    fn from(summary: &MetricSummary) -> Self {
        let MetricSummary { key: _, last, first, min, max, count } = summary;
        Self { count: *count, last: *last, first: *first, min: *min, max: *max }
    }
}

/// MLflow's order of "last": step, then time, then value. NaN counts as lower than every number.
fn last_order(left: &MetricPoint, right: &MetricPoint) -> Ordering {
    let rank = |point: &MetricPoint| (point.step, point.timestamp, !point.value.is_nan());
    rank(left).cmp(&rank(right)).then_with(|| left.value.partial_cmp(&right.value).unwrap_or(Ordering::Equal))
}

/// Whether a point takes the place of an extreme: numbers go before NaN, and of equals the earliest counts.
fn is_better(point: &MetricPoint, extreme: &MetricPoint, beats: fn(&f64, &f64) -> bool) -> bool {
    if point.value.is_nan() != extreme.value.is_nan() {
        return extreme.value.is_nan();
    }
    let is_earlier = (point.step, point.timestamp) < (extreme.step, extreme.timestamp);
    beats(&point.value, &extreme.value) || !beats(&extreme.value, &point.value) && is_earlier
}

/// The value as columns keep it: NaN is 0 with a flag.
pub(crate) fn to_columns(value: f64) -> (f64, i64) {
    if value.is_nan() { (0.0, 1) } else { (value, 0) }
}

/// The value that two columns mean.
pub(crate) fn from_columns(value: f64, is_nan: i64) -> f64 {
    if is_nan == 0 { value } else { f64::NAN }
}

/// A stored summary with the run it belongs to.
#[derive(sqlx::FromRow)]
pub(crate) struct SummaryRow {
    pub(crate) run: i64,
    key: String,
    count: i64,
    last_value: f64,
    last_is_nan: i64,
    last_step: i64,
    last_timestamp_ms: i64,
    first_value: f64,
    first_is_nan: i64,
    first_step: i64,
    first_timestamp_ms: i64,
    min_value: f64,
    min_is_nan: i64,
    min_step: i64,
    min_timestamp_ms: i64,
    max_value: f64,
    max_is_nan: i64,
    max_step: i64,
    max_timestamp_ms: i64,
}

impl SummaryRow {
    pub(crate) fn into_summary(self) -> Result<MetricSummary> {
        let point = |value, is_nan, step, timestamp| MetricPoint {
            value: from_columns(value, is_nan),
            step,
            timestamp: Millis(timestamp),
        };
        Ok(MetricSummary {
            key: MetricKey::parse(&self.key)?,
            last: point(self.last_value, self.last_is_nan, self.last_step, self.last_timestamp_ms),
            first: point(self.first_value, self.first_is_nan, self.first_step, self.first_timestamp_ms),
            min: point(self.min_value, self.min_is_nan, self.min_step, self.min_timestamp_ms),
            max: point(self.max_value, self.max_is_nan, self.max_step, self.max_timestamp_ms),
            count: self.count,
        })
    }
}

/// The four columns of a point, taken from the new row where `$condition` holds.
macro_rules! take_point_if {
    ($point:literal, $condition:expr) => {
        concat!(
            ",
        ",
            $point,
            "_value = CASE WHEN ",
            $condition,
            " THEN excluded.",
            $point,
            "_value ELSE s.",
            $point,
            "_value END,
        ",
            $point,
            "_is_nan = CASE WHEN ",
            $condition,
            " THEN excluded.",
            $point,
            "_is_nan ELSE s.",
            $point,
            "_is_nan END,
        ",
            $point,
            "_step = CASE WHEN ",
            $condition,
            " THEN excluded.",
            $point,
            "_step ELSE s.",
            $point,
            "_step END,
        ",
            $point,
            "_timestamp_ms = CASE WHEN ",
            $condition,
            " THEN excluded.",
            $point,
            "_timestamp_ms ELSE s.",
            $point,
            "_timestamp_ms END"
        )
    };
}

// The row on disk and the new one (`excluded`) are merged here and not in the program, so that two batches of
// one run cannot overwrite each other's work on PostgreSQL. The rules are those of `Summary::add`; SET reads
// the old row everywhere.
const MERGE: &str = concat!(
    "
    ON CONFLICT (run, metric_key) DO UPDATE SET
        count = s.count + excluded.count",
    take_point_if!(
        "last",
        "(excluded.last_step, excluded.last_timestamp_ms, 1 - excluded.last_is_nan, excluded.last_value)
            > (s.last_step, s.last_timestamp_ms, 1 - s.last_is_nan, s.last_value)"
    ),
    take_point_if!(
        "first",
        "(excluded.first_step, excluded.first_timestamp_ms) < (s.first_step, s.first_timestamp_ms)"
    ),
    take_point_if!(
        "min",
        "(excluded.min_is_nan, excluded.min_value, excluded.min_step, excluded.min_timestamp_ms)
            < (s.min_is_nan, s.min_value, s.min_step, s.min_timestamp_ms)"
    ),
    take_point_if!(
        "max",
        "(excluded.max_is_nan, -excluded.max_value, excluded.max_step, excluded.max_timestamp_ms)
            < (s.max_is_nan, -s.max_value, s.max_step, s.max_timestamp_ms)"
    ),
);

/// Stores new summaries and merges those of metrics that the run has already. `rows` must be sorted by key,
/// so that two batches lock rows in the same order.
pub(crate) async fn merge_summaries(
    connection: &mut Connection<'_>,
    run: i64,
    experiment: i64,
    rows: &[(i64, Summary)],
) -> Result<()> {
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let mut sql = Sql::new(
            "INSERT INTO metric_summaries AS s (
                run, metric_key, experiment, count,
                last_value, last_is_nan, last_step, last_timestamp_ms,
                first_value, first_is_nan, first_step, first_timestamp_ms,
                min_value, min_is_nan, min_step, min_timestamp_ms,
                max_value, max_is_nan, max_step, max_timestamp_ms
            ) VALUES ",
        );
        for (index, (key, summary)) in rows.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" });
            sql.bind(run).push(", ").bind(*key).push(", ").bind(experiment).push(", ").bind(summary.count);
            for point in [summary.last, summary.first, summary.min, summary.max] {
                let (value, is_nan) = to_columns(point.value);
                sql.push(", ").bind(value).push(", ").bind(is_nan);
                sql.push(", ").bind(point.step).push(", ").bind(point.timestamp.0);
            }
            sql.push(")");
        }
        sql.push(MERGE);
        sql.execute(connection).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, step: i64, timestamp: i64) -> MetricPoint {
        MetricPoint { value, step, timestamp: Millis(timestamp) }
    }

    #[test]
    fn the_last_point_has_the_greatest_step_then_time_then_value() {
        let mut summary = Summary::of(point(1.0, 5, 10));
        summary.add(point(9.0, 4, 99));
        assert_eq!(summary.last, point(1.0, 5, 10));
        summary.add(point(0.5, 5, 10));
        assert_eq!(summary.last, point(1.0, 5, 10));
        summary.add(point(f64::NAN, 5, 10));
        assert_eq!(summary.last, point(1.0, 5, 10));
        summary.add(point(0.5, 5, 11));
        assert_eq!(summary.last, point(0.5, 5, 11));
        assert_eq!(summary.first, point(9.0, 4, 99));
        assert_eq!(summary.count, 5);
    }

    #[test]
    fn extremes_leave_nan_out_unless_there_is_nothing_else() {
        let mut summary = Summary::of(point(f64::NAN, 0, 0));
        assert!(summary.min.value.is_nan());
        summary.add(point(f64::NEG_INFINITY, 1, 0));
        summary.add(point(2.0, 2, 0));
        summary.add(point(2.0, 3, 0));
        summary.add(point(f64::NAN, 4, 0));
        assert_eq!(summary.min, point(f64::NEG_INFINITY, 1, 0));
        assert_eq!(summary.max, point(2.0, 2, 0));
    }
}
