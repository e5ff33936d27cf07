//! Files of runs.

use axum::Json;
use axum::response::Response;
use domain::artifacts;
use http::HeaderMap;
use serde::Serialize;
use types::{Artifact, ArtifactPath, RunId};
use utoipa::ToSchema;

use super::error::{Problem, ReadProblems};
use super::fields::{Input, wire};
use super::op::{Op, Path, Query};
use crate::download::{self, Show};

/// The files of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArtifactList {
    /// By path.
    artifacts: Vec<Artifact>,
}

wire! {
    /// How a file is sent.
    struct Disposition {
        /// Shows pictures instead of saving them; without effect on other files.
        optional inline: Option<bool> = Input::flag,
    }
}

/// List the files of a run
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/artifacts",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses((status = 200, description = "All files", body = ArtifactList), ReadProblems),
)]
pub(crate) async fn list_artifacts(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
) -> Result<Json<ArtifactList>, Problem> {
    Ok(Json(ArtifactList { artifacts: artifacts::list(&ctx, &run_id).await? }))
}

/// Download a file of a run
///
/// The `ETag` is the SHA-256 of the content. Pictures can be shown with `?inline=1`; every other file is an
/// attachment.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/artifacts/{*path}",
    tag = "runs",
    params(
        ("run_id" = RunId, Path, description = "Identifier of the run"),
        ("path" = ArtifactPath, Path, description = "Path of the file; may contain slashes"),
        ("inline" = Option<bool>, Query, description = "Shows pictures instead of saving them"),
    ),
    responses(
        (status = 200, description = "The content", body = String, content_type = "application/octet-stream"),
        (status = 304, description = "The content is the one named by `If-None-Match`"),
        ReadProblems,
    ),
)]
pub(crate) async fn download_artifact(
    Op(ctx): Op,
    Path((run_id, path)): Path<(RunId, ArtifactPath)>,
    Query(disposition): Query<Disposition>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (artifact, content) = artifacts::open(&ctx, &run_id, &path).await?;
    let show = if disposition.inline == Some(true) { Show::PicturesInline } else { Show::Saved };
    Ok(download::send(&artifact, content, show, &headers))
}
