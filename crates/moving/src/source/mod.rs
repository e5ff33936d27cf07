//! Where things come from.

mod database;
mod disk;
mod file_store;
mod server;

use std::io;

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures::stream::BoxStream;

use crate::record::{Experiment, File, Found, LoggedModel, ModelPoint, Place, Point, RegisteredModel, Run};
use crate::{Error, Result};
use database::Database;
use file_store::FileStore;
use server::Server;

/// A place where MLflow keeps runs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Source(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Files(FileStore),
    Database(Database),
    Server(Box<Server>),
}

impl Source {
    /// Opens a place: a folder, `sqlite:///file`, a SQLite file, `postgresql://…` or `http://server`. `artifacts` is
    /// a folder with the files of runs, where the place itself does not hold them.
    ///
    /// # Errors
    ///
    /// `Place` if the text names none of these, or what is there is not MLflow's; `Unavailable` if it does not answer.
    pub async fn open(place: &str, artifacts: Option<&Utf8Path>) -> Result<Self> {
        let artifacts = artifacts.map(Utf8Path::to_owned);
        if let Some(folder) = &artifacts
            && !folder.is_dir()
        {
            return Err(Error::Place(format!("--artifacts: there is no folder `{folder}`")));
        }
        let scheme = place.split_once("://").map_or("", |(scheme, _)| scheme);
        let path = place.strip_prefix("file://").unwrap_or(place);
        Ok(Self(match scheme.split('+').next().unwrap_or_default() {
            "http" | "https" if artifacts.is_some() => {
                return Err(Error::Place("--artifacts: a server hands out its files itself".to_owned()));
            }
            "http" | "https" => Kind::Server(Box::new(Server::open(place).await?)),
            "sqlite" | "postgres" | "postgresql" => Kind::Database(Database::open(place, artifacts).await?),
            "" | "file" if Utf8Path::new(path).is_dir() => {
                Kind::Files(FileStore::open(Utf8PathBuf::from(path), artifacts).await?)
            }
            "" if database::is_sqlite_file(Utf8Path::new(path)) => {
                Kind::Database(Database::open(&format!("sqlite:////{}", absolute(path)?), artifacts).await?)
            }
            "" | "file" => return Err(Error::Place(format!("there is no folder `{path}`"))),
            other => {
                return Err(Error::Place(format!(
                    "`{other}://` cannot be read: give a folder, sqlite:///FILE, postgresql://… or http://SERVER; for \
                     another database start `mlflow server` on it and give its address"
                )));
            }
        }))
    }

