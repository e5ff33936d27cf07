//! Training through the API.

use http::StatusCode;
use serde_json::{Value, json};
use types::DatasetName;

use crate::TestApp;

impl TestApp {
    async fn with_dataset() -> Self {
        let app = Self::start().await;
        let csv = domain::sample::csv(120, 7).into_bytes().into();
        let name = DatasetName::parse("sample").unwrap();
        domain::datasets::import_csv(&app.ctx, name, "sample", csv).await.unwrap();
        app
    }

    async fn train(&self, body: Value) -> crate::Answer {
        self.post("/api/v1/training-jobs", &body).await
    }
}

#[tokio::test]
async fn a_job_is_taken_and_can_be_followed() {
    let app = TestApp::with_dataset().await;

    let taken = app
        .train(json!({
            "dataset": "sample", "target": "precio", "model": "random_forest",
            "params": {"n_estimators": 5, "max_depth": null, "bootstrap": true, "max_features": "sqrt"},
            "experiment": "by hand", "run_name": "small", "test_size": 0.25, "random_state": 1,
        }))
        .await;

    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
    let job_id = taken.value()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(taken.header("location"), format!("/api/v1/training-jobs/{job_id}"));
    let job = app.get(taken.header("location")).await.value();
    assert_eq!((&job["job_id"], &job["state"]), (&json!(job_id), &json!("queued")));
    assert_eq!(job["spec"]["algorithm"]["n_estimators"], 5);
    assert_eq!(job["spec"]["split"], json!({"kind": "random", "test_size": 0.25, "random_state": 1}));
    let listed = app.get("/api/v1/training-jobs?limit=1").await.value();
    assert_eq!(listed["training_jobs"][0]["job_id"], json!(job_id));

    let datasets = app.get("/api/v1/datasets").await.value();
    assert_eq!(datasets["datasets"][0]["name"], "sample");
}

#[tokio::test]
async fn rows_can_be_given() {
    let app = TestApp::with_dataset().await;
    let mut body = json!({
        "dataset": "sample", "target": "precio", "model": "linear",
        "split": {"train": (0..100).collect::<Vec<u32>>(), "test": (100..120).collect::<Vec<u32>>()},
    });
    assert_eq!(app.train(body.clone()).await.status, StatusCode::ACCEPTED);
    body["test_size"] = json!(0.5);
    assert_eq!(app.train(body).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_job_that_cannot_work_is_refused() {
    let app = TestApp::with_dataset().await;
    let job = |field: &str, value: Value| {
        let mut body = json!({"dataset": "sample", "target": "precio", "model": "linear"});
        body[field] = value;
        app.train(body)
    };
    assert_eq!(job("dataset", json!("nobody")).await.status, StatusCode::NOT_FOUND);
    job("model", json!("forest")).await.is_fault(&json!(["body", "model"]), "type_error.enum");
    job("params", json!({"depth": 1})).await.is_fault(&json!(["body", "params"]), "value_error");
    job("params", json!({"fit_intercept": []}))
        .await
        .is_fault(&json!(["body", "params", "fit_intercept"]), "type_error.str");
    job("test_size", json!(1)).await.is_fault(&json!(["body", "test_size"]), "value_error.number.not_lt");
    job("split", json!({"train": [-1], "test": []}))
        .await
        .is_fault(&json!(["body", "split", "train", 0]), "value_error.number.not_ge");
    assert!(job("target", json!("nothing")).await.status.is_client_error());
    app.get("/api/v1/training-jobs?limit=0")
        .await
        .is_fault(&json!(["query", "limit"]), "value_error.number.not_ge");
}
