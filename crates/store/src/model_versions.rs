//! Versions of registered models, one by one.

use std::collections::BTreeMap;

use futures::FutureExt;
use types::{Millis, ModelName, ModelStage, ModelVersion, Tag, TagKey, VersionRecord};

use crate::batch::refuse_zero;
use crate::database::{Change, Connection, execute, fetch_all, fetch_one, fetch_optional};
use crate::registry::{VersionRow, complete_versions, one_version, versions_where};
use crate::{Error, Result, Store};

// The update locks the row, so that changes of one model wait for each other.
pub(crate) const TOUCH_MODEL_BY_NAME: &str = "
    UPDATE registered_models
    SET updated_at_ms = $2
    WHERE name = $1
    RETURNING registered_model";

const RUN_KEY: &str = "SELECT run FROM runs WHERE run_id = $1";

const LOGGED_MODEL_KEY: &str = "SELECT logged_model FROM logged_models WHERE model_id = $1";

const INSERT_VERSION: &str = "
    INSERT INTO model_versions
        (registered_model, version, run, logged_model, model_type, source, location, description, run_link,
        created_at_ms, updated_at_ms)
    SELECT $1, COALESCE(MAX(version), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $9
    FROM model_versions
    WHERE registered_model = $1
    RETURNING version";

const UPSERT_TAG: &str = "
    INSERT INTO model_version_tags (registered_model, version, key, value)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (registered_model, version, key) DO UPDATE SET value = excluded.value";

const DELETE_TAG: &str =
    "DELETE FROM model_version_tags WHERE registered_model = $1 AND version = $2 AND key = $3";

const BY_NUMBER: &str = versions_where!("WHERE m.name = $1 AND v.version = $2 AND v.deleted = 0");

const KEY: &str = "
    SELECT v.registered_model
    FROM model_versions v
    JOIN registered_models m ON m.registered_model = v.registered_model
    WHERE m.name = $1 AND v.version = $2 AND v.deleted = 0";

const DESCRIBE: &str = "
    UPDATE model_versions
    SET description = $3, updated_at_ms = $4
    WHERE registered_model = $1 AND version = $2";

const SET_STAGE: &str = "
    UPDATE model_versions
    SET stage = $3, updated_at_ms = $4
    WHERE registered_model = $1 AND version = $2 AND deleted = 0";

const ARCHIVE_OTHERS: &str = "
    UPDATE model_versions
    SET stage = 'Archived', updated_at_ms = $4
    WHERE registered_model = $1 AND version <> $2 AND stage = $3 AND deleted = 0";

const DELETE: &str = "
    UPDATE model_versions
    SET deleted = 1, stage = 'None', updated_at_ms = $3
    WHERE registered_model = $1 AND version = $2 AND deleted = 0";

const DELETE_ALIASES: &str = "
    DELETE FROM model_aliases
    WHERE registered_model = $1 AND version = $2
    RETURNING alias";

pub(crate) const INSERT_REMOVAL: &str = "
    INSERT INTO alias_events (registered_model, alias, version, at_ms, changed_by)
    VALUES ($1, $2, NULL, $3, $4)";

impl Store {
    /// Registers a version under the next number.
    ///
    /// # Errors
    ///
    /// - `Missing` if the registered model, the run or the logged model does not exist.
    /// - `ZeroCharacter` if a text contains U+0000.
    pub async fn insert_version(&self, record: &VersionRecord, now: Millis) -> Result<ModelVersion> {
        refuse_zero(&[], &record.tags)?;
        for (text, what) in [
            (&record.description, "the description"),
            (&record.run_link, "the link to the run"),
            (&record.source, "the source"),
            (&record.model_type, "the type of the model"),
        ] {
            if text.contains('\0') {
                return Err(Error::ZeroCharacter { what: what.to_owned() });
            }
        }
        let record = record.clone();
        self.write(move |mut connection| {
            async move {
                let name = &record.name;
                let found = fetch_optional!(connection, (i64,), TOUCH_MODEL_BY_NAME, name.as_str(), now.0)?;
                let Some((model,)) = found else {
                    return Err(Error::Missing { what: "model", id: name.to_string() });
                };
                let run = match &record.run_id {
                    None => None,
                    Some(run) => Some(key_of(&mut connection, RUN_KEY, "run", run.as_str()).await?),
                };
                let logged_model = match &record.model_id {
                    None => None,
                    Some(id) => {
                        Some(key_of(&mut connection, LOGGED_MODEL_KEY, "logged model", id.as_str()).await?)
                    }
                };
                let (version,) = fetch_one!(
                    connection,
                    (i64,),
                    INSERT_VERSION,
                    model,
                    run,
                    logged_model,
                    &record.model_type,
                    &record.source,
                    record.location.to_string(),
                    &record.description,
                    &record.run_link,
                    now.0
                )?;
                let tags: BTreeMap<&str, &str> =
                    record.tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
                for (key, value) in tags {
                    execute!(connection, UPSERT_TAG, model, version, key, value)?;
                }
                Ok(Change::Keep(one_version(&mut connection, name, model, version).await?))
            }
            .boxed()
        })
        .await
    }

    /// Returns a version.
    pub async fn model_version(&self, name: &ModelName, version: i64) -> Result<Option<ModelVersion>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let rows = fetch_all!(connection, VersionRow, BY_NUMBER, name.as_str(), version)?;
        Ok(complete_versions(&mut connection, rows).await?.pop())
    }

    /// Replaces the description of a version. `false` if there is none.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if it contains U+0000.
    pub async fn describe_version(
        &self,
        name: &ModelName,
        version: i64,
        description: &str,
        now: Millis,
    ) -> Result<bool> {
        if description.contains('\0') {
            return Err(Error::ZeroCharacter { what: "the description".to_owned() });
        }
        let (name, description) = (name.clone(), description.to_owned());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, name.as_str(), version)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                execute!(connection, DESCRIBE, model, version, &description, now.0)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Moves a version to a stage, and with `archive_others` the versions that were there to `Archived`. `false` if
    /// there is no such version.
    pub async fn set_version_stage(
        &self,
        name: &ModelName,
        version: i64,
        stage: ModelStage,
        archive_others: bool,
        now: Millis,
    ) -> Result<bool> {
        let name = name.clone();
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), TOUCH_MODEL_BY_NAME, name.as_str(), now.0)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                if execute!(connection, SET_STAGE, model, version, stage.as_str(), now.0)? == 0 {
                    return Ok(Change::Undo(false));
                }
                if archive_others {
                    execute!(connection, ARCHIVE_OTHERS, model, version, stage.as_str(), now.0)?;
                }
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Deletes a version with its aliases, whose end is added to their history. `false` if there is none.
    pub async fn delete_version(
        &self,
        name: &ModelName,
        version: i64,
        now: Millis,
        by: &str,
    ) -> Result<bool> {
        let (name, by) = (name.clone(), by.to_owned());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), TOUCH_MODEL_BY_NAME, name.as_str(), now.0)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                if execute!(connection, DELETE, model, version, now.0)? == 0 {
                    return Ok(Change::Undo(false));
                }
                for (alias,) in fetch_all!(connection, (String,), DELETE_ALIASES, model, version)? {
                    execute!(connection, INSERT_REMOVAL, model, alias, now.0, &by)?;
                }
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Sets a tag of a version. `false` if there is no such version.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if the value contains U+0000.
    pub async fn set_version_tag(&self, name: &ModelName, version: i64, tag: &Tag) -> Result<bool> {
        refuse_zero(&[], std::slice::from_ref(tag))?;
        let (name, tag) = (name.clone(), tag.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, name.as_str(), version)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                execute!(connection, UPSERT_TAG, model, version, tag.key.as_str(), &tag.value)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Removes a tag of a version; nothing happens if it does not have it. `false` if there is no such version.
    pub async fn delete_version_tag(&self, name: &ModelName, version: i64, key: &TagKey) -> Result<bool> {
        let (name, key) = (name.clone(), key.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, name.as_str(), version)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                execute!(connection, DELETE_TAG, model, version, key.as_str())?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }
}

async fn key_of(
    connection: &mut Connection<'_>,
    text: &'static str,
    what: &'static str,
    id: &str,
) -> Result<i64> {
    match fetch_optional!(*connection, (i64,), text, id)? {
        Some((key,)) => Ok(key),
        None => Err(Error::Missing { what, id: id.to_owned() }),
    }
}
