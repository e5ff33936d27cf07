//! Datasets: import, look over, describe, read.

mod stored;

use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use ml::{Kinds, Table};
use tokio::task::spawn_blocking;
use tracing::instrument;
use types::{
    ColumnEdits, ColumnKind, DESCRIPTION_MAX, Dataset, DatasetLineage, DatasetName, DatasetOverview,
    DatasetReport, DatasetRows, DatasetUpdate,
};

use crate::{Ctx, Error, Result};
use stored::{Source, StoredFile};

/// Largest file of a dataset, in bytes.
pub const DATASET_MAX: u64 = 1 << 30;

/// Most rows that are shown at once.
pub const ROWS_MAX: u32 = 1000;

/// The bytes of a dataset, as they were imported.
pub struct Content {
    /// The dataset.
    pub dataset: Dataset,
    /// What kind of file it is: `csv` or `parquet`.
    pub extension: &'static str,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The bytes; they end with an error if the stored file was damaged.
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("digest", &self.dataset.digest).finish_non_exhaustive()
    }
}

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

/// Returns all datasets of the name that the dataset has, newest first.
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn versions(ctx: &Ctx, name_or_digest: &str) -> Result<Vec<Dataset>> {
    let dataset = get(ctx, name_or_digest).await?;
    Ok(ctx.store().dataset_versions(&dataset.name).await?)
}

/// Checks, looks over and stores a file of separated values or a Parquet file, of which no more is held in memory than its
/// table. The same content under the same name is stored once; nothing is stored of a file that is no table.
///
/// # Errors
///
/// - `Training` (a rule error) that names row and column if it is not a table.
/// - `Invalid` if it is a damaged Parquet file.
/// - `UnsupportedFile` if it is something else, such as a workbook.
/// - `TooLarge` if it has more than [`DATASET_MAX`] bytes.
#[instrument(name = "datasets.import", skip_all, fields(dataset.name = %name))]
pub async fn import(
    ctx: &Ctx,
    name: DatasetName,
    source: &str,
    content: impl Stream<Item = io::Result<Bytes>> + Send,
) -> Result<Dataset> {
    let mut size = 0_u64;
    let bounded = content.map(|part| {
        let part = part?;
        size += part.len() as u64;
        if size > DATASET_MAX { Err(io::Error::from(io::ErrorKind::FileTooLarge)) } else { Ok(part) }
    });
    let incoming = ctx.store().receive_dataset(bounded).await.map_err(|error| match error {
        store::Error::Upload(cause) if cause.kind() == io::ErrorKind::FileTooLarge => {
            Error::TooLarge("a dataset has at most 1 GiB".to_owned())
        }
        other => other.into(),
    })?;
    let edits = ctx.store().dataset(incoming.digest()).await?.map(|known| known.edits).unwrap_or_default();
    let (incoming, looked) = look(ctx, Source::Incoming(incoming), edits.kinds.clone()).await?;
    let Source::Incoming(incoming) = incoming else { return Err(Error::not_found("upload", name)) };
    let dataset = Dataset {
        name,
        digest: incoming.digest().to_owned(),
        source: source.to_owned(),
        row_count: looked.row_count,
        columns: looked.columns,
        size_bytes: incoming.size_bytes(),
        created_at: ctx.now(),
        description: String::new(),
        edits,
    };
    ctx.store().put_dataset(&dataset, incoming, &looked.report).await?;
    get_named(ctx, &dataset).await
}

/// As [`import`], from memory.
///
/// # Errors
///
/// As [`import`].
pub async fn import_csv(ctx: &Ctx, name: DatasetName, source: &str, content: Bytes) -> Result<Dataset> {
    import(ctx, name, source, futures::stream::once(async move { Ok(content) })).await
}

