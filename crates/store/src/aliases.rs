//! Aliases: names that point to one version of a model, with their history.

use futures::FutureExt;
use types::{Alias, AliasEvent, Millis, ModelName, ModelVersion};

use crate::database::{Change, execute, fetch_all, fetch_optional, on_pool};
use crate::model_versions::INSERT_REMOVAL;
use crate::registry::{VersionRow, complete_versions, versions_where};
use crate::{Error, Result, Store};

// As in `registry`, the row is locked: the events of an alias are in the order of its changes.
const LOCK_MODEL: &str = "
    UPDATE registered_models
    SET name = name
    WHERE name = $1
    RETURNING registered_model";

const VERSION_EXISTS: &str =
    "SELECT version FROM model_versions WHERE registered_model = $1 AND version = $2 AND deleted = 0";

const CURRENT: &str = "SELECT version FROM model_aliases WHERE registered_model = $1 AND alias = $2";

const UPSERT_ALIAS: &str = "
    INSERT INTO model_aliases (registered_model, alias, version)
    VALUES ($1, $2, $3)
    ON CONFLICT (registered_model, alias) DO UPDATE SET version = excluded.version";

const INSERT_EVENT: &str = "
    INSERT INTO alias_events (registered_model, alias, version, at_ms, changed_by)
    VALUES ($1, $2, $3, $4, $5)";

const TOUCH_MODEL: &str = "UPDATE registered_models SET updated_at_ms = $2 WHERE registered_model = $1";

const TARGET: &str = versions_where!(
    "JOIN model_aliases wanted ON wanted.registered_model = v.registered_model AND wanted.version = v.version
    WHERE m.name = $1 AND wanted.alias = $2 AND v.deleted = 0"
);

const DELETE_ALIAS: &str = "DELETE FROM model_aliases WHERE registered_model = $1 AND alias = $2";

const HISTORY: &str = "
    SELECT e.alias, e.version, e.at_ms, e.changed_by
    FROM alias_events e
    JOIN registered_models m ON m.registered_model = e.registered_model
    WHERE m.name = $1
    ORDER BY e.alias_event DESC";

#[derive(sqlx::FromRow)]
struct EventRow {
    alias: String,
    version: Option<i64>,
    at_ms: i64,
    changed_by: String,
}

impl TryFrom<EventRow> for AliasEvent {
    type Error = Error;

    fn try_from(row: EventRow) -> Result<Self> {
        Ok(Self {
            alias: Alias::parse(&row.alias)?,
            version: row.version,
            at: Millis(row.at_ms),
            by: row.changed_by,
        })
    }
}

impl Store {
    /// Points an alias to a version and adds that to its history. Pointing it where it points already adds
    /// nothing. `false` if there is no such model or version.
    pub async fn set_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: i64,
        now: Millis,
        by: &str,
    ) -> Result<bool> {
        let (name, alias, by) = (name.clone(), alias.clone(), by.to_owned());
        self.write(move |mut connection| {
            async move {
                let Some((model,)) = fetch_optional!(connection, (i64,), LOCK_MODEL, name.as_str())? else {
                    return Ok(Change::Undo(false));
                };
                if fetch_optional!(connection, (i64,), VERSION_EXISTS, model, version)?.is_none() {
                    return Ok(Change::Undo(false));
                }
                let current = fetch_optional!(connection, (i64,), CURRENT, model, alias.as_str())?;
                if current == Some((version,)) {
                    return Ok(Change::Undo(true));
                }
                execute!(connection, UPSERT_ALIAS, model, alias.as_str(), version)?;
                execute!(connection, INSERT_EVENT, model, alias.as_str(), version, now.0, &by)?;
                execute!(connection, TOUCH_MODEL, model, now.0)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Removes an alias and adds that to its history; nothing happens if there is none. `false` if there is no such
    /// model.
    pub async fn delete_alias(&self, name: &ModelName, alias: &Alias, now: Millis, by: &str) -> Result<bool> {
        let (name, alias, by) = (name.clone(), alias.clone(), by.to_owned());
        self.write(move |mut connection| {
            async move {
                let Some((model,)) = fetch_optional!(connection, (i64,), LOCK_MODEL, name.as_str())? else {
                    return Ok(Change::Undo(false));
                };
                if execute!(connection, DELETE_ALIAS, model, alias.as_str())? == 0 {
                    return Ok(Change::Undo(true));
                }
                execute!(connection, INSERT_REMOVAL, model, alias.as_str(), now.0, &by)?;
                execute!(connection, TOUCH_MODEL, model, now.0)?;
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Returns the version that an alias points to.
    pub async fn alias_target(&self, name: &ModelName, alias: &Alias) -> Result<Option<ModelVersion>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let rows = fetch_all!(connection, VersionRow, TARGET, name.as_str(), alias.as_str())?;
        Ok(complete_versions(&mut connection, rows).await?.pop())
    }

    /// Returns the changes of all aliases of a model, newest first.
    pub async fn alias_history(&self, name: &ModelName) -> Result<Vec<AliasEvent>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, EventRow>(HISTORY).bind(name.as_str()).fetch_all(pool).await
        })?;
        rows.into_iter().map(AliasEvent::try_from).collect()
    }
}
