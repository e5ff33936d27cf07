//! Stored tables, found by name or by the digest of their content.

use bytes::Bytes;
use futures::{FutureExt, StreamExt, TryStreamExt};
use types::{Dataset, DatasetName, Millis};

use crate::database::{Change, execute, on_pool};
use crate::files::{dataset_place, sha256_hex, verified};
use crate::{Error, Result, Store};

const INSERT_DATASET: &str = "
    INSERT INTO datasets (name, digest, source, row_count, columns_json, size_bytes, created_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (name, digest) DO NOTHING";

const DATASETS: &str = "
    SELECT name, digest, source, row_count, columns_json, size_bytes, created_at_ms
    FROM datasets
    ORDER BY created_at_ms DESC, dataset DESC";

// A digest is the more exact word, so it goes first should a dataset be called like one.
const DATASET_BY_NAME_OR_DIGEST: &str = "
    SELECT name, digest, source, row_count, columns_json, size_bytes, created_at_ms
    FROM datasets
    WHERE digest = $1 OR name = $1
    ORDER BY CASE WHEN digest = $1 THEN 0 ELSE 1 END, created_at_ms DESC, dataset DESC
    LIMIT 1";

#[derive(sqlx::FromRow)]
struct DatasetRow {
    name: String,
    digest: String,
    source: String,
    row_count: i64,
    columns_json: String,
    size_bytes: i64,
    created_at_ms: i64,
}

impl TryFrom<DatasetRow> for Dataset {
    type Error = Error;

    fn try_from(row: DatasetRow) -> Result<Self> {
        let columns = serde_json::from_str(&row.columns_json)
            .map_err(|error| Error::inconsistent(format!("columns of dataset `{}`: {error}", row.name)))?;
        Ok(Self {
            name: DatasetName::parse(&row.name)?,
            digest: row.digest,
            source: row.source,
            row_count: row.row_count,
            columns,
            size_bytes: row.size_bytes,
            created_at: Millis(row.created_at_ms),
        })
    }
}

impl Store {
    /// Stores a table. The same content under the same name changes nothing; under a new name it adds the
    /// name and shares the file.
    ///
    /// # Errors
    ///
    /// `Inconsistent` if `dataset.digest` is not the SHA-256 of `content`.
    pub async fn put_dataset(&self, dataset: &Dataset, content: Bytes) -> Result<()> {
        let place = dataset_place(&dataset.digest)
            .filter(|_| sha256_hex(&content) == dataset.digest)
            .ok_or_else(|| Error::inconsistent(format!("digest of dataset `{}`", dataset.name)))?;
        if !self.files().exists(&place).await? {
            // Two at once are no harm: both write the same bytes.
            let content = futures::stream::once(async move { Ok(content) });
            self.files().receive(content).await?.move_to(&place).await?;
        }

        let columns = serde_json::to_string(&dataset.columns).map_err(|error| {
            Error::inconsistent(format!("columns of dataset `{}`: {error}", dataset.name))
        })?;
        let dataset = dataset.clone();
        self.write(move |mut connection| {
            async move {
                execute!(
                    connection,
                    INSERT_DATASET,
                    dataset.name.as_str(),
                    &dataset.digest,
                    &dataset.source,
                    dataset.row_count,
                    columns.as_str(),
                    dataset.size_bytes,
                    dataset.created_at.0
                )?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Returns all datasets, newest first.
    pub async fn datasets(&self) -> Result<Vec<Dataset>> {
        let rows = on_pool!(self, |pool| sqlx::query_as::<_, DatasetRow>(DATASETS).fetch_all(pool).await)?;
        rows.into_iter().map(Dataset::try_from).collect()
    }

    /// Returns the newest dataset with this name, or the one with this digest.
    pub async fn dataset(&self, name_or_digest: &str) -> Result<Option<Dataset>> {
        let row = on_pool!(self, |pool| {
            sqlx::query_as::<_, DatasetRow>(DATASET_BY_NAME_OR_DIGEST)
                .bind(name_or_digest)
                .fetch_optional(pool)
                .await
        })?;
        row.map(Dataset::try_from).transpose()
    }

    /// Returns the content of the dataset with this digest.
    ///
    /// # Errors
    ///
    /// `Inconsistent` if the file no longer matches the digest.
    pub async fn read_dataset(&self, digest: &str) -> Result<Option<Bytes>> {
        let Some(place) = dataset_place(digest) else { return Ok(None) };
        let Some((_, content)) = self.files().read(&place).await? else { return Ok(None) };
        let parts: Vec<Bytes> = verified(content, digest.to_owned())
            .map(|part| part.map_err(|error| Error::inconsistent(format!("dataset {digest}: {error}"))))
            .try_collect()
            .await?;
        Ok(Some(parts.concat().into()))
    }
}
