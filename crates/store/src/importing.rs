//! Steps of moving experiments and runs in, beside those that every run takes.

use std::collections::HashSet;

use futures::FutureExt;
use types::{Experiment, ExperimentName, Goal, Lifecycle, Millis, RunId, RunStatus, Tag};

use crate::batch::refuse_zero;
use crate::database::{Change, Sql, execute, fetch_one, fetch_optional, on_pool};
use crate::experiments::{ExperimentRow, SET_GOAL, direction_name, with_tags};
use crate::run_details::last_of_each_key;
use crate::{Result, Store};

/// Runs that are asked for with one statement; SQLite takes 32,766 values.
const RUNS_AT_ONCE: usize = 8000;

const INSERT_EXPERIMENT: &str = "
    INSERT INTO experiments (name, deleted, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO NOTHING
    RETURNING experiment";

const EXPERIMENT_BY_NAME: &str = "
    SELECT experiment, name, deleted, goal_metric, goal_direction, created_at_ms, updated_at_ms
    FROM experiments
    WHERE name = $1";

const ADD_TAG: &str = "
    INSERT INTO experiment_tags (experiment, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (experiment, key) DO NOTHING";

const END_RUN: &str = "
    UPDATE runs
    SET status = $2, ended_at_ms = $3, deleted = $4, deleted_at_ms = $5
    WHERE run_id = $1 AND deleted = 0";

const DELETED_AT: &str = "SELECT deleted_at_ms FROM runs WHERE run_id = $1 AND deleted = 1";

/// An experiment of another store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignExperiment {
    /// Name, by which it is found here.
    pub name: ExperimentName,
    /// Whether it is deleted there.
    pub lifecycle: Lifecycle,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Labels.
    pub tags: Vec<Tag>,
    /// What its runs are ranked by; the usual if absent.
    pub goal: Option<Goal>,
}

/// How a run of another store ends when all of it is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunEnd {
    /// Its state.
    pub status: RunStatus,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// When it was deleted, if it is.
    pub deleted_at: Option<Millis>,
}

impl Store {
    /// Returns the experiment of this name; makes it if there is none, and says whether it did. One that is here
    /// keeps its state and its tags and gets those tags that it lacks.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if the value of a tag contains U+0000.
    pub async fn adopt_experiment(&self, foreign: &ForeignExperiment) -> Result<(Experiment, bool)> {
        refuse_zero(&[], &foreign.tags)?;
        let foreign = foreign.clone();
        self.write(move |mut connection| {
            async move {
                // Looks first: an insert in vain would use up a number.
                let here =
                    fetch_optional!(connection, ExperimentRow, EXPERIMENT_BY_NAME, foreign.name.as_str())?;
                let mut made = None;
                if here.is_none() {
                    made = fetch_optional!(
                        connection,
                        (i64,),
                        INSERT_EXPERIMENT,
                        foreign.name.as_str(),
                        i64::from(foreign.lifecycle == Lifecycle::Deleted),
                        foreign.created_at.0,
                        foreign.updated_at.0
                    )?;
                }
                if let (Some((id,)), Some(goal)) = (made, &foreign.goal) {
                    let direction = direction_name(goal.direction);
                    let updated_at = foreign.updated_at.0;
                    execute!(connection, SET_GOAL, id, goal.metric.as_str(), direction, updated_at)?;
                }
                let row = fetch_one!(connection, ExperimentRow, EXPERIMENT_BY_NAME, foreign.name.as_str())?;
                for tag in last_of_each_key(foreign.tags, |tag| tag.key.clone()) {
                    execute!(connection, ADD_TAG, row.experiment, tag.key.as_str(), &tag.value)?;
                }
                let experiment = with_tags(&mut connection, row).await?;
                Ok(Change::Keep((experiment, made.is_some())))
            }
            .boxed()
        })
        .await
    }

    /// Those of the runs to which nothing more will be added: they have ended, or are deleted.
    pub async fn ended_runs(&self, ids: &[RunId]) -> Result<HashSet<RunId>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let mut ended = HashSet::new();
        for ids in ids.chunks(RUNS_AT_ONCE) {
            let mut sql = Sql::new("SELECT run_id FROM runs WHERE (deleted = 1 OR status IN ");
            sql.bind_list(
                RunStatus::ALL.into_iter().filter(|status| status.is_over()).map(RunStatus::as_str),
            );
            sql.push(") AND run_id IN ").bind_list(ids.iter().map(RunId::as_str)).one_off();
            for (id,) in sql.fetch_all::<(String,)>(&mut connection).await? {
                ended.insert(RunId::parse(&id)?);
            }
        }
        Ok(ended)
    }

    /// When a run was deleted; `None` if it is not.
    pub async fn run_deleted_at(&self, id: &RunId) -> Result<Option<Millis>> {
        let row = on_pool!(self, |pool| {
            sqlx::query_as::<_, (Option<i64>,)>(DELETED_AT).bind(id.as_str()).fetch_optional(pool).await
        })?;
        Ok(row.and_then(|(at,)| at).map(Millis))
    }

    /// Ends a run that has come in whole, in the state that it had. `false` if there is no such run, or it is deleted.
    pub async fn end_imported_run(&self, id: &RunId, end: RunEnd) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let changed = execute!(
                    connection,
                    END_RUN,
                    id.as_str(),
                    end.status.as_str(),
                    end.ended_at.map(|at| at.0),
                    i64::from(end.deleted_at.is_some()),
                    end.deleted_at.map(|at| at.0)
                )?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }
}
