//! Runs.

use futures::FutureExt;
use types::{
    Lifecycle, Metric, MetricSummary, Millis, RUN_NAME_TAG, Run, RunId, RunName, RunStatus, RunUpdate, TagKey,
};

use crate::batch::{RunKeys, insert_metrics, insert_params, refuse_zero, upsert_tags};
use crate::database::{Change, Connection, Sql, execute, fetch_optional, on_pool};
use crate::experiments::lifecycle;
use crate::run_details::{RunRow, complete, run_columns};
use crate::run_inputs::insert_input_rows;
use crate::summaries::{Summary, merge_summaries};
use crate::{Error, Result, Store};

/// Runs that are asked for with one statement; SQLite takes 32,766 values.
const RUNS_AT_ONCE: usize = 8000;

// No row if there is no such experiment.
const INSERT_RUN: &str = "
    INSERT INTO runs (
        run_id, experiment, name, status, deleted, user_name, started_at_ms, ended_at_ms
    )
    SELECT $1, experiment, $3, $4, $5, $6, $7, $8
    FROM experiments
    WHERE experiment = $2
    ON CONFLICT (run_id) DO NOTHING
    RETURNING run";

const EXPERIMENT_EXISTS: &str = "SELECT experiment FROM experiments WHERE experiment = $1";

const RUN_BY_ID: &str = concat!("SELECT ", run_columns!(), " FROM runs r WHERE r.run_id = $1");

const UPDATE_RUN: &str = "
    UPDATE runs
    SET status = COALESCE($2, status), ended_at_ms = COALESCE($3, ended_at_ms), name = COALESCE($4, name)
    WHERE run_id = $1";

const SET_LIFECYCLE: &str = "UPDATE runs SET deleted = $2, deleted_at_ms = $3 WHERE run_id = $1";

const RUN_DELETED: &str = "SELECT deleted FROM runs WHERE run_id = $1";

const SET_TAG: &str = "
    INSERT INTO run_tags (run, key, value)
    SELECT run, $2, $3
    FROM runs
    WHERE run_id = $1
    ON CONFLICT (run, key) DO UPDATE SET value = excluded.value";

const TAG_VALUE: &str = "
    SELECT t.value
    FROM run_tags t
    JOIN runs r ON r.run = t.run
    WHERE r.run_id = $1 AND t.key = $2";

const DELETE_TAG: &str = "
    DELETE FROM run_tags
    WHERE run = (SELECT run FROM runs WHERE run_id = $1) AND key = $2";

