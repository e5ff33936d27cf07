//! Datasets: import and look up.

use bytes::Bytes;
use tracing::instrument;
use types::{Dataset, DatasetName};

use crate::{Ctx, Error, Result};

/// Largest dataset, in bytes; training holds it in memory.
pub const DATASET_MAX: usize = 1 << 30;

/// Returns all datasets, newest first.
///
/// # Errors
///
/// Only those of the store.
pub async fn list(ctx: &Ctx) -> Result<Vec<Dataset>> {
    Ok(ctx.store().datasets().await?)
}

/// Returns the newest dataset of this name, or the one with this digest.
///
/// # Errors
///
/// `NotFound` if there is none.
pub async fn get(ctx: &Ctx, name_or_digest: &str) -> Result<Dataset> {
    ctx.store().dataset(name_or_digest).await?.ok_or_else(|| Error::not_found("dataset", name_or_digest))
}

/// Checks and stores a CSV file. The same content under the same name is stored once.
///
/// # Errors
///
/// `Training` (a rule error) that names row and column if it is not a table; `Invalid` if it is too large.
#[instrument(name = "datasets.import_csv", skip_all, fields(dataset.name = %name))]
pub async fn import_csv(ctx: &Ctx, name: DatasetName, source: &str, content: Bytes) -> Result<Dataset> {
    if content.len() > DATASET_MAX {
        return Err(Error::invalid_field("file", "is larger than 1 GiB"));
    }
    let bytes = content.clone();
    let (row_count, columns, digest) = tokio::task::spawn_blocking(move || {
        let table = ml::Table::from_csv(&bytes)?;
        let digest = store::sha256_hex(&bytes);
        Ok::<_, ml::Error>((table.row_count(), table.profile(), digest))
    })
    .await??;

    let dataset = Dataset {
        name,
        digest,
        source: source.to_owned(),
        row_count: i64::try_from(row_count).unwrap_or(i64::MAX),
        columns,
        size_bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
        created_at: ctx.now(),
    };
    ctx.store().put_dataset(&dataset, content).await?;
    Ok(dataset)
}
