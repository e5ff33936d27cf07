//! MLflow's file store: a folder such as `mlruns`.
//!
//! ```text
//! <experiment>/meta.yaml  tags/  datasets/<id>/meta.yaml  models/<model>/…
//! <experiment>/<run>/meta.yaml  params/  tags/  metrics/  artifacts/  inputs/<id>/meta.yaml  outputs/<id>/meta.yaml
//! models/<registered model>/…
//! .trash/<deleted experiment>/…
//! ```
//!
//! The value of a param or tag is the content of the file of its name. Names with slashes are folders.

mod history;
mod meta;
mod models;

use camino::{Utf8Path, Utf8PathBuf};
use futures::stream::BoxStream;

use super::disk::{self, ArtifactFolders, blocking};
use crate::record::{Dataset, Experiment, Fault, File, Found, Goal, ModelLink, Pairs, Point, Role, Run};
use crate::{Error, Result, yaml};
use meta::{ExperimentMeta, InputMeta, OutputMeta, RunMeta};

/// Folder of deleted experiments.
const TRASH: &str = ".trash";

/// Folders of an experiment that are no runs.
const RESERVED: [&str; 4] = ["tags", "datasets", "traces", "models"];

/// Folder of the registry, beside the experiments.
const REGISTRY: &str = "models";

/// A folder with runs.
#[derive(Debug, Clone)]
pub(super) struct FileStore {
    root: Utf8PathBuf,
    artifacts: ArtifactFolders,
}

impl FileStore {
    /// Makes sure that the folder is a file store.
    pub(super) async fn open(root: Utf8PathBuf, artifacts: Option<Utf8PathBuf>) -> Result<Self> {
        let store = Self { root, artifacts: ArtifactFolders(artifacts.into_iter().collect()) };
        let looked_at = store.clone();
        blocking(move || looked_at.check()).await?;
        Ok(store)
    }

    fn check(&self) -> Result<()> {
        let root = &self.root;
        let folders = disk::folders(root).map_err(Error::io(root))?;
        let is_store = folders.iter().any(|name| {
            matches!(name.as_str(), TRASH | REGISTRY) || disk::is_file(&root.join(name).join("meta.yaml"))
        });
        if is_store {
            return Ok(());
        }
        let hint = if folders.iter().any(|name| name == "mlruns") {
            format!("; did you mean `{}`?", root.join("mlruns"))
        } else {
            String::new()
        };
        Err(Error::Place(format!(
            "`{root}` is no folder of MLflow: none of its folders has a file meta.yaml{hint}"
        )))
    }

