//! Logged models and the registry.

use futures::stream::{self, BoxStream, StreamExt};
use serde_json::json;

use super::Server;
use super::client::query;
use super::wire;
use crate::record::{File, Found, LoggedModel, ModelPoint, ModelVersion, RegisteredModel};
use crate::{Error, Result};

/// Models of one page; MLflow takes no more at once.
const PAGE: u32 = 50;

/// Registered models and versions of one page.
const REGISTRY_PAGE: &str = "1000";

impl Server {
    pub(in crate::source) async fn logged_model_ids(&self, experiment: &str) -> Result<Found<String>> {
        let mut found = Found::default();
        let mut token = None;
        loop {
            let body = json!({ "experiment_ids": [experiment], "max_results": PAGE, "page_token": token });
            let answer = self.client.post("/api/2.0/mlflow/logged-models/search", &body).await;
            let page: wire::LoggedModelPage = match answer {
                Ok(page) => page,
                // Old servers know no logged models.
                Err(Error::Broken(_)) => return Ok(found),
                Err(error) => return Err(error),
            };
            found.items.extend(page.models.into_iter().map(|model| model.info.model_id));
            match page.next_page_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }

    pub(in crate::source) async fn logged_model(&self, id: &str) -> Result<LoggedModel> {
        Ok(self.model(id).await?.into())
    }

    async fn model(&self, id: &str) -> Result<wire::LoggedModel> {
        let path = format!("/api/2.0/mlflow/logged-models/{}", segment(id)?);
        Ok(self.client.get::<wire::LoggedModelAnswer>(&path).await?.model)
    }

    /// The points of a model's metrics; servers tell the last of each.
    pub(in crate::source) fn model_points(&self, id: &str) -> BoxStream<'static, Result<Found<ModelPoint>>> {
        let (server, id) = (self.clone(), id.to_owned());
        stream::once(async move {
            let items = server.model(&id).await?.into_points();
            Ok(Found { items, faults: Vec::new() })
        })
        .boxed()
    }

    pub(in crate::source) async fn model_files(&self, model: &LoggedModel) -> Result<Found<File>> {
        let id = segment(&model.id)?;
        let folders = format!("/api/2.0/mlflow/logged-models/{id}/artifacts/directories");
        let list = |folder: &str| query(&folders, &[("path", folder)]);
        let files = format!("/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files");
        let get = |path: &str| query(&files, &[("artifact_file_path", path)]);
        self.walk(list, get).await
    }

    pub(in crate::source) async fn registered_models(&self) -> Result<Found<RegisteredModel>> {
        let mut found = Found::default();
        let mut token = None::<String>;
        loop {
            let mut wanted = vec![("max_results", REGISTRY_PAGE)];
            wanted.extend(token.as_deref().map(|token| ("page_token", token)));
            let path = query("/api/2.0/mlflow/registered-models/search", &wanted);
            let page: wire::RegisteredModelPage = self.client.get(&path).await?;
            for model in page.registered_models {
                let mut model = RegisteredModel::from(model);
                model.versions = self.versions(&model.name).await?;
                found.items.push(model);
            }
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
    }

    async fn versions(&self, name: &str) -> Result<Vec<ModelVersion>> {
        let quote = if name.contains('\'') { '"' } else { '\'' };
        let filter = format!("name = {quote}{name}{quote}");
        let mut versions = Vec::new();
        let mut token = None::<String>;
        loop {
            let mut wanted = vec![("filter", filter.as_str()), ("max_results", REGISTRY_PAGE)];
            wanted.extend(token.as_deref().map(|token| ("page_token", token)));
            let path = query("/api/2.0/mlflow/model-versions/search", &wanted);
            let page: wire::ModelVersionPage = self.client.get(&path).await?;
            versions.extend(page.model_versions.into_iter().map(ModelVersion::from));
            token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                break;
            }
        }
        versions.sort_by_key(|version| version.version);
        Ok(versions)
    }
}

/// An identifier as a part of an address.
fn segment(id: &str) -> Result<&str> {
    let is_plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_plain { Ok(id) } else { Err(Error::Broken(format!("`{id}` is no identifier"))) }
}
