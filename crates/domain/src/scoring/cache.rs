//! Models in memory: the last ones that were asked.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use futures::stream::BoxStream;
use ml::onnx::{Graph, ModelDescription};
use store::Store;
use tokio::task::spawn_blocking;
use tracing::info;
use types::{Artifact, ArtifactLocation, ArtifactPath, ModelVersion};

use super::loaded::Loaded;
use crate::{Error, Result};

/// Most models in memory.
const MODELS_MAX: usize = 8;
/// Most bytes that their files have together.
const BYTES_MAX: u64 = 512 << 20;
/// Largest description of a model, in bytes.
const DESCRIPTION_MAX: u64 = 1 << 20;
/// Largest file of a model, in bytes.
const MODEL_MAX: u64 = 256 << 20;
/// Our own file beside a description.
const NATIVE: &str = "model.cuaderno";
/// The file that describes a model to MLflow.
const DESCRIPTION: &str = "MLmodel";

/// Models that answered lately, the last one at the end.
#[derive(Default)]
pub(crate) struct Scoring {
    models: Mutex<Vec<Entry>>,
    /// Loads one model at a time, so that a crowd that asks for a new one loads it once.
    loading: tokio::sync::Mutex<()>,
}

/// A model by the content of its file, so that a replaced file is a new model.
struct Entry {
    key: Key,
    size: u64,
    model: Arc<Loaded>,
}

/// Where the file is, and the SHA-256 of the files that make the model.
type Key = (String, Vec<String>);

impl fmt::Debug for Scoring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scoring")
    }
}

/// A file that is there, not read yet.
type Opened = (Artifact, BoxStream<'static, io::Result<Bytes>>);

impl Scoring {
    /// The model of a version.
    pub(super) async fn get(&self, store: &Store, version: &ModelVersion) -> Result<Arc<Loaded>> {
        let folder = ArtifactLocation::parse_uri(&version.artifact_uri)
            .ok_or_else(|| unservable(version, "its files are not on this server"))?;
        if let Some((location, file)) = open(store, &folder, NATIVE).await? {
            let key = (location, vec![file.0.sha256.clone()]);
            return self
                .find_or_load(key, version, file, |bytes| {
                    let model = ml::Model::from_bytes(&bytes)?;
                    Ok(Loaded::Native(Box::new(model)))
                })
                .await;
        }
        let Some((_, description)) = open(store, &folder, DESCRIPTION).await? else {
            return Err(unservable(version, "it has no file `MLmodel`"));
        };
        let digest = description.0.sha256.clone();
        let text = whole(description, DESCRIPTION_MAX).await?;
        let description = String::from_utf8(text.to_vec())
            .map_err(|_| unservable(version, "its file `MLmodel` is no text"))?;
        let description = ModelDescription::parse(&description).map_err(|error| refused(version, error))?;
        let Some(path) = &description.onnx_file else {
            return Err(unservable(
                version,
                &format!("{}\n\n{}", pickled(&description), snippet(version, &description)),
            ));
        };
        let Some((location, file)) = open(store, &folder, path).await? else {
            return Err(unservable(version, &format!("its file `{path}` is not there")));
        };
        let key = (location, vec![digest, file.0.sha256.clone()]);
        let inputs = description.inputs;
        self.find_or_load(key, version, file, |bytes| {
            Ok(Loaded::Graph(Box::new(Graph::read(bytes)?), inputs))
        })
        .await
    }

    async fn find_or_load(
        &self,
        key: Key,
        version: &ModelVersion,
        file: Opened,
        load: impl FnOnce(Bytes) -> std::result::Result<Loaded, ml::Error> + Send + 'static,
    ) -> Result<Arc<Loaded>> {
        if let Some(model) = self.find(&key) {
            return Ok(model);
        }
        let _turn = self.loading.lock().await;
        if let Some(model) = self.find(&key) {
            return Ok(model);
        }
        let bytes = whole(file, MODEL_MAX).await?;
        let size = bytes.len() as u64;
        let model = spawn_blocking(move || load(bytes)).await?.map_err(|error| refused(version, error))?;
        let model = Arc::new(model);
        info!(model.name = %version.name, version = version.version, size, "model loaded");
        self.keep(Entry { key, size, model: Arc::clone(&model) });
        Ok(model)
    }

    fn find(&self, key: &Key) -> Option<Arc<Loaded>> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        let place = models.iter().position(|entry| entry.key == *key)?;
        let entry = models.remove(place);
        let model = Arc::clone(&entry.model);
        models.push(entry);
        Some(model)
    }

    /// Remembers a model, and forgets those that were asked longest ago, or that it replaces.
    fn keep(&self, entry: Entry) {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.retain(|known| known.key.0 != entry.key.0);
        models.push(entry);
        let size = |models: &[Entry]| models.iter().map(|entry| entry.size).sum::<u64>();
        while models.len() > MODELS_MAX || (models.len() > 1 && size(&models) > BYTES_MAX) {
            models.remove(0);
        }
    }
}

