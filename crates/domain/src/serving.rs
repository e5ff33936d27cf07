//! The model that answers: kept in memory, swapped when the champion changes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use futures::TryStreamExt;
use store::Store;
use tokio::sync::{Mutex, OnceCell};
use tracing::info;
use types::{Alias, ArtifactPath, ModelName, ModelVersion, RunId, car};

use crate::training::MODEL_PATH;
use crate::{Error, Result};

/// The champion, ready to answer.
#[derive(Debug)]
pub(crate) struct Champion {
    pub(crate) version: ModelVersion,
    pub(crate) model: ml::Model,
}

/// Holds the champion of [`ModelName::cars`].
#[derive(Debug, Default)]
pub(crate) struct Serving {
    champion: ArcSwapOption<Champion>,
    first_look: OnceCell<()>,
    /// Loads one model at a time; requests do not wait for it.
    loading: Mutex<()>,
}

impl Serving {
    /// The champion, or `None` if there is none. Looks into the registry only the first time; from then on
    /// [`refresh`](Self::refresh) keeps it current.
    pub(crate) async fn champion(&self, store: &Store) -> Result<Option<Arc<Champion>>> {
        self.first_look.get_or_try_init(|| self.load(store)).await?;
        Ok(self.champion.load_full())
    }

    /// Loads the champion if it is not the one in memory. If its file cannot be read, the one in memory stays.
    pub(crate) async fn refresh(&self, store: &Store) -> Result<()> {
        self.load(store).await?;
        // A failed first look may have left this unset.
        self.first_look.get_or_init(|| async {}).await;
        Ok(())
    }

    async fn load(&self, store: &Store) -> Result<()> {
        let _turn = self.loading.lock().await;
        let target = store.alias_target(&ModelName::cars(), &Alias::champion()).await?;
        let Some(version) = target else {
            self.champion.store(None);
            return Ok(());
        };
        let is_loaded = self.champion.load().as_ref().is_some_and(|champion| {
            champion.version.version == version.version && champion.version.run_id == version.run_id
        });
        if is_loaded {
            return Ok(());
        }
        let Some(run_id) = &version.run_id else {
            return Err(Error::Rule(format!("version {} has no run to take a model from", version.version)));
        };
        let model =
            load_model(store, run_id).await?.ok_or_else(|| Error::not_found("artifact", MODEL_PATH))?;
        info!(run.id = %run_id, version = version.version, "version {} answers from now on", version.version);
        self.champion.store(Some(Arc::new(Champion { version, model })));
        Ok(())
    }
}

/// Reads the model that a run recorded; `None` if it recorded none.
pub(crate) async fn load_model(store: &Store, run_id: &RunId) -> Result<Option<ml::Model>> {
    let path = ArtifactPath::parse(MODEL_PATH)?;
    let Some((artifact, content)) = store.read_artifact(run_id, &path).await? else {
        return Ok(None);
    };
    let bytes = content
        .try_fold(
            Vec::with_capacity(usize::try_from(artifact.size_bytes).unwrap_or(0)),
            |mut bytes, chunk| async move {
                bytes.extend_from_slice(&chunk);
                Ok(bytes)
            },
        )
        .await?;
    Ok(Some(tokio::task::spawn_blocking(move || ml::Model::from_bytes(&bytes)).await??))
}

/// Whether `/predict` takes a field of this name.
pub(crate) fn is_car_field(name: &str) -> bool {
    car::FIELDS.iter().any(|(field, _)| *field == name)
}
