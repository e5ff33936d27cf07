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

#[tokio::test]
async fn a_job_that_waits_can_be_followed_and_cancelled() {
    let app = TestApp::with_dataset().await;
    let body = json!({
        "dataset": "sample", "target": "precio", "model": "linear", "priority": -5, "time_limit": 60,
    });
    let taken = app.train(body).await;
    let path = taken.header("location").to_owned();
    let job = app.get(&path).await.value();
    assert_eq!((&job["priority"], &job["time_limit_seconds"]), (&json!(-5), &json!(60)));
    assert_eq!(app.get(&format!("{path}/log")).await.value(), json!({ "lines": [] }));

    let events = format!("{path}/events");
    let cancel = format!("{path}/cancel");
    let following = app.get(&events);
    let cancelling = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let cancelled = app.post(&cancel, &json!({})).await;
        assert_eq!(cancelled.status, StatusCode::OK);
        assert_eq!(cancelled.value()["state"], "cancelled");
    };
    let (followed, ()) = tokio::join!(following, cancelling);
    assert_eq!(followed.header("content-type"), "text/event-stream");
    assert_eq!(followed.header("cache-control"), "no-store");
    let text = followed.text();
    let told: Vec<&str> = text.lines().filter(|line| line.starts_with("event:")).collect();
    assert_eq!(told, ["event: status", "event: line", "event: status"], "{text}");
    assert!(text.contains("id: 1\n") && text.contains("\"state\":\"cancelled\""), "{text}");

    // Who was there before the end hears only what is new.
    let request = axum::extract::Request::get(&events).header("last-event-id", "1");
    let text = app.send(request.body(axum::body::Body::empty()).unwrap()).await.text();
    assert_eq!(text.matches("event:").count(), 1, "{text}");
    // Once more does no harm.
    assert_eq!(app.post(&cancel, &json!({})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_job_that_is_over_cannot_be_cancelled() {
    let app = TestApp::with_dataset().await;
    let spec = types::TrainingSpec::new("precio", types::Algorithm::linear());
    let experiment = types::ExperimentName::parse("here").unwrap();
    let new = types::NewTrainingJob::new(experiment, "sample", spec);
    domain::training::train(&app.ctx, new, &|_| {}).await.unwrap();
    let listed = app.get("/api/v1/training-jobs").await.value();
    let job = &listed["training_jobs"][0];
    assert_eq!((&job["state"], &job["attempt"]), (&json!("finished"), &json!(1)));
    assert_eq!(job["progress"]["fraction"], json!(1.0));
    let path = format!("/api/v1/training-jobs/{}", job["job_id"].as_str().unwrap());
    let refused = app.post(&format!("{path}/cancel"), &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    let log = app.get(&format!("{path}/log")).await.value();
    let lines = log["lines"].as_array().unwrap();
    assert!(lines.iter().any(|line| line["metric"]["key"] == "cv_rmse"), "{log}");
    assert!(lines.last().unwrap()["text"].as_str().unwrap().starts_with("finished as run"), "{log}");
}

#[tokio::test]
async fn what_the_queue_cannot_take_is_refused() {
    let app = TestApp::with_dataset().await;
    let job = |field: &str, value: Value| {
        let mut body = json!({"dataset": "sample", "target": "precio", "model": "random_forest"});
        body[field] = value;
        app.train(body)
    };
    job("priority", json!(101)).await.is_fault(&json!(["body", "priority"]), "value_error");
    job("priority", json!("high")).await.is_fault(&json!(["body", "priority"]), "value_error");
    job("time_limit", json!(0)).await.is_fault(&json!(["body", "time_limit"]), "value_error.number.not_ge");
    job("sweep", json!({"method": "all", "values": {}}))
        .await
        .is_fault(&json!(["body", "sweep", "method"]), "type_error.enum");
    job("sweep", json!({"method": "grid", "values": {"max_depth": 4}}))
        .await
        .is_fault(&json!(["body", "sweep", "values", "max_depth"]), "type_error.list");
    for wrong in [
        json!({"method": "grid", "values": {"depth": [4]}}),
        json!({"method": "grid", "values": {"max_depth": [0]}}),
        json!({"method": "grid", "values": {"max_depth": ["2..5"]}}),
        json!({"method": "random", "values": {"max_depth": []}}),
        json!({"method": "random", "values": {}}),
    ] {
        job("sweep", wrong).await.is_fault(&json!(["body", "sweep"]), "value_error");
    }
    assert_eq!(
        job(
            "sweep",
            json!({"method": "halving", "values": {"max_depth": ["2..20"], "bootstrap": [true, false]}})
        )
        .await
        .status,
        StatusCode::ACCEPTED
    );
    let none = "/api/v1/training-jobs/00000000000000000000000000000000";
    for path in [format!("{none}/log"), format!("{none}/events")] {
        assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.post(&format!("{none}/cancel"), &json!({})).await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/api/v1/training-jobs/x/events").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_run_can_be_trained_again_and_told_in_python() {
    let app = TestApp::with_dataset().await;
    let spec = types::TrainingSpec::new("precio", types::Algorithm::linear());
    let experiment = types::ExperimentName::parse("here").unwrap();
    let new = types::NewTrainingJob::new(experiment, "sample", spec);
    let run = domain::training::train(&app.ctx, new, &|_| {}).await.unwrap().run_id;
    let path = format!("/api/v1/runs/{run}");

    let recipe = app.get(&format!("{path}/recipe")).await.value();
    assert_eq!(recipe["spec"]["split"]["random_state"], 42);
    assert_eq!(recipe["version"], env!("CARGO_PKG_VERSION"));
    let python = app.get(&format!("{path}/python")).await;
    assert_eq!(python.header("content-type"), "text/x-python; charset=utf-8");
    assert!(python.text().contains("LinearRegression(fit_intercept=True)"), "{}", python.text());
    assert_eq!(app.get(&format!("{path}/reproduction")).await.status, StatusCode::NOT_FOUND);

    let taken = app.post(&format!("{path}/reproduce"), &json!({})).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.text());
    let job = app.get(taken.header("location")).await.value();
    assert_eq!((&job["origin_run_id"], &job["experiment"]), (&json!(run), &json!("here")));

    let again = domain::training::reproduce_now(&app.ctx, &run, &|_| {}).await.unwrap();
    let found = app.get(&format!("/api/v1/runs/{}/reproduction", again.run_id)).await.value();
    assert_eq!((&found["is_equal"], &found["origin_run_id"]), (&json!(true), &json!(run)));
    assert!(found["metrics"].as_array().unwrap().len() > 10);

    let other = app.run().await;
    for wanted in ["recipe", "python"] {
        let refused = app.get(&format!("/api/v1/runs/{other}/{wanted}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
    }
    assert_eq!(
        app.post(&format!("/api/v1/runs/{other}/reproduce"), &json!({})).await.status,
        StatusCode::BAD_REQUEST
    );
    let none = "/api/v1/runs/00000000000000000000000000000000/reproduce";
    assert_eq!(app.post(none, &json!({})).await.status, StatusCode::NOT_FOUND);
}