    /// All experiments, deleted ones too.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn experiments(&self) -> Result<Found<Experiment>> {
        match &self.0 {
            Kind::Files(store) => store.experiments().await,
            Kind::Database(database) => database.experiments().await,
            Kind::Server(server) => server.experiments().await,
        }
    }

    /// Identifiers of the runs of an experiment, deleted ones too.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn run_ids(&self, experiment: &Experiment) -> Result<Found<String>> {
        match &self.0 {
            Kind::Files(store) => store.run_ids(&experiment.id).await,
            Kind::Database(database) => database.run_ids(&experiment.id).await,
            Kind::Server(server) => server.run_ids(&experiment.id).await,
        }
    }

    /// A run without its history.
    ///
    /// # Errors
    ///
    /// `Broken` if this run cannot be read.
    pub async fn run(&self, experiment: &Experiment, id: &str) -> Result<Run> {
        match &self.0 {
            Kind::Files(store) => store.run(&experiment.id, id).await,
            Kind::Database(database) => database.run(id).await,
            Kind::Server(server) => server.run(id).await,
        }
    }

    /// The whole history of a run, in parts of at most 25,000 points.
    pub fn points(&self, experiment: &Experiment, run: &Run) -> BoxStream<'static, Result<Found<Point>>> {
        match &self.0 {
            Kind::Files(store) => store.points(&experiment.id, &run.id),
            Kind::Database(database) => database.points(&run.id),
            Kind::Server(server) => server.points(run),
        }
    }

    /// The files of a run.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn files(&self, experiment: &Experiment, run: &Run) -> Result<Found<File>> {
        match &self.0 {
            Kind::Files(store) => store.files(&experiment.id, run).await,
            Kind::Database(database) => database.files(&experiment.id, run).await,
            Kind::Server(server) => server.files(run).await,
        }
    }

    /// Identifiers of the logged models of an experiment.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn logged_model_ids(&self, experiment: &Experiment) -> Result<Found<String>> {
        match &self.0 {
            Kind::Files(store) => store.logged_model_ids(&experiment.id).await,
            Kind::Database(database) => database.logged_model_ids(&experiment.id).await,
            Kind::Server(server) => server.logged_model_ids(&experiment.id).await,
        }
    }

    /// A logged model without the points of its metrics.
    ///
    /// # Errors
    ///
    /// `Broken` if this model cannot be read.
    pub async fn logged_model(&self, experiment: &Experiment, id: &str) -> Result<LoggedModel> {
        match &self.0 {
            Kind::Files(store) => store.logged_model(&experiment.id, id).await,
            Kind::Database(database) => database.logged_model(id).await,
            Kind::Server(server) => server.logged_model(id).await,
        }
    }

    /// The points of a model's metrics, in parts; of a server the last of each metric.
    pub fn model_points(
        &self,
        experiment: &Experiment,
        model: &LoggedModel,
    ) -> BoxStream<'static, Result<Found<ModelPoint>>> {
        match &self.0 {
            Kind::Files(store) => store.model_points(&experiment.id, &model.id),
            Kind::Database(database) => database.model_points(&model.id),
            Kind::Server(server) => server.model_points(&model.id),
        }
    }

    /// The files of a logged model.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn model_files(&self, experiment: &Experiment, model: &LoggedModel) -> Result<Found<File>> {
        match &self.0 {
            Kind::Files(store) => store.model_files(&experiment.id, model).await,
            Kind::Database(database) => database.model_files(&experiment.id, model).await,
            Kind::Server(server) => server.model_files(model).await,
        }
    }

    /// All registered models with their versions.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn registered_models(&self) -> Result<Found<RegisteredModel>> {
        match &self.0 {
            Kind::Files(store) => store.registered_models().await,
            Kind::Database(database) => database.registered_models().await,
            Kind::Server(server) => server.registered_models().await,
        }
    }

    /// The content of a file that this source listed.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub async fn read(&self, file: &File) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        match (&file.place, &self.0) {
            (Place::Disk(path), _) => disk::stream(path).await,
            (Place::Server(place), Kind::Server(server)) => server.read(place).await,
            (Place::Server(_), _) => Err(Error::Broken("it is on a server".to_owned())),
        }
    }

    /// Number of traces of an experiment, which are not moved; of a server 1 if there are any.
    ///
    /// # Errors
    ///
    /// If the place does not answer any more.
    pub async fn traces(&self, experiment: &Experiment) -> Result<u64> {
        match &self.0 {
            Kind::Files(store) => store.traces(&experiment.id).await,
            Kind::Database(database) => database.traces(&experiment.id).await,
            Kind::Server(server) => server.traces(&experiment.id).await,
        }
    }
}

fn absolute(path: &str) -> Result<String> {
    let absolute = std::path::absolute(path).map_err(Error::io(Utf8Path::new(path)))?;
    let text = absolute
        .to_str()
        .ok_or_else(|| Error::Place(format!("`{path}` is below a folder that is not UTF-8")))?;
    Ok(text.trim_start_matches('/').to_owned())
}

/// MLflow's databases keep an infinity as the greatest number that they can.
#[expect(clippy::float_cmp, reason = "exactly this number stands for an infinity")]
fn infinite(value: f64) -> f64 {
    if value == f64::MAX {
        f64::INFINITY
    } else if value == f64::MIN {
        f64::NEG_INFINITY
    } else {
        value
    }
}
