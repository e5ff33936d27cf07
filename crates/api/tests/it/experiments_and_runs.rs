//! An external caller registers a run.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::TestApp;

#[tokio::test]
async fn a_run_is_registered_step_by_step() {
    let app = TestApp::start().await;
    let run_id = app.run().await;
    let run = format!("/api/v1/runs/{run_id}");

    let metrics = json!([
        {"key": "rmse", "value": 3.5, "step": 0, "timestamp": 1000},
        {"key": "rmse", "value": "1.25", "step": 1, "timestamp": 2000},
        {"key": "val/perplejidad", "value": "NaN"},
    ]);
    app.post(&format!("{run}/metrics"), &metrics).await.is(200, &json!({"logged": 3}));
    let params = json!([{"key": "n_estimators", "value": "100"}]);
    app.post(&format!("{run}/params"), &params).await.is(200, &json!({"logged": 1}));
    app.post(&format!("{run}/params"), &params).await.is(200, &json!({"logged": 1}));
    app.post(&format!("{run}/tags"), &json!([{"key": "author", "value": "ana"}]))
        .await
        .is(200, &json!({"logged": 1}));
    let finished = app.json(Method::PATCH, &run, &json!({"status": "FINISHED", "run_name": "final"})).await;
    assert_eq!(finished.status, StatusCode::OK, "{}", finished.text());

    let body = app.get(&run).await.value();
    assert_eq!(
        (&body["run_id"], &body["run_name"], &body["status"]),
        (&json!(run_id), &json!("final"), &json!("FINISHED"))
    );
    assert!(body["end_time"].as_i64().unwrap() >= body["start_time"].as_i64().unwrap());
    let rmse = body["metrics"].as_array().unwrap().iter().find(|metric| metric["key"] == "rmse").unwrap();
    assert_eq!((&rmse["value"], &rmse["step"], &rmse["count"]), (&json!(1.25), &json!(1), &json!(2)));
    assert_eq!(body["params"], params);
    assert!(body["tags"].as_array().unwrap().contains(&json!({"key": "author", "value": "ana"})), "{body}");

    let history = app.get(&format!("{run}/metrics/rmse")).await.value();
    assert_eq!(history["points"][0], json!({"value": 3.5, "step": 0, "timestamp": 1000}));
    let history = app.get(&format!("{run}/metrics/val/perplejidad")).await.value();
    assert_eq!((&history["key"], &history["points"][0]["value"]), (&json!("val/perplejidad"), &json!("NaN")));
    let encoded = app.get(&format!("{run}/metrics/val%2Fperplejidad")).await.value();
    assert_eq!(encoded, history);
    assert_eq!(app.get(&format!("{run}/metrics/unknown")).await.value()["points"], json!([]));
}

#[tokio::test]
async fn a_param_keeps_its_first_value() {
    let app = TestApp::start().await;
    let path = format!("/api/v1/runs/{}/params", app.run().await);
    app.post(&path, &json!([{"key": "depth", "value": "3"}])).await.is(200, &json!({"logged": 1}));

    let answer = app.post(&path, &json!([{"key": "depth", "value": "4"}])).await;

    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.value()["detail"].as_str().unwrap().contains("depth"));
}

