//! The registry as a whole: models with all their versions, and promotion.

use std::collections::HashMap;

use futures::FutureExt;
use types::{
    Alias, ArtifactLocation, ArtifactOwner, ArtifactPath, ExperimentId, LoggedModelId, Millis, ModelName,
    ModelStage, ModelVersion, RegisteredModel, RunId, Tag, TagKey,
};

use crate::database::{Change, Connection, Sql, execute, fetch_all, fetch_one, fetch_optional};
use crate::{Error, Result, Store};

/// Folder of a run whose files are the version that a promotion registers.
const PROMOTED_FOLDER: &str = "model";

/// Versions whose details are fetched with one statement each; SQLite takes 32,766 values.
const VERSIONS_AT_ONCE: usize = 8000;

// The update changes nothing; it makes the statement answer with the row, and locks it, so that two new
// versions get two numbers.
const UPSERT_MODEL: &str = "
    INSERT INTO registered_models (name, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $2)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING registered_model";

const RUN_KEYS: &str = "SELECT run, experiment FROM runs WHERE run_id = $1";

const INSERT_VERSION: &str = "
    INSERT INTO model_versions
        (registered_model, version, run, model_type, source, location, created_at_ms, updated_at_ms)
    SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, $6, $6
    FROM model_versions
    WHERE registered_model = $1
    RETURNING version";

const TOUCH_MODEL: &str = "UPDATE registered_models SET updated_at_ms = $2 WHERE registered_model = $1";

const NEWEST_VERSION_OF_RUN: &str = "
    SELECT version
    FROM model_versions
    WHERE registered_model = $1 AND run = $2 AND location IN ('', $3) AND deleted = 0
    ORDER BY version DESC
    LIMIT 1";

const MODELS: &str = "
    SELECT registered_model, name, description, created_at_ms, updated_at_ms
    FROM registered_models
    ORDER BY name";

pub(crate) const MODEL_BY_NAME: &str = "
    SELECT registered_model, name, description, created_at_ms, updated_at_ms
    FROM registered_models
    WHERE name = $1";

/// A statement that selects versions `v` of models `m`, as far as `$rest` says which.
macro_rules! versions_where {
    ($rest:literal) => {
        concat!(
            "SELECT v.registered_model, m.name, v.version, r.run_id, r.experiment, l.model_id, v.source,
                v.location, v.model_type, v.description, v.stage, v.run_link, v.created_at_ms, v.updated_at_ms,
                CASE WHEN EXISTS (
                    SELECT 1 FROM artifacts a
                    WHERE a.run = v.run AND a.path = 'model/model.cuaderno' AND a.deleted = 0
                ) THEN 1 ELSE 0 END AS has_model
            FROM model_versions v
            JOIN registered_models m ON m.registered_model = v.registered_model
            LEFT JOIN runs r ON r.run = v.run
            LEFT JOIN logged_models l ON l.logged_model = v.logged_model ",
            $rest
        )
    };
}

pub(crate) use versions_where;

const ALL_VERSIONS: &str = versions_where!("WHERE v.deleted = 0 ORDER BY v.registered_model, v.version DESC");

const VERSIONS_OF_MODEL: &str =
    versions_where!("WHERE v.registered_model = $1 AND v.deleted = 0 ORDER BY v.version DESC");

const VERSION: &str = versions_where!("WHERE v.registered_model = $1 AND v.version = $2 AND v.deleted = 0");