    pub(super) async fn experiments(&self) -> Result<Found<Experiment>> {
        let store = self.clone();
        blocking(move || {
            let mut found = Found::default();
            for folder in [store.root.clone(), store.root.join(TRASH)] {
                if !disk::is_folder(&folder) {
                    continue;
                }
                let is_trash = folder != store.root;
                for id in disk::folders(&folder).map_err(Error::io(&folder))? {
                    if !is_trash && matches!(id.as_str(), TRASH | REGISTRY) {
                        continue;
                    }
                    match experiment(&folder.join(&id), &id, is_trash) {
                        Ok((experiment, faults)) => {
                            found.items.push(experiment);
                            found.faults.extend(faults);
                        }
                        Err(error) => {
                            found.faults.push(Fault::new(format!("experiment `{id}`"), error.to_string()));
                        }
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// The folder of an experiment, which [`Self::experiments`] found there.
    fn folder(&self, experiment: &str) -> Utf8PathBuf {
        let active = self.root.join(experiment);
        if disk::is_file(&active.join("meta.yaml")) { active } else { self.root.join(TRASH).join(experiment) }
    }

    pub(super) async fn run_ids(&self, experiment: &str) -> Result<Found<String>> {
        let folder = self.folder(experiment);
        blocking(move || {
            let mut found = Found::default();
            for name in disk::folders(&folder).map_err(Error::io(&folder))? {
                if RESERVED.contains(&name.as_str()) {
                    continue;
                }
                if disk::is_file(&folder.join(&name).join("meta.yaml")) {
                    found.items.push(name);
                } else {
                    found.faults.push(Fault::new(format!("run `{name}`"), "it has no file meta.yaml"));
                }
            }
            Ok(found)
        })
        .await
    }

    pub(super) async fn run(&self, experiment: &str, id: &str) -> Result<Run> {
        let (experiment, id) = (self.folder(experiment), id.to_owned());
        blocking(move || run(&experiment, &id)).await
    }

    /// The history, metric by metric.
    pub(super) fn points(&self, experiment: &str, run: &str) -> BoxStream<'static, Result<Found<Point>>> {
        history::of_run(self.folder(experiment).join(run).join("metrics"))
    }

    pub(super) async fn files(&self, experiment: &str, run: &Run) -> Result<Found<File>> {
        let (folder, experiment) = (self.folder(experiment), experiment.to_owned());
        let (id, uri, others) = (run.id.clone(), run.artifact_uri.clone(), self.artifacts.clone());
        blocking(move || Ok(files(&folder.join(&id), &experiment, &id, &uri, &others))).await
    }

    /// Number of traces of an experiment, which are not moved.
    pub(super) async fn traces(&self, experiment: &str) -> Result<u64> {
        let folder = self.folder(experiment).join("traces");
        blocking(move || Ok(disk::folders(&folder).map_or(0, |names| names.len() as u64))).await
    }
}

fn experiment(folder: &Utf8Path, id: &str, is_trash: bool) -> Result<(Experiment, Vec<Fault>)> {
    let meta: ExperimentMeta = yaml::read(&disk::text(&folder.join("meta.yaml"))?)?;
    if meta.experiment_id != id {
        return Err(Error::Broken(format!("its meta.yaml belongs to experiment `{}`", meta.experiment_id)));
    }
    let (tags, faults) = values(&folder.join("tags"), "tag");
    let experiment = Experiment {
        id: id.to_owned(),
        name: meta.name,
        is_deleted: is_trash || meta.lifecycle_stage.as_deref() == Some("deleted"),
        created_at: meta::millis(meta.creation_time.as_deref()),
        updated_at: meta::millis(meta.last_update_time.as_deref()),
        tags,
        goal: meta.goal_metric.zip(meta.goal_direction).map(|(metric, direction)| Goal { metric, direction }),
    };
    let of_experiment =
        |fault: Fault| Fault { what: format!("{} of experiment `{id}`", fault.what), ..fault };
    Ok((experiment, faults.into_iter().map(of_experiment).collect()))
}

fn run(experiment: &Utf8Path, id: &str) -> Result<Run> {
    let folder = experiment.join(id);
    let meta: RunMeta = yaml::read(&disk::text(&folder.join("meta.yaml"))?)?;
    let written = meta.run_id.or(meta.run_uuid).unwrap_or_default();
    if written != id {
        return Err(Error::Broken(format!("its meta.yaml belongs to run `{written}`")));
    }
    let (params, mut faults) = values(&folder.join("params"), "param");
    let (tags, more) = values(&folder.join("tags"), "tag");
    faults.extend(more);
    let (datasets, models) = links(experiment, &folder, &mut faults);
    Ok(Run {
        id: id.to_owned(),
        name: meta.run_name.or(meta.name).unwrap_or_default(),
        user: meta.user_id.unwrap_or_default(),
        status: meta::status(meta.status.as_deref()).to_owned(),
        is_deleted: meta.lifecycle_stage.as_deref() == Some("deleted"),
        deleted_at: meta::millis(meta.deleted_time.as_deref()),
        started_at: meta::millis(meta.start_time.as_deref()),
        ended_at: meta::millis(meta.end_time.as_deref()),
        params,
        tags,
        datasets,
        models,
        metrics: Vec::new(),
        artifact_uri: meta.artifact_uri.unwrap_or_default(),
        faults,
    })
}

/// Reads the files below a folder as values: the path is the name.
fn values(folder: &Utf8Path, kind: &str) -> (Pairs, Vec<Fault>) {
    let found = disk::files_below(folder);
    let mut pairs = Pairs::new();
    let mut faults = found.faults;
    for file in found.items {
        match disk::text(&folder.join(&file.path)) {
            Ok(value) => pairs.push((file.path, value)),
            Err(error) => faults.push(Fault::new(format!("{kind} `{}`", file.path), error.to_string())),
        }
    }
    (pairs, faults)
}

/// What a run used and made.
fn links(experiment: &Utf8Path, run: &Utf8Path, faults: &mut Vec<Fault>) -> (Vec<Dataset>, Vec<ModelLink>) {
    let (mut datasets, mut models) = (Vec::new(), Vec::new());
    let inputs = run.join("inputs");
    for name in disk::folders(&inputs).unwrap_or_default() {
        let read =
            disk::text(&inputs.join(&name).join("meta.yaml")).and_then(|text| yaml::read::<InputMeta>(&text));
        let used = match read {
            Ok(input) if input.source_type == "MODEL" => {
                models.push(ModelLink { model_id: input.source_id, role: Role::Input, step: 0 });
                continue;
            }
            Ok(input) => dataset(experiment, input),
            Err(error) => Err(error),
        };
        match used {
            Ok(dataset) => datasets.push(dataset),
            Err(error) => faults.push(Fault::new(format!("input `{name}`"), error.to_string())),
        }
    }
    let outputs = run.join("outputs");
    for name in disk::folders(&outputs).unwrap_or_default() {
        let read = disk::text(&outputs.join(&name).join("meta.yaml"))
            .and_then(|text| yaml::read::<OutputMeta>(&text));
        match read {
            Ok(output) => {
                let step = meta::millis(output.step.as_deref()).unwrap_or(0);
                models.push(ModelLink { model_id: output.destination_id, role: Role::Output, step });
            }
            Err(error) => faults.push(Fault::new(format!("output `{name}`"), error.to_string())),
        }
    }
    (datasets, models)
}

fn dataset(experiment: &Utf8Path, input: InputMeta) -> Result<Dataset> {
    let is_plain =
        !input.source_id.is_empty() && input.source_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_plain {
        return Err(Error::Broken(format!("`{}` is no identifier of a dataset", input.source_id)));
    }
    let file = experiment.join("datasets").join(&input.source_id).join("meta.yaml");
    let meta: meta::DatasetMeta = yaml::read(&disk::text(&file)?)?;
    Ok(Dataset {
        name: meta.name,
        digest: meta.digest,
        source_type: meta.source_type.unwrap_or_default(),
        source: meta.source.unwrap_or_default(),
        schema: meta.schema,
        profile: meta.profile,
        tags: input.tags.unwrap_or_default().into_iter().collect(),
    })
}

/// The files of a run (or of `models/<model>`): in its own folder, or where the user says.
fn files(own: &Utf8Path, experiment: &str, name: &str, uri: &str, others: &ArtifactFolders) -> Found<File> {
    let found = disk::files_below(&own.join("artifacts"));
    if !found.items.is_empty() || !found.faults.is_empty() {
        return found;
    }
    let mut found = others.files(experiment, name);
    let is_usual = disk::is_local(uri)
        && uri.trim_end_matches('/').ends_with(&format!("/{experiment}/{name}/artifacts"));
    if found.items.is_empty() && !is_usual {
        found.faults.extend(disk::elsewhere(uri, !others.0.is_empty()));
    }
    found
}
