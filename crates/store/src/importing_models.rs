//! Steps of moving logged models and the registry in.

use futures::FutureExt;
use types::{
    Alias, ArtifactLocation, LoggedModel, LoggedModelId, LoggedModelStatus, Millis, ModelName, ModelStage,
    RunId, Tag,
};

use crate::batch::refuse_zero;
use crate::database::{Change, execute, fetch_optional};
use crate::{Error, Result, Store};

const RUN_KEY: &str = "SELECT run FROM runs WHERE run_id = $1";

const INSERT_MODEL: &str = "
    INSERT INTO logged_models
        (model_id, experiment, run, name, model_type, status, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $4, $5, 'PENDING', $6, $7)
    ON CONFLICT (model_id) DO NOTHING
    RETURNING logged_model";

const MODEL_STATE: &str = "SELECT logged_model, status, deleted FROM logged_models WHERE model_id = $1";

const ADD_MODEL_PARAM: &str = "
    INSERT INTO logged_model_params (logged_model, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (logged_model, key) DO NOTHING";

const SET_MODEL_TAG: &str = "
    INSERT INTO logged_model_tags (logged_model, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (logged_model, key) DO UPDATE SET value = excluded.value";

const END_MODEL: &str = "
    UPDATE logged_models
    SET status = $2, updated_at_ms = $3, deleted = $4
    WHERE model_id = $1";

const INSERT_REGISTERED: &str = "
    INSERT INTO registered_models (name, description, created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (name) DO NOTHING
    RETURNING registered_model";

// The update changes nothing; it locks the row, so that changes of one model wait for each other.
const LOCK_REGISTERED: &str = "
    UPDATE registered_models
    SET name = name
    WHERE name = $1
    RETURNING registered_model";

const ADD_REGISTERED_TAG: &str = "
    INSERT INTO registered_model_tags (registered_model, key, value)
    VALUES ($1, $2, $3)
    ON CONFLICT (registered_model, key) DO NOTHING";

const VERSION_SOURCE: &str = "
    SELECT v.source, r.run_id
    FROM model_versions v
    LEFT JOIN runs r ON r.run = v.run
    WHERE v.registered_model = $1 AND v.version = $2";

const LOGGED_MODEL_KEY: &str = "SELECT logged_model FROM logged_models WHERE model_id = $1";

const INSERT_VERSION: &str = "
    INSERT INTO model_versions
        (registered_model, version, run, logged_model, model_type, source, location, description, run_link, stage,
        created_at_ms, updated_at_ms)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

const ADD_VERSION_TAG: &str = "
    INSERT INTO model_version_tags (registered_model, version, key, value)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (registered_model, version, key) DO NOTHING";

const ADD_ALIAS: &str = "
    INSERT INTO model_aliases (registered_model, alias, version)
    VALUES ($1, $2, $3)
    ON CONFLICT (registered_model, alias) DO NOTHING";

const ALIAS: &str = "SELECT version FROM model_aliases WHERE registered_model = $1 AND alias = $2";

const VERSION_EXISTS: &str = "
    SELECT version
    FROM model_versions
    WHERE registered_model = $1 AND version = $2 AND deleted = 0";

const INSERT_EVENT: &str = "
    INSERT INTO alias_events (registered_model, alias, version, at_ms, changed_by)
    VALUES ($1, $2, $3, $4, $5)";

/// What was found when something was about to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// It is new here.
    Added,
    /// It was here in part.
    Completed,
    /// It was here; nothing was changed.
    Present,
    /// Something else has its place here; nothing was changed.
    Taken,
}

/// A registered model of another store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignRegisteredModel {
    /// Name, by which it is found here.
    pub name: ModelName,
    /// Free text.
    pub description: String,
    /// When it was registered.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Labels.
    pub tags: Vec<Tag>,
}

/// A version of another store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignVersion {
    /// The model it belongs to, which is here.
    pub name: ModelName,
    /// Its number, which it keeps.
    pub version: i64,
    /// Run that produced it.
    pub run_id: Option<RunId>,
    /// Logged model that it is.
    pub model_id: Option<LoggedModelId>,
    /// What it was made from, as whoever registered it wrote it.
    pub source: String,
    /// Where its files are; the folder `model` of its run if absent.
    pub location: Option<ArtifactLocation>,
    /// Kind of model; empty if unknown.
    pub model_type: String,
    /// Free text.
    pub description: String,
    /// Address of the run on another server; may be empty.
    pub run_link: String,
    /// How far it has come.
    pub stage: ModelStage,
    /// When it was registered.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Labels.
    pub tags: Vec<Tag>,
}