/// Opens a file of a folder, by a path that is relative to it.
async fn open(store: &Store, folder: &ArtifactLocation, path: &str) -> Result<Option<(String, Opened)>> {
    let Some(location) = ArtifactPath::parse(path).ok().and_then(|path| folder.join(&path)) else {
        return Ok(None);
    };
    let Some(path) = &location.path else { return Ok(None) };
    let file = store.read_artifact(&location.owner, path).await?;
    Ok(file.map(|file| (location.uri(), file)))
}

/// Reads a file to its end.
async fn whole((artifact, content): Opened, most: u64) -> Result<Bytes> {
    if u64::try_from(artifact.size_bytes).is_ok_and(|size| size > most) {
        return Err(Error::Conflict(format!("`{}` has more than {most} bytes", artifact.path)));
    }
    let bytes = content
        .try_fold(BytesMut::new(), |mut bytes, chunk| async move {
            bytes.extend_from_slice(&chunk);
            Ok(bytes)
        })
        .await?;
    Ok(bytes.freeze())
}

fn unservable(version: &ModelVersion, reason: &str) -> Error {
    Error::Conflict(format!(
        "version {} of `{}` cannot be served here: {reason}",
        version.version, version.name
    ))
}

/// A model whose file is not as it should be.
fn refused(version: &ModelVersion, error: ml::Error) -> Error {
    unservable(version, &error.to_string())
}

fn pickled(description: &ModelDescription) -> String {
    let flavours: Vec<String> = description.flavours.iter().map(|flavour| format!("`{flavour}`")).collect();
    format!(
        "it has no flavour `onnx`, only {}, whose files are Python programs or pickles, and this server runs neither. Convert \
         it in Python and log it again:",
        if flavours.is_empty() { "none".to_owned() } else { flavours.join(", ") }
    )
}

/// Python that converts a model.
fn snippet(version: &ModelVersion, description: &ModelDescription) -> String {
    let (name, number) = (&version.name, version.version);
    let has = |flavour: &str| description.flavours.iter().any(|known| known == flavour);
    let (load, convert) = if has("lightgbm") {
        (
            "lightgbm",
            "onnx_model = onnxmltools.convert_lightgbm(model, initial_types=[(\"x\", FloatTensorType([None, width]))])",
        )
    } else if has("xgboost") {
        (
            "xgboost",
            "onnx_model = onnxmltools.convert_xgboost(model, initial_types=[(\"x\", FloatTensorType([None, width]))])",
        )
    } else {
        ("sklearn", "onnx_model = skl2onnx.to_onnx(model, rows[:1])  # rows: some rows as it was trained on")
    };
    format!(
        "import mlflow\nmodel = mlflow.{load}.load_model(\"models:/{name}/{number}\")\n{convert}\nmlflow.onnx.log_model(onnx_model, \
         name=\"model\", registered_model_name=\"{name}\", save_as_external_data=False)"
    )
}
