//! Experiments.

use std::collections::HashMap;

use futures::FutureExt;
use types::{
    Direction, Experiment, ExperimentId, ExperimentName, ExperimentSummary, Goal, Lifecycle, MetricKey,
    Millis, NewExperiment, Tag, TagKey,
};

use crate::batch::refuse_zero;
use crate::database::{Change, Connection, execute, fetch_all, fetch_optional};
use crate::run_details::last_of_each_key;
use crate::{Error, Result, Store};

const INSERT_EXPERIMENT: &str = "
    INSERT INTO experiments (name, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $2)
    ON CONFLICT (name) DO NOTHING
    RETURNING experiment, name, deleted, goal_metric, goal_direction, created_at_ms, updated_at_ms";

const INSERT_TAG: &str = "INSERT INTO experiment_tags (experiment, key, value) VALUES ($1, $2, $3)";

const EXPERIMENT_BY_ID: &str = "
    SELECT experiment, name, deleted, goal_metric, goal_direction, created_at_ms, updated_at_ms
    FROM experiments
    WHERE experiment = $1";

const EXPERIMENT_BY_NAME: &str = "
    SELECT experiment, name, deleted, goal_metric, goal_direction, created_at_ms, updated_at_ms
    FROM experiments
    WHERE name = $1";

const TAGS_OF_EXPERIMENT: &str = "SELECT key, value FROM experiment_tags WHERE experiment = $1 ORDER BY key";

const TAGS_OF_ACTIVE: &str = "
    SELECT t.experiment, t.key, t.value
    FROM experiment_tags t
    JOIN experiments e ON e.experiment = t.experiment
    WHERE e.deleted = 0
    ORDER BY t.experiment, t.key";

// The best value is that of the run that `best_run` finds: active and finished. Each of the two subqueries
// walks the index of last values from its good end and stops at the first run that counts.
const SUMMARIES: &str = "
    SELECT
        e.experiment, e.name, e.deleted, e.goal_metric, e.goal_direction, e.created_at_ms, e.updated_at_ms,
        (SELECT COUNT(*) FROM runs r WHERE r.experiment = e.experiment AND r.deleted = 0) AS run_count,
        (
            SELECT MAX(r.started_at_ms) FROM runs r WHERE r.experiment = e.experiment AND r.deleted = 0
        ) AS last_run_at_ms,
        CASE WHEN e.goal_direction = 'minimize' THEN (
            SELECT s.last_value
            FROM metric_summaries s
            CROSS JOIN runs r
            WHERE s.experiment = e.experiment
                AND s.metric_key = (SELECT k.metric_key FROM metric_keys k WHERE k.key = e.goal_metric)
                AND s.last_is_nan = 0
                AND r.run = s.run
                AND r.deleted = 0
                AND r.status = 'FINISHED'
            ORDER BY s.last_value
            LIMIT 1
        ) ELSE (
            SELECT s.last_value
            FROM metric_summaries s
            CROSS JOIN runs r
            WHERE s.experiment = e.experiment
                AND s.metric_key = (SELECT k.metric_key FROM metric_keys k WHERE k.key = e.goal_metric)
                AND s.last_is_nan = 0
                AND r.run = s.run
                AND r.deleted = 0
                AND r.status = 'FINISHED'
            ORDER BY s.last_value DESC
            LIMIT 1
        ) END AS best
    FROM experiments e
    WHERE e.deleted = 0
    ORDER BY
        COALESCE(
            (SELECT MAX(r.started_at_ms) FROM runs r WHERE r.experiment = e.experiment AND r.deleted = 0),
            e.created_at_ms
        ) DESC,
        e.experiment DESC";

const RENAME: &str =
    "UPDATE experiments SET name = $2, updated_at_ms = $3 WHERE experiment = $1 AND deleted = 0";

const SET_LIFECYCLE: &str = "
    UPDATE experiments
    SET deleted = $2, updated_at_ms = $3
    WHERE experiment = $1 AND deleted <> $2";

const DELETE_RUNS: &str = "
    UPDATE runs
    SET deleted = 1, deleted_at_ms = $2
    WHERE experiment = $1 AND deleted = 0";

const RESTORE_RUNS: &str = "
    UPDATE runs
    SET deleted = 0, deleted_at_ms = NULL
    WHERE experiment = $1 AND deleted = 1";

