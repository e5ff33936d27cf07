//! Files of runs and of logged models.

use std::io;

use bytes::Bytes;
use futures::FutureExt;
use futures::Stream;
use futures::stream::BoxStream;
use types::{Artifact, ArtifactEntry, ArtifactOwner, ArtifactPath, ExperimentId};

use crate::database::{
    Change, Connection, Dialect, Sql, execute, fetch_all, fetch_one, fetch_optional, on_pool,
};
use crate::files::{artifact_place, verified};
use crate::{Error, Result, Store};

/// One statement for each kind of owner.
struct Texts {
    run: &'static str,
    model: &'static str,
}

impl Texts {
    fn of(&self, owner: &ArtifactOwner) -> &'static str {
        match owner {
            ArtifactOwner::Run(_) => self.run,
            ArtifactOwner::Model(_) => self.model,
        }
    }
}

/// Puts the names of one kind of owner into a statement.
macro_rules! part {
    (run files) => {
        "artifacts"
    };
    (run owners) => {
        "runs"
    };
    (run key) => {
        "run"
    };
    (run id) => {
        "run_id"
    };
    (model files) => {
        "model_artifacts"
    };
    (model owners) => {
        "logged_models"
    };
    (model key) => {
        "logged_model"
    };
    (model id) => {
        "model_id"
    };
    ($kind:ident $text:literal) => {
        $text
    };
}

/// Declares a statement for both kinds of owners from pieces of text and the words `files` (table of files),
/// `owners` (table of owners), `key` (the key that joins them) and `id` (what clients call the owner).
macro_rules! texts {
    ($($part:tt)*) => {
        Texts { run: concat!($(part!(run $part)),*), model: concat!($(part!(model $part)),*) }
    };
}

const ALL: Texts = texts!(
    "SELECT a.path, a.generation, a.size_bytes, a.sha256, o.experiment
    FROM " files " a
    JOIN " owners " o ON o." key " = a." key "
    WHERE o." id " = $1 AND a.deleted = 0
    ORDER BY a.path"
);

const BY_PATH: Texts = texts!(
    "SELECT a.path, a.generation, a.size_bytes, a.sha256, o.experiment
    FROM " files " a
    JOIN " owners " o ON o." key " = a." key "
    WHERE o." id " = $1 AND a.path = $2 AND a.deleted = 0"
);

// Paths below a folder are those from `folder/` up to, without, `folder0`: `0` follows `/`.
const BELOW: Texts = texts!(
    "SELECT a.path, a.size_bytes
    FROM " files " a
    JOIN " owners " o ON o." key " = a." key "
    WHERE o." id " = $1 AND a.path >= $2 AND a.path < $3 AND a.deleted = 0
    ORDER BY a.path"
);

const OWNER: Texts = texts!("SELECT " key ", experiment FROM " owners " WHERE " id " = $1");

// Changes of the files of one owner wait for each other. SQLite has one writer anyway, and no such clause.
const OWNER_LOCKED: Texts =
    texts!("SELECT " key ", experiment FROM " owners " WHERE " id " = $1 FOR NO KEY UPDATE");

const OWN_ROW: Texts = texts!("SELECT generation, deleted FROM " files " WHERE " key " = $1 AND path = $2");

const TAKEN_BELOW: Texts = texts!(
    "SELECT path
    FROM " files "
    WHERE " key " = $1 AND path >= $2 AND path < $3 AND deleted = 0
    LIMIT 1"
);

const REMOVED_BELOW: Texts = texts!(
    "SELECT MAX(generation)
    FROM " files "
    WHERE " key " = $1 AND path >= $2 AND path < $3 AND deleted = 1"
);

const ABOVE: Texts = texts!("SELECT path, generation, deleted FROM " files " WHERE " key " = ");

const UPSERT: Texts = texts!(
    "INSERT INTO " files " (" key ", path, generation, size_bytes, sha256, deleted)
    VALUES ($1, $2, $3, $4, $5, 0)
    ON CONFLICT (" key ", path) DO UPDATE SET
        generation = excluded.generation,
        size_bytes = excluded.size_bytes,
        sha256 = excluded.sha256,
        deleted = 0"
);

const REMOVE: Texts = texts!(
    "UPDATE " files "
    SET deleted = 1
    WHERE " key " = $1 AND (path = $2 OR (path >= $3 AND path < $4)) AND deleted = 0
    RETURNING path, generation"
);

const REMOVE_ALL: Texts = texts!(
    "UPDATE " files " SET deleted = 1 WHERE " key " = $1 AND deleted = 0 RETURNING path, generation"
);

#[derive(sqlx::FromRow)]
struct ArtifactRow {
    path: String,
    generation: i64,
    size_bytes: i64,
    sha256: String,
    experiment: i64,
}

impl ArtifactRow {
    fn into_artifact(self) -> Result<Artifact> {
        Ok(Artifact {
            path: ArtifactPath::parse(&self.path)?,
            size_bytes: self.size_bytes,
            sha256: self.sha256,
        })
    }
}

