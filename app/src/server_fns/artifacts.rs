//! Server functions about the files of runs and of the models that they made. Each calls one operation of the domain.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{Artifact, ArtifactPath, LoggedModel, Preview, RunId};

use crate::error::UiError;

/// All files of a run, by path.
#[server(prefix = "/ui", endpoint = "artifacts/list", input = GetUrl)]
pub async fn list_artifacts(run_id: RunId) -> Result<Vec<Artifact>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::artifacts::list(&ctx, &run_id).await?)
}

/// What a page can show of a file.
#[server(prefix = "/ui", endpoint = "artifacts/preview", input = GetUrl)]
pub async fn preview_artifact(run_id: RunId, path: ArtifactPath) -> Result<Preview, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::artifacts::preview(&ctx, &run_id, &path).await?)
}

/// The models that a run made, each with its files.
#[server(prefix = "/ui", endpoint = "artifacts/models", input = GetUrl)]
pub async fn list_logged_models(run_id: RunId) -> Result<Vec<(LoggedModel, Vec<Artifact>)>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::logged_models::of_run(&ctx, &run_id).await?)
}
