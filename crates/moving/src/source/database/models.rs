//! Logged models and the registry.

use futures::stream::BoxStream;

use super::connection::{fetch_all, fetch_one, stream_parts};
use super::{Database, number, pairs};
use crate::Result;
use crate::record::{File, Found, LoggedModel, ModelPoint, ModelVersion, Point, RegisteredModel};

const MODEL_IDS: &str = "
    SELECT model_id
    FROM logged_models
    WHERE experiment_id = $1
    ORDER BY creation_timestamp_ms, model_id";

const MODEL: &str = "
    SELECT model_id, name, model_type, CAST(status AS BIGINT) AS status, source_run_id, lifecycle_stage,
        creation_timestamp_ms, last_updated_timestamp_ms, artifact_location
    FROM logged_models
    WHERE model_id = $1";

const MODEL_PARAMS: &str =
    "SELECT param_key, param_value FROM logged_model_params WHERE model_id = $1 ORDER BY param_key";

const MODEL_TAGS: &str =
    "SELECT tag_key, tag_value FROM logged_model_tags WHERE model_id = $1 ORDER BY tag_key";

const MODEL_POINTS: &str = "
    SELECT metric_name, CAST(metric_value AS DOUBLE PRECISION), metric_step, metric_timestamp_ms, run_id,
        dataset_name, dataset_digest
    FROM logged_model_metrics
    WHERE model_id = $1";

const REGISTERED: &str = "
    SELECT name, description, creation_time, last_updated_time
    FROM registered_models
    ORDER BY name";

const REGISTERED_TAGS: &str = "SELECT key, value FROM registered_model_tags WHERE name = $1 ORDER BY key";

const ALIASES: &str = "
    SELECT alias, CAST(version AS BIGINT)
    FROM registered_model_aliases
    WHERE name = $1
    ORDER BY alias";

// Deleted versions stay in the table under a stage of their own.
const VERSIONS: &str = "
    SELECT CAST(version AS BIGINT) AS version, run_id, source, current_stage, description, run_link, creation_time,
        last_updated_time
    FROM model_versions
    WHERE name = $1 AND current_stage <> 'Deleted_Internal'
    ORDER BY version";

const LOCATION: &str = "
    SELECT storage_location
    FROM model_versions
    WHERE name = $1 AND CAST(version AS BIGINT) = $2";

const VERSION_TAGS: &str = "
    SELECT key, value
    FROM model_version_tags
    WHERE name = $1 AND CAST(version AS BIGINT) = $2
    ORDER BY key";

#[derive(sqlx::FromRow)]
struct ModelRow {
    model_id: String,
    name: Option<String>,
    model_type: Option<String>,
    status: Option<i64>,
    source_run_id: Option<String>,
    lifecycle_stage: Option<String>,
    creation_timestamp_ms: Option<i64>,
    last_updated_timestamp_ms: Option<i64>,
    artifact_location: Option<String>,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    run_id: Option<String>,
    source: Option<String>,
    current_stage: Option<String>,
    description: Option<String>,
    run_link: Option<String>,
    creation_time: Option<i64>,
    last_updated_time: Option<i64>,
}

type PointRow = (String, Option<f64>, i64, i64, String, Option<String>, Option<String>);

impl Database {
    pub(in crate::source) async fn logged_model_ids(&self, experiment: &str) -> Result<Found<String>> {
        let mut found = Found::default();
        if self.schema.has_logged_models() {
            let rows = fetch_all!(self.pool, (String,), MODEL_IDS, number(experiment))?;
            found.items = rows.into_iter().map(|(id,)| id).collect();
        }
        Ok(found)
    }

    pub(in crate::source) async fn logged_model(&self, id: &str) -> Result<LoggedModel> {
        let row = fetch_one!(self.pool, ModelRow, MODEL, id)?;
        let status = match row.status {
            Some(2) => "READY",
            Some(3) => "FAILED",
            _ => "PENDING",
        };
        Ok(LoggedModel {
            id: row.model_id,
            name: row.name.unwrap_or_default(),
            model_type: row.model_type.unwrap_or_default(),
            status: status.to_owned(),
            source_run_id: row.source_run_id.filter(|id| !id.is_empty()),
            is_deleted: row.lifecycle_stage.as_deref() == Some("deleted"),
            created_at: row.creation_timestamp_ms,
            updated_at: row.last_updated_timestamp_ms,
            params: pairs(fetch_all!(self.pool, (String, Option<String>), MODEL_PARAMS, id)?),
            tags: pairs(fetch_all!(self.pool, (String, Option<String>), MODEL_TAGS, id)?),
            artifact_uri: row.artifact_location.unwrap_or_default(),
            faults: Vec::new(),
        })
    }

    /// The points of a model's metrics.
    pub(in crate::source) fn model_points(&self, id: &str) -> BoxStream<'static, Result<Found<ModelPoint>>> {
        stream_parts!(self.pool.clone(), PointRow, MODEL_POINTS, id.to_owned(), model_point)
    }

    pub(in crate::source) async fn model_files(
        &self,
        experiment: &str,
        model: &LoggedModel,
    ) -> Result<Found<File>> {
        self.files_of(experiment.to_owned(), format!("models/{}", model.id), &model.artifact_uri).await
    }

    pub(in crate::source) async fn registered_models(&self) -> Result<Found<RegisteredModel>> {
        type Row = (String, Option<String>, Option<i64>, Option<i64>);
        let mut found = Found::default();
        for (name, description, created_at, updated_at) in fetch_all!(self.pool, Row, REGISTERED)? {
            let mut aliases = Vec::new();
            if self.schema.has_aliases() {
                let rows = fetch_all!(self.pool, (String, i64), ALIASES, &name)?;
                aliases.extend(rows.into_iter().map(|(alias, version)| (alias, version.to_string())));
            }
            let mut versions = Vec::new();
            for row in fetch_all!(self.pool, VersionRow, VERSIONS, &name)? {
                versions.push(self.version(&name, row).await?);
            }
            found.items.push(RegisteredModel {
                tags: pairs(fetch_all!(self.pool, (String, Option<String>), REGISTERED_TAGS, &name)?),
                name,
                description: description.unwrap_or_default(),
                created_at,
                updated_at,
                aliases,
                versions,
                faults: Vec::new(),
            });
        }
        Ok(found)
    }

    async fn version(&self, name: &str, row: VersionRow) -> Result<ModelVersion> {
        let mut location = None;
        if self.schema.has_storage_locations() {
            (location,) = fetch_one!(self.pool, (Option<String>,), LOCATION, name, row.version)?;
        }
        let tags = fetch_all!(self.pool, (String, Option<String>), VERSION_TAGS, name, row.version)?;
        Ok(ModelVersion {
            version: row.version,
            run_id: row.run_id.filter(|id| !id.is_empty()),
            model_id: None,
            source: row.source.unwrap_or_default(),
            location: location.unwrap_or_default(),
            model_type: String::new(),
            stage: row.current_stage.unwrap_or_default(),
            description: row.description.unwrap_or_default(),
            run_link: row.run_link.unwrap_or_default(),
            created_at: row.creation_time,
            updated_at: row.last_updated_time,
            tags: pairs(tags),
        })
    }
}

fn model_point(row: PointRow) -> ModelPoint {
    let (key, value, step, timestamp, run_id, name, digest) = row;
    // NaN is NULL in this table.
    let value = value.map_or(f64::NAN, super::super::infinite);
    let dataset = name.map(|name| (name, digest.unwrap_or_default()));
    ModelPoint { point: Point { key, value, step, timestamp }, run_id, dataset }
}
