//! What lives as long as the program.

use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use camino::Utf8PathBuf;
use store::{PredictionRecord, Store, StoreOptions};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;
use types::Millis;

use crate::error::Result;
use crate::scoring::Scoring;
use crate::serving::Serving;
use crate::{Caller, Ctx, background};

/// Where things are kept.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// Folder of the SQLite file and the artifacts; created if absent.
    pub data_dir: Utf8PathBuf,
    /// `postgres://…` or `sqlite://…`; `cuaderno.db` in the data folder if absent.
    pub database_url: Option<String>,
}

/// Store, clock, served model and background tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Engine(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    serving: Serving,
    scoring: Scoring,
    /// Identifies this process as the owner of the jobs that it works on.
    owner: String,
    tasks: TaskTracker,
    stop: CancellationToken,
    predictions: OnceLock<mpsc::Sender<PredictionRecord>>,
}

impl Engine {
    /// Opens the store, creating or migrating it as needed.
    ///
    /// # Errors
    ///
    /// `Store` if it cannot be opened.
    pub async fn open(config: EngineConfig) -> Result<Self> {
        let database_url = config
            .database_url
            .unwrap_or_else(|| format!("sqlite://{}", config.data_dir.join("cuaderno.db")));
        let artifact_root = config.data_dir.join("artifacts");
        let store = Store::open(&StoreOptions { database_url, artifact_root }).await?;
        let owner = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
        Ok(Self(Arc::new(Inner {
            store,
            serving: Serving::default(),
            scoring: Scoring::default(),
            owner,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            predictions: OnceLock::new(),
        })))
    }

    /// Starts what a server does beside answering: `workers` tasks that train, one that follows the champion,
    /// one that notices dead workers, one that writes the prediction log.
    pub fn start_background(&self, workers: usize) {
        let (sender, receiver) = mpsc::channel(background::PREDICTION_BACKLOG);
        if self.0.predictions.set(sender).is_err() {
            return;
        }
        self.0.tasks.spawn(background::write_predictions(self.clone(), receiver));
        self.0.tasks.spawn(background::follow_champion(self.clone()));
        self.0.tasks.spawn(background::sweep_jobs(self.clone()));
        for _ in 0..workers {
            self.0.tasks.spawn(background::work(self.clone()));
        }
    }

    /// Stops the background tasks and closes the store.
    ///
    /// A training in progress is given up; its job is marked as interrupted.
    pub async fn close(&self) {
        self.0.stop.cancel();
        self.0.tasks.close();
        self.0.tasks.wait().await;
        if let Err(error) = self.0.store.close().await {
            warn!(error = &error as &dyn std::error::Error, "the store did not close cleanly");
        }
    }

    /// A context for a request of `caller`.
    #[must_use]
    pub fn ctx(&self, caller: Caller) -> Ctx {
        Ctx::new(self.clone(), caller)
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    #[expect(clippy::unused_self, reason = "the clock belongs to the engine")]
    pub(crate) fn now(&self) -> Millis {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis(i64::try_from(now.as_millis()).unwrap_or(i64::MAX))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn serving(&self) -> &Serving {
        &self.0.serving
    }

    pub(crate) fn scoring(&self) -> &Scoring {
        &self.0.scoring
    }

    pub(crate) fn owner(&self) -> &str {
        &self.0.owner
    }

    pub(crate) fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Where predictions go to be logged; absent in a process without background tasks.
    pub(crate) fn predictions(&self) -> Option<&mpsc::Sender<PredictionRecord>> {
        self.0.predictions.get()
    }
}
