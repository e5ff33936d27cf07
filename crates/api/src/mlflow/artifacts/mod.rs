//! Files of runs, as MLflow's pages and its clients in other languages ask for them.

pub(super) mod proxy;

use axum::Json;
use axum::body::Body;
use axum::response::Response;
use domain::artifacts;
use futures::TryStreamExt;
use http::HeaderMap;
use serde::Serialize;
use types::{ArtifactEntry, ArtifactPath};

use super::error::MlflowError;
use super::message::{Place, message};
use super::op::{Asked, Op, Received};
use super::runs::run_id;
use super::wire::Empty;
use crate::download::{self, Show};

message! {
    struct ListArtifacts {
        plain run_id: String,
        plain run_uuid: String,
        plain path: String,
    }
}

message! {
    /// There is no message of it: MLflow reads it from the address.
    struct WhichArtifact {
        plain run_id: String,
        plain run_uuid: String,
        required path: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct ArtifactsAnswer {
    pub(super) root_uri: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<FileInfo>,
}

/// MLflow's `FileInfo`.
#[derive(Debug, Serialize)]
pub(crate) struct FileInfo {
    path: String,
    is_dir: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_size: Option<i64>,
}

impl From<ArtifactEntry> for FileInfo {
    fn from(entry: ArtifactEntry) -> Self {
        Self { path: entry.path.into(), is_dir: entry.size_bytes.is_none(), file_size: entry.size_bytes }
    }
}

/// Reads a path of an artifact.
pub(super) fn artifact_path(text: &str) -> Result<ArtifactPath, MlflowError> {
    ArtifactPath::parse(text).map_err(|invalid| MlflowError::invalid(format!("Invalid path: {invalid}.")))
}

/// Reads a path of a folder; none for the folder of all.
pub(super) fn folder_path(text: &str) -> Result<Option<ArtifactPath>, MlflowError> {
    match text {
        "" | "." => Ok(None),
        text => artifact_path(text.strip_suffix('/').unwrap_or(text)).map(Some),
    }
}

pub(crate) async fn list_artifacts(
    Op(ctx): Op,
    Received(message): Received<ListArtifacts>,
) -> Result<Json<ArtifactsAnswer>, MlflowError> {
    let folder = folder_path(&message.path)?;
    let id = run_id(message.run_id, message.run_uuid)?;
    let (root, entries) = artifacts::list_folder(&ctx, &id, folder.as_ref()).await?;
    Ok(Json(ArtifactsAnswer {
        root_uri: root.uri(),
        files: entries.into_iter().map(FileInfo::from).collect(),
    }))
}

pub(crate) async fn get_artifact(
    Op(ctx): Op,
    headers: HeaderMap,
    Asked(message): Asked<WhichArtifact>,
) -> Result<Response, MlflowError> {
    let path = artifact_path(&message.path)?;
    let (artifact, content) =
        artifacts::open(&ctx, &run_id(message.run_id, message.run_uuid)?, &path).await?;
    Ok(download::send(&artifact, content, Show::Saved, &headers))
}

/// Unlike MLflow's, which takes 10 MB, this takes what every upload takes.
pub(crate) async fn upload_artifact(
    Op(ctx): Op,
    Asked(message): Asked<WhichArtifact>,
    body: Body,
) -> Result<Json<Empty>, MlflowError> {
    if message.run_id.is_empty() && message.run_uuid.is_empty() {
        return Err(Place::Root.field("run_uuid").missing());
    }
    let path = artifact_path(&message.path)?;
    let id = run_id(message.run_id, message.run_uuid)?;
    artifacts::put(&ctx, &id, &path, body.into_data_stream().map_err(std::io::Error::other)).await?;
    Ok(Json(Empty {}))
}
