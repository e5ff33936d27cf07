//! Stored tables, found by name or by the digest of their content.

use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream};
use types::{Dataset, DatasetLineage, DatasetName, DatasetReport, DatasetRun, ExperimentId, Millis, RunId};

use crate::database::{Change, execute, on_pool};
use crate::files::{Incoming, dataset_place, verified};
use crate::{Error, Result, Store};

const INSERT_DATASET: &str = "
    INSERT INTO datasets (name, digest, source, row_count, columns_json, size_bytes, created_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (name, digest) DO NOTHING";

const UPSERT_REPORT: &str = "
    INSERT INTO dataset_contents (digest, report_json)
    VALUES ($1, $2)
    ON CONFLICT (digest) DO UPDATE SET report_json = excluded.report_json";

const UPSERT_CONTENT: &str = "
    INSERT INTO dataset_contents (digest, description, edits_json, report_json)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (digest) DO UPDATE SET
        description = excluded.description,
        edits_json = excluded.edits_json,
        report_json = excluded.report_json";

const UPDATE_COLUMNS: &str = "UPDATE datasets SET columns_json = $2 WHERE digest = $1";

const REPORT: &str = "SELECT report_json FROM dataset_contents WHERE digest = $1 AND report_json IS NOT NULL";

/// Completes a statement that selects datasets.
macro_rules! datasets_where {
    ($rest:literal) => {
        concat!(
            "SELECT d.name, d.digest, d.source, d.row_count, d.columns_json, d.size_bytes, d.created_at_ms,
                c.description, c.edits_json
            FROM datasets d
            LEFT JOIN dataset_contents c ON c.digest = d.digest ",
            $rest
        )
    };
}

const DATASETS: &str = datasets_where!("ORDER BY d.created_at_ms DESC, d.dataset DESC");

const DATASET_VERSIONS: &str =
    datasets_where!("WHERE d.name = $1 ORDER BY d.created_at_ms DESC, d.dataset DESC");

// A digest is the more exact word, so it goes first should a dataset be called like one.
const DATASET_BY_NAME_OR_DIGEST: &str = datasets_where!(
    "WHERE d.digest = $1 OR d.name = $1
    ORDER BY CASE WHEN d.digest = $1 THEN 0 ELSE 1 END, d.created_at_ms DESC, d.dataset DESC
    LIMIT 1"
);

// One row for each version that a run's model became, or one without; the sub-select keeps the limit to runs.
const LINEAGE: &str = "
    SELECT u.run_id, u.name, u.experiment, u.context, m.name AS model, v.version
    FROM (
        SELECT r.run, r.run_id, r.name, r.experiment, r.started_at_ms, i.context
        FROM run_inputs i
        JOIN runs r ON r.run = i.run
        WHERE i.digest = $1 AND r.deleted = 0
        ORDER BY r.started_at_ms DESC, r.run DESC, i.context
        LIMIT 1000
    ) u
    LEFT JOIN model_versions v ON v.run = u.run
    LEFT JOIN registered_models m ON m.registered_model = v.registered_model
    ORDER BY u.started_at_ms DESC, u.run DESC, u.context, m.name, v.version DESC";

#[derive(sqlx::FromRow)]
struct DatasetRow {
    name: String,
    digest: String,
    source: String,
    row_count: i64,
    columns_json: String,
    size_bytes: i64,
    created_at_ms: i64,
    description: Option<String>,
    edits_json: Option<String>,
}

impl TryFrom<DatasetRow> for Dataset {
    type Error = Error;

    fn try_from(row: DatasetRow) -> Result<Self> {
        let inconsistent = |error: serde_json::Error| {
            Error::inconsistent(format!("columns of dataset `{}`: {error}", row.name))
        };
        let columns = serde_json::from_str(&row.columns_json).map_err(inconsistent)?;
        let edits = row.edits_json.as_deref().map(serde_json::from_str).transpose().map_err(inconsistent)?;
        Ok(Self {
            name: DatasetName::parse(&row.name)?,
            digest: row.digest,
            source: row.source,
            row_count: row.row_count,
            columns,
            size_bytes: row.size_bytes,
            created_at: Millis(row.created_at_ms),
            description: row.description.unwrap_or_default(),
            edits: edits.unwrap_or_default(),
        })
    }
}

#[derive(sqlx::FromRow)]
struct LineageRow {
    run_id: String,
    name: String,
    experiment: i64,
    context: String,
    model: Option<String>,
    version: Option<i64>,
}

/// A file that has arrived and is no dataset yet; removed if it does not become one.
pub struct IncomingDataset(Incoming);

impl std::fmt::Debug for IncomingDataset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IncomingDataset").field("digest", &self.0.sha256).finish_non_exhaustive()
    }
}

impl IncomingDataset {
    /// SHA-256 of the content, 64 hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.0.sha256
    }

    /// Size in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> i64 {
        self.0.size_bytes
    }

    /// The content from its start.
    pub async fn open(&self) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        self.0.open().await
    }
}