const NAME_TAKEN: &str = "SELECT 1 FROM experiments WHERE name = $1 AND experiment <> $2";

const UPSERT_TAG: &str = "
    INSERT INTO experiment_tags (experiment, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value";

const DELETE_TAG: &str = "DELETE FROM experiment_tags WHERE experiment = $1 AND key = $2";

const TOUCH: &str = "UPDATE experiments SET updated_at_ms = $2 WHERE experiment = $1";

pub(crate) const SET_GOAL: &str = "
    UPDATE experiments
    SET goal_metric = $2, goal_direction = $3, updated_at_ms = $4
    WHERE experiment = $1";

#[derive(sqlx::FromRow)]
pub(crate) struct ExperimentRow {
    pub(crate) experiment: i64,
    name: String,
    deleted: i64,
    goal_metric: String,
    goal_direction: String,
    created_at_ms: i64,
    updated_at_ms: i64,
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    #[sqlx(flatten)]
    experiment: ExperimentRow,
    run_count: i64,
    last_run_at_ms: Option<i64>,
    best: Option<f64>,
}

#[derive(sqlx::FromRow)]
struct TagRow {
    key: String,
    value: String,
}

impl ExperimentRow {
    pub(crate) fn into_experiment(self, tags: Vec<Tag>) -> Result<Experiment> {
        Ok(Experiment {
            id: ExperimentId(self.experiment),
            name: ExperimentName::parse(&self.name)?,
            lifecycle: lifecycle(self.deleted),
            created_at: Millis(self.created_at_ms),
            updated_at: Millis(self.updated_at_ms),
            tags,
            goal: Goal {
                metric: MetricKey::parse(&self.goal_metric)?,
                direction: direction_from_name(&self.goal_direction)?,
            },
        })
    }
}

/// The state that a `deleted` column means.
pub(crate) fn lifecycle(deleted: i64) -> Lifecycle {
    if deleted == 0 { Lifecycle::Active } else { Lifecycle::Deleted }
}

pub(crate) fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Minimize => "minimize",
        Direction::Maximize => "maximize",
    }
}

fn direction_from_name(name: &str) -> Result<Direction> {
    match name {
        "minimize" => Ok(Direction::Minimize),
        "maximize" => Ok(Direction::Maximize),
        _ => Err(Error::inconsistent(format!("direction `{name}` of a goal"))),
    }
}

impl Store {
    /// Stores a new experiment with the next number and the usual goal. `None` if the name is taken, be it
    /// by a deleted one.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if the value of a tag contains U+0000.
    pub async fn insert_experiment(&self, new: &NewExperiment, now: Millis) -> Result<Option<Experiment>> {
        refuse_zero(&[], &new.tags)?;
        let new = new.clone();
        self.write(move |mut connection| {
            async move {
                let inserted =
                    fetch_optional!(connection, ExperimentRow, INSERT_EXPERIMENT, new.name.as_str(), now.0)?;
                let Some(row) = inserted else { return Ok(Change::Undo(None)) };
                let tags: Vec<Tag> = last_of_each_key(new.tags, |tag| tag.key.clone());
                for tag in &tags {
                    execute!(connection, INSERT_TAG, row.experiment, tag.key.as_str(), &tag.value)?;
                }
                Ok(Change::Keep(Some(row.into_experiment(tags)?)))
            }
            .boxed()
        })
        .await
    }