fn id_of(owner: &ArtifactOwner) -> &str {
    match owner {
        ArtifactOwner::Run(id) => id.as_str(),
        ArtifactOwner::Model(id) => id.as_str(),
    }
}

fn missing(owner: &ArtifactOwner) -> Error {
    let what = match owner {
        ArtifactOwner::Run(_) => "run",
        ArtifactOwner::Model(_) => "logged model",
    };
    Error::Missing { what, id: id_of(owner).to_owned() }
}

/// First and last text between which the paths below a folder sort; the last is left out.
fn below(folder: &str) -> (String, String) {
    (format!("{folder}/"), format!("{folder}0"))
}

impl Store {
    /// Stores a file of a run or logged model, replacing one of the same path.
    ///
    /// The file becomes visible with its row, in one step; readers of the old one finish undisturbed. If the
    /// stream fails or the caller stops waiting before its end, nothing changes.
    ///
    /// # Errors
    ///
    /// - `Missing` if there is no such owner.
    /// - `PathTaken` if a stored file would have to become a folder, or the other way round.
    /// - `Upload` if `content` fails.
    pub async fn put_artifact(
        &self,
        owner: impl Into<ArtifactOwner>,
        path: &ArtifactPath,
        content: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<Artifact> {
        let owner = owner.into();
        let incoming = self.files().receive(content).await?;
        let artifact =
            Artifact { path: path.clone(), size_bytes: incoming.size_bytes, sha256: incoming.sha256.clone() };

        let row = artifact.clone();
        let replaced = self
            .write(move |mut connection| {
                async move {
                    let (key, experiment) = locked(&mut connection, &owner).await?;
                    let path = row.path.as_str();
                    let own = fetch_optional!(connection, (i64, i64), OWN_ROW.of(&owner), key, path)?;
                    let generation = match own {
                        // A file is here, so nothing can be in the way.
                        Some((generation, 0)) => generation + 1,
                        removed => {
                            let free = free_generation(&mut connection, &owner, key, path).await?;
                            removed.map_or(free, |(generation, _)| free.max(generation + 1))
                        }
                    };
                    execute!(
                        connection,
                        UPSERT.of(&owner),
                        key,
                        path,
                        generation,
                        row.size_bytes,
                        &row.sha256
                    )?;
                    // Inside the transaction: the row is committed only when the file is in its place. A file
                    // without a row is invisible, and the next upload of this path overwrites it.
                    incoming.move_to(&artifact_place(experiment, &owner, generation, &row.path)?).await?;
                    let before = own
                        .filter(|(_, deleted)| *deleted == 0)
                        .map(|(before, _)| artifact_place(experiment, &owner, before, &row.path))
                        .transpose()?;
                    Ok(Change::Keep(before))
                }
                .boxed()
            })
            .await?;
        if let Some(place) = replaced {
            self.files().forget(&place).await;
        }
        Ok(artifact)
    }

    /// Removes a file, or all files in a folder, or all of an owner. Returns how many there were. Readers finish
    /// undisturbed.
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such owner.
    pub async fn delete_artifacts(
        &self,
        owner: impl Into<ArtifactOwner>,
        path: Option<&ArtifactPath>,
    ) -> Result<usize> {
        let (owner, path) = (owner.into(), path.cloned());
        let places = self
            .write(move |mut connection| {
                async move {
                    let (key, experiment) = locked(&mut connection, &owner).await?;
                    let removed = match &path {
                        None => fetch_all!(connection, (String, i64), REMOVE_ALL.of(&owner), key)?,
                        Some(path) => {
                            let (first, last) = below(path.as_str());
                            fetch_all!(
                                connection,
                                (String, i64),
                                REMOVE.of(&owner),
                                key,
                                path.as_str(),
                                first,
                                last
                            )?
                        }
                    };
                    let places = removed.into_iter().map(|(path, generation)| {
                        artifact_place(experiment, &owner, generation, &ArtifactPath::parse(&path)?)
                    });
                    Ok(Change::Keep(places.collect::<Result<Vec<_>>>()?))
                }
                .boxed()
            })
            .await?;
        for place in &places {
            self.files().forget(place).await;
        }
        Ok(places.len())
    }

    /// Returns all files of a run or logged model, by path.
    pub async fn artifacts(&self, owner: impl Into<ArtifactOwner>) -> Result<Vec<Artifact>> {
        let owner = owner.into();
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, ArtifactRow>(ALL.of(&owner)).bind(id_of(&owner)).fetch_all(pool).await
        })?;
        rows.into_iter().map(ArtifactRow::into_artifact).collect()
    }

    /// Returns what is in one folder, by name; empty if the path is a file or nothing.
    pub async fn artifacts_in(
        &self,
        owner: impl Into<ArtifactOwner>,
        folder: Option<&ArtifactPath>,
    ) -> Result<Vec<ArtifactEntry>> {
        let owner = owner.into();
        // Every path sorts between the empty text and the last character.
        let (first, last) =
            folder.map_or_else(|| (String::new(), char::MAX.to_string()), |folder| below(folder.as_str()));
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, (String, i64)>(BELOW.of(&owner))
                .bind(id_of(&owner))
                .bind(&first)
                .bind(last)
                .fetch_all(pool)
                .await
        })?;
        let mut entries: Vec<ArtifactEntry> = Vec::new();
        for (path, size_bytes) in rows {
            let name_end = path[first.len()..].find('/').map(|end| first.len() + end);
            let entry = ArtifactEntry {
                path: ArtifactPath::parse(&path[..name_end.unwrap_or(path.len())])?,
                size_bytes: name_end.is_none().then_some(size_bytes),
            };
            if entries.last() != Some(&entry) {
                entries.push(entry);
            }
        }
        // Rows came by path, where `a.b` is before `a/c`; but `a` is before `a.b`.
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(entries)
    }

    /// Returns the experiment that a run or logged model belongs to.
    pub async fn artifact_experiment(&self, owner: impl Into<ArtifactOwner>) -> Result<Option<ExperimentId>> {
        let owner = owner.into();
        let row = on_pool!(self, |pool| {
            sqlx::query_as::<_, (i64, i64)>(OWNER.of(&owner)).bind(id_of(&owner)).fetch_optional(pool).await
        })?;
        Ok(row.map(|(_, experiment)| ExperimentId(experiment)))
    }

    /// Opens a file. The stream ends with an error of kind `InvalidData` if the content does not match its
    /// SHA-256.
    ///
    /// # Errors
    ///
    /// `Inconsistent` if the file is gone or has another size than was stored.
    pub async fn read_artifact(
        &self,
        owner: impl Into<ArtifactOwner>,
        path: &ArtifactPath,
    ) -> Result<Option<(Artifact, BoxStream<'static, io::Result<Bytes>>)>> {
        // A replacement between reading the row and opening the file removes the file: then look again.
        const TRIES: usize = 5;
        let owner = owner.into();
        for _ in 0..TRIES {
            let row = on_pool!(self, |pool| {
                sqlx::query_as::<_, ArtifactRow>(BY_PATH.of(&owner))
                    .bind(id_of(&owner))
                    .bind(path.as_str())
                    .fetch_optional(pool)
                    .await
            })?;
            let Some(row) = row else { return Ok(None) };
            let place = artifact_place(ExperimentId(row.experiment), &owner, row.generation, path)?;
            if let Some((size, content)) = self.files().read(&place).await? {
                let artifact = row.into_artifact()?;
                if i64::try_from(size) != Ok(artifact.size_bytes) {
                    return Err(Error::inconsistent(format!(
                        "artifact `{path}` of {owner} has another size"
                    )));
                }
                let content = verified(content, artifact.sha256.clone());
                return Ok(Some((artifact, content)));
            }
        }
        Err(Error::inconsistent(format!("artifact `{path}` of {owner} has no file")))
    }
}