impl Store {
    /// Takes in a file; nothing stays behind if the stream fails.
    ///
    /// # Errors
    ///
    /// `Upload` with the stream's own error.
    pub async fn receive_dataset(
        &self,
        content: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<IncomingDataset> {
        self.files().receive(content).await.map(IncomingDataset)
    }

    /// Makes a dataset of a file that has arrived, with what a look at it found. The same content under the same name changes
    /// nothing but the report; under a new name it adds the name and shares the file.
    ///
    /// # Errors
    ///
    /// `Inconsistent` if `dataset.digest` is not that of the file.
    pub async fn put_dataset(
        &self,
        dataset: &Dataset,
        incoming: IncomingDataset,
        report: &DatasetReport,
    ) -> Result<()> {
        let place = dataset_place(&dataset.digest)
            .filter(|_| incoming.digest() == dataset.digest)
            .ok_or_else(|| Error::inconsistent(format!("digest of dataset `{}`", dataset.name)))?;
        if !self.files().exists(&place).await? {
            // Two at once are no harm: both write the same bytes.
            incoming.0.move_to(&place).await?;
        }

        let columns = to_json("columns", &dataset.columns)?;
        let report = to_json("report", report)?;
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
                execute!(connection, UPSERT_REPORT, &dataset.digest, report.as_str())?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Writes down what a person said about the content of `dataset`, with the columns and the report that follow from it; all
    /// names of the content share it.
    pub async fn update_dataset(&self, dataset: &Dataset, report: &DatasetReport) -> Result<()> {
        let columns = to_json("columns", &dataset.columns)?;
        let edits = to_json("edits", &dataset.edits)?;
        let report = to_json("report", report)?;
        let (digest, description) = (dataset.digest.clone(), dataset.description.clone());
        self.write(move |mut connection| {
            async move {
                execute!(
                    connection,
                    UPSERT_CONTENT,
                    digest.as_str(),
                    description.as_str(),
                    edits.as_str(),
                    report.as_str()
                )?;
                execute!(connection, UPDATE_COLUMNS, digest.as_str(), columns.as_str())?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Keeps what a look at the content with this digest found.
    pub async fn put_dataset_report(&self, digest: &str, report: &DatasetReport) -> Result<()> {
        let (digest, report) = (digest.to_owned(), to_json("report", report)?);
        self.write(move |mut connection| {
            async move {
                execute!(connection, UPSERT_REPORT, digest.as_str(), report.as_str())?;
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }

    /// Returns what a look at the content with this digest found; `None` if nobody has looked, or a program that told it in
    /// other words.
    pub async fn dataset_report(&self, digest: &str) -> Result<Option<DatasetReport>> {
        let report: Option<String> =
            on_pool!(self, |pool| { sqlx::query_scalar(REPORT).bind(digest).fetch_optional(pool).await })?;
        Ok(report.and_then(|report| serde_json::from_str(&report).ok()))
    }

    /// Returns all datasets, newest first.
    pub async fn datasets(&self) -> Result<Vec<Dataset>> {
        let rows = on_pool!(self, |pool| sqlx::query_as::<_, DatasetRow>(DATASETS).fetch_all(pool).await)?;
        rows.into_iter().map(Dataset::try_from).collect()
    }

    /// Returns all datasets of this name, newest first.
    pub async fn dataset_versions(&self, name: &DatasetName) -> Result<Vec<Dataset>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, DatasetRow>(DATASET_VERSIONS).bind(name.as_str()).fetch_all(pool).await
        })?;
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

    /// Returns the runs that used the content with this digest and are not deleted, newest first, with the versions of models
    /// that came of them.
    pub async fn dataset_lineage(&self, digest: &str) -> Result<DatasetLineage> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, LineageRow>(LINEAGE).bind(digest).fetch_all(pool).await
        })?;
        let mut runs: Vec<DatasetRun> = Vec::new();
        for row in rows {
            let run_id = RunId::parse(&row.run_id)?;
            let is_next = runs.last().is_none_or(|last| last.run_id != run_id || last.context != row.context);
            if is_next {
                runs.push(DatasetRun {
                    run_id,
                    run_name: row.name,
                    experiment_id: ExperimentId(row.experiment),
                    context: row.context,
                    models: Vec::new(),
                });
            }
            if let (Some(run), Some(model)) = (runs.last_mut(), row.model.zip(row.version)) {
                run.models.push(model);
            }
        }
        Ok(DatasetLineage { runs })
    }

    /// Opens the content of the dataset with this digest: its size in bytes and the bytes, which end with an error if they no
    /// longer match the digest.
    pub async fn open_dataset(
        &self,
        digest: &str,
    ) -> Result<Option<(u64, BoxStream<'static, io::Result<Bytes>>)>> {
        let Some(place) = dataset_place(digest) else { return Ok(None) };
        let found = self.files().read(&place).await?;
        Ok(found.map(|(size, content)| (size, verified(content, digest.to_owned()))))
    }
}

fn to_json(what: &str, value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::inconsistent(format!("{what} of a dataset: {error}")))
}
