//! Logged models: what runs made, before it has a name in the registry.

use std::collections::HashMap;

use futures::FutureExt;
use types::{
    DatasetReference, ExperimentId, LoggedModel, LoggedModelId, LoggedModelMetric, LoggedModelName,
    LoggedModelStatus, Metric, MetricKey, MetricPoint, Millis, ModelMetric, Param, ParamKey, RunId, Tag,
    TagKey,
};

use crate::batch::{RunKeys, refuse_zero};
use crate::database::{Change, Connection, Sql, execute, fetch_all, fetch_optional};
use crate::summaries::{from_columns, to_columns};
use crate::{Error, Result, Store};

/// Models whose details are fetched with one statement each.
const AT_ONCE: usize = 8000;

/// The columns of [`LoggedModelRow`], of tables called `m` (models) and `r` (runs, joined from the left).
macro_rules! logged_model_columns {
    () => {
        "m.logged_model, m.model_id, m.experiment, m.name, m.model_type, m.status, r.run_id, m.created_at_ms,
        m.updated_at_ms"
    };
}

pub(crate) use logged_model_columns;

const BY_ID: &str = concat!(
    "SELECT ",
    logged_model_columns!(),
    " FROM logged_models m LEFT JOIN runs r ON r.run = m.run WHERE m.model_id = $1 AND m.deleted <= $2"
);

const OF_RUN: &str = concat!(
    "SELECT ",
    logged_model_columns!(),
    " FROM logged_models m JOIN runs r ON r.run = m.run
    WHERE r.run_id = $1 AND m.deleted = 0
    ORDER BY m.created_at_ms, m.model_id"
);

const RUN_KEY: &str = "SELECT run FROM runs WHERE run_id = $1";