impl Store {
    /// Stores a new run with everything that it has.
    ///
    /// A history of metrics cannot be given here; the points of their summaries stand for it.
    ///
    /// # Errors
    ///
    /// - `Missing` if there is no such experiment.
    /// - `Taken` if the identifier is in use.
    /// - `ZeroCharacter` if a value contains U+0000.
    pub async fn insert_run(&self, run: &Run) -> Result<()> {
        refuse_zero(&run.params, &run.tags)?;
        if run.user.contains('\0') {
            return Err(Error::ZeroCharacter { what: "user".to_owned() });
        }
        let metrics: Vec<Metric> = run.metrics.iter().flat_map(points).collect();
        let known = self.known_numbers(&metrics);
        let run = run.clone();
        self.write(move |mut connection| {
            async move {
                let keys = RunKeys {
                    run: insert_row(&mut connection, &run).await?,
                    experiment: run.experiment_id.0,
                };
                upsert_tags(&mut connection, keys.run, run.tags).await?;
                if let Some(problem) = insert_params(&mut connection, keys, run.params).await? {
                    return Err(Error::inconsistent(format!("params of a new run: {problem:?}")));
                }
                insert_input_rows(&mut connection, keys, &run.inputs).await?;
                let names = insert_metrics(&mut connection, keys, metrics, known.clone()).await?;
                // The points are the extremes only; the counts of the summaries are the true ones.
                let rows: Vec<(i64, Summary)> = run
                    .metrics
                    .iter()
                    .filter_map(|summary| {
                        let key = summary.key.as_str();
                        let number = known.get(key).or_else(|| names.get(key))?;
                        Some((*number, Summary::from(summary)))
                    })
                    .collect();
                replace_summaries(&mut connection, keys, rows).await?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Returns a run, deleted ones too.
    pub async fn run(&self, id: &RunId) -> Result<Option<Run>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let row = fetch_optional!(connection, RunRow, RUN_BY_ID, id.as_str())?;
        Ok(complete(&mut connection, row.into_iter().collect()).await?.pop())
    }

    /// Returns runs in the order asked for, deleted ones too; unknown ones are left out.
    pub async fn runs(&self, ids: &[RunId]) -> Result<Vec<Run>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let mut rows = Vec::with_capacity(ids.len());
        for ids in ids.chunks(RUNS_AT_ONCE) {
            let mut sql = Sql::new(concat!("SELECT ", run_columns!(), " FROM runs r WHERE r.run_id IN "));
            sql.bind_list(ids.iter().map(RunId::as_str));
            rows.extend(sql.fetch_all::<RunRow>(&mut connection).await?);
        }
        let runs = complete(&mut connection, rows).await?;
        let by_id: std::collections::HashMap<RunId, Run> =
            runs.into_iter().map(|run| (run.id.clone(), run)).collect();
        Ok(ids.iter().filter_map(|id| by_id.get(id).cloned()).collect())
    }

    /// Changes the fields that are present. `false` if there is no such run.
    pub async fn update_run(&self, id: &RunId, update: &RunUpdate) -> Result<bool> {
        let (id, update) = (id.clone(), update.clone());
        self.write(move |mut connection| {
            async move {
                let changed = execute!(
                    connection,
                    UPDATE_RUN,
                    id.as_str(),
                    update.status.map(RunStatus::as_str),
                    update.ended_at.map(|at| at.0),
                    update.name.as_ref().map(RunName::as_str)
                )?;
                // The tag goes with the name.
                if let Some(name) = &update.name {
                    execute!(connection, SET_TAG, id.as_str(), RUN_NAME_TAG, name.as_str())?;
                }
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Whether a run is in use; `None` if there is no such run.
    pub async fn run_lifecycle(&self, id: &RunId) -> Result<Option<Lifecycle>> {
        let deleted: Option<i64> = on_pool!(self, |pool| {
            sqlx::query_scalar(RUN_DELETED).bind(id.as_str()).fetch_optional(pool).await
        })?;
        Ok(deleted.map(lifecycle))
    }

    /// Removes a tag of a run. `false` if the run does not have it.
    pub async fn delete_run_tag(&self, id: &RunId, key: &TagKey) -> Result<bool> {
        let (id, key) = (id.clone(), key.clone());
        self.write(move |mut connection| {
            async move {
                let changed = execute!(connection, DELETE_TAG, id.as_str(), key.as_str())?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Adds an item to a tag that is a JSON list; anything else that it holds is replaced. `false` if there is no
    /// such run.
    pub async fn append_to_run_tag(
        &self,
        id: &RunId,
        key: &TagKey,
        item: &serde_json::Value,
    ) -> Result<bool> {
        let (id, key, item) = (id.clone(), key.clone(), item.clone());
        self.write(move |mut connection| {
            async move {
                let there = fetch_optional!(connection, (String,), TAG_VALUE, id.as_str(), key.as_str())?;
                let list = there.and_then(|(text,)| serde_json::from_str(&text).ok());
                let mut list: Vec<serde_json::Value> = list.unwrap_or_default();
                list.push(item);
                let text = serde_json::Value::Array(list).to_string();
                let changed = execute!(connection, SET_TAG, id.as_str(), key.as_str(), &text)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Deletes a run or restores it. `false` if there is no such run.
    pub async fn set_run_lifecycle(&self, id: &RunId, lifecycle: Lifecycle, now: Millis) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let deleted = i64::from(lifecycle == Lifecycle::Deleted);
                let deleted_at = (lifecycle == Lifecycle::Deleted).then_some(now.0);
                let changed = execute!(connection, SET_LIFECYCLE, id.as_str(), deleted, deleted_at)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }
}

/// The different points that a summary names.
fn points(summary: &MetricSummary) -> impl Iterator<Item = Metric> {
    [summary.first, summary.min, summary.max, summary.last]
        .map(|point| Metric { key: summary.key.clone(), point })
        .into_iter()
}

async fn insert_row(connection: &mut Connection<'_>, run: &Run) -> Result<i64> {
    let inserted = fetch_optional!(
        *connection,
        (i64,),
        INSERT_RUN,
        run.id.as_str(),
        run.experiment_id.0,
        run.name.as_str(),
        run.status.as_str(),
        i64::from(run.lifecycle == Lifecycle::Deleted),
        &run.user,
        run.started_at.0,
        run.ended_at.map(|at| at.0)
    )?;
    if let Some((key,)) = inserted {
        return Ok(key);
    }
    let experiment = fetch_optional!(*connection, (i64,), EXPERIMENT_EXISTS, run.experiment_id.0)?;
    Err(match experiment {
        Some(_) => Error::Taken { what: "run", id: run.id.to_string() },
        None => Error::Missing { what: "experiment", id: run.experiment_id.to_string() },
    })
}

/// Stores summaries as they are, in place of those that the points gave.
async fn replace_summaries(
    connection: &mut Connection<'_>,
    keys: RunKeys,
    mut rows: Vec<(i64, Summary)>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    rows.sort_by_key(|(key, _)| *key);
    execute!(*connection, "DELETE FROM metric_summaries WHERE run = $1", keys.run)?;
    merge_summaries(connection, keys.run, keys.experiment, &rows).await
}