#[derive(sqlx::FromRow)]
pub(crate) struct ModelRow {
    pub(crate) registered_model: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created_at_ms: i64,
    pub(crate) updated_at_ms: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct VersionRow {
    pub(crate) registered_model: i64,
    name: String,
    version: i64,
    run_id: Option<String>,
    experiment: Option<i64>,
    model_id: Option<String>,
    source: String,
    location: String,
    model_type: String,
    description: String,
    stage: String,
    run_link: String,
    created_at_ms: i64,
    updated_at_ms: i64,
    /// Whether its run recorded a model of this program.
    has_model: i64,
}

impl VersionRow {
    fn into_version(self) -> Result<ModelVersion> {
        let run_id = self.run_id.as_deref().map(RunId::parse).transpose()?;
        let stage = ModelStage::from_name(&self.stage).ok_or_else(|| {
            Error::inconsistent(format!(
                "version {} of `{}` has the stage `{}`",
                self.version, self.name, self.stage
            ))
        })?;
        let (mut source, mut location) =
            (self.source, ArtifactLocation::parse(&self.location).ok().flatten());
        let mut is_native = false;
        if let (Some(run), Some(experiment)) = (&run_id, self.experiment) {
            let (promoted, place) = promoted(ExperimentId(experiment), run)?;
            let location = location.get_or_insert(place.clone());
            is_native = *location == place && self.has_model == 1;
            if source.is_empty() {
                source = promoted;
            }
        }
        Ok(ModelVersion {
            name: ModelName::parse(&self.name)?,
            version: self.version,
            run_id,
            model_id: self.model_id.as_deref().map(LoggedModelId::parse).transpose()?,
            source,
            artifact_uri: location.map(|location| location.uri()).unwrap_or_default(),
            is_native,
            model_type: self.model_type,
            aliases: Vec::new(),
            description: self.description,
            stage,
            tags: Vec::new(),
            run_link: self.run_link,
            created_at: Millis(self.created_at_ms),
            updated_at: Millis(self.updated_at_ms.max(self.created_at_ms)),
        })
    }
}

/// Source and location of the version that the promotion of a run registers.
fn promoted(experiment_id: ExperimentId, run: &RunId) -> Result<(String, ArtifactLocation)> {
    let path = Some(ArtifactPath::parse(PROMOTED_FOLDER)?);
    let location = ArtifactLocation { experiment_id, owner: ArtifactOwner::from(run), path };
    Ok((format!("runs:/{run}/{PROMOTED_FOLDER}"), location))
}

/// Completes versions: one statement for the aliases of all of them, one for their tags.
pub(crate) async fn complete_versions(
    connection: &mut Connection<'_>,
    rows: Vec<VersionRow>,
) -> Result<Vec<ModelVersion>> {
    let keys: Vec<(i64, i64)> = rows.iter().map(|row| (row.registered_model, row.version)).collect();
    let index: HashMap<(i64, i64), usize> = keys.iter().copied().zip(0..).collect();
    let mut versions = rows.into_iter().map(VersionRow::into_version).collect::<Result<Vec<_>>>()?;
    for keys in keys.chunks(VERSIONS_AT_ONCE) {
        let of_versions = |text, order| {
            let mut sql = Sql::new(text);
            for (index, (model, version)) in keys.iter().enumerate() {
                sql.push(if index == 0 { "(" } else { ", (" }).bind(*model);
                sql.push(", ").bind(*version).push(")");
            }
            sql.push(order);
            sql
        };
        let aliases = of_versions(
            "SELECT registered_model, version, alias FROM model_aliases WHERE (registered_model, version) IN (VALUES ",
            ") ORDER BY alias",
        );
        for (model, version, alias) in aliases.fetch_all::<(i64, i64, String)>(connection).await? {
            if let Some(version) = index.get(&(model, version)).and_then(|at| versions.get_mut(*at)) {
                version.aliases.push(Alias::parse(&alias)?);
            }
        }
        let tags = of_versions(
            "SELECT registered_model, version, key, value FROM model_version_tags
            WHERE (registered_model, version) IN (VALUES ",
            ") ORDER BY key",
        );
        for (model, version, key, value) in tags.fetch_all::<(i64, i64, String, String)>(connection).await? {
            if let Some(version) = index.get(&(model, version)).and_then(|at| versions.get_mut(*at)) {
                version.tags.push(Tag { key: TagKey::parse(&key)?, value });
            }
        }
    }
    Ok(versions)
}

impl ModelRow {
    fn into_model(self, versions: Vec<ModelVersion>) -> Result<RegisteredModel> {
        Ok(RegisteredModel {
            name: ModelName::parse(&self.name)?,
            description: self.description,
            created_at: Millis(self.created_at_ms),
            updated_at: Millis(self.updated_at_ms),
            versions,
        })
    }
}

impl Store {
    /// Registers the model of a run under the next number, and the name too if it is new. If the run is a
    /// version of this model already, returns that one.
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such run.
    pub async fn insert_model_version(
        &self,
        name: &ModelName,
        run: &RunId,
        model_type: &str,
        now: Millis,
    ) -> Result<ModelVersion> {
        let (name, run, model_type) = (name.clone(), run.clone(), model_type.to_owned());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64, i64), RUN_KEYS, run.as_str())?;
                let Some((run_key, experiment)) = found else {
                    return Err(Error::Missing { what: "run", id: run.to_string() });
                };
                let (source, location) = promoted(ExperimentId(experiment), &run)?;
                let location = location.to_string();
                let (model,) = fetch_one!(connection, (i64,), UPSERT_MODEL, name.as_str(), now.0)?;
                let existing =
                    fetch_optional!(connection, (i64,), NEWEST_VERSION_OF_RUN, model, run_key, &location)?;
                let version = if let Some((version,)) = existing {
                    version
                } else {
                    execute!(connection, TOUCH_MODEL, model, now.0)?;
                    fetch_one!(
                        connection,
                        (i64,),
                        INSERT_VERSION,
                        model,
                        run_key,
                        &model_type,
                        &source,
                        &location,
                        now.0
                    )?
                    .0
                };
                Ok(Change::Keep(one_version(&mut connection, &name, model, version).await?))
            }
            .boxed()
        })
        .await
    }

    /// Returns all registered models by name.
    pub async fn registered_models(&self) -> Result<Vec<RegisteredModel>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let models = fetch_all!(connection, ModelRow, MODELS)?;
        let rows = fetch_all!(connection, VersionRow, ALL_VERSIONS)?;
        let keys: Vec<i64> = rows.iter().map(|row| row.registered_model).collect();
        let mut versions: HashMap<i64, Vec<ModelVersion>> = HashMap::new();
        for (key, version) in keys.into_iter().zip(complete_versions(&mut connection, rows).await?) {
            versions.entry(key).or_default().push(version);
        }
        models
            .into_iter()
            .map(|model| {
                let versions = versions.remove(&model.registered_model).unwrap_or_default();
                model.into_model(versions)
            })
            .collect()
    }

    /// Returns a registered model.
    pub async fn registered_model(&self, name: &ModelName) -> Result<Option<RegisteredModel>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let Some(model) = fetch_optional!(connection, ModelRow, MODEL_BY_NAME, name.as_str())? else {
            return Ok(None);
        };
        let rows = fetch_all!(connection, VersionRow, VERSIONS_OF_MODEL, model.registered_model)?;
        let versions = complete_versions(&mut connection, rows).await?;
        model.into_model(versions).map(Some)
    }
}

pub(crate) async fn one_version(
    connection: &mut Connection<'_>,
    name: &ModelName,
    model: i64,
    version: i64,
) -> Result<ModelVersion> {
    let rows = fetch_all!(*connection, VersionRow, VERSION, model, version)?;
    let found = complete_versions(connection, rows).await?.pop();
    found.ok_or_else(|| Error::inconsistent(format!("version {version} of model `{name}` is gone")))
}
