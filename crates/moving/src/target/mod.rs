//! Writing MLflow's file store.
//!
//! A run is written below `.incoming` and moved to its place when it is whole, so a stock `mlflow ui` never sees half of
//! one, and an interrupted export is simply repeated.

mod link;
mod models;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;

use crate::record::{Experiment, Fault, ModelPoint, Pairs, Point, Run};
use crate::yaml::Mapping;
use crate::{Error, Result};

/// File that shows that a folder is an export of ours.
const MARK: &str = ".cuaderno-export";

/// Its content.
const MARK_TEXT: &str =
    "This folder was written by `cuaderno export --to mlruns`, which may write it again.\n";

/// Folder of runs that are not whole yet.
const INCOMING: &str = ".incoming";

const TRASH: &str = ".trash";
const META: &str = "meta.yaml";

/// A folder that becomes a file store.
#[derive(Debug, Clone)]
pub struct FileStoreWriter {
    root: Utf8PathBuf,
}

/// A run or a logged model that is being written.
#[derive(Debug)]
pub struct FolderWriter {
    /// Where it is written.
    folder: Utf8PathBuf,
    /// Where it goes.
    home: Utf8PathBuf,
    /// Where it would be if its experiment were deleted, or not deleted.
    other_home: Utf8PathBuf,
    faults: Vec<Fault>,
    /// Metrics with open files; `None` if there cannot be a file of that name.
    metrics: HashMap<String, Option<fs::File>>,
}

/// Files of metrics that are open at the same time.
const METRICS_OPEN: usize = 64;

impl FileStoreWriter {
    /// Prepares a folder: a new or empty one, or an earlier export.
    ///
    /// # Errors
    ///
    /// `Place` if the folder holds something else.
    pub fn open(root: &Utf8Path) -> Result<Self> {
        let root = std::path::absolute(root).map_err(Error::io(root))?;
        let root = Utf8PathBuf::from_path_buf(root)
            .map_err(|path| Error::Place(format!("`{}` is not UTF-8", path.display())))?;
        match root.read_dir_utf8() {
            Ok(mut entries) => {
                if entries.next().is_some() && !root.join(MARK).is_file() {
                    return Err(Error::Place(format!(
                        "`{root}` is not empty and no earlier export; name a new folder"
                    )));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::io(&root)(error)),
        }
        // The mark first: an interrupted export is recognised as one.
        fs::create_dir_all(&root).map_err(Error::io(&root))?;
        write(&root.join(MARK), MARK_TEXT)?;
        let incoming = root.join(INCOMING);
        if incoming.exists() {
            fs::remove_dir_all(&incoming).map_err(Error::io(&incoming))?;
        }
        for folder in [TRASH, "models", INCOMING] {
            create(&root.join(folder))?;
        }
        Ok(Self { root })
    }

    /// Takes away what is only needed while writing.
    ///
    /// # Errors
    ///
    /// If the folder cannot be changed.
    pub fn finish(&self) -> Result<()> {
        let incoming = self.root.join(INCOMING);
        fs::remove_dir_all(&incoming).map_err(Error::io(&incoming))
    }

    fn home(&self, experiment: &str, is_deleted: bool) -> Utf8PathBuf {
        if is_deleted { self.root.join(TRASH).join(experiment) } else { self.root.join(experiment) }
    }

    /// Writes an experiment without its runs; answers the tags that a file store cannot hold.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn experiment(&self, experiment: &Experiment) -> Result<Vec<Fault>> {
        let id = plain(&experiment.id)?;
        let (home, other) = (self.home(id, experiment.is_deleted), self.home(id, !experiment.is_deleted));
        if other.is_dir() && !home.exists() {
            fs::rename(&other, &home).map_err(Error::io(&other))?;
        }
        create(&home)?;
        let mut meta = Mapping::default();
        // Where it would be if it were not deleted: MLflow leaves the address when it moves the folder.
        meta.text("artifact_location", &file_uri(&self.home(id, false)))
            .number("creation_time", experiment.created_at)
            .text("experiment_id", id)
            .optional_text("goal_direction", experiment.goal.as_ref().map(|goal| goal.direction.as_str()))
            .optional_text("goal_metric", experiment.goal.as_ref().map(|goal| goal.metric.as_str()))
            .number("last_update_time", experiment.updated_at)
            .text("lifecycle_stage", stage(experiment.is_deleted))
            .text("name", &experiment.name);
        replace(&home.join(META), &meta.into_text())?;
        let tags = home.join("tags");
        if tags.exists() {
            fs::remove_dir_all(&tags).map_err(Error::io(&tags))?;
        }
        let mut faults = Vec::new();
        values(&tags, "tag", &experiment.tags, &mut faults)?;
        Ok(faults)
    }