impl Store {
    /// Makes a logged model whose files are on their way, or completes the params and tags of one that is here in that
    /// state.
    ///
    /// # Errors
    ///
    /// - `Missing` if its run does not exist.
    /// - `ZeroCharacter` if a value contains U+0000.
    pub async fn adopt_logged_model(&self, model: &LoggedModel) -> Result<Adopted> {
        refuse_zero(&model.params, &model.tags)?;
        let model = model.clone();
        self.write(move |mut connection| {
            async move {
                let run = match &model.source_run_id {
                    None => None,
                    Some(run) => match fetch_optional!(connection, (i64,), RUN_KEY, run.as_str())? {
                        Some((run,)) => Some(run),
                        None => return Err(Error::Missing { what: "run", id: run.to_string() }),
                    },
                };
                let inserted = fetch_optional!(
                    connection,
                    (i64,),
                    INSERT_MODEL,
                    model.id.as_str(),
                    model.experiment_id.0,
                    run,
                    model.name.as_str(),
                    model.model_type.replace('\0', ""),
                    model.created_at.0,
                    model.updated_at.0
                )?;
                let (key, adopted) = if let Some((key,)) = inserted {
                    (key, Adopted::Added)
                } else {
                    let state =
                        fetch_optional!(connection, (i64, String, i64), MODEL_STATE, model.id.as_str())?;
                    match state {
                        Some((key, status, 0)) if status == LoggedModelStatus::Pending.as_str() => {
                            (key, Adopted::Completed)
                        }
                        _ => return Ok(Change::Undo(Adopted::Present)),
                    }
                };
                for param in &model.params {
                    execute!(connection, ADD_MODEL_PARAM, key, param.key.as_str(), &param.value)?;
                }
                for tag in &model.tags {
                    execute!(connection, SET_MODEL_TAG, key, tag.key.as_str(), &tag.value)?;
                }
                Ok(Change::Keep(adopted))
            }
            .boxed()
        })
        .await
    }

    /// Gives a logged model that has come in whole the state that it had. `false` if there is none.
    pub async fn end_imported_model(
        &self,
        id: &LoggedModelId,
        status: LoggedModelStatus,
        is_deleted: bool,
        updated_at: Millis,
    ) -> Result<bool> {
        let id = id.clone();
        self.write(move |mut connection| {
            async move {
                let changed = execute!(
                    connection,
                    END_MODEL,
                    id.as_str(),
                    status.as_str(),
                    updated_at.0,
                    i64::from(is_deleted)
                )?;
                Ok(Change::Keep(changed > 0))
            }
            .boxed()
        })
        .await
    }

    /// Registers a name. One that is here keeps what it has and gets the tags that it lacks.
    ///
    /// # Errors
    ///
    /// `ZeroCharacter` if a text contains U+0000.
    pub async fn adopt_registered_model(&self, foreign: &ForeignRegisteredModel) -> Result<Adopted> {
        refuse_zero(&[], &foreign.tags)?;
        let foreign = foreign.clone();
        self.write(move |mut connection| {
            async move {
                let inserted = fetch_optional!(
                    connection,
                    (i64,),
                    INSERT_REGISTERED,
                    foreign.name.as_str(),
                    foreign.description.replace('\0', ""),
                    foreign.created_at.0,
                    foreign.updated_at.0
                )?;
                let adopted = if inserted.is_some() { Adopted::Added } else { Adopted::Present };
                let found = fetch_optional!(connection, (i64,), LOCK_REGISTERED, foreign.name.as_str())?;
                if let Some((model,)) = found {
                    for tag in &foreign.tags {
                        execute!(connection, ADD_REGISTERED_TAG, model, tag.key.as_str(), &tag.value)?;
                    }
                }
                Ok(Change::Keep(adopted))
            }
            .boxed()
        })
        .await
    }

