//! Files of runs.

use std::io;

use bytes::Bytes;
use futures::FutureExt;
use futures::Stream;
use futures::stream::BoxStream;
use types::{Artifact, ArtifactPath, ExperimentId, RunId};

use crate::database::{Change, Connection, Sql, fetch_one, fetch_optional, on_pool};
use crate::files::{artifact_place, verified};
use crate::{Error, Result, Store};

const ARTIFACTS_OF_RUN: &str = "
    SELECT a.path, a.generation, a.size_bytes, a.sha256, r.experiment
    FROM artifacts a
    JOIN runs r ON r.run = a.run
    WHERE r.run_id = $1
    ORDER BY a.path";

const ARTIFACT_BY_PATH: &str = "
    SELECT a.path, a.generation, a.size_bytes, a.sha256, r.experiment
    FROM artifacts a
    JOIN runs r ON r.run = a.run
    WHERE r.run_id = $1 AND a.path = $2";

const RUN_PLACE: &str = "SELECT run, experiment FROM runs WHERE run_id = $1";

// Paths below a folder are those from `folder/` up to, without, `folder0`: `0` follows `/`.
const PATH_BELOW: &str = "
    SELECT path
    FROM artifacts
    WHERE run = $1 AND path >= $2 AND path < $3
    LIMIT 1";

// The row lock that this takes keeps a second upload of the same path waiting for the commit.
const UPSERT_ARTIFACT: &str = "
    INSERT INTO artifacts (run, path, generation, size_bytes, sha256)
    VALUES ($1, $2, 0, $3, $4)
    ON CONFLICT (run, path) DO UPDATE SET
        generation = artifacts.generation + 1,
        size_bytes = excluded.size_bytes,
        sha256 = excluded.sha256
    RETURNING generation";

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

impl Store {
    /// Stores a file of a run, replacing one of the same path.
    ///
    /// The file becomes visible with its row, in one step; readers of the old one finish undisturbed. If the
    /// stream fails or the caller stops waiting before its end, nothing changes.
    ///
    /// # Errors
    ///
    /// - `Missing` if there is no such run.
    /// - `PathTaken` if a stored file would have to become a folder, or the other way round.
    /// - `Upload` if `content` fails.
    pub async fn put_artifact(
        &self,
        run: &RunId,
        path: &ArtifactPath,
        content: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<Artifact> {
        let incoming = self.files().receive(content).await?;
        let artifact =
            Artifact { path: path.clone(), size_bytes: incoming.size_bytes, sha256: incoming.sha256.clone() };

        let (run, row) = (run.clone(), artifact.clone());
        let replaced = self
            .write(move |mut connection| {
                async move {
                    let found = fetch_optional!(connection, (i64, i64), RUN_PLACE, run.as_str())?;
                    let Some((run_key, experiment)) = found else {
                        return Err(Error::Missing { what: "run", id: run.to_string() });
                    };
                    let path = row.path.as_str();
                    if let Some(taken) = path_in_the_way(&mut connection, run_key, path).await? {
                        return Err(Error::PathTaken { path: path.to_owned(), taken });
                    }
                    let (generation,) = fetch_one!(
                        connection,
                        (i64,),
                        UPSERT_ARTIFACT,
                        run_key,
                        path,
                        row.size_bytes,
                        &row.sha256
                    )?;
                    // Inside the transaction: the row is committed only when the file is in its place. A file
                    // without a row is invisible, and the next upload of this path overwrites it.
                    let experiment = ExperimentId(experiment);
                    incoming.move_to(&artifact_place(experiment, &run, generation, &row.path)?).await?;
                    let before = (generation > 0)
                        .then(|| artifact_place(experiment, &run, generation - 1, &row.path))
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

    /// Returns the files of a run, by path.
    pub async fn artifacts(&self, run: &RunId) -> Result<Vec<Artifact>> {
        let rows = on_pool!(self, |pool| {
            sqlx::query_as::<_, ArtifactRow>(ARTIFACTS_OF_RUN).bind(run.as_str()).fetch_all(pool).await
        })?;
        rows.into_iter().map(ArtifactRow::into_artifact).collect()
    }

    /// Opens a file of a run. The stream ends with an error of kind `InvalidData` if the content does not
    /// match its SHA-256.
    ///
    /// # Errors
    ///
    /// `Inconsistent` if the file is gone or has another size than was stored.
    pub async fn read_artifact(
        &self,
        run: &RunId,
        path: &ArtifactPath,
    ) -> Result<Option<(Artifact, BoxStream<'static, io::Result<Bytes>>)>> {
        // A replacement between reading the row and opening the file removes the file: then look again.
        const TRIES: usize = 5;
        for _ in 0..TRIES {
            let row = on_pool!(self, |pool| {
                sqlx::query_as::<_, ArtifactRow>(ARTIFACT_BY_PATH)
                    .bind(run.as_str())
                    .bind(path.as_str())
                    .fetch_optional(pool)
                    .await
            })?;
            let Some(row) = row else { return Ok(None) };
            let place = artifact_place(ExperimentId(row.experiment), run, row.generation, path)?;
            if let Some((size, content)) = self.files().read(&place).await? {
                let artifact = row.into_artifact()?;
                if i64::try_from(size) != Ok(artifact.size_bytes) {
                    return Err(Error::inconsistent(format!(
                        "artifact `{path}` of run {run} has another size"
                    )));
                }
                let content = verified(content, artifact.sha256.clone());
                return Ok(Some((artifact, content)));
            }
        }
        Err(Error::inconsistent(format!("artifact `{path}` of run {run} has no file")))
    }
}

/// A stored path that is a folder of `path`, or of which `path` is a folder.
async fn path_in_the_way(connection: &mut Connection<'_>, run: i64, path: &str) -> Result<Option<String>> {
    let below =
        fetch_optional!(*connection, (String,), PATH_BELOW, run, format!("{path}/"), format!("{path}0"))?;
    if let Some((taken,)) = below {
        return Ok(Some(taken));
    }
    let folders: Vec<&str> = path.match_indices('/').map(|(end, _)| &path[..end]).collect();
    if folders.is_empty() {
        return Ok(None);
    }
    let mut sql = Sql::new("SELECT path FROM artifacts WHERE run = ");
    sql.bind(run).push(" AND path IN ").bind_list(folders).push(" LIMIT 1");
    Ok(sql.fetch_all::<(String,)>(connection).await?.pop().map(|(taken,)| taken))
}
