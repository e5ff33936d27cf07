//! The doors for programs, driven through the router on a real engine with a temporary data folder.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod artifacts;
mod datasets;
mod documents;
mod errors;
mod evaluation;
mod experiments_and_runs;
mod garbage;
mod mlflow;
mod mlflow_artifacts;
mod mlflow_logged_models;
mod mlflow_registry;
mod openapi;
mod scoring;
mod training;
mod transcript;
mod valuation;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use camino::Utf8PathBuf;
use cuaderno_api as api;
use domain::{Ctx, Engine, EngineConfig};
use http::{HeaderMap, Method, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// The router over an engine of its own; the folder goes away with it.
struct TestApp {
    router: Router,
    ctx: Ctx,
    _folder: TempDir,
}

impl TestApp {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = Utf8PathBuf::from_path_buf(folder.path().join("data")).unwrap();
        let engine = Engine::open(EngineConfig { data_dir, database_url: None }).await.unwrap();
        let router = api::router(engine.clone()).fallback(async |request: Request| {
            let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
            api::not_found(request.uri().path(), accept)
        });
        Self { router, ctx: Ctx::local(engine), _folder: folder }
    }

    /// Sends a request as it is.
    async fn send(&self, request: Request) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: head.status, headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.text(method, path, "application/json", body.to_string()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, body).await
    }

    async fn text(&self, method: Method, path: &str, media_type: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, media_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A new run in a new experiment.
    async fn run(&self) -> String {
        let created = self.post("/api/v1/experiments", &serde_json::json!({"name": "churn"})).await;
        let experiment = created.value()["experiment_id"].clone();
        let body = serde_json::json!({"experiment_id": experiment, "run_name": "baseline"});
        let created = self.post("/api/v1/runs", &body).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.text());
        created.value()["run_id"].as_str().unwrap().to_owned()
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    fn value(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Asserts status and body.
    #[track_caller]
    fn is(&self, status: u16, body: &Value) {
        assert_eq!((self.status.as_u16(), &self.value()), (status, body));
    }

    /// Asserts 422 with one fault at this place.
    #[track_caller]
    fn is_fault(&self, loc: &Value, kind: &str) {
        let body = self.value();
        assert_eq!(self.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(
            (&body["detail"][0]["loc"], body["detail"][0]["type"].as_str()),
            (loc, Some(kind)),
            "{body}"
        );
        assert_eq!(body["detail"].as_array().unwrap().len(), 1, "{body}");
    }
}
