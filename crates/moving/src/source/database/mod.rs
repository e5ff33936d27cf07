//! MLflow's database, on SQLite or PostgreSQL; only read.
//!
//! One text of SQL for both. Casts bring the columns of both to the same types: MLflow's keys are 4 bytes wide on
//! PostgreSQL, and its flags are BOOLEAN there.

mod connection;
mod models;
mod schema;

use camino::Utf8PathBuf;
use futures::stream::BoxStream;

use super::disk::{self, ArtifactFolders, blocking};
use crate::Result;
use crate::record::{Dataset, Experiment, File, Found, ModelLink, Pairs, Point, Role, Run};
pub(super) use connection::is_sqlite_file;
use connection::{Pool, fetch_all, fetch_one, stream_parts};
use schema::Schema;

const EXPERIMENTS: &str = "
    SELECT CAST(experiment_id AS BIGINT), name, lifecycle_stage, creation_time, last_update_time
    FROM experiments
    ORDER BY experiment_id";

const EXPERIMENT_TAGS: &str = "SELECT key, value FROM experiment_tags WHERE experiment_id = $1 ORDER BY key";

const RUN_IDS: &str = "
    SELECT run_uuid
    FROM runs
    WHERE experiment_id = $1
    ORDER BY start_time, run_uuid";

const RUN: &str = "
    SELECT run_uuid, name, user_id, status, lifecycle_stage, start_time, end_time, deleted_time, artifact_uri
    FROM runs
    WHERE run_uuid = $1";

const PARAMS: &str = "SELECT key, value FROM params WHERE run_uuid = $1 ORDER BY key";

const TAGS: &str = "SELECT key, value FROM tags WHERE run_uuid = $1 ORDER BY key";

const POINTS: &str = "
    SELECT key, CAST(value AS DOUBLE PRECISION), step, timestamp, CAST(CASE WHEN is_nan THEN 1 ELSE 0 END AS BIGINT)
    FROM metrics
    WHERE run_uuid = $1";

const DATASETS: &str = "
    SELECT i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile
    FROM inputs i
    JOIN datasets d ON d.dataset_uuid = i.source_id
    WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id = $1
    ORDER BY d.name, d.digest, i.input_uuid";

const INPUT_TAGS: &str = "SELECT name, value FROM input_tags WHERE input_uuid = $1 ORDER BY name";

const MODELS: &str = "
    SELECT source_type, destination_id, COALESCE(CAST(step AS BIGINT), 0)
    FROM inputs
    WHERE source_type IN ('RUN_INPUT', 'RUN_OUTPUT') AND source_id = $1
    ORDER BY source_type, step, destination_id";

const TRACES: &str = "SELECT COUNT(*) FROM trace_info WHERE experiment_id = $1";

#[derive(sqlx::FromRow)]
struct RunRow {
    run_uuid: String,
    name: Option<String>,
    user_id: Option<String>,
    status: Option<String>,
    lifecycle_stage: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    deleted_time: Option<i64>,
    artifact_uri: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DatasetRow {
    input_uuid: String,
    name: String,
    digest: String,
    dataset_source_type: Option<String>,
    dataset_source: Option<String>,
    dataset_schema: Option<String>,
    dataset_profile: Option<String>,
}

/// An open database.
#[derive(Debug, Clone)]
pub(super) struct Database {
    pool: Pool,
    schema: Schema,
    artifacts: ArtifactFolders,
}

impl Database {
    /// Opens a database and makes sure that its tables are known. Without a folder for artifacts, `mlartifacts` and
    /// `mlruns` beside a SQLite file are looked at: there MLflow puts them.
    pub(super) async fn open(url: &str, artifacts: Option<Utf8PathBuf>) -> Result<Self> {
        let (pool, file) = connection::open(url).await?;
        let schema = schema::read(&pool).await?;
        let beside = file.as_deref().and_then(camino::Utf8Path::parent);
        let folders = match (artifacts, beside) {
            (Some(folder), _) => vec![folder],
            (None, Some(folder)) => ["mlartifacts", "mlruns"]
                .map(|name| folder.join(name))
                .into_iter()
                .filter(|folder| disk::is_folder(folder))
                .collect(),
            (None, None) => Vec::new(),
        };
        Ok(Self { pool, schema, artifacts: ArtifactFolders(folders) })
    }

