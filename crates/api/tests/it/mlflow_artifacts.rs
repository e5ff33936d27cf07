//! Files over MLflow's door.

use http::{Method, StatusCode};
use serde_json::json;

use crate::transcript::{MLFLOW, Transcript};

const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

#[tokio::test]
async fn files_go_through_the_proxy_and_back() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let root = format!("{PROXY}/0/{run}/artifacts");
    for (path, content) in [("model/MLmodel", "flavors: {}"), ("model/a b%23.txt", "a"), ("note.html", "<b>")]
    {
        let answer = t.app.text(Method::PUT, &format!("{root}/{path}"), "text/plain", content).await;
        answer.is(200, &json!({}));
    }
    let list = async |t: &Transcript, path: &str| t.app.get(&format!("{PROXY}?path={path}")).await.value();
    assert_eq!(
        list(&t, &format!("0/{run}/artifacts")).await,
        json!({"files": [
            {"path": "model", "is_dir": true},
            {"path": "note.html", "is_dir": false, "file_size": 3},
        ]})
    );
    assert_eq!(
        list(&t, &format!("0/{run}/artifacts/model/")).await["files"][1],
        json!({"path": "a b#.txt", "is_dir": false, "file_size": 1})
    );
    for nothing in ["", "0", "9", &format!("0/{run}/artifacts/none"), &format!("0/{run}/artifacts/note.html")]
    {
        assert_eq!(list(&t, nothing).await, json!({}), "{nothing}");
    }

    let file = t.app.get(&format!("{root}/note.html")).await;
    assert_eq!((file.status, file.text().as_str()), (StatusCode::OK, "<b>"));
    assert_eq!(file.header("content-type"), "application/octet-stream");
    assert_eq!(file.header("x-content-type-options"), "nosniff");
    assert!(file.header("content-disposition").starts_with("attachment;"));
    assert_eq!(t.app.get(&format!("{root}/model/a%20b%23.txt")).await.text(), "a");

    t.get(&format!("artifacts/list?run_id={run}")).await;
    t.get(&format!("artifacts/list?run_uuid={run}&path=model")).await;
    t.get(&format!("artifacts/list?run_id={run}&path=../x")).await;
    t.get("artifacts/list?run_id=00000000000000000000000000000000").await;
    t.get("artifacts/list").await;
    insta::assert_snapshot!("mlflow_artifacts", t.finish());
}

#[tokio::test]
async fn pages_send_and_fetch_files_by_run() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let upload = format!("/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=a/b.txt");
    t.app.text(Method::POST, &upload, "text/plain", "hello").await.is(200, &json!({}));
    let file = t.app.get(&format!("/get-artifact?run_id={run}&path=a%2Fb.txt")).await;
    assert_eq!(file.text(), "hello");
    assert_eq!(t.app.get(&format!("/get-artifact?run_uuid={run}&path=a/b.txt")).await.text(), "hello");
    for (path, status, code) in [
        (format!("/get-artifact?run_id={run}&path=a"), 404, "RESOURCE_DOES_NOT_EXIST"),
        (format!("/get-artifact?run_id={run}"), 400, "INVALID_PARAMETER_VALUE"),
        (format!("/get-artifact?run_id={run}&path=%2e%2e/x"), 400, "INVALID_PARAMETER_VALUE"),
        ("/get-artifact?run_id=x&path=a".to_owned(), 404, "RESOURCE_DOES_NOT_EXIST"),
    ] {
        let answer = t.app.get(&path).await;
        assert_eq!((answer.status.as_u16(), &answer.value()["error_code"]), (status, &json!(code)), "{path}");
    }
    let bad = t.app.text(Method::POST, &format!("{MLFLOW}/upload-artifact?path=x"), "text/plain", "x").await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn files_and_folders_are_removed() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let root = format!("{PROXY}/0/{run}/artifacts");
    for path in ["a/1", "a/2", "b"] {
        t.app.text(Method::PUT, &format!("{root}/{path}"), "text/plain", path).await.is(200, &json!({}));
    }
    for path in ["a", "a", "none"] {
        t.app
            .text(Method::DELETE, &format!("{root}/{path}"), "application/json", "{}")
            .await
            .is(200, &json!({}));
    }
    assert_eq!(t.app.get(&format!("{root}/a/1")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(t.app.get(&format!("{root}/b")).await.text(), "b");
    // What was a folder may become a file.
    t.app.text(Method::PUT, &format!("{root}/a"), "text/plain", "file").await.is(200, &json!({}));
    assert_eq!(t.app.get(&format!("{root}/a")).await.text(), "file");
}

#[tokio::test]
async fn only_files_of_runs_and_models_have_a_place() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let put = async |path: &str| t.app.text(Method::PUT, &format!("{PROXY}/{path}"), "text/plain", "x").await;
    for (path, status) in [
        ("x".to_owned(), 400),
        (format!("0/{run}/elsewhere/x"), 400),
        (format!("0/{run}/artifacts"), 400),
        (format!("0/{run}/artifacts/x/"), 400),
        (format!("0/{run}/artifacts/../x"), 400),
        (format!("0/{run}/artifacts/%2e%2e%2fx"), 400),
        (format!("0/{run}/artifacts/%252e%252e/x"), 400),
        ("/etc/passwd".to_owned(), 400),
        // Not the experiment of the run; no such run; no such model.
        (format!("1/{run}/artifacts/x"), 404),
        (format!("0/{}/artifacts/x", "0".repeat(32)), 404),
        (format!("0/models/m-{}/artifacts/x", "0".repeat(32)), 404),
    ] {
        let answer = put(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        assert!(answer.value()["message"].is_string());
    }
    assert_eq!(put(&format!("0/{run}/artifacts/f")).await.status, StatusCode::OK);
    let conflict = put(&format!("0/{run}/artifacts/f/g")).await;
    assert_eq!(conflict.status, StatusCode::BAD_REQUEST, "{}", conflict.text());
    for path in [format!("{PROXY}/x"), format!("{PROXY}/0/{run}/artifacts")] {
        assert_eq!(t.app.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn transfers_in_parts_are_declined_so_that_clients_send_files_whole() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let body = json!({"path": "x", "num_parts": 2});
    for action in ["create", "complete", "abort"] {
        let path = format!("/api/2.0/mlflow-artifacts/mpu/{action}/0/{run}/artifacts/x");
        let answer = t.app.post(&path, &body).await;
        assert_eq!((answer.status.as_u16(), &answer.value()["error_code"]), (501, &json!("NOT_IMPLEMENTED")));
    }
    let presigned = format!("/api/2.0/mlflow-artifacts/presigned/0/{run}/artifacts/x");
    assert_eq!(t.app.get(&presigned).await.status.as_u16(), 501);
    let bad = t.app.post("/api/2.0/mlflow-artifacts/mpu/create/..%2fx", &body).await;
    assert_eq!(bad.status.as_u16(), 400);
}
