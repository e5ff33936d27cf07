//! Registered models, one by one.

use std::collections::{BTreeMap, HashMap};

use futures::FutureExt;
use types::{Alias, Millis, ModelName, ModelVersion, RegistryEntry, Tag, TagKey};

use crate::batch::refuse_zero;
use crate::database::{Change, Connection, Sql, execute, fetch_optional};
use crate::model_versions::TOUCH_MODEL_BY_NAME;
use crate::registry::{MODEL_BY_NAME, ModelRow, VersionRow, complete_versions, versions_where};
use crate::{Error, Result, Store};

/// Models whose details are fetched with one statement each.
const AT_ONCE: usize = 8000;

const INSERT: &str = "
    INSERT INTO registered_models (name, description, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $3)
    ON CONFLICT (name) DO NOTHING
    RETURNING registered_model";

const DESCRIBE: &str = "
    UPDATE registered_models
    SET description = $2, updated_at_ms = $3
    WHERE name = $1
    RETURNING registered_model";

const RENAME: &str = "
    UPDATE registered_models
    SET name = $2, updated_at_ms = $3
    WHERE registered_model = $1";

const TOUCH_VERSIONS: &str = "UPDATE model_versions SET updated_at_ms = $2 WHERE registered_model = $1";

const DELETE: &str = "DELETE FROM registered_models WHERE name = $1";

const KEY: &str = "SELECT registered_model FROM registered_models WHERE name = $1";

const UPSERT_TAG: &str = "
    INSERT INTO registered_model_tags (registered_model, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (registered_model, key) DO UPDATE SET value = excluded.value";

const DELETE_TAG: &str = "DELETE FROM registered_model_tags WHERE registered_model = $1 AND key = $2";

/// Completes models: one statement for the tags of all of them, one for their aliases, one for their newest versions.
pub(crate) async fn complete_entries(
    connection: &mut Connection<'_>,
    rows: Vec<ModelRow>,
) -> Result<Vec<RegistryEntry>> {
    let keys: Vec<i64> = rows.iter().map(|row| row.registered_model).collect();
    let index: HashMap<i64, usize> = keys.iter().copied().zip(0..).collect();
    let entry = |row: ModelRow| {
        Ok(RegistryEntry {
            name: ModelName::parse(&row.name)?,
            description: row.description,
            created_at: Millis(row.created_at_ms),
            updated_at: Millis(row.updated_at_ms),
            tags: Vec::new(),
            aliases: Vec::new(),
            latest_versions: Vec::new(),
        })
    };
    let mut entries = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    for keys in keys.chunks(AT_ONCE) {
        let of_models = |text, rest| {
            let mut sql = Sql::new(text);
            sql.bind_list(keys.iter().copied()).push(rest);
            sql
        };
        let tags = of_models(
            "SELECT registered_model, key, value FROM registered_model_tags WHERE registered_model IN ",
            " ORDER BY registered_model, key",
        );
        for (model, key, value) in tags.fetch_all::<(i64, String, String)>(connection).await? {
            if let Some(entry) = index.get(&model).and_then(|at| entries.get_mut(*at)) {
                entry.tags.push(Tag { key: TagKey::parse(&key)?, value });
            }
        }
        let aliases = of_models(
            "SELECT registered_model, alias, version FROM model_aliases WHERE registered_model IN ",
            " ORDER BY registered_model, alias",
        );
        for (model, alias, version) in aliases.fetch_all::<(i64, String, i64)>(connection).await? {
            if let Some(entry) = index.get(&model).and_then(|at| entries.get_mut(*at)) {
                entry.aliases.push((Alias::parse(&alias)?, version));
            }
        }
        // Of each stage the version after which there is none.
        let newest = of_models(
            versions_where!("WHERE v.deleted = 0 AND v.registered_model IN "),
            " AND NOT EXISTS (
                SELECT 1
                FROM model_versions n
                WHERE n.registered_model = v.registered_model AND n.version > v.version AND n.stage = v.stage
                    AND n.deleted = 0
            )",
        );
        let rows = newest.fetch_all::<VersionRow>(connection).await?;
        let models: Vec<i64> = rows.iter().map(|row| row.registered_model).collect();
        for (model, version) in models.into_iter().zip(complete_versions(connection, rows).await?) {
            if let Some(entry) = index.get(&model).and_then(|at| entries.get_mut(*at)) {
                entry.latest_versions.push(version);
            }
        }
    }
    for entry in &mut entries {
        entry.latest_versions.sort_by_key(|version: &ModelVersion| version.stage);
    }
    Ok(entries)
}