/// What is stored under the name and content of a dataset.
async fn get_named(ctx: &Ctx, dataset: &Dataset) -> Result<Dataset> {
    let versions = ctx.store().dataset_versions(&dataset.name).await?;
    versions
        .into_iter()
        .find(|version| version.digest == dataset.digest)
        .ok_or_else(|| Error::not_found("dataset", &dataset.name))
}

/// Returns what a look at a dataset found.
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn report(ctx: &Ctx, name_or_digest: &str) -> Result<DatasetReport> {
    report_of(ctx, &get(ctx, name_or_digest).await?).await
}

/// The stored report, or a new one for a dataset that was imported by a program that made none.
async fn report_of(ctx: &Ctx, dataset: &Dataset) -> Result<DatasetReport> {
    if let Some(report) = ctx.store().dataset_report(&dataset.digest).await? {
        return Ok(report);
    }
    let source = Source::Stored(dataset.digest.clone());
    let (_, looked) = look(ctx, source, dataset.edits.kinds.clone()).await?;
    ctx.store().put_dataset_report(&dataset.digest, &looked.report).await?;
    Ok(looked.report)
}

/// Returns everything about a dataset, with its first rows.
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn overview(ctx: &Ctx, name_or_digest: &str, row_count: u32) -> Result<DatasetOverview> {
    let dataset = get(ctx, name_or_digest).await?;
    let report = report_of(ctx, &dataset).await?;
    let (versions, lineage, rows) = tokio::try_join!(
        async { Ok::<_, Error>(ctx.store().dataset_versions(&dataset.name).await?) },
        async { Ok::<_, Error>(ctx.store().dataset_lineage(&dataset.digest).await?) },
        rows_of(ctx, &dataset, &report, 0, row_count),
    )?;
    Ok(DatasetOverview { dataset, report, versions, lineage, rows })
}

/// Returns rows of a dataset as they are written, from the row `offset`, counted from 0; at most [`ROWS_MAX`].
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn rows(ctx: &Ctx, name_or_digest: &str, offset: u64, limit: u32) -> Result<DatasetRows> {
    let dataset = get(ctx, name_or_digest).await?;
    let report = report_of(ctx, &dataset).await?;
    rows_of(ctx, &dataset, &report, offset, limit).await
}

async fn rows_of(
    ctx: &Ctx,
    dataset: &Dataset,
    report: &DatasetReport,
    offset: u64,
    limit: u32,
) -> Result<DatasetRows> {
    let file = StoredFile::new(ctx, Source::Stored(dataset.digest.clone()));
    let (format, limit) = (report.format.clone(), limit.min(ROWS_MAX) as usize);
    let rows = spawn_blocking(move || ml::rows(&file, &format, offset, limit)).await??;
    Ok(DatasetRows {
        columns: dataset.columns.iter().map(|column| column.name.clone()).collect(),
        offset,
        row_count: u64::try_from(dataset.row_count).unwrap_or_default(),
        rows,
    })
}

/// Changes what is said about a dataset. A new type of a column means a new look at the whole table.
///
/// # Errors
///
/// - `NotFound` if there is no such dataset.
/// - `Invalid` if a column is not there, or the description is too long.
/// - `Training` (a rule error) if a column cannot be of the new type.
#[instrument(name = "datasets.update", skip_all, fields(dataset = name_or_digest))]
pub async fn update(ctx: &Ctx, name_or_digest: &str, update: DatasetUpdate) -> Result<Dataset> {
    let mut dataset = get(ctx, name_or_digest).await?;
    let is_column = |name: &String| dataset.columns.iter().any(|column| column.name == *name);
    if let Some(column) = update.kinds.keys().chain(update.units.keys()).find(|name| !is_column(name)) {
        return Err(Error::invalid_field(
            "columns",
            format!("has `{column}`, which is no column of the dataset"),
        ));
    }
    if let Some(description) = update.description {
        if description.len() > DESCRIPTION_MAX {
            return Err(Error::invalid_field(
                "description",
                format!("is longer than {DESCRIPTION_MAX} bytes"),
            ));
        }
        dataset.description = description;
    }
    let before = dataset.edits.kinds.clone();
    change(&mut dataset.edits.kinds, update.kinds);
    change(&mut dataset.edits.units, update.units);
    let report = if dataset.edits.kinds == before {
        report_of(ctx, &dataset).await?
    } else {
        let source = Source::Stored(dataset.digest.clone());
        let (_, looked) = look(ctx, source, dataset.edits.kinds.clone()).await?;
        dataset.columns = looked.columns;
        looked.report
    };
    ctx.store().update_dataset(&dataset, &report).await?;
    get_named(ctx, &dataset).await
}

