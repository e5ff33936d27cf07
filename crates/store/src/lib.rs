#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![expect(
    clippy::missing_errors_doc,
    reason = "every function can fail with `Busy`, `Closed`, `Database` and `Inconsistent`, every write with
        `OutcomeUnknown` too; `# Errors` names only what is particular to a function"
)]

mod aliases;
mod artifacts;
mod batch;
mod database;
mod datasets;
mod error;
mod experiments;
mod files;
mod histories;
mod importing;
mod importing_models;
mod job_log;
mod job_recovery;
mod jobs;
mod logged_models;
mod metrics;
mod model_versions;
mod predictions;
mod registered_models;
mod registry;
mod run_details;
mod run_inputs;
mod runs;
mod search;
mod settings;
mod summaries;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use camino::Utf8PathBuf;
use futures::future::BoxFuture;

use crate::database::{Change, Connection, Database, Pool, Snapshot};
use crate::files::Files;

pub use crate::batch::BatchOutcome;
pub use crate::datasets::IncomingDataset;
pub use crate::error::Error;
pub use crate::files::sha256_hex;
pub use crate::importing::{ForeignExperiment, RunEnd};
pub use crate::importing_models::{Adopted, ForeignRegisteredModel, ForeignVersion};
pub use crate::job_recovery::LetGo;
pub use crate::jobs::Beat;
pub use crate::logged_models::ModelParamsOutcome;
pub use crate::predictions::PredictionRecord;
pub use crate::search::artifact_uri;

type Result<T, E = Error> = std::result::Result<T, E>;

/// Names of metrics that are remembered in memory; more are looked up each time.
const KEYS_REMEMBERED: usize = 100_000;

/// Where a store lives.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// `sqlite:///absolute/path.db` or `postgres://user@host/database`.
    pub database_url: String,
    /// Folder of artifacts and datasets; created on first use.
    pub artifact_root: Utf8PathBuf,
}

/// Database and files. Cheap to clone; all clones share connections.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    files: Files,
    metric_keys: RwLock<HashMap<String, i64>>,
}

impl Store {
    /// Opens the store and creates whatever is missing: folders, database file, tables.
    ///
    /// Several processes may do this at the same time.
    ///
    /// # Errors
    ///
    /// - `DatabaseUrl` if the URL is none of the two kinds.
    /// - `NewerSchema` if a newer program has been here.
    /// - `SqliteVersion` if the SQLite that was compiled in has known data loss.
    /// - `Busy`, `Database` or `Io` if the database or the folder cannot be used.
    pub async fn open(options: &StoreOptions) -> Result<Self> {
        let database = Database::open(&options.database_url).await?;
        let files = Files::open(&options.artifact_root).await?;
        Ok(Self { inner: Arc::new(Inner { database, files, metric_keys: RwLock::default() }) })
    }

    /// Finishes the writes that wait, then closes all connections. Later calls answer [`Error::Closed`].
    ///
    /// # Errors
    ///
    /// `Database` if the last checkpoint fails; nothing is lost then, the next start repeats it.
    pub async fn close(&self) -> Result<()> {
        self.inner.database.close().await
    }

    pub(crate) fn pool(&self) -> &Pool {
        self.inner.database.pool()
    }

    pub(crate) fn files(&self) -> &Files {
        &self.inner.files
    }

    /// Begins a read that sees one state of the database, however many statements it takes.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        self.inner.database.snapshot().await
    }

    /// Runs `body` in a transaction that is committed if it answers [`Change::Keep`].
    ///
    /// The transaction goes on when the caller stops waiting. On SQLite it shares its commit with others.
    pub(crate) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Connection<'c>) -> BoxFuture<'c, Result<Change<T>>> + Send + 'static,
    {
        self.inner.database.write(body).await
    }

    /// The number of a metric's name, if this process has met it.
    pub(crate) fn known_metric_key(&self, key: &str) -> Option<i64> {
        self.inner.metric_keys.read().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// Remembers numbers of names. Only those of committed rows: they never change.
    pub(crate) fn remember_metric_keys(&self, keys: impl IntoIterator<Item = (String, i64)>) {
        let mut known = self.inner.metric_keys.write().unwrap_or_else(PoisonError::into_inner);
        for (key, number) in keys {
            if known.len() < KEYS_REMEMBERED {
                known.insert(key, number);
            }
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("database", &self.pool().dialect()).finish_non_exhaustive()
    }
}
