//! Jobs whose worker is gone.

use futures::FutureExt;
use types::{JobId, JobLogLine, JobState, Millis, RunStatus};

use crate::database::{Change, Connection, execute, fetch_all};
use crate::job_log::append;
use crate::{Result, Store};

// What happens to a running job whose worker is gone: the first of these three that fits.
const LET_GO_CANCELLED: &str = "
    UPDATE training_jobs
    SET state = 'cancelled', ended_at_ms = $3
    WHERE state = 'running' AND heartbeat_at_ms < $1 AND COALESCE(job_id = $2, TRUE) AND is_cancel_requested = 1
    RETURNING job_id, run";

const LET_GO_QUEUED: &str = "
    UPDATE training_jobs
    SET state = 'queued', owner = NULL, heartbeat_at_ms = $3, started_at_ms = NULL, progress_fraction = 0,
        progress_stage = '', progress_remaining_seconds = NULL, metric_key = NULL, metric_value = NULL
    WHERE state = 'running' AND heartbeat_at_ms < $1 AND COALESCE(job_id = $2, TRUE) AND attempt < attempt_limit
    RETURNING job_id, run";

const LET_GO_INTERRUPTED: &str = "
    UPDATE training_jobs
    SET state = 'interrupted', ended_at_ms = $3
    WHERE state = 'running' AND heartbeat_at_ms < $1 AND COALESCE(job_id = $2, TRUE)
    RETURNING job_id, run";

const FAIL_RUN: &str = "
    UPDATE runs
    SET status = $2, ended_at_ms = $3
    WHERE run = $1 AND status = $4";

/// A job whose worker is gone, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetGo {
    /// The job.
    pub id: JobId,
    /// `Queued`, `Interrupted` or `Cancelled`.
    pub state: JobState,
}

impl Store {
    /// Lets go of running jobs whose last sign of life is older than `beat_before`; of `only` this one, if given. A
    /// job whose attempts are not used up goes back into the queue. Their runs that are still running have failed.
    pub async fn let_go_of_jobs(
        &self,
        beat_before: Millis,
        only: Option<&JobId>,
        now: Millis,
    ) -> Result<Vec<LetGo>> {
        let only = only.map(|id| id.as_str().to_owned());
        self.write(move |mut connection| {
            async move {
                let mut all = Vec::new();
                for (statement, state) in [
                    (LET_GO_CANCELLED, JobState::Cancelled),
                    (LET_GO_QUEUED, JobState::Queued),
                    (LET_GO_INTERRUPTED, JobState::Interrupted),
                ] {
                    let jobs = fetch_all!(
                        connection,
                        (String, Option<i64>),
                        statement,
                        beat_before.0,
                        only.as_deref(),
                        now.0
                    )?;
                    for (id, run) in jobs {
                        let id = JobId::parse(&id)?;
                        fail_run(&mut connection, run, now).await?;
                        let text = match state {
                            JobState::Queued => "the worker is gone; the job is back in the queue",
                            JobState::Cancelled => "cancelled; the worker is gone",
                            _ => "the worker is gone; the job is given up",
                        };
                        let line = JobLogLine { line: 0, at: now, text: text.to_owned(), metric: None };
                        append(&mut connection, &id, &[line]).await?;
                        all.push(LetGo { id, state });
                    }
                }
                Ok(if all.is_empty() { Change::Undo(all) } else { Change::Keep(all) })
            }
            .boxed()
        })
        .await
    }
}

async fn fail_run(connection: &mut Connection<'_>, run: Option<i64>, now: Millis) -> Result<()> {
    let (failed, running) = (RunStatus::Failed.as_str(), RunStatus::Running.as_str());
    execute!(*connection, FAIL_RUN, run, failed, now.0, running)?;
    Ok(())
}
