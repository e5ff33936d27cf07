//! The model that answers: kept in memory, swapped when the champion changes.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use futures::TryStreamExt;
use store::Store;
use tokio::sync::{Mutex, OnceCell};
use tracing::{info, warn};
use types::{
    Alias, ArtifactLocation, ArtifactOwner, ArtifactPath, ModelName, ModelVersion, RunId, Task, car,
};

use crate::training::{MODEL_FILE, MODEL_PATH};
use crate::{Error, Result};

/// The champion, ready to answer.
#[derive(Debug)]
pub(crate) struct Champion {
    pub(crate) version: ModelVersion,
    pub(crate) model: ml::Model,
}

/// Number and run of a version: together they say which model it is.
type Identity = (i64, Option<RunId>);

/// Holds the champion of [`ModelName::cars`].
///
/// MLflow's clients may call any version champion. One that cannot answer changes nothing: the one before it goes on
/// answering, also after a restart, since it is looked up in the history of the alias.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    champion: ArcSwapOption<Champion>,
    /// The champion in name that cannot answer.
    passed_over: ArcSwapOption<Identity>,
    first_look: OnceCell<()>,
    /// Loads one model at a time; requests do not wait for it.
    loading: Mutex<()>,
}

fn identity(version: &ModelVersion) -> Identity {
    (version.version, version.run_id.clone())
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
            self.passed_over.store(None);
            return Ok(());
        };
        let wanted = identity(&version);
        if self.champion.load().as_ref().is_some_and(|champion| identity(&champion.version) == wanted) {
            self.passed_over.store(None);
            return Ok(());
        }
        if self.passed_over.load().as_ref().is_some_and(|identity| **identity == wanted) {
            return Ok(());
        }
        if let Some(model) = load_version(store, &version).await? {
            info!(run.id = ?version.run_id, version = version.version, "version {} answers from now on", version.version);
            self.champion.store(Some(Arc::new(Champion { version, model })));
            self.passed_over.store(None);
            return Ok(());
        }
        let number = version.version;
        let earlier = earlier_champion(store, number).await?;
        let answers = earlier.as_ref().map(|champion| champion.version.version);
        warn!(version = number, ?answers, "version {number} is champion but cannot answer here");
        self.champion.store(earlier.map(Arc::new));
        self.passed_over.store(Some(Arc::new(wanted)));
        Ok(())
    }
}

/// The last champion before version `number` that can answer; none if the alias was removed in between.
async fn earlier_champion(store: &Store, number: i64) -> Result<Option<Champion>> {
    let name = ModelName::cars();
    let history = store.alias_history(&name).await?;
    let champions = history.into_iter().filter(|event| event.alias == Alias::champion());
    let mut tried = vec![number];
    for event in champions {
        let Some(number) = event.version else { return Ok(None) };
        if tried.contains(&number) {
            continue;
        }
        tried.push(number);
        let Some(version) = store.model_version(&name, number).await? else { continue };
        if let Some(model) = load_version(store, &version).await? {
            return Ok(Some(Champion { version, model }));
        }
    }
    Ok(None)
}

/// Reads the model of a version; `None` if it has none that can value a car.
async fn load_version(store: &Store, version: &ModelVersion) -> Result<Option<ml::Model>> {
    let file = ArtifactPath::parse(MODEL_FILE)?;
    let folder = ArtifactLocation::parse_uri(&version.artifact_uri);
    let Some(ArtifactLocation { owner, path: Some(path), .. }) = folder.and_then(|folder| folder.join(&file))
    else {
        return Ok(None);
    };
    match read_model(store, &owner, &path).await {
        Ok(model) => Ok(model.filter(|model| obstacle(model).is_none())),
        // Anybody can send a file of this name.
        Err(Error::Rule(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Why a model cannot value a car, as the rest of a sentence; `None` if it can.
pub(crate) fn obstacle(model: &ml::Model) -> Option<String> {
    if model.task() == Task::Classification {
        return Some("tells classes, but `/predict` answers with a price".to_owned());
    }
    let stranger = model.features().iter().find(|feature| !is_car_field(&feature.name))?;
    Some(format!("needs the column `{}`, which a car does not have", stranger.name))
}

/// Reads the model that a run recorded; `None` if it recorded none, `Rule` if it is no model.
pub(crate) async fn load_model(store: &Store, run_id: &RunId) -> Result<Option<ml::Model>> {
    read_model(store, &ArtifactOwner::from(run_id), &ArtifactPath::parse(MODEL_PATH)?).await
}

async fn read_model(store: &Store, owner: &ArtifactOwner, path: &ArtifactPath) -> Result<Option<ml::Model>> {
    let Some((artifact, content)) = store.read_artifact(owner, path).await? else {
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
    match tokio::task::spawn_blocking(move || ml::Model::from_bytes(&bytes)).await? {
        Ok(model) => Ok(Some(model)),
        Err(error) => Err(Error::Rule(format!("the model file `{path}` of {owner} cannot be read: {error}"))),
    }
}

/// Whether `/predict` takes a field of this name.
pub(crate) fn is_car_field(name: &str) -> bool {
    car::FIELDS.iter().any(|(field, _)| *field == name)
}
