//! Logged models over MLflow's door.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::transcript::{MLFLOW, Transcript};

impl Transcript {
    /// A new logged model of a run, called `name` in the transcript.
    pub(crate) async fn logged_model(&mut self, run: &str, name: &str) -> String {
        let body = json!({
            "experiment_id": "0", "name": name, "model_type": "regressor", "source_run_id": run,
            "params": [{"key": "depth", "value": "3"}], "tags": [{"key": "team", "value": "prices"}],
        });
        let model = self.post("logged-models", body).await;
        let id = model["model"]["info"]["model_id"].as_str().unwrap().to_owned();
        self.call(&id, name);
        id
    }
}

#[tokio::test]
async fn logged_models_answer_as_mlflow_does() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let id = t.logged_model(&run, "forest").await;
    t.get(&format!("logged-models/{id}")).await;
    let one = format!("logged-models/{id}");
    t.json(
        Method::POST,
        &format!("{one}/params"),
        json!({"model_id": id, "params": [{"key": "n", "value": "5"}]}),
    )
    .await;
    t.json(
        Method::POST,
        &format!("{one}/params"),
        json!({"model_id": id, "params": [{"key": "depth", "value": "4"}]}),
    )
    .await;
    t.json(Method::PATCH, &format!("{one}/tags"), json!({"tags": [{"key": "a/b", "value": "c"}]})).await;
    t.json(Method::DELETE, &format!("{one}/tags/a/b"), json!({})).await;
    t.json(Method::DELETE, &format!("{one}/tags/a/b"), json!({})).await;
    t.json(Method::PATCH, &one, json!({"model_id": id})).await;
    t.json(Method::PATCH, &one, json!({"model_id": id, "status": "LOGGED_MODEL_NOPE"})).await;
    t.post(
        "runs/log-batch",
        json!({"run_id": run, "metrics": [
            {"key": "rmse", "value": 1.5, "timestamp": 7, "step": 2, "model_id": id, "dataset_name": "cars",
             "dataset_digest": "d1"},
            {"key": "rmse", "value": "NaN", "timestamp": 8, "step": 3, "model_id": id},
            {"key": "other", "value": 1, "timestamp": 7},
        ]}),
    )
    .await;
    t.post(
        "runs/log-metric",
        json!({"run_id": run, "key": "x", "value": 1, "timestamp": 1, "model_id": "m-1"}),
    )
    .await;
    t.post("runs/outputs", json!({"run_id": run, "models": [{"model_id": id, "step": 1}]})).await;
    t.json(Method::PATCH, &one, json!({"model_id": id, "status": "LOGGED_MODEL_READY"})).await;
    t.json(Method::DELETE, &one, json!({})).await;
    t.get(&one).await;
    t.get(&format!("{one}?allow_deleted=true")).await;
    t.get("logged-models/m-1").await;
    t.post("logged-models", json!({"experiment_id": "0", "name": "a/b"})).await;
    t.post("logged-models", json!({"experiment_id": "9"})).await;
    t.post("logged-models", json!({})).await;
    insta::assert_snapshot!("mlflow_logged_models", t.finish());
}

#[tokio::test]
async fn a_model_keeps_files_of_its_own() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let id = t.logged_model(&run, "forest").await;
    let root = format!("/api/2.0/mlflow-artifacts/artifacts/0/models/{id}/artifacts");
    t.app
        .text(Method::PUT, &format!("{root}/MLmodel"), "text/plain", "flavors: {}")
        .await
        .is(200, &json!({}));
    t.app.text(Method::PUT, &format!("{root}/data/x"), "text/plain", "x").await.is(200, &json!({}));
    t.get(&format!("logged-models/{id}/artifacts/directories")).await;
    t.get(&format!("logged-models/{id}/artifacts/directories?artifact_directory_path=data")).await;
    t.get(&format!("artifacts/list?run_id={run}")).await;
    let files = format!("/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files");
    assert_eq!(t.app.get(&format!("{files}?artifact_file_path=data/x")).await.text(), "x");
    for (query, status) in [("", 400), ("?artifact_file_path=..", 400), ("?artifact_file_path=none", 404)] {
        assert_eq!(t.app.get(&format!("{files}{query}")).await.status.as_u16(), status, "{query}");
    }
    assert_eq!(t.app.get(&format!("{root}/MLmodel")).await.text(), "flavors: {}");
    insta::assert_snapshot!("mlflow_logged_model_files", t.finish());
}

