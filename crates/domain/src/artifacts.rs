//! Files of runs: list, read, write, preview.

use std::io;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};
use tracing::instrument;
use types::{Artifact, ArtifactPath, Preview, RunId};

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
