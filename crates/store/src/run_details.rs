//! Rows of runs, and the metrics, params, tags and inputs that make them whole.

use std::collections::{BTreeMap, HashMap};

use types::{
    DatasetDetails, DatasetInput, ExperimentId, Millis, ModelRole, Param, ParamKey, Run, RunId, RunModel,
    RunName, RunStatus, Tag, TagKey,
};

use crate::database::{Connection, Sql};
use crate::experiments::lifecycle;
use crate::summaries::SummaryRow;
use crate::{Error, Result};

/// Runs whose details are fetched with one statement each; SQLite takes 32,766 values.
const RUNS_AT_ONCE: usize = 8000;

/// The columns of [`RunRow`], of a table called `r`.
macro_rules! run_columns {
    () => {
        "r.run, r.run_id, r.experiment, r.name, r.status, r.deleted, r.user_name, r.started_at_ms, r.ended_at_ms"
    };
}

pub(crate) use run_columns;

#[derive(sqlx::FromRow)]
pub(crate) struct RunRow {
    run: i64,
    run_id: String,
    experiment: i64,
    name: String,
    status: String,
    deleted: i64,
    user_name: String,
    started_at_ms: i64,
    ended_at_ms: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct TextRow {
    run: i64,
    key: String,
    value: String,
}

#[derive(sqlx::FromRow)]
struct InputRow {
    run: i64,
    name: String,
    digest: String,
    context: String,
    tags_json: String,
    source_type: Option<String>,
    source: Option<String>,
    schema: Option<String>,
    profile: Option<String>,
}

impl InputRow {
    fn into_input(self) -> Result<DatasetInput> {
        let details = match (self.source_type, self.source) {
            (Some(source_type), Some(source)) => Some(DatasetDetails {
                source_type,
                source,
                schema: self.schema,
                profile: self.profile,
                tags: serde_json::from_str(&self.tags_json).map_err(|error| {
                    Error::inconsistent(format!("tags of dataset `{}`: {error}", self.name))
                })?,
            }),
            _ => None,
        };
        Ok(DatasetInput { name: self.name, digest: self.digest, context: self.context, details })
    }
}

#[derive(sqlx::FromRow)]
struct ModelRow {
    run: i64,
    role: String,
    model_id: String,
    step: i64,
}

impl From<ModelRow> for RunModel {
    fn from(row: ModelRow) -> Self {
        let role = if row.role == "input" { ModelRole::Input } else { ModelRole::Output };
        Self { model_id: row.model_id, role, step: row.step }
    }
}

impl TryFrom<RunRow> for Run {
    type Error = Error;

    fn try_from(row: RunRow) -> Result<Self> {
        let status = RunStatus::from_name(&row.status).ok_or_else(|| {
            Error::inconsistent(format!("run {} has the status `{}`", row.run_id, row.status))
        })?;
        Ok(Self {
            id: RunId::parse(&row.run_id)?,
            experiment_id: ExperimentId(row.experiment),
            name: RunName::parse(&row.name)?,
            status,
            lifecycle: lifecycle(row.deleted),
            user: row.user_name,
            started_at: Millis(row.started_at_ms),
            ended_at: row.ended_at_ms.map(Millis),
            metrics: Vec::new(),
            params: Vec::new(),
            tags: Vec::new(),
            inputs: Vec::new(),
            models: Vec::new(),
        })
    }
}

/// Completes runs: one statement for the metrics of all of them, one for their params, and so on.
pub(crate) async fn complete(connection: &mut Connection<'_>, rows: Vec<RunRow>) -> Result<Vec<Run>> {
    let keys: Vec<i64> = rows.iter().map(|row| row.run).collect();
    let index: HashMap<i64, usize> = keys.iter().copied().zip(0..).collect();
    let mut runs = rows.into_iter().map(Run::try_from).collect::<Result<Vec<_>>>()?;

    for keys in keys.chunks(RUNS_AT_ONCE) {
        let of_runs = |text, order| {
            let mut sql = Sql::new(text);
            sql.bind_list(keys.iter().copied()).push(order);
            sql
        };
        let metrics = of_runs(
            "SELECT s.run, k.key, s.count,
                s.last_value, s.last_is_nan, s.last_step, s.last_timestamp_ms,
                s.first_value, s.first_is_nan, s.first_step, s.first_timestamp_ms,
                s.min_value, s.min_is_nan, s.min_step, s.min_timestamp_ms,
                s.max_value, s.max_is_nan, s.max_step, s.max_timestamp_ms
            FROM metric_summaries s
            JOIN metric_keys k ON k.metric_key = s.metric_key
            WHERE s.run IN ",
            " ORDER BY k.key",
        );
        for row in metrics.fetch_all::<SummaryRow>(connection).await? {
            if let Some(run) = index.get(&row.run).and_then(|at| runs.get_mut(*at)) {
                run.metrics.push(row.into_summary()?);
            }
        }
        let params = of_runs("SELECT run, key, value FROM params WHERE run IN ", " ORDER BY run, key");
        for row in params.fetch_all::<TextRow>(connection).await? {
            if let Some(run) = index.get(&row.run).and_then(|at| runs.get_mut(*at)) {
                run.params.push(Param { key: ParamKey::parse(&row.key)?, value: row.value });
            }
        }
        let tags = of_runs("SELECT run, key, value FROM run_tags WHERE run IN ", " ORDER BY run, key");
        for row in tags.fetch_all::<TextRow>(connection).await? {
            if let Some(run) = index.get(&row.run).and_then(|at| runs.get_mut(*at)) {
                run.tags.push(Tag { key: TagKey::parse(&row.key)?, value: row.value });
            }
        }
        let inputs = of_runs(
            "SELECT i.run, i.name, i.digest, i.context, i.tags_json,
                d.source_type, d.source, d.schema, d.profile
            FROM run_inputs i
            JOIN runs r ON r.run = i.run
            LEFT JOIN input_datasets d
                ON d.experiment = r.experiment AND d.name = i.name AND d.digest = i.digest
            WHERE i.run IN ",
            " ORDER BY i.run, i.name, i.digest, i.context",
        );
        for row in inputs.fetch_all::<InputRow>(connection).await? {
            if let Some(run) = index.get(&row.run).and_then(|at| runs.get_mut(*at)) {
                run.inputs.push(row.into_input()?);
            }
        }
        let models = of_runs(
            "SELECT x.run, x.role, m.model_id, x.step
            FROM run_models x
            JOIN logged_models m ON m.logged_model = x.logged_model
            WHERE m.deleted = 0 AND x.run IN ",
            " ORDER BY x.run, x.role, x.step, m.model_id",
        );
        for row in models.fetch_all::<ModelRow>(connection).await? {
            if let Some(run) = index.get(&row.run).and_then(|at| runs.get_mut(*at)) {
                run.models.push(row.into());
            }
        }
    }
    Ok(runs)
}

/// Of items with the same key only the last, sorted by key.
pub(crate) fn last_of_each_key<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    let by_key: BTreeMap<K, T> = items.into_iter().map(|item| (key(&item), item)).collect();
    by_key.into_values().collect()
}
