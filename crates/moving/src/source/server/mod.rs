//! A running MLflow server, asked as MLflow's own client asks it.

mod client;
mod models;
mod wire;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde_json::json;

use crate::record::{Experiment, Fault, File, Found, Place, Point, Run};
use crate::{Error, Result};
use client::{Client, pairs, query};

/// Things of one page.
const PAGE: u32 = 1000;

/// Points of one page; MLflow's limit.
const POINTS: u32 = 25_000;

/// Deepest nesting of folders that is followed.
const DEPTH_MAX: usize = 64;

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    client: Client,
}

impl Server {
    /// Makes sure that an MLflow server answers at the address.
    pub(super) async fn open(address: &str) -> Result<Self> {
        let server = Self { client: Client::new(address)? };
        let first = json!({ "max_results": 1 });
        server.client.post::<wire::ExperimentPage>("/api/2.0/mlflow/experiments/search", &first).await?;
        Ok(server)
    }

    pub(super) async fn experiments(&self) -> Result<Found<Experiment>> {
        let mut found = Found::default();
        let mut token = None;
        loop {
            let body = json!({ "max_results": PAGE, "view_type": "ALL", "page_token": token });
            let page: wire::ExperimentPage =
                self.client.post("/api/2.0/mlflow/experiments/search", &body).await?;
            found.items.extend(page.experiments.into_iter().map(Experiment::from));
            match page.next_page_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        // Oldest first, so that they get their numbers here in the same order.
        found.items.sort_by_key(|experiment| experiment.id.parse::<u64>().unwrap_or(u64::MAX));
        Ok(found)
    }

    pub(super) async fn run_ids(&self, experiment: &str) -> Result<Found<String>> {
        let mut found = Found::default();
        let mut token = None;
        loop {
            let body = json!({
                "experiment_ids": [experiment], "run_view_type": "ALL", "max_results": PAGE, "page_token": token,
                "order_by": ["attributes.start_time ASC"],
            });
            let page: wire::RunPage = self.client.post("/api/2.0/mlflow/runs/search", &body).await?;
            found.items.extend(page.runs.into_iter().map(|run| run.info.run_id));
            match page.next_page_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(found),
            }
        }
    }

    pub(super) async fn run(&self, id: &str) -> Result<Run> {
        let path = query("/api/2.0/mlflow/runs/get", &[("run_id", id)]);
        let answer: wire::RunAnswer = self.client.get(&path).await?;
        Ok(answer.run.into())
    }

    /// The history, metric by metric and page by page.
    pub(super) fn points(&self, run: &Run) -> BoxStream<'static, Result<Found<Point>>> {
        let (client, id) = (self.client.clone(), run.id.clone());
        let begin = (client, id, run.metrics.clone(), None::<String>);
        stream::try_unfold(begin, |(client, id, mut metrics, token)| async move {
            let Some(key) = metrics.last().cloned() else { return Ok(None) };
            let size = POINTS.to_string();
            let mut wanted = vec![("run_id", id.as_str()), ("metric_key", &key), ("max_results", &size)];
            wanted.extend(token.as_deref().map(|token| ("page_token", token)));
            let path = query("/api/2.0/mlflow/metrics/get-history", &wanted);
            let page: wire::PointPage = client.get(&path).await?;
            let items = page.metrics.into_iter().map(|point| point.into_point(&key)).collect();
            let token = page.next_page_token.filter(|token| !token.is_empty());
            if token.is_none() {
                metrics.pop();
            }
            Ok(Some((Found { items, faults: Vec::new() }, (client, id, metrics, token))))
        })
        .boxed()
    }

    pub(super) async fn files(&self, run: &Run) -> Result<Found<File>> {
        let list = |folder: &str| {
            let mut wanted = vec![("run_id", run.id.as_str())];
            if !folder.is_empty() {
                wanted.push(("path", folder));
            }
            query("/api/2.0/mlflow/artifacts/list", &wanted)
        };
        let get = |path: &str| query("/get-artifact", &[("path", path), ("run_uuid", &run.id)]);
        self.walk(list, get).await
    }

    /// All files that a server lists folder by folder; `list` and `get` say how to ask for a folder and for a file.
    async fn walk(&self, list: impl Fn(&str) -> String, get: impl Fn(&str) -> String) -> Result<Found<File>> {
        let mut found = Found::default();
        let mut folders = vec![(String::new(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let mut token = None::<String>;
            loop {
                let mut path = list(&folder);
                if let Some(token) = &token {
                    path = format!("{path}&{}", pairs(&[("page_token", token)]));
                }
                let page: wire::FilePage = match self.client.get(&path).await {
                    Ok(page) => page,
                    // The server may lack the rights or the program for the place where the files are.
                    Err(Error::Broken(why)) => {
                        found.faults.push(Fault::new("artifacts", why));
                        return Ok(found);
                    }
                    Err(error) => return Err(error),
                };
                for file in page.files {
                    if !file.is_dir {
                        let size = file.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                        let place = Place::Server(get(&file.path));
                        found.items.push(File { path: file.path, size, place });
                    } else if depth < DEPTH_MAX && file.path.len() > folder.len() {
                        folders.push((file.path, depth + 1));
                    }
                }
                token = page.next_page_token.filter(|token| !token.is_empty());
                if token.is_none() {
                    break;
                }
            }
        }
        Ok(found)
    }

    pub(super) async fn read(&self, place: &str) -> Result<BoxStream<'static, std::io::Result<Bytes>>> {
        Ok(self.client.download(place).await?.map_err(std::io::Error::other).boxed())
    }

    /// 1 if there are traces in an experiment, which are not moved; the server does not tell how many.
    pub(super) async fn traces(&self, experiment: &str) -> Result<u64> {
        let path = query("/api/2.0/mlflow/traces", &[("experiment_ids", experiment), ("max_results", "1")]);
        match self.client.get::<wire::TracePage>(&path).await {
            Ok(page) => Ok(page.traces.len() as u64),
            // Old servers know no traces.
            Err(Error::Broken(_)) => Ok(0),
            Err(error) => Err(error),
        }
    }
}