    /// Registers a version under its own number. One of the same source and run is the same; any other of this number
    /// stays, also a deleted one.
    ///
    /// # Errors
    ///
    /// - `Missing` if the registered model, the run or the logged model does not exist.
    /// - `ZeroCharacter` if a value contains U+0000.
    pub async fn adopt_version(&self, foreign: &ForeignVersion) -> Result<Adopted> {
        refuse_zero(&[], &foreign.tags)?;
        let foreign = foreign.clone();
        self.write(move |mut connection| {
            async move {
                let version = foreign.version;
                let missing = |what, id: String| Error::Missing { what, id };
                let model = fetch_optional!(connection, (i64,), LOCK_REGISTERED, foreign.name.as_str())?;
                let Some((model,)) = model else { return Err(missing("model", foreign.name.to_string())) };
                let there =
                    fetch_optional!(connection, (String, Option<String>), VERSION_SOURCE, model, version)?;
                if let Some((source, run)) = there {
                    // Versions that were promoted here name no source.
                    let is_same = (source.is_empty() || source == foreign.source)
                        && run.as_deref() == foreign.run_id.as_ref().map(RunId::as_str);
                    return Ok(Change::Undo(if is_same { Adopted::Present } else { Adopted::Taken }));
                }
                let mut run = None;
                if let Some(id) = &foreign.run_id {
                    let found = fetch_optional!(connection, (i64,), RUN_KEY, id.as_str())?;
                    run = Some(found.ok_or_else(|| missing("run", id.to_string()))?.0);
                }
                let mut logged_model = None;
                if let Some(id) = &foreign.model_id {
                    let found = fetch_optional!(connection, (i64,), LOGGED_MODEL_KEY, id.as_str())?;
                    logged_model = Some(found.ok_or_else(|| missing("logged model", id.to_string()))?.0);
                }
                let location = foreign.location.map_or_else(String::new, |location| location.to_string());
                execute!(
                    connection,
                    INSERT_VERSION,
                    model,
                    version,
                    run,
                    logged_model,
                    &foreign.model_type,
                    foreign.source.replace('\0', ""),
                    &location,
                    foreign.description.replace('\0', ""),
                    foreign.run_link.replace('\0', ""),
                    foreign.stage.as_str(),
                    foreign.created_at.0,
                    foreign.updated_at.0
                )?;
                for tag in &foreign.tags {
                    execute!(connection, ADD_VERSION_TAG, model, version, tag.key.as_str(), &tag.value)?;
                }
                Ok(Change::Keep(Adopted::Added))
            }
            .boxed()
        })
        .await
    }

    /// Points an alias to a version, unless it points somewhere already.
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such model or version.
    pub async fn adopt_alias(
        &self,
        name: &ModelName,
        alias: &Alias,
        version: i64,
        now: Millis,
        by: &str,
    ) -> Result<Adopted> {
        let (name, alias, by) = (name.clone(), alias.clone(), by.to_owned());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64,), LOCK_REGISTERED, name.as_str())?;
                let Some((model,)) = found else {
                    return Err(Error::Missing { what: "model", id: name.to_string() });
                };
                if let Some((there,)) = fetch_optional!(connection, (i64,), ALIAS, model, alias.as_str())? {
                    let adopted = if there == version { Adopted::Present } else { Adopted::Taken };
                    return Ok(Change::Undo(adopted));
                }
                if fetch_optional!(connection, (i64,), VERSION_EXISTS, model, version)?.is_none() {
                    return Err(Error::Missing { what: "version", id: version.to_string() });
                }
                execute!(connection, ADD_ALIAS, model, alias.as_str(), version)?;
                execute!(connection, INSERT_EVENT, model, alias.as_str(), version, now.0, &by)?;
                Ok(Change::Keep(Adopted::Added))
            }
            .boxed()
        })
        .await
    }
}
