//! What happened in a job, line by line.

use types::{JOB_LOG_LINES_MAX, JobId, JobLogLine, Millis};

use crate::database::{Connection, execute, on_pool};
use crate::jobs::metric;
use crate::{Error, Result, Store};

const INSERT_LINE: &str = "
    INSERT INTO training_job_log (training_job, line, at_ms, text, metric_key, metric_value)
    SELECT j.training_job,
        1 + COALESCE((SELECT MAX(l.line) FROM training_job_log l WHERE l.training_job = j.training_job), 0),
        $2, $3, $4, $5
    FROM training_jobs j
    WHERE j.job_id = $1";

const DROP_OLD_LINES: &str = "
    DELETE FROM training_job_log
    WHERE training_job = (SELECT training_job FROM training_jobs WHERE job_id = $1)
        AND line <= $2 + (
            SELECT MAX(l.line)
            FROM training_job_log l
            JOIN training_jobs j ON j.training_job = l.training_job
            WHERE j.job_id = $1
        )";

const LINES: &str = "
    SELECT l.line, l.at_ms, l.text, l.metric_key, l.metric_value
    FROM training_job_log l
    JOIN training_jobs j ON j.training_job = l.training_job
    WHERE j.job_id = $1 AND l.line > $2
    ORDER BY l.line";

#[derive(sqlx::FromRow)]
struct LineRow {
    line: i64,
    at_ms: i64,
    text: String,
    metric_key: Option<String>,
    metric_value: Option<f64>,
}

impl From<LineRow> for JobLogLine {
    fn from(row: LineRow) -> Self {
        Self {
            line: row.line,
            at: Millis(row.at_ms),
            text: row.text,
            metric: metric(row.metric_key, row.metric_value),
        }
    }
}

/// Adds lines to the log of a job, numbered anew, and drops the oldest beyond what is kept.
pub(crate) async fn append(connection: &mut Connection<'_>, id: &JobId, lines: &[JobLogLine]) -> Result<()> {
    for line in lines {
        let metric = line.metric.as_ref();
        execute!(
            *connection,
            INSERT_LINE,
            id.as_str(),
            line.at.0,
            line.text.as_str(),
            metric.map(|metric| metric.key.as_str()),
            metric.map(|metric| metric.value)
        )?;
    }
    if !lines.is_empty() {
        let kept = i64::try_from(JOB_LOG_LINES_MAX).map_err(|_| Error::inconsistent("too many lines"))?;
        execute!(*connection, DROP_OLD_LINES, id.as_str(), -kept)?;
    }
    Ok(())
}

impl Store {
    /// Returns the kept lines of a job's log behind line `after`, oldest first; none for an unknown job.
    pub async fn job_log(&self, id: &JobId, after: i64) -> Result<Vec<JobLogLine>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, LineRow>(LINES).bind(id.as_str()).bind(after).fetch_all(pool).await
        })?;
        Ok(rows.into_iter().map(JobLogLine::from).collect())
    }
}