    /// Returns an experiment, deleted ones too.
    pub async fn experiment(&self, id: ExperimentId) -> Result<Option<Experiment>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        match fetch_optional!(connection, ExperimentRow, EXPERIMENT_BY_ID, id.0)? {
            Some(row) => with_tags(&mut connection, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns the experiment with this name, deleted ones too.
    pub async fn experiment_by_name(&self, name: &ExperimentName) -> Result<Option<Experiment>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        match fetch_optional!(connection, ExperimentRow, EXPERIMENT_BY_NAME, name.as_str())? {
            Some(row) => with_tags(&mut connection, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns all active experiments, those with the newest runs first. `best` is the goal metric's last
    /// value in the run that [`Store::best_run`] finds.
    pub async fn experiment_summaries(&self) -> Result<Vec<ExperimentSummary>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let rows = fetch_all!(connection, SummaryRow, SUMMARIES)?;
        let mut tags: HashMap<i64, Vec<Tag>> = HashMap::new();
        for (experiment, key, value) in fetch_all!(connection, (i64, String, String), TAGS_OF_ACTIVE)? {
            tags.entry(experiment).or_default().push(Tag { key: TagKey::parse(&key)?, value });
        }
        rows.into_iter()
            .map(|row| {
                let tags = tags.remove(&row.experiment.experiment).unwrap_or_default();
                Ok(ExperimentSummary {
                    experiment: row.experiment.into_experiment(tags)?,
                    run_count: row.run_count,
                    last_run_at: row.last_run_at_ms.map(Millis),
                    best: row.best,
                })
            })
            .collect()
    }

    /// Renames an active experiment. `false` if there is none with this number.
    ///
    /// # Errors
    ///
    /// `Taken` if another experiment has the name, be it a deleted one.
    pub async fn rename_experiment(
        &self,
        id: ExperimentId,
        name: &ExperimentName,
        now: Millis,
    ) -> Result<bool> {
        let name = name.clone();
        self.write(move |mut connection| {
            async move {
                if fetch_optional!(connection, (i32,), NAME_TAKEN, name.as_str(), id.0)?.is_some() {
                    return Err(Error::Taken { what: "experiment", id: name.to_string() });
                }
                let changed = execute!(connection, RENAME, id.0, name.as_str(), now.0)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Deletes an experiment with its runs, or restores both. `false` if there is none that this would change.
    pub async fn set_experiment_lifecycle(
        &self,
        id: ExperimentId,
        lifecycle: Lifecycle,
        now: Millis,
    ) -> Result<bool> {
        self.write(move |mut connection| {
            async move {
                let deleted = i64::from(lifecycle == Lifecycle::Deleted);
                if execute!(connection, SET_LIFECYCLE, id.0, deleted, now.0)? == 0 {
                    return Ok(Change::Undo(false));
                }
                match lifecycle {
                    Lifecycle::Deleted => execute!(connection, DELETE_RUNS, id.0, now.0)?,
                    Lifecycle::Active => execute!(connection, RESTORE_RUNS, id.0)?,
                };
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Sets a tag of an experiment, or replaces it.
    ///
    /// # Errors
    ///
    /// - `Missing` if there is no such experiment.
    /// - `ZeroCharacter` if the value contains U+0000.
    pub async fn set_experiment_tag(&self, id: ExperimentId, tag: &Tag, now: Millis) -> Result<()> {
        refuse_zero(&[], std::slice::from_ref(tag))?;
        let tag = tag.clone();
        self.write(move |mut connection| {
            async move {
                if execute!(connection, TOUCH, id.0, now.0)? == 0 {
                    return Err(Error::Missing { what: "experiment", id: id.to_string() });
                }
                execute!(connection, UPSERT_TAG, id.0, tag.key.as_str(), &tag.value)?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Removes a tag of an experiment. `false` if it does not have it.
    pub async fn delete_experiment_tag(&self, id: ExperimentId, key: &TagKey, now: Millis) -> Result<bool> {
        let key = key.clone();
        self.write(move |mut connection| {
            async move {
                if execute!(connection, DELETE_TAG, id.0, key.as_str())? == 0 {
                    return Ok(Change::Undo(false));
                }
                execute!(connection, TOUCH, id.0, now.0)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Sets the metric that ranks the runs of an experiment. `false` if there is no such experiment.
    pub async fn set_goal(&self, id: ExperimentId, goal: &Goal, now: Millis) -> Result<bool> {
        let goal = goal.clone();
        self.write(move |mut connection| {
            async move {
                let direction = direction_name(goal.direction);
                let changed = execute!(connection, SET_GOAL, id.0, goal.metric.as_str(), direction, now.0)?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }
}

/// Completes an experiment with its tags.
pub(crate) async fn with_tags(connection: &mut Connection<'_>, row: ExperimentRow) -> Result<Experiment> {
    let tags = fetch_all!(*connection, TagRow, TAGS_OF_EXPERIMENT, row.experiment)?
        .into_iter()
        .map(|tag| Ok(Tag { key: TagKey::parse(&tag.key)?, value: tag.value }))
        .collect::<Result<_>>()?;
    row.into_experiment(tags)
}
