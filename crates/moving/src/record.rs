//! What is moved, as it was found: plain texts and numbers, not yet checked.

use camino::Utf8PathBuf;

/// Names with their values, such as tags.
pub type Pairs = Vec<(String, String)>;

/// Things that were found, and what could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// What was found.
    pub items: Vec<T>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { items: Vec::new(), faults: Vec::new() }
    }
}

/// Something that could not be read, while the rest could.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fault {
    /// What it is, such as ``param `lr` ``.
    pub what: String,
    /// Why, as a sentence without its full stop.
    pub why: String,
}

impl Fault {
    /// Says why `what` could not be read.
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

/// An experiment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Experiment {
    /// Identifier in the source; a decimal number.
    pub id: String,
    /// Name, unique in the source.
    pub name: String,
    /// Whether it is deleted.
    pub is_deleted: bool,
    /// When it was made, in milliseconds since 1970 UTC, as all times here.
    pub created_at: Option<i64>,
    /// When it was last changed.
    pub updated_at: Option<i64>,
    /// Labels.
    pub tags: Pairs,
    /// What its runs are ranked by. MLflow knows no such thing; folders of ours tell it.
    pub goal: Option<Goal>,
}

/// The metric that ranks the runs of an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Goal {
    /// Name of the metric.
    pub metric: String,
    /// `minimize` or `maximize`.
    pub direction: String,
}

/// A run without its history.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// Identifier, the same everywhere.
    pub id: String,
    /// Name for people; may be empty.
    pub name: String,
    /// Who started it; may be empty.
    pub user: String,
    /// MLflow's name of its state, such as `FINISHED`.
    pub status: String,
    /// Whether it is deleted.
    pub is_deleted: bool,
    /// When it was deleted.
    pub deleted_at: Option<i64>,
    /// When it began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Params.
    pub params: Pairs,
    /// Labels.
    pub tags: Pairs,
    /// Datasets that it used.
    pub datasets: Vec<Dataset>,
    /// Logged models that it read or made.
    pub models: Vec<ModelLink>,
    /// Names of its metrics, where they are known beforehand.
    pub metrics: Vec<String>,
    /// Where the source says that its files are.
    pub artifact_uri: String,
    /// Parts of it that could not be read.
    pub faults: Vec<Fault>,
}

/// A dataset that a run used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dataset {
    /// Name.
    pub name: String,
    /// Digest of its content.
    pub digest: String,
    /// Kind of source, such as `local`.
    pub source_type: String,
    /// Where it came from.
    pub source: String,
    /// Columns and their types.
    pub schema: Option<String>,
    /// Summary of its content.
    pub profile: Option<String>,
    /// Labels of this use; `mlflow.data.context` says what for.
    pub tags: Pairs,
}

/// What a run did with a logged model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Read it.
    Input,
    /// Made it.
    Output,
}

/// A logged model that a run read or made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelLink {
    /// Identifier of the model.
    pub model_id: String,
    /// Read or made.
    pub role: Role,
    /// Step of the run.
    pub step: i64,
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Name of the metric.
    pub key: String,
    /// The value; may be NaN or infinite.
    pub value: f64,
    /// Position in the run's own count.
    pub step: i64,
    /// When it was measured.
    pub timestamp: i64,
}

/// A file of a run or a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the folder of its owner, with `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// How to get it.
    pub place: Place,
}

/// How to get a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On this machine.
    Disk(Utf8PathBuf),
    /// From the server: path and query of the request.
    Server(String),
}

/// A model that a run made, before anybody registered it; without the points of its metrics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoggedModel {
    /// Identifier, `m-` and 32 hexadecimal digits.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Kind of model; may be empty.
    pub model_type: String,
    /// MLflow's name of its state, such as `READY`.
    pub status: String,
    /// Run that made it.
    pub source_run_id: Option<String>,
    /// Whether it is deleted.
    pub is_deleted: bool,
    /// When it was announced.
    pub created_at: Option<i64>,
    /// When it was last changed.
    pub updated_at: Option<i64>,
    /// Params.
    pub params: Pairs,
    /// Labels.
    pub tags: Pairs,
    /// Where the source says that its files are.
    pub artifact_uri: String,
    /// Parts of it that could not be read.
    pub faults: Vec<Fault>,
}

/// A value of a metric that is about a model.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelPoint {
    /// The value.
    pub point: Point,
    /// Run that logged it.
    pub run_id: String,
    /// Name and digest of the dataset that it was measured on.
    pub dataset: Option<(String, String)>,
}

/// A registered model with its versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisteredModel {
    /// Unique name.
    pub name: String,
    /// Free text; may be empty.
    pub description: String,
    /// When it was registered.
    pub created_at: Option<i64>,
    /// When it was last changed.
    pub updated_at: Option<i64>,
    /// Labels.
    pub tags: Pairs,
    /// Aliases with the numbers of their versions.
    pub aliases: Pairs,
    /// Versions, by number.
    pub versions: Vec<ModelVersion>,
    /// Parts of it that could not be read.
    pub faults: Vec<Fault>,
}

/// A version of a registered model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelVersion {
    /// Number, from 1.
    pub version: i64,
    /// Run that made it.
    pub run_id: Option<String>,
    /// Logged model that it is.
    pub model_id: Option<String>,
    /// What it was made from, as whoever registered it wrote it.
    pub source: String,
    /// Where the source says that its files are; may be empty.
    pub location: String,
    /// Kind of model. MLflow knows no such thing; folders of ours tell it.
    pub model_type: String,
    /// MLflow's name of its stage, such as `Production`.
    pub stage: String,
    /// Free text; may be empty.
    pub description: String,
    /// Address of the run on another server; may be empty.
    pub run_link: String,
    /// When it was registered.
    pub created_at: Option<i64>,
    /// When it was last changed.
    pub updated_at: Option<i64>,
    /// Labels.
    pub tags: Pairs,
}
