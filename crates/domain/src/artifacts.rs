//! Files of runs and logged models: list, read, write, remove, preview.

use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tracing::instrument;
use types::{Artifact, ArtifactEntry, ArtifactLocation, ArtifactOwner, ArtifactPath, Preview, RunId};

use crate::{Ctx, Error, Result, runs};

/// Most bytes of a text file that a preview shows.
const PREVIEW_MAX: usize = 64 * 1024;

/// Extensions of files that are shown as pictures.
const IMAGES: [&str; 6] = ["svg", "png", "jpg", "jpeg", "gif", "webp"];

/// Returns all files of a run, by path.
///
/// # Errors
///
/// `NotFound` if the run does not exist.
pub async fn list(ctx: &Ctx, run_id: &RunId) -> Result<Vec<Artifact>> {
    let artifacts = ctx.store().artifacts(run_id).await?;
    if artifacts.is_empty() {
        runs::get(ctx, run_id).await?;
    }
    Ok(artifacts)
}

/// Opens a file for streaming.
///
/// # Errors
///
/// `NotFound` if there is no such file.
pub async fn open(
    ctx: &Ctx,
    run_id: &RunId,
    path: &ArtifactPath,
) -> Result<(Artifact, BoxStream<'static, io::Result<Bytes>>)> {
    ctx.store().read_artifact(run_id, path).await?.ok_or_else(|| Error::not_found("artifact", path))
}

/// Reads a whole file; `None` if there is none.
///
/// # Errors
///
/// `Rule` if it has more than `most` bytes.
pub(crate) async fn read_whole(
    ctx: &Ctx,
    run_id: &RunId,
    path: &ArtifactPath,
    most: u64,
) -> Result<Option<Vec<u8>>> {
    let Some((artifact, content)) = ctx.store().read_artifact(run_id, path).await? else {
        return Ok(None);
    };
    let too_large = || Error::Rule(format!("`{path}` of run `{run_id}` has more than {most} bytes"));
    let size = u64::try_from(artifact.size_bytes).ok().filter(|size| *size <= most).ok_or_else(too_large)?;
    let capacity = usize::try_from(size).map_err(|_| too_large())?;
    let bytes = content
        .try_fold(Vec::with_capacity(capacity), |mut bytes, chunk| async move {
            bytes.extend_from_slice(&chunk);
            Ok(bytes)
        })
        .await?;
    Ok(Some(bytes))
}

/// Stores a file; replaces one of the same path. Visible only when it is whole.
///
/// # Errors
///
/// `NotFound` if the run does not exist; `Store` if the content breaks off.
#[instrument(name = "artifacts.put", skip_all, fields(run.id = %run_id, artifact.path = %path))]
pub async fn put(
    ctx: &Ctx,
    run_id: &RunId,
    path: &ArtifactPath,
    content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Result<Artifact> {
    runs::get(ctx, run_id).await?;
    Ok(ctx.store().put_artifact(run_id, path, content).await?)
}

/// Returns what is in a folder of a run; empty if it is a file or nothing.
///
/// # Errors
///
/// `NotFound` if the run does not exist.
pub async fn list_folder(
    ctx: &Ctx,
    run_id: &RunId,
    folder: Option<&ArtifactPath>,
) -> Result<(ArtifactLocation, Vec<ArtifactEntry>)> {
    let owner = ArtifactOwner::from(run_id);
    let entries = ctx.store().artifacts_in(&owner, folder).await?;
    let root = root(ctx, owner).await?;
    Ok((root, entries))
}

/// Returns what is in the folder of a location; empty if there is no such folder, or no such owner.
///
/// # Errors
///
/// Only those of the store.
pub async fn list_at(ctx: &Ctx, location: &ArtifactLocation) -> Result<Vec<ArtifactEntry>> {
    match located(ctx, location).await {
        Ok(()) => Ok(ctx.store().artifacts_in(&location.owner, location.path.as_ref()).await?),
        Err(Error::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Opens the file of a location for streaming.
///
/// # Errors
///
/// `NotFound` if there is no such file.
pub async fn open_at(
    ctx: &Ctx,
    location: &ArtifactLocation,
) -> Result<(Artifact, BoxStream<'static, io::Result<Bytes>>)> {
    let not_found = || Error::not_found("artifact", location);
    let path = location.path.as_ref().ok_or_else(not_found)?;
    located(ctx, location).await?;
    ctx.store().read_artifact(&location.owner, path).await?.ok_or_else(not_found)
}

/// Stores a file at a location; replaces one that is there. Visible only when it is whole.
///
/// # Errors
///
/// - `NotFound` if the owner does not exist.
/// - `Rule` if the location names no file, or the content breaks off.
/// - `Conflict` if a file would have to become a folder.
#[instrument(name = "artifacts.put_at", skip_all, fields(artifact.location = %location))]
pub async fn put_at(
    ctx: &Ctx,
    location: &ArtifactLocation,
    content: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Result<Artifact> {
    let Some(path) = &location.path else {
        return Err(Error::Rule(format!("`{location}` is the folder of all files; add a name")));
    };
    located(ctx, location).await?;
    Ok(ctx.store().put_artifact(&location.owner, path, content).await?)
}

/// Removes the file or folder of a location; nothing happens if there is none.
///
/// # Errors
///
/// Only those of the store.
#[instrument(name = "artifacts.delete_at", skip_all, fields(artifact.location = %location))]
pub async fn delete_at(ctx: &Ctx, location: &ArtifactLocation) -> Result<()> {
    match located(ctx, location).await {
        Ok(()) => {
            ctx.store().delete_artifacts(&location.owner, location.path.as_ref()).await?;
            Ok(())
        }
        Err(Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes sure that the owner of a location exists in its experiment.
async fn located(ctx: &Ctx, location: &ArtifactLocation) -> Result<()> {
    let root = root(ctx, location.owner.clone()).await?;
    if root.experiment_id == location.experiment_id {
        Ok(())
    } else {
        Err(Error::not_found("artifact", location))
    }
}

/// The location of all files of an owner.
async fn root(ctx: &Ctx, owner: ArtifactOwner) -> Result<ArtifactLocation> {
    let experiment_id = ctx.store().artifact_experiment(&owner).await?.ok_or_else(|| match &owner {
        ArtifactOwner::Run(id) => Error::not_found("run", id),
        ArtifactOwner::Model(id) => Error::not_found("logged model", id),
    })?;
    Ok(ArtifactLocation { experiment_id, owner, path: None })
}

/// Returns what a page can show of a file, reading no more than it shows.
///
/// # Errors
///
/// `NotFound` if there is no such file.
pub async fn preview(ctx: &Ctx, run_id: &RunId, path: &ArtifactPath) -> Result<Preview> {
    let (artifact, mut content) = open(ctx, run_id, path).await?;
    if IMAGES.contains(&path.extension().as_str()) {
        return Ok(Preview::Image);
    }
    let mut beginning = Vec::new();
    while let Some(chunk) = content.next().await {
        beginning.extend_from_slice(&chunk?);
        if beginning.len() >= PREVIEW_MAX {
            break;
        }
    }
    beginning.truncate(PREVIEW_MAX);
    let truncated = usize::try_from(artifact.size_bytes).unwrap_or(usize::MAX) > beginning.len();
    Ok(readable(beginning).map_or(Preview::None, |text| Preview::Text { text, truncated }))
}

/// The bytes as text, unless they are no text; a character cut in half at the end is left out.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let is_cut = error.utf8_error().error_len().is_none();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).ok().filter(|_| is_cut)?
        }
    };
    let is_binary = text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'));
    (!is_binary).then_some(text)
}