const INSERT: &str = "
    INSERT INTO logged_models
        (model_id, experiment, run, name, model_type, status, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
    RETURNING logged_model";

// The update changes nothing; it locks the row, so that changes of one model wait for each other.
const LOCK: &str = "
    UPDATE logged_models
    SET name = name
    WHERE model_id = $1
    RETURNING logged_model";

const SET_STATUS: &str = "
    UPDATE logged_models
    SET status = $2, updated_at_ms = $3
    WHERE model_id = $1
    RETURNING logged_model";

const SET_DELETED: &str = "
    UPDATE logged_models
    SET deleted = 1, updated_at_ms = $2
    WHERE model_id = $1
    RETURNING logged_model";

const UPSERT_TAG: &str = "
    INSERT INTO logged_model_tags (logged_model, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (logged_model, key) DO UPDATE SET value = excluded.value";

const DELETE_TAG: &str = "DELETE FROM logged_model_tags WHERE logged_model = $1 AND key = $2";

const PARAM: &str = "SELECT value FROM logged_model_params WHERE logged_model = $1 AND key = $2";

const INSERT_PARAM: &str = "INSERT INTO logged_model_params (logged_model, key, value) VALUES ($1, $2, $3)";

const KEY: &str = "SELECT logged_model FROM logged_models WHERE model_id = $1";

const INSERT_METRIC: &str = "
    INSERT INTO logged_model_metrics
        (logged_model, key, run, step, timestamp_ms, value, is_nan, dataset_name, dataset_digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ON CONFLICT DO NOTHING";

#[derive(sqlx::FromRow)]
pub(crate) struct LoggedModelRow {
    logged_model: i64,
    model_id: String,
    experiment: i64,
    name: String,
    model_type: String,
    status: String,
    run_id: Option<String>,
    created_at_ms: i64,
    updated_at_ms: i64,
}

#[derive(sqlx::FromRow)]
struct MetricRow {
    logged_model: i64,
    key: String,
    run_id: String,
    step: i64,
    timestamp_ms: i64,
    value: f64,
    is_nan: i64,
    dataset_name: String,
    dataset_digest: String,
}

/// How a change of a logged model ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelParamsOutcome {
    /// All of them are stored.
    Stored,
    /// There is no such model.
    NoModel,
    /// A param has another value already; nothing is stored.
    Changed {
        /// Name of the param.
        key: ParamKey,
        /// The value that it keeps.
        stored: String,
    },
}

impl TryFrom<LoggedModelRow> for LoggedModel {
    type Error = Error;

    fn try_from(row: LoggedModelRow) -> Result<Self> {
        let status = LoggedModelStatus::from_name(&row.status).ok_or_else(|| {
            Error::inconsistent(format!("model {} has the status `{}`", row.model_id, row.status))
        })?;
        Ok(Self {
            id: LoggedModelId::parse(&row.model_id)?,
            experiment_id: ExperimentId(row.experiment),
            name: LoggedModelName::parse(&row.name)?,
            model_type: row.model_type,
            status,
            source_run_id: row.run_id.as_deref().map(RunId::parse).transpose()?,
            created_at: Millis(row.created_at_ms),
            updated_at: Millis(row.updated_at_ms),
            params: Vec::new(),
            tags: Vec::new(),
            metrics: Vec::new(),
        })
    }
}

impl TryFrom<MetricRow> for LoggedModelMetric {
    type Error = Error;

    fn try_from(row: MetricRow) -> Result<Self> {
        let point = MetricPoint {
            value: from_columns(row.value, row.is_nan),
            step: row.step,
            timestamp: Millis(row.timestamp_ms),
        };
        let dataset = DatasetReference { name: row.dataset_name, digest: row.dataset_digest };
        Ok(Self {
            metric: Metric { key: MetricKey::parse(&row.key)?, point },
            run_id: RunId::parse(&row.run_id)?,
            dataset: Some(dataset).filter(|dataset| !dataset.name.is_empty()),
        })
    }
}

/// Completes models: one statement for the params of all of them, one for their tags, one for their metrics.
pub(crate) async fn complete_models(
    connection: &mut Connection<'_>,
    rows: Vec<LoggedModelRow>,
) -> Result<Vec<LoggedModel>> {
    let keys: Vec<i64> = rows.iter().map(|row| row.logged_model).collect();
    let index: HashMap<i64, usize> = keys.iter().copied().zip(0..).collect();
    let mut models = rows.into_iter().map(LoggedModel::try_from).collect::<Result<Vec<_>>>()?;
    for keys in keys.chunks(AT_ONCE) {
        let of_models = |text, order| {
            let mut sql = Sql::new(text);
            sql.bind_list(keys.iter().copied()).push(order);
            sql
        };
        let params = of_models(
            "SELECT logged_model, key, value FROM logged_model_params WHERE logged_model IN ",
            " ORDER BY logged_model, key",
        );
        for (model, key, value) in params.fetch_all::<(i64, String, String)>(connection).await? {
            if let Some(model) = index.get(&model).and_then(|at| models.get_mut(*at)) {
                model.params.push(Param { key: ParamKey::parse(&key)?, value });
            }
        }
        let tags = of_models(
            "SELECT logged_model, key, value FROM logged_model_tags WHERE logged_model IN ",
            " ORDER BY logged_model, key",
        );
        for (model, key, value) in tags.fetch_all::<(i64, String, String)>(connection).await? {
            if let Some(model) = index.get(&model).and_then(|at| models.get_mut(*at)) {
                model.tags.push(Tag { key: TagKey::parse(&key)?, value });
            }
        }
        let metrics = of_models(
            "SELECT p.logged_model, p.key, r.run_id, p.step, p.timestamp_ms, p.value, p.is_nan, p.dataset_name,
                p.dataset_digest
            FROM logged_model_metrics p
            JOIN runs r ON r.run = p.run
            WHERE p.logged_model IN ",
            " ORDER BY p.logged_model, p.key, p.timestamp_ms, p.step, p.run, p.value",
        );
        for row in metrics.fetch_all::<MetricRow>(connection).await? {
            if let Some(model) = index.get(&row.logged_model).and_then(|at| models.get_mut(*at)) {
                model.metrics.push(row.try_into()?);
            }
        }
    }
    Ok(models)
}

impl Store {
    /// Stores a new logged model with its params and tags; it has no metrics yet.
    ///
    /// # Errors
    ///
    /// - `Missing` if its run does not exist.
    /// - `ZeroCharacter` if a value contains U+0000.
    pub async fn insert_logged_model(&self, model: &LoggedModel) -> Result<()> {
        refuse_zero(&model.params, &model.tags)?;
        if model.model_type.contains('\0') {
            return Err(Error::ZeroCharacter { what: "the type of the model".to_owned() });
        }
        let model = model.clone();
        self.write(move |mut connection| {
            async move {
                let run = match &model.source_run_id {
                    None => None,
                    Some(run) => {
                        let found = fetch_optional!(connection, (i64,), RUN_KEY, run.as_str())?;
                        let Some((run,)) = found else {
                            return Err(Error::Missing { what: "run", id: run.to_string() });
                        };
                        Some(run)
                    }
                };
                let inserted = fetch_optional!(
                    connection,
                    (i64,),
                    INSERT,
                    model.id.as_str(),
                    model.experiment_id.0,
                    run,
                    model.name.as_str(),
                    &model.model_type,
                    model.status.as_str(),
                    model.created_at.0
                )?;
                let Some((key,)) = inserted else {
                    return Err(Error::inconsistent("a new logged model has no key"));
                };
                for Param { key: name, value } in &model.params {
                    execute!(connection, INSERT_PARAM, key, name.as_str(), value)?;
                }
                for Tag { key: name, value } in &model.tags {
                    execute!(connection, UPSERT_TAG, key, name.as_str(), value)?;
                }
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Returns a logged model; `with_deleted` also finds deleted ones.
    pub async fn logged_model(&self, id: &LoggedModelId, with_deleted: bool) -> Result<Option<LoggedModel>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let row = fetch_optional!(connection, LoggedModelRow, BY_ID, id.as_str(), i64::from(with_deleted))?;
        let rows = row.into_iter().collect();
        Ok(complete_models(&mut connection, rows).await?.pop())
    }

    /// Returns the models that a run made, oldest first.
    pub async fn logged_models_of_run(&self, run: &RunId) -> Result<Vec<LoggedModel>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let rows = fetch_all!(connection, LoggedModelRow, OF_RUN, run.as_str())?;
        complete_models(&mut connection, rows).await
    }

    /// Notes how far the upload of a model has come. `false` if there is none.
    pub async fn set_logged_model_status(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
        now: Millis,
    ) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let changed =
                    fetch_optional!(connection, (i64,), SET_STATUS, id.as_str(), status.as_str(), now.0)?;
                Ok(Change::Keep(changed.is_some()))
            }
            .boxed()
        })
        .await
    }

    /// Puts a model into the trash. `false` if there is none.
    pub async fn delete_logged_model(&self, id: &LoggedModelId, now: Millis) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let changed = fetch_optional!(connection, (i64,), SET_DELETED, id.as_str(), now.0)?;
                Ok(Change::Keep(changed.is_some()))
            }
            .boxed()
        })
        .await
    }

    /// Sets tags of a model; of one key the last counts. `false` if there is no such model.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if a value contains U+0000.
    pub async fn set_logged_model_tags(&self, id: &LoggedModelId, tags: &[Tag]) -> Result<bool> {
        refuse_zero(&[], tags)?;
        let (id, tags) = (id.clone(), tags.to_vec());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), LOCK, id.as_str())?;
                let Some((key,)) = found else { return Ok(Change::Undo(false)) };
                for Tag { key: name, value } in &tags {
                    execute!(connection, UPSERT_TAG, key, name.as_str(), value)?;
                }
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Removes a tag of a model. `None` if there is no such model, `false` if it does not have the tag.
    pub async fn delete_logged_model_tag(&self, id: &LoggedModelId, key: &TagKey) -> Result<Option<bool>> {
        let (id, name) = (id.clone(), key.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, id.as_str())?;
                let Some((key,)) = found else { return Ok(Change::Undo(None)) };
                Ok(Change::Keep(Some(execute!(connection, DELETE_TAG, key, name.as_str())? > 0)))
            }
            .boxed()
        })
        .await
    }

    /// Adds params to a model, all of them or none; a param that exists must keep its value.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if a value contains U+0000.
    pub async fn insert_logged_model_params(
        &self,
        id: &LoggedModelId,
        params: &[Param],
    ) -> Result<ModelParamsOutcome> {
        refuse_zero(params, &[])?;
        let (id, params) = (id.clone(), params.to_vec());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), LOCK, id.as_str())?;
                let Some((model,)) = found else { return Ok(Change::Undo(ModelParamsOutcome::NoModel)) };
                for Param { key, value } in params {
                    match fetch_optional!(connection, (String,), PARAM, model, key.as_str())? {
                        None => execute!(connection, INSERT_PARAM, model, key.as_str(), &value)?,
                        Some((stored,)) if stored == value => continue,
                        Some((stored,)) => {
                            return Ok(Change::Undo(ModelParamsOutcome::Changed { key, stored }));
                        }
                    };
                }
                Ok(Change::Keep(ModelParamsOutcome::Stored))
            }
            .boxed()
        })
        .await
    }
}

