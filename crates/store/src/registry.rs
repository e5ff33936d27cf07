//! Registered models and their versions.

use futures::FutureExt;
use types::{Alias, Millis, ModelName, ModelVersion, RegisteredModel, RunId};

use crate::database::{Change, Connection, execute, fetch_all, fetch_one, fetch_optional};
use crate::{Error, Result, Store};

// The update changes nothing; it makes the statement answer with the row, and locks it, so that two new
// versions get two numbers.
const UPSERT_MODEL: &str = "
    INSERT INTO registered_models (name, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $2)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name
    RETURNING registered_model";

const RUN_KEY: &str = "SELECT run FROM runs WHERE run_id = $1";

const INSERT_VERSION: &str = "
    INSERT INTO model_versions (registered_model, version, run, model_type, created_at_ms)
    SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4
    FROM model_versions
    WHERE registered_model = $1
    RETURNING version";

const TOUCH_MODEL: &str = "UPDATE registered_models SET updated_at_ms = $2 WHERE registered_model = $1";

const NEWEST_VERSION_OF_RUN: &str = "
    SELECT version
    FROM model_versions
    WHERE registered_model = $1 AND run = $2
    ORDER BY version DESC
    LIMIT 1";

const MODELS: &str = "
    SELECT registered_model, name, description, created_at_ms, updated_at_ms
    FROM registered_models
    ORDER BY name";

const MODEL_BY_NAME: &str = "
    SELECT registered_model, name, description, created_at_ms, updated_at_ms
    FROM registered_models
    WHERE name = $1";

/// Completes a statement that selects versions with one row for each of their aliases, or one without.
macro_rules! versions_where {
    ($rest:literal) => {
        concat!(
            "SELECT v.registered_model, v.version, r.run_id, v.model_type, v.created_at_ms, a.alias
            FROM model_versions v
            LEFT JOIN runs r ON r.run = v.run
            LEFT JOIN model_aliases a ON a.registered_model = v.registered_model AND a.version = v.version ",
            $rest
        )
    };
}

pub(crate) use versions_where;

const ALL_VERSIONS: &str = versions_where!("ORDER BY v.registered_model, v.version DESC, a.alias");

const VERSIONS_OF_MODEL: &str =
    versions_where!("WHERE v.registered_model = $1 ORDER BY v.version DESC, a.alias");

const VERSION: &str = versions_where!("WHERE v.registered_model = $1 AND v.version = $2 ORDER BY a.alias");

#[derive(sqlx::FromRow)]
struct ModelRow {
    registered_model: i64,
    name: String,
    description: String,
    created_at_ms: i64,
    updated_at_ms: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct VersionRow {
    registered_model: i64,
    version: i64,
    run_id: Option<String>,
    model_type: String,
    created_at_ms: i64,
    alias: Option<String>,
}

impl VersionRow {
    fn into_version(self, name: &ModelName) -> Result<ModelVersion> {
        Ok(ModelVersion {
            name: name.clone(),
            version: self.version,
            run_id: self.run_id.as_deref().map(RunId::parse).transpose()?,
            model_type: self.model_type,
            aliases: self.alias.as_deref().map(Alias::parse).transpose()?.into_iter().collect(),
            created_at: Millis(self.created_at_ms),
        })
    }
}

/// Puts the aliases of a version together; rows of one version must follow each other.
pub(crate) fn versions(name: &ModelName, rows: Vec<VersionRow>) -> Result<Vec<ModelVersion>> {
    let mut versions: Vec<ModelVersion> = Vec::new();
    for row in rows {
        let mut next = row.into_version(name)?;
        match versions.last_mut() {
            Some(last) if last.version == next.version => last.aliases.append(&mut next.aliases),
            _ => versions.push(next),
        }
    }
    Ok(versions)
}

impl ModelRow {
    fn into_model(self, rows: Vec<VersionRow>) -> Result<RegisteredModel> {
        let name = ModelName::parse(&self.name)?;
        let versions = versions(&name, rows)?;
        Ok(RegisteredModel {
            name,
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
                let found = fetch_optional!(connection, (i64,), RUN_KEY, run.as_str())?;
                let Some((run_key,)) = found else {
                    return Err(Error::Missing { what: "run", id: run.to_string() });
                };
                let (model,) = fetch_one!(connection, (i64,), UPSERT_MODEL, name.as_str(), now.0)?;
                let existing = fetch_optional!(connection, (i64,), NEWEST_VERSION_OF_RUN, model, run_key)?;
                let version = if let Some((version,)) = existing {
                    version
                } else {
                    execute!(connection, TOUCH_MODEL, model, now.0)?;
                    fetch_one!(connection, (i64,), INSERT_VERSION, model, run_key, &model_type, now.0)?.0
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
        let mut versions: std::collections::HashMap<i64, Vec<VersionRow>> = std::collections::HashMap::new();
        for row in fetch_all!(connection, VersionRow, ALL_VERSIONS)? {
            versions.entry(row.registered_model).or_default().push(row);
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
        let versions = fetch_all!(connection, VersionRow, VERSIONS_OF_MODEL, model.registered_model)?;
        model.into_model(versions).map(Some)
    }
}

async fn one_version(
    connection: &mut Connection<'_>,
    name: &ModelName,
    model: i64,
    version: i64,
) -> Result<ModelVersion> {
    let rows = fetch_all!(*connection, VersionRow, VERSION, model, version)?;
    let found = versions(name, rows)?.pop();
    found.ok_or_else(|| Error::inconsistent(format!("version {version} of model `{name}` is gone")))
}