/// Finds the key and the experiment of an owner, whose files nobody else changes until the end of the transaction.
async fn locked(connection: &mut Connection<'_>, owner: &ArtifactOwner) -> Result<(i64, ExperimentId)> {
    let text = match connection.dialect() {
        Dialect::Sqlite => OWNER.of(owner),
        Dialect::Postgres => OWNER_LOCKED.of(owner),
    };
    match fetch_optional!(*connection, (i64, i64), text, id_of(owner))? {
        Some((key, experiment)) => Ok((key, ExperimentId(experiment))),
        None => Err(missing(owner)),
    }
}

/// The first generation whose place on disk no file has had, nor a folder of it: removed ones may still be there.
///
/// # Errors
///
/// `PathTaken` if a stored path is a folder of this one, or the other way round.
async fn free_generation(
    connection: &mut Connection<'_>,
    owner: &ArtifactOwner,
    key: i64,
    path: &str,
) -> Result<i64> {
    let taken = |taken: String| Error::PathTaken { path: path.to_owned(), taken };
    let (first, last) = below(path);
    let inside = fetch_optional!(*connection, (String,), TAKEN_BELOW.of(owner), key, &first, &last)?;
    if let Some((inside,)) = inside {
        return Err(taken(inside));
    }
    let (removed,) = fetch_one!(*connection, (Option<i64>,), REMOVED_BELOW.of(owner), key, &first, &last)?;
    let mut free = removed.map_or(0, |generation| generation + 1);
    let folders: Vec<&str> = path.match_indices('/').map(|(end, _)| &path[..end]).collect();
    if !folders.is_empty() {
        let mut sql = Sql::new(ABOVE.of(owner));
        sql.bind(key).push(" AND path IN ").bind_list(folders);
        for (above, generation, deleted) in sql.fetch_all::<(String, i64, i64)>(connection).await? {
            if deleted == 0 {
                return Err(taken(above));
            }
            free = free.max(generation + 1);
        }
    }
    Ok(free)
}