    /// Makes an empty folder for something that is going to be written.
    fn begin(&self, id: &str, parts: &[&str]) -> Result<Utf8PathBuf> {
        let folder = self.root.join(INCOMING).join(id);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(Error::io(&folder))?;
        }
        create(&folder)?;
        parts.iter().try_for_each(|part| create(&folder.join(part)))?;
        Ok(folder)
    }

    /// Begins a run of an experiment that was written before.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn run(&self, experiment: &Experiment, run: &Run) -> Result<FolderWriter> {
        let (experiment_id, id) = (plain(&experiment.id)?, plain(&run.id)?);
        let folder = self.begin(id, &["metrics", "params", "tags", "artifacts"])?;
        let active = self.home(experiment_id, false).join(id);
        let mut meta = Mapping::default();
        meta.text("artifact_uri", &file_uri(&active.join("artifacts")))
            .number("deleted_time", run.deleted_at.filter(|_| run.is_deleted))
            .number("end_time", run.ended_at)
            .text("entry_point_name", "")
            .text("experiment_id", experiment_id)
            .text("lifecycle_stage", stage(run.is_deleted))
            .text("run_id", id)
            .text("run_name", &run.name)
            .text("run_uuid", id)
            .text("source_name", "")
            .number("source_type", Some(4))
            .text("source_version", "")
            .number("start_time", run.started_at)
            .number("status", Some(status(&run.status)))
            .no_items("tags")
            .text("user_id", &run.user);
        write(&folder.join(META), &meta.into_text())?;
        let mut faults = Vec::new();
        values(&folder.join("params"), "param", &run.params, &mut faults)?;
        values(&folder.join("tags"), "tag", &run.tags, &mut faults)?;
        let experiment_folder = self.home(experiment_id, experiment.is_deleted);
        link::datasets(&experiment_folder, &folder, id, &run.datasets)?;
        link::models(&folder, id, &run.models)?;
        let (home, other_home) = if experiment.is_deleted {
            (self.home(experiment_id, true).join(id), active)
        } else {
            (active, self.home(experiment_id, true).join(id))
        };
        Ok(FolderWriter { folder, home, other_home, faults, metrics: HashMap::new() })
    }
}

impl FolderWriter {
    /// Adds points of a metric.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn points(&mut self, key: &str, points: &[Point]) -> Result<()> {
        let mut text = String::new();
        for Point { key: _, value, step, timestamp } in points {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{timestamp} {value:?} {step}");
        }
        self.append(key, &text)
    }

    /// Adds a point of a metric about a model.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn model_point(&mut self, point: &ModelPoint) -> Result<()> {
        let ModelPoint { point: Point { key, value, step, timestamp }, run_id, dataset } = point;
        let mut text = format!("{timestamp} {value:?} {step} {run_id}");
        if let Some((name, digest)) = dataset {
            let _ = write!(text, " {name} {digest}");
        }
        text.push('\n');
        self.append(key, &text)
    }

    fn append(&mut self, key: &str, text: &str) -> Result<()> {
        if self.metrics.len() >= METRICS_OPEN && !self.metrics.contains_key(key) {
            self.metrics.clear();
        }
        let metrics = self.folder.join("metrics");
        if !self.metrics.contains_key(key) {
            let file = match place(&metrics, key)? {
                Ok(path) => Some(
                    fs::File::options().append(true).create(true).open(&path).map_err(Error::io(&path))?,
                ),
                Err(why) => {
                    self.faults.push(Fault::new(format!("metric `{key}`"), why));
                    None
                }
            };
            self.metrics.insert(key.to_owned(), file);
        }
        match self.metrics.get_mut(key) {
            Some(Some(file)) => file.write_all(text.as_bytes()).map_err(Error::io(&metrics.join(key))),
            _ => Ok(()),
        }
    }

    /// Writes a file; answers its size.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or the content breaks off.
    pub async fn file(
        &mut self,
        path: &str,
        content: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<u64> {
        let target = match place(&self.folder.join("artifacts"), path)? {
            Ok(target) => target,
            Err(why) => {
                self.faults.push(Fault::new(format!("file `{path}`"), why));
                return Ok(0);
            }
        };
        store(&target, content).await
    }

    /// Moves everything to its place; answers what a file store cannot hold.
    ///
    /// # Errors
    ///
    /// If the folder cannot be changed.
    pub fn finish(mut self) -> Result<Vec<Fault>> {
        self.metrics.clear();
        for old in [&self.home, &self.other_home] {
            if old.exists() {
                fs::remove_dir_all(old).map_err(Error::io(old))?;
            }
        }
        create(self.home.parent().unwrap_or(&self.home))?;
        fs::rename(&self.folder, &self.home).map_err(Error::io(&self.home))?;
        Ok(self.faults)
    }
}