#[tokio::test]
async fn faults_in_lists_name_their_place() {
    let app = TestApp::start().await;
    let run = format!("/api/v1/runs/{}", app.run().await);
    let path = format!("{run}/metrics");

    app.post(&path, &json!({"key": "a", "value": 1})).await.is_fault(&json!(["body"]), "type_error.list");
    app.post(&path, &json!([{"key": "a", "value": 1}, {"key": "a"}]))
        .await
        .is_fault(&json!(["body", 1, "value"]), "value_error.missing");
    app.post(&path, &json!([{"key": "../a", "value": 1}]))
        .await
        .is_fault(&json!(["body", 0, "key"]), "value_error");
    app.post(&format!("{run}/params"), &json!([{"key": "a", "value": 1}]))
        .await
        .is_fault(&json!(["body", 0, "value"]), "type_error.str");
    app.json(Method::PATCH, &run, &json!({"status": "DONE"}))
        .await
        .is_fault(&json!(["body", "status"]), "type_error.enum");
    assert_eq!(app.get(&run).await.value()["metrics"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn names_are_taken_once() {
    let app = TestApp::start().await;
    let body = json!({"name": "churn", "tags": [{"key": "team", "value": "ml"}]});

    let created = app.post("/api/v1/experiments", &body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let id = created.value()["experiment_id"].as_str().unwrap().to_owned();
    assert_eq!(created.header("location"), format!("/api/v1/experiments/{id}"));

    let again = app.post("/api/v1/experiments", &body).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.value()["detail"].as_str().unwrap().contains("churn"));

    let path = format!("/api/v1/experiments/{id}");
    let experiment = app.get(&path).await.value();
    assert_eq!((&experiment["name"], &experiment["tags"]), (&json!("churn"), &body["tags"]));
    assert_eq!(experiment["goal"], json!({"metric": "test_rmse", "direction": "minimize"}));
    let goal = json!({"metric": "accuracy", "direction": "maximize"});
    let changed = app.json(Method::PUT, &format!("{path}/goal"), &goal).await;
    assert_eq!(changed.value()["goal"], goal);

    let listed = app.get("/api/v1/experiments").await.value();
    let churn = listed["experiments"].as_array().unwrap().iter().find(|row| row["name"] == "churn");
    assert_eq!(churn.unwrap()["run_count"], 0);
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    let app = TestApp::start().await;
    let nobody = "0".repeat(32);
    for (path, id) in [
        (format!("/api/v1/runs/{nobody}"), nobody.as_str()),
        ("/api/v1/runs/nobody".to_owned(), "nobody"),
        (format!("/api/v1/runs/{nobody}/metrics/a"), &nobody),
        (format!("/api/v1/runs/{nobody}/artifacts"), &nobody),
        ("/api/v1/experiments/999".to_owned(), "999"),
        ("/api/v1/experiments/x".to_owned(), "x"),
        ("/api/v1/models/nobody".to_owned(), "nobody"),
        (format!("/api/v1/training-jobs/{nobody}"), &nobody),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.value()["detail"].as_str().unwrap().contains(id), "{path}: {}", answer.text());
    }
    let orphan = app.post("/api/v1/runs", &json!({"experiment_id": "999"})).await;
    assert_eq!(orphan.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn runs_are_searched_page_by_page() {
    let app = TestApp::start().await;
    let first = app.run().await;
    let experiment = app.get(&format!("/api/v1/runs/{first}")).await.value()["experiment_id"].clone();
    for number in 1..5 {
        let body = json!({"experiment_id": experiment, "run_name": format!("run {number}")});
        let run_id = app.post("/api/v1/runs", &body).await.value()["run_id"].clone();
        let path = format!("/api/v1/runs/{}/metrics", run_id.as_str().unwrap());
        app.post(&path, &json!([{"key": "rmse", "value": number}])).await.is(200, &json!({"logged": 1}));
    }

    let mut query = json!({
        "experiment_ids": [experiment], "filter": "metrics.rmse > 1", "order_by": ["metrics.rmse DESC"],
        "max_results": 2,
    });
    let page = app.post("/api/v1/runs/search", &query).await.value();
    assert_eq!(names(&page), ["run 4", "run 3"]);
    query["page_token"] = page["next_page_token"].clone();
    let page = app.post("/api/v1/runs/search", &query).await.value();
    assert_eq!(names(&page), ["run 2"]);
    assert_eq!(page["next_page_token"], Value::Null);

    let number: i64 = experiment.as_str().unwrap().parse().unwrap();
    let all = app.post("/api/v1/runs/search", &json!({"experiment_ids": [number]})).await.value();
    assert_eq!(all["runs"].as_array().unwrap().len(), 5);
    app.post("/api/v1/runs/search", &json!({"experiment_ids": []}))
        .await
        .is(200, &json!({"runs": [], "next_page_token": null}));
}

fn names(page: &Value) -> Vec<&str> {
    page["runs"].as_array().unwrap().iter().map(|run| run["run_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_search_that_cannot_be_read_is_explained() {
    let app = TestApp::start().await;
    let search = |body: Value| {
        let app = &app;
        async move { app.post("/api/v1/runs/search", &body).await }
    };
    search(json!({})).await.is_fault(&json!(["body", "experiment_ids"]), "value_error.missing");
    search(json!({"experiment_ids": ["x"]}))
        .await
        .is_fault(&json!(["body", "experiment_ids", 0]), "value_error");
    search(json!({"experiment_ids": [], "max_results": 0}))
        .await
        .is_fault(&json!(["body", "max_results"]), "value_error.number.not_ge");
    for body in [
        json!({"experiment_ids": ["0"], "filter": "metrics.rmse >"}),
        json!({"experiment_ids": ["0"], "order_by": ["nothing.rmse"]}),
        json!({"experiment_ids": ["0"], "page_token": "garbage"}),
    ] {
        let answer = search(body.clone()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.text());
        assert!(!answer.value()["detail"].is_null());
    }
}
