//! Small facts about the store itself, by name.

use futures::FutureExt;

use crate::database::{Change, execute, on_pool};
use crate::{Result, Store};

const SETTING: &str = "SELECT value FROM settings WHERE key = $1";

const UPSERT_SETTING: &str = "
    INSERT INTO settings (key, value)
    VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";

impl Store {
    /// Returns a setting.
    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        Ok(on_pool!(self, |pool| sqlx::query_scalar(SETTING).bind(key).fetch_optional(pool).await)?)
    }

    /// Stores or replaces a setting.
    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(move |mut connection| {
            async move {
                execute!(connection, UPSERT_SETTING, &key, &value)?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }
}