impl Store {
    /// Registers a name. `false` if it is taken.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if a text contains U+0000.
    pub async fn insert_registered_model(
        &self,
        name: &ModelName,
        description: &str,
        tags: &[Tag],
        now: Millis,
    ) -> Result<bool> {
        refuse_zero(&[], tags)?;
        refuse_zero_description(description)?;
        let (name, description, tags) = (name.clone(), description.to_owned(), tags.to_vec());
        self.write(move |mut connection| {
            async move {
                let inserted =
                    fetch_optional!(connection, (i64,), INSERT, name.as_str(), &description, now.0)?;
                let Some((model,)) = inserted else { return Ok(Change::Undo(false)) };
                let tags: BTreeMap<&str, &str> =
                    tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
                for (key, value) in tags {
                    execute!(connection, UPSERT_TAG, model, key, value)?;
                }
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Returns a registered model with the newest version of each stage.
    pub async fn registry_entry(&self, name: &ModelName) -> Result<Option<RegistryEntry>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let row = fetch_optional!(connection, ModelRow, MODEL_BY_NAME, name.as_str())?;
        Ok(complete_entries(&mut connection, row.into_iter().collect()).await?.pop())
    }

    /// Replaces the description of a registered model. `false` if there is none.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if it contains U+0000.
    pub async fn describe_registered_model(
        &self,
        name: &ModelName,
        description: &str,
        now: Millis,
    ) -> Result<bool> {
        refuse_zero_description(description)?;
        let (name, description) = (name.clone(), description.to_owned());
        self.write(move |mut connection| {
            async move {
                let changed =
                    fetch_optional!(connection, (i64,), DESCRIBE, name.as_str(), &description, now.0)?;
                Ok(Change::Keep(changed.is_some()))
            }
            .boxed()
        })
        .await
    }

    /// Gives a registered model another name. `false` if there is none.
    ///
    /// # Errors
    ///
    /// `Taken` if another one has the name.
    pub async fn rename_registered_model(
        &self,
        name: &ModelName,
        new_name: &ModelName,
        now: Millis,
    ) -> Result<bool> {
        let (name, new_name) = (name.clone(), new_name.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), TOUCH_MODEL_BY_NAME, name.as_str(), now.0)?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                if name == new_name {
                    return Ok(Change::Keep(true));
                }
                if fetch_optional!(connection, (i64,), KEY, new_name.as_str())?.is_some() {
                    return Err(Error::Taken { what: "model", id: new_name.to_string() });
                }
                execute!(connection, RENAME, model, new_name.as_str(), now.0)?;
                execute!(connection, TOUCH_VERSIONS, model, now.0)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Deletes a registered model with its versions, aliases, their history, and the log of its predictions. `false`
    /// if there is none.
    pub async fn delete_registered_model(&self, name: &ModelName) -> Result<bool> {
        let name = name.clone();
        self.write(move |mut connection| {
            async move { Ok(Change::Keep(execute!(connection, DELETE, name.as_str())? > 0)) }.boxed()
        })
        .await
    }

    /// Sets a tag of a registered model. `false` if there is none.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if the value contains U+0000.
    pub async fn set_registered_model_tag(&self, name: &ModelName, tag: &Tag) -> Result<bool> {
        refuse_zero(&[], std::slice::from_ref(tag))?;
        let (name, tag) = (name.clone(), tag.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, name.as_str())?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                execute!(connection, UPSERT_TAG, model, tag.key.as_str(), &tag.value)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Removes a tag of a registered model; nothing happens if it does not have it. `false` if there is no model.
    pub async fn delete_registered_model_tag(&self, name: &ModelName, key: &TagKey) -> Result<bool> {
        let (name, key) = (name.clone(), key.clone());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), KEY, name.as_str())?;
                let Some((model,)) = found else { return Ok(Change::Undo(false)) };
                execute!(connection, DELETE_TAG, model, key.as_str())?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }
}

fn refuse_zero_description(description: &str) -> Result<()> {
    if description.contains('\0') {
        return Err(Error::ZeroCharacter { what: "the description".to_owned() });
    }
    Ok(())
}
