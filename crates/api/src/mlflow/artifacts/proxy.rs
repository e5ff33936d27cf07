//! The proxy through which clients reach artifacts (`mlflow/protos/mlflow_artifacts.proto`). They turn the URI
//! `mlflow-artifacts:/0/<run>/artifacts/model` into the address `…/artifacts/0/<run>/artifacts/model`.

use axum::Json;
use axum::body::Body;
use axum::response::Response;
use domain::artifacts;
use futures::TryStreamExt;
use http::HeaderMap;
use serde::Serialize;
use types::ArtifactLocation;

use super::FileInfo;
use crate::download::{self, Show};
use crate::mlflow::error::{ErrorCode, MlflowError};
use crate::mlflow::message::message;
use crate::mlflow::op::{Asked, Op, Rest};
use crate::mlflow::wire::Empty;

message! {
    struct ListArtifacts {
        plain path: String,
    }
}

/// As that of a run, without a root.
#[derive(Debug, Serialize)]
pub(crate) struct FilesAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileInfo>,
}

/// Reads the location that an address ends in; none if it is that of no run and no logged model.
fn location(text: &str) -> Result<Option<ArtifactLocation>, MlflowError> {
    ArtifactLocation::parse(text).map_err(|invalid| MlflowError::invalid(format!("Invalid path: {invalid}.")))
}

/// Reads a location that something is changed at.
fn place(text: &str) -> Result<ArtifactLocation, MlflowError> {
    location(text)?.ok_or_else(|| {
        MlflowError::invalid(format!(
            "Invalid path: '{text}' is neither that of a run ('<experiment>/<run>/artifacts/…') nor that of a logged \
             model ('<experiment>/models/<model>/artifacts/…')."
        ))
    })
}

/// The paths of the answer are names in the folder.
pub(crate) async fn list_artifacts(
    Op(ctx): Op,
    Asked(message): Asked<ListArtifacts>,
) -> Result<Json<FilesAnswer>, MlflowError> {
    let path = message.path.strip_suffix('/').unwrap_or(&message.path);
    let location = if path.is_empty() { None } else { location(path)? };
    let Some(location) = location else { return Ok(Json(FilesAnswer { files: Vec::new() })) };
    let entries = artifacts::list_at(&ctx, &location).await?;
    let files = entries.into_iter().map(|entry| {
        let name = entry.path.file_name().to_owned();
        FileInfo { path: name, ..FileInfo::from(entry) }
    });
    Ok(Json(FilesAnswer { files: files.collect() }))
}

pub(crate) async fn download_artifact(
    Op(ctx): Op,
    Rest(path): Rest,
    headers: HeaderMap,
) -> Result<Response, MlflowError> {
    let Some(location) = location(&path)? else {
        return Err(domain::Error::NotFound { what: "artifact", id: path }.into());
    };
    let (artifact, content) = artifacts::open_at(&ctx, &location).await?;
    Ok(download::send(&artifact, content, Show::Saved, &headers))
}

pub(crate) async fn upload_artifact(
    Op(ctx): Op,
    Rest(path): Rest,
    body: Body,
) -> Result<Json<Empty>, MlflowError> {
    let content = body.into_data_stream().map_err(std::io::Error::other);
    artifacts::put_at(&ctx, &place(&path)?, content).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn delete_artifact(Op(ctx): Op, Rest(path): Rest) -> Result<Json<Empty>, MlflowError> {
    artifacts::delete_at(&ctx, &place(&path)?).await?;
    Ok(Json(Empty {}))
}

/// Uploads in parts and downloads past this server: clients are told that there are none, and take the plain way.
pub(crate) async fn not_here(Rest(path): Rest) -> Result<Json<Empty>, MlflowError> {
    place(&path)?;
    Err(MlflowError::new(
        ErrorCode::NotImplemented,
        "Artifacts are sent whole and by this server; there is no other way to transfer them.",
    ))
}