#[tokio::test]
async fn logged_models_are_found_by_their_own_language() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let mut ids = Vec::new();
    for (name, rmse) in [("linear", 3.0), ("forest", 1.0), ("boosting", 2.0)] {
        let id = t.logged_model(&run, name).await;
        let metric =
            json!({"key": "rmse", "value": rmse, "timestamp": 1, "model_id": id, "dataset_name": "cars"});
        t.post("runs/log-batch", json!({"run_id": run, "metrics": [metric]})).await;
        ids.push(id);
    }
    let found = async |body: Value| {
        let answer = t.app.post(&format!("{MLFLOW}/logged-models/search"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}: {}", answer.text());
        let value = answer.value();
        let models = value["models"].as_array().into_iter().flatten();
        let mut names: Vec<_> =
            models.map(|model| model["info"]["name"].as_str().unwrap().to_owned()).collect();
        if body.get("order_by").is_none() {
            // Models of one millisecond come in any order.
            names.sort();
        }
        (names, value)
    };
    for (filter, names) in [
        (format!("source_run_id = '{run}'"), vec!["boosting", "forest", "linear"]),
        ("name = 'forest'".to_owned(), vec!["forest"]),
        ("metrics.rmse < 2.5 AND name LIKE '%o%'".to_owned(), vec!["boosting", "forest"]),
        ("params.depth = '3' and tags.team != 'x'".to_owned(), vec!["boosting", "forest", "linear"]),
        (format!("model_id IN ('{}')", ids[0]), vec!["linear"]),
        ("status = 'READY'".to_owned(), vec![]),
        ("attributes.creation_timestamp > 0 AND metrics.`rmse` >= 3".to_owned(), vec!["linear"]),
    ] {
        assert_eq!(found(json!({"experiment_ids": ["0"], "filter": filter})).await.0, names, "{filter}");
    }
    let ascending = json!([{"field_name": "metrics.rmse", "ascending": true}]);
    let page = json!({"experiment_ids": ["0"], "order_by": ascending, "max_results": 2});
    let (names, value) = found(page).await;
    assert_eq!(names, ["forest", "boosting"]);
    let token = value["next_page_token"].as_str().unwrap();
    let next = json!({"experiment_ids": ["0"], "order_by": ascending, "page_token": token});
    assert_eq!(found(next).await.0, ["linear"]);
    let descending = json!([{"field_name": "metrics.rmse", "ascending": false, "dataset_name": "cars"}]);
    let all = json!({"experiment_ids": ["0"], "order_by": descending});
    assert_eq!(found(all).await.0, ["linear", "boosting", "forest"]);
    let other = json!({"experiment_ids": ["0"], "datasets": [{"dataset_name": "other"}]});
    assert_eq!(found(other).await.1, json!({}));

    for (body, told) in [
        (json!({}), "experiment_ids"),
        (json!({"experiment_ids": ["0"], "filter": "colour = 'x'"}), "colour"),
        (json!({"experiment_ids": ["0"], "filter": "metrics.x = 'a'"}), "number"),
        (json!({"experiment_ids": ["0"], "order_by": [{"field_name": "params.x"}]}), "params.x"),
        (json!({"experiment_ids": ["0"], "order_by": [{"field_name": "nope"}]}), "nope"),
        (json!({"experiment_ids": ["0"], "datasets": [{}]}), "dataset_name"),
        (json!({"experiment_ids": ["0"], "page_token": "x"}), "page token"),
    ] {
        let answer = t.app.post(&format!("{MLFLOW}/logged-models/search"), &body).await;
        assert_eq!(answer.value()["error_code"], "INVALID_PARAMETER_VALUE", "{body}");
        assert!(answer.text().contains(told), "{body}: {}", answer.text());
    }
}