    pub(super) async fn experiments(&self) -> Result<Found<Experiment>> {
        type Row = (i64, String, Option<String>, Option<i64>, Option<i64>);
        let mut found = Found::default();
        for (id, name, stage, created_at, updated_at) in fetch_all!(self.pool, Row, EXPERIMENTS)? {
            let tags = fetch_all!(self.pool, (String, Option<String>), EXPERIMENT_TAGS, id)?;
            found.items.push(Experiment {
                id: id.to_string(),
                name,
                is_deleted: stage.as_deref() == Some("deleted"),
                created_at,
                updated_at,
                tags: pairs(tags),
                goal: None,
            });
        }
        Ok(found)
    }

    pub(super) async fn run_ids(&self, experiment: &str) -> Result<Found<String>> {
        let rows = fetch_all!(self.pool, (String,), RUN_IDS, number(experiment))?;
        Ok(Found { items: rows.into_iter().map(|(id,)| id).collect(), faults: Vec::new() })
    }

    pub(super) async fn run(&self, id: &str) -> Result<Run> {
        let row = fetch_one!(self.pool, RunRow, RUN, id)?;
        let mut datasets = Vec::new();
        if self.schema.has_inputs() {
            for row in fetch_all!(self.pool, DatasetRow, DATASETS, id)? {
                let tags = fetch_all!(self.pool, (String, Option<String>), INPUT_TAGS, &row.input_uuid)?;
                datasets.push(Dataset {
                    name: row.name,
                    digest: row.digest,
                    source_type: row.dataset_source_type.unwrap_or_default(),
                    source: row.dataset_source.unwrap_or_default(),
                    schema: row.dataset_schema,
                    profile: row.dataset_profile,
                    tags: pairs(tags),
                });
            }
        }
        let mut models = Vec::new();
        if self.schema.has_logged_models() {
            for (kind, model_id, step) in fetch_all!(self.pool, (String, String, i64), MODELS, id)? {
                let role = if kind == "RUN_INPUT" { Role::Input } else { Role::Output };
                models.push(ModelLink { model_id, role, step });
            }
        }
        Ok(Run {
            id: row.run_uuid,
            name: row.name.unwrap_or_default(),
            user: row.user_id.unwrap_or_default(),
            status: row.status.unwrap_or_else(|| "RUNNING".to_owned()),
            is_deleted: row.lifecycle_stage.as_deref() == Some("deleted"),
            deleted_at: row.deleted_time,
            started_at: row.start_time,
            ended_at: row.end_time,
            params: pairs(fetch_all!(self.pool, (String, Option<String>), PARAMS, id)?),
            tags: pairs(fetch_all!(self.pool, (String, Option<String>), TAGS, id)?),
            datasets,
            models,
            metrics: Vec::new(),
            artifact_uri: row.artifact_uri.unwrap_or_default(),
            faults: Vec::new(),
        })
    }

    /// The history, in the order of the table.
    pub(super) fn points(&self, run: &str) -> BoxStream<'static, Result<Found<Point>>> {
        stream_parts!(self.pool.clone(), (String, f64, i64, i64, i64), POINTS, run.to_owned(), point)
    }

    pub(super) async fn files(&self, experiment: &str, run: &Run) -> Result<Found<File>> {
        let (experiment, name) = (experiment.to_owned(), run.id.clone());
        self.files_of(experiment, name, &run.artifact_uri).await
    }

    async fn files_of(&self, experiment: String, name: String, uri: &str) -> Result<Found<File>> {
        let folders = self.artifacts.clone();
        let mut found = blocking(move || Ok(folders.files(&experiment, &name))).await?;
        if found.items.is_empty() && found.faults.is_empty() {
            found.faults.extend(disk::elsewhere(uri, !self.artifacts.0.is_empty()));
        }
        Ok(found)
    }

    /// Number of traces of an experiment, which are not moved.
    pub(super) async fn traces(&self, experiment: &str) -> Result<u64> {
        if !self.schema.has_traces() {
            return Ok(0);
        }
        let (count,) = fetch_one!(self.pool, (i64,), TRACES, number(experiment))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }
}

/// The key of an experiment, which [`Database::experiments`] wrote as text.
fn number(experiment: &str) -> i64 {
    experiment.parse().unwrap_or(-1)
}

fn pairs(rows: Vec<(String, Option<String>)>) -> Pairs {
    rows.into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect()
}

/// MLflow keeps NaN as 0 with a flag, and the infinities as the greatest finite numbers.
fn point((key, value, step, timestamp, is_nan): (String, f64, i64, i64, i64)) -> Point {
    let value = if is_nan == 1 { f64::NAN } else { super::infinite(value) };
    Point { key, value, step, timestamp }
}
