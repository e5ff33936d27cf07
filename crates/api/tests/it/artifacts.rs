//! Files of runs.

use axum::body::Body;
use axum::extract::Request;
use futures::stream;
use http::header;
use serde_json::json;
use types::{ArtifactPath, RunId};

use crate::TestApp;

impl TestApp {
    async fn put(&self, run_id: &str, path: &str, content: &'static [u8]) {
        let (run_id, path) = (RunId::parse(run_id).unwrap(), ArtifactPath::parse(path).unwrap());
        let content = stream::iter([Ok(content.into())]);
        domain::artifacts::put(&self.ctx, &run_id, &path, content).await.unwrap();
    }
}

#[tokio::test]
async fn a_file_comes_as_an_attachment_that_runs_nothing() {
    let app = TestApp::start().await;
    let run_id = app.run().await;
    app.put(&run_id, "informes/año 1.html", b"<script>alert(1)</script>").await;

    let path = format!("/api/v1/runs/{run_id}/artifacts/informes/a%C3%B1o%201.html");
    let file = app.get(&format!("{path}?inline=1")).await;

    assert_eq!((file.status.as_u16(), file.text().as_str()), (200, "<script>alert(1)</script>"));
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("content-length"), "25");
    assert_eq!(
        file.header("content-disposition"),
        "attachment; filename=\"a_o 1.html\"; filename*=UTF-8''a%C3%B1o%201.html"
    );
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert_eq!(
        file.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    );

    let listed = app.get(&format!("/api/v1/runs/{run_id}/artifacts")).await.value();
    assert_eq!(listed["artifacts"][0]["path"], "informes/año 1.html");
    let digest = listed["artifacts"][0]["sha256"].as_str().unwrap();
    assert_eq!(file.header("etag"), format!("\"{digest}\""));

    let again = Request::get(&path).header(header::IF_NONE_MATCH, file.header("etag"));
    let again = app.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn only_pictures_are_shown_and_only_when_asked() {
    let app = TestApp::start().await;
    let run_id = app.run().await;
    app.put(&run_id, "plots/residuals.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>").await;
    let path = format!("/api/v1/runs/{run_id}/artifacts/plots/residuals.svg");

    let shown = app.get(&format!("{path}?inline=1")).await;
    assert_eq!(shown.header("content-type"), "image/svg+xml");
    assert!(shown.header("content-disposition").starts_with("inline;"));
    assert!(shown.header("content-security-policy").contains("sandbox"));

    assert!(app.get(&path).await.header("content-disposition").starts_with("attachment;"));
    app.get(&format!("{path}?inline=perhaps")).await.is_fault(&json!(["query", "inline"]), "type_error.bool");
}

#[tokio::test]
async fn no_path_leaves_the_folder_of_the_run() {
    let app = TestApp::start().await;
    let run_id = app.run().await;
    for path in [
        "..%2f..%2fcuaderno.db",
        "../../cuaderno.db",
        "%2e%2e/%2e%2e/cuaderno.db",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "a%00b",
        "a%5c..%5cb",
        "%252e%252e/x",
        "nothing.txt",
        "%ff",
    ] {
        let answer = app.get(&format!("/api/v1/runs/{run_id}/artifacts/{path}")).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(!answer.value()["detail"].is_null(), "{path}");
    }
}