fn change<T>(
    known: &mut std::collections::BTreeMap<String, T>,
    news: std::collections::BTreeMap<String, Option<T>>,
) {
    for (name, value) in news {
        match value {
            Some(value) => drop(known.insert(name, value)),
            None => drop(known.remove(&name)),
        }
    }
}

/// Returns the runs and models that came of a dataset.
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn lineage(ctx: &Ctx, name_or_digest: &str) -> Result<DatasetLineage> {
    let dataset = get(ctx, name_or_digest).await?;
    Ok(ctx.store().dataset_lineage(&dataset.digest).await?)
}

/// Opens the file of a dataset, as it was imported.
///
/// # Errors
///
/// `NotFound` if there is no such dataset.
pub async fn open(ctx: &Ctx, name_or_digest: &str) -> Result<Content> {
    let dataset = get(ctx, name_or_digest).await?;
    let report = report_of(ctx, &dataset).await?;
    let (size_bytes, bytes) = ctx
        .store()
        .open_dataset(&dataset.digest)
        .await?
        .ok_or_else(|| Error::not_found("content of dataset", &dataset.digest))?;
    let extension = match report.format {
        types::TableFormat::Csv { .. } => "csv",
        types::TableFormat::Parquet => "parquet",
    };
    Ok(Content { dataset, extension, size_bytes, bytes })
}

/// Reads the table of a dataset, with the types that a person gave to its columns.
///
/// # Errors
///
/// `NotFound` if its file is gone.
pub(crate) async fn read(ctx: &Ctx, dataset: &Dataset) -> Result<Table> {
    let file = StoredFile::new(ctx, Source::Stored(dataset.digest.clone()));
    let ColumnEdits { kinds, .. } = dataset.edits.clone();
    spawn_blocking(move || Table::read(&file, &kinds)).await?.map_err(refused)
}

/// What a look at a file found.
struct Looked {
    row_count: i64,
    columns: Vec<types::ColumnProfile>,
    report: DatasetReport,
}

/// Reads a whole file and looks it over, off the tasks that answer requests.
async fn look(
    ctx: &Ctx,
    source: Source,
    kinds: std::collections::BTreeMap<String, ColumnKind>,
) -> Result<(Source, Looked)> {
    let (file, today) = (StoredFile::new(ctx, source), ctx.now());
    let kinds: Kinds = kinds;
    spawn_blocking(move || {
        let table = Table::read(&file, &kinds).map_err(refused)?;
        let looked = Looked {
            row_count: i64::try_from(table.row_count()).unwrap_or(i64::MAX),
            columns: table.profile(),
            report: ml::report(&table, today),
        };
        Ok((file.into_source(), looked))
    })
    .await?
}

/// Tells what is no table from what is no file of tables at all.
fn refused(error: ml::Error) -> Error {
    match error {
        ml::Error::Packed { .. } => Error::UnsupportedFile(error.to_string()),
        ml::Error::Parquet(problem) => {
            Error::invalid_field("file", format!("is no Parquet file to read here: {problem}"))
        }
        ml::Error::NoColumnToType { column } => {
            Error::invalid_field("columns", format!("has `{column}`, which is no column of the dataset"))
        }
        other => other.into(),
    }
}