/// Writes a stream to a new file.
async fn store(target: &Utf8Path, content: impl Stream<Item = io::Result<Bytes>> + Send) -> Result<u64> {
    let mut content = std::pin::pin!(content);
    let mut file = tokio::fs::File::create(target).await.map_err(Error::io(target))?;
    let mut size = 0;
    while let Some(part) = content.next().await {
        let part = part.map_err(Error::io(target))?;
        size += part.len() as u64;
        file.write_all(&part).await.map_err(Error::io(target))?;
    }
    file.flush().await.map_err(Error::io(target))?;
    Ok(size)
}

/// Writes each value to the file of its name.
fn values(folder: &Utf8Path, kind: &str, pairs: &Pairs, faults: &mut Vec<Fault>) -> Result<()> {
    for (key, value) in pairs {
        match place(folder, key)? {
            Ok(path) => write(&path, value)?,
            Err(why) => faults.push(Fault::new(format!("{kind} `{key}`"), why)),
        }
    }
    Ok(())
}

/// The path of a name with slashes below a folder, whose folders are made; or why there can be none.
fn place(folder: &Utf8Path, name: &str) -> Result<Result<Utf8PathBuf, &'static str>> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
    if !name.split('/').all(is_plain) {
        return Ok(Err("its name is no path"));
    }
    let path = folder.join(name);
    if path.is_dir() {
        return Ok(Err("another name begins with this one and a slash, which files cannot"));
    }
    let parent = path.parent().unwrap_or(folder);
    match fs::create_dir_all(parent) {
        Ok(()) => Ok(Ok(path)),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory) => {
            Ok(Err("the part before a slash is a name of its own, which files cannot"))
        }
        Err(error) => Err(Error::io(parent)(error)),
    }
}

/// An identifier that can be the name of a folder.
fn plain(id: &str) -> Result<&str> {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain { Ok(id) } else { Err(Error::Broken(format!("`{id}` cannot be the name of a folder"))) }
}

fn create(folder: &Utf8Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io(folder))
}

fn write(path: &Utf8Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(Error::io(path))
}

/// Writes a file that somebody may be reading.
fn replace(path: &Utf8Path, text: &str) -> Result<()> {
    let beside = path.with_extension("new");
    write(&beside, text)?;
    fs::rename(&beside, path).map_err(Error::io(path))
}

fn stage(is_deleted: bool) -> &'static str {
    if is_deleted { "deleted" } else { "active" }
}

/// The number of a state in MLflow's protocol.
fn status(name: &str) -> i64 {
    match name {
        "SCHEDULED" => 2,
        "FINISHED" => 3,
        "FAILED" => 4,
        "KILLED" => 5,
        _ => 1,
    }
}

/// `file:///…` of an absolute path.
fn file_uri(path: &Utf8Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-' | b'~') {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_empty_and_own_folders_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir(root.join("mine")).unwrap();
        fs::write(root.join("mine/thesis.txt"), "x").unwrap();
        let error = FileStoreWriter::open(&root.join("mine")).unwrap_err();
        assert!(matches!(error, Error::Place(_)), "{error}");
        assert_eq!(fs::read_dir(root.join("mine")).unwrap().count(), 1);
        for _ in 0..2 {
            FileStoreWriter::open(&root.join("new")).unwrap().finish().unwrap();
        }
        assert!(!root.join("new/.incoming").exists());
    }

    #[test]
    fn names_that_are_no_paths_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let pairs: Pairs = ["a", "a/b", "x/y", "x", "../out", "/abs", "c\\d", ""]
            .map(|key| (key.to_owned(), "1".to_owned()))
            .into();
        let mut faults = Vec::new();
        values(&root.join("tags"), "tag", &pairs, &mut faults).unwrap();
        let told: Vec<&str> = faults.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(told, ["tag `a/b`", "tag `x`", "tag `../out`", "tag `/abs`", "tag `c\\d`", "tag ``"]);
        assert_eq!(root.read_dir_utf8().unwrap().count(), 1);
    }

    #[test]
    fn addresses_of_files_are_encoded() {
        assert_eq!(file_uri("/a b/año#1".into()), "file:///a%20b/a%C3%B1o%231");
    }
}