/// Stores points of a run that are about models; those that are there already stay.
pub(crate) async fn insert_model_metrics(
    connection: &mut Connection<'_>,
    keys: RunKeys,
    metrics: &[ModelMetric],
) -> Result<()> {
    let mut known: HashMap<&LoggedModelId, i64> = HashMap::new();
    for ModelMetric { model_id, metric, dataset } in metrics {
        let model = if let Some(model) = known.get(model_id) {
            *model
        } else {
            let found = fetch_optional!(*connection, (i64,), KEY, model_id.as_str())?;
            let Some((model,)) = found else {
                return Err(Error::Missing { what: "logged model", id: model_id.to_string() });
            };
            known.insert(model_id, model);
            model
        };
        let (value, is_nan) = to_columns(metric.point.value);
        let (name, digest) =
            dataset.as_ref().map_or(("", ""), |dataset| (dataset.name.as_str(), dataset.digest.as_str()));
        if name.contains('\0') || digest.contains('\0') {
            return Err(Error::ZeroCharacter { what: "the name of a dataset".to_owned() });
        }
        execute!(
            *connection,
            INSERT_METRIC,
            model,
            metric.key.as_str(),
            keys.run,
            metric.point.step,
            metric.point.timestamp.0,
            value,
            is_nan,
            name,
            digest
        )?;
    }
    Ok(())
}
