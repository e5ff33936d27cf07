//! MLflow's wire: what each endpoint is sent and answers, as snapshots.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::TestApp;
use crate::transcript::{MLFLOW, Transcript};

#[tokio::test]
async fn experiments_answer_as_mlflow_does() {
    let mut t = Transcript::start().await;
    t.get("experiments/get?experiment_id=0").await;
    t.get("experiments/get-by-name?experiment_name=cars").await;
    t.post("experiments/create", json!({"name": "cars", "tags": [{"key": "team", "value": "prices"}]})).await;
    t.get("experiments/get-by-name?experiment_name=cars").await;
    t.post("experiments/create", json!({"name": "cars"})).await;
    t.post("experiments/create", json!({"name": 5})).await;
    t.post("experiments/create", json!({"name": ""})).await;
    t.post("experiments/create", json!({"name": "x", "artifact_location": "s3://elsewhere"})).await;
    t.get("experiments/get?experiment_id=zz").await;
    t.get("experiments/get?experiment_id=99").await;
    t.get("experiments/get").await;
    t.post("experiments/set-experiment-tag", json!({"experiment_id": "1", "key": "a", "value": "b"})).await;
    t.post("experiments/delete-experiment-tag", json!({"experiment_id": "1", "key": "a"})).await;
    t.post("experiments/delete-experiment-tag", json!({"experiment_id": "1", "key": "a"})).await;
    t.post("experiments/update", json!({"experiment_id": "1", "new_name": "used cars"})).await;
    t.post("experiments/update", json!({"experiment_id": "1", "new_name": "Default"})).await;
    t.post("experiments/delete", json!({"experiment_id": "1"})).await;
    t.post("experiments/delete", json!({"experiment_id": "1"})).await;
    t.post("experiments/update", json!({"experiment_id": "1", "new_name": "again"})).await;
    t.post("experiments/set-experiment-tag", json!({"experiment_id": "1", "key": "a", "value": "b"})).await;
    t.post("experiments/restore", json!({"experiment_id": "1"})).await;
    t.post("experiments/restore", json!({"experiment_id": "1"})).await;
    t.get("experiments/get?experiment_id=1").await;
    insta::assert_snapshot!("mlflow_experiments", t.finish());
}

#[tokio::test]
async fn experiments_are_found_by_their_own_language() {
    let app = TestApp::start().await;
    for (name, team) in [("alpha", "a"), ("beta", "b"), ("Alphabet", "a")] {
        let body = json!({"name": name, "tags": [{"key": "team", "value": team}]});
        app.post(&format!("{MLFLOW}/experiments/create"), &body).await;
    }
    let found = async |body: Value| {
        let answer = app.post(&format!("{MLFLOW}/experiments/search"), &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}: {}", answer.text());
        let value = answer.value();
        let names = value["experiments"].as_array().into_iter().flatten();
        (names.map(|e| e["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), value)
    };
    for (filter, names) in [
        ("", vec!["Alphabet", "beta", "alpha", "Default"]),
        ("name = 'beta'", vec!["beta"]),
        ("attribute.name != 'beta'", vec!["Alphabet", "alpha", "Default"]),
        ("name LIKE 'al%'", vec!["alpha"]),
        ("name ILIKE 'al%'", vec!["Alphabet", "alpha"]),
        ("tags.team = 'a' AND name LIKE 'A%'", vec!["Alphabet"]),
        ("tags.team IS NULL", vec!["Default"]),
        ("tag.`team` IS NOT NULL AND tags.team != 'a'", vec!["beta"]),
        ("experiment_id IN ('0', '2')", vec!["beta", "Default"]),
        ("creation_time > 0 and experiment_id = '1'", vec!["alpha"]),
        ("name = 'alpha' OR NOT (tags.team = 'a')", vec!["beta", "alpha", "Default"]),
    ] {
        assert_eq!(found(json!({"max_results": 10, "filter": filter})).await.0, names, "{filter}");
    }
    let by_name = json!({"max_results": 2, "order_by": ["name DESC"]});
    let (names, page) = found(by_name).await;
    assert_eq!(names, ["beta", "alpha"]);
    let token = &page["next_page_token"];
    let next = json!({"max_results": 9, "order_by": ["name DESC"], "page_token": token});
    assert_eq!(found(next).await.0, ["Default", "Alphabet"]);
    assert_eq!(found(json!({"max_results": 9, "view_type": "DELETED_ONLY"})).await.1, json!({}));

    for (body, told) in [
        (json!({}), "Invalid value 0 for parameter 'max_results' supplied"),
        (json!({"max_results": 50_001}), "Invalid value 50001 for parameter 'max_results' supplied"),
        (json!({"max_results": 1, "filter": "attr.name = 'x'"}), "attr"),
        (json!({"max_results": 1, "filter": "colour = 'x'"}), "colour"),
        (json!({"max_results": 1, "filter": "name = 'x';"}), ";"),
        (json!({"max_results": 1, "filter": "name > 'x'"}), ">"),
        (json!({"max_results": 1, "filter": "name IS NULL"}), "absent"),
        (json!({"max_results": 1, "filter": "metrics.x > 1"}), "metrics"),
        (json!({"max_results": 1, "order_by": ["tags.team"]}), "tags.team"),
        (json!({"max_results": 1, "page_token": "nonsense"}), "page token"),
        (json!({"max_results": 1, "page_token": token}), "page token"),
    ] {
        let answer = app.post(&format!("{MLFLOW}/experiments/search"), &body).await;
        let value = answer.value();
        assert_eq!(
            (answer.status.as_u16(), &value["error_code"]),
            (400, &json!("INVALID_PARAMETER_VALUE")),
            "{body}"
        );
        assert!(value["message"].as_str().unwrap().contains(told), "{body}: {value}");
    }
}

#[tokio::test]
async fn runs_answer_as_mlflow_does() {
    let mut t = Transcript::start().await;
    let run = t.run("baseline").await;
    t.get(&format!("runs/get?run_id={run}")).await;
    t.post("runs/log-metric", json!({"run_id": run, "key": "loss", "value": 2.5, "timestamp": "7"})).await;
    t.post(
        "runs/log-metric",
        json!({"run_uuid": run, "key": "loss", "value": "Infinity", "timestamp": 8, "step": 1}),
    )
    .await;
    t.post("runs/log-metric", json!({"run_id": run, "key": "acc", "value": "NaN", "timestamp": 8})).await;
    t.post("runs/log-parameter", json!({"run_id": run, "key": "depth", "value": "3"})).await;
    t.post("runs/log-parameter", json!({"run_id": run, "key": "depth", "value": "3"})).await;
    t.post("runs/log-parameter", json!({"run_id": run, "key": "depth", "value": "4"})).await;
    t.post("runs/set-tag", json!({"run_id": run, "key": "mlflow.runName", "value": "renamed"})).await;
    t.post("runs/set-tag", json!({"run_id": run, "key": "note", "value": ""})).await;
    t.post("runs/delete-tag", json!({"run_id": run, "key": "note"})).await;
    t.post("runs/delete-tag", json!({"run_id": run, "key": "note"})).await;
    t.get(&format!("runs/get?run_uuid={run}")).await;
    t.post("runs/update", json!({"run_id": run, "status": "NOPE"})).await;
    t.post(
        "runs/update",
        json!({"run_id": run, "status": "FINISHED", "end_time": "99", "run_name": "last name"}),
    )
    .await;
    t.post("runs/delete", json!({"run_id": run})).await;
    t.post("runs/delete", json!({"run_id": run})).await;
    t.post("runs/set-tag", json!({"run_id": run, "key": "a", "value": "b"})).await;
    t.post("runs/restore", json!({"run_id": run})).await;
    t.post("runs/restore", json!({"run_id": run})).await;
    t.post(
        "runs/search",
        json!({"experiment_ids": ["0"], "filter": "metrics.loss > 3 AND params.depth = '3'"}),
    )
    .await;
    t.post("runs/search", json!({"experiment_ids": []})).await;
    t.get("runs/get?run_id=nothing").await;
    t.get("runs/get").await;
    t.post("runs/create", json!({"experiment_id": "77"})).await;
    t.post(
        "runs/create",
        json!({"experiment_id": "0", "run_name": "a", "tags": [{"key": "mlflow.runName", "value": "b"}]}),
    )
    .await;
    insta::assert_snapshot!("mlflow_runs", t.finish());
}

#[tokio::test]
async fn values_of_the_wrong_type_are_told_in_mlflows_words() {
    let mut t = Transcript::start().await;
    let run = t.run("typed").await;
    let metric = |changes: Value| {
        let mut body = json!({"run_id": run, "key": "a", "value": 1.0, "timestamp": 1});
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for changes in [
        json!({"step": "foo"}),
        json!({"step": 1.5}),
        json!({"timestamp": "99999999999999999999"}),
        json!({"timestamp": null}),
        json!({"timestamp": -1}),
        json!({"value": ""}),
        json!({"value": "inf"}),
        json!({"value": true}),
        json!({"key": 5}),
        json!({"key": "../x"}),
        json!({"key": "  "}),
        json!({"key": "a\u{0}b"}),
        json!({"run_id": ""}),
    ] {
        t.post("runs/log-metric", metric(changes)).await;
    }
    t.post("runs/log-batch", json!({"run_id": run, "metrics": [{"key": "a", "value": 1}]})).await;
    t.post("runs/log-batch", json!({"run_id": run, "metrics": {"key": "a"}})).await;
    t.post("runs/log-batch", json!({"run_id": run, "tags": [{"key": "a", "value": 1}]})).await;
    t.post("runs/search", json!({"experiment_ids": ["0"], "max_results": 60_000})).await;
    t.post("runs/search", json!({"experiment_ids": ["zz"]})).await;
    t.post("runs/search", json!({"experiment_ids": ["0"], "filter": "metrics.x > 'a'"})).await;
    t.post("runs/search", json!({"experiment_ids": ["0"], "order_by": ["datasets.name"]})).await;
    insta::assert_snapshot!("mlflow_types", t.finish());
}

#[tokio::test]
async fn a_request_that_is_no_json_says_so_or_counts_as_empty() {
    let app = TestApp::start().await;
    let path = format!("{MLFLOW}/runs/log-metric");
    let run = app.run().await;
    let twice = format!(r#"{{"run_id":"{run}","run_id":"{run}","key":"a","value":1,"timestamp":1}}"#);
    let trailing = format!(r#"{{"run_id":"{run}","key":"a","value":1,"timestamp":1}}garbage"#);
    for (media_type, body, told) in [
        ("text/plain", "{}", "Content-Type must be one of ['application/json']"),
        ("application/json; charset=utf-8", "{", "Missing value for required parameter 'key'"),
        ("application/json", "[1]", "Missing value for required parameter 'key'"),
        ("application/json", &trailing, "Missing value for required parameter 'key'"),
        ("application/json", &twice, "duplicate field `run_id`"),
    ] {
        let answer = app.text(Method::POST, &path, media_type, body.to_owned()).await;
        let value = answer.value();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {value}");
        assert!(value["message"].as_str().unwrap().contains(told), "{body}: {value}");
    }
    let none = http::Request::post(&path).body(axum::body::Body::empty()).unwrap();
    assert!(app.send(none).await.text().contains("Content-Type header is missing"));
    // Some old clients send the object as a JSON text.
    let wrapped = json!({"run_id": run, "key": "a", "value": 1, "timestamp": 1}).to_string();
    app.post(&path, &json!(wrapped)).await.is(200, &json!({}));
}

#[tokio::test]
async fn a_batch_is_stored_whole_or_not_at_all() {
    let app = TestApp::start().await;
    let run = app.run().await;
    let path = format!("{MLFLOW}/runs/log-batch");
    let metrics = |count: usize| -> Vec<Value> {
        (0..count).map(|step| json!({"key": "m", "value": 1, "timestamp": 1, "step": step})).collect()
    };
    let texts = |count: usize, value: &str| -> Vec<Value> {
        (0..count).map(|index| json!({"key": format!("k{index}"), "value": value})).collect()
    };
    for (body, told) in [
        (json!({"run_id": run, "metrics": metrics(1001)}), "at most 1000 metrics"),
        (json!({"run_id": run, "params": texts(101, "")}), "at most 100 params"),
        (json!({"run_id": run, "tags": texts(101, "")}), "at most 100 tags"),
        (
            json!({"run_id": run, "metrics": metrics(950), "tags": texts(51, "")}),
            "at most 1000 metrics, params, and",
        ),
        (
            json!({"run_id": run, "params": [{"key": "k", "value": "1"}, {"key": "k", "value": "1"}]}),
            "Duplicate parameter keys have been submitted: ['k']",
        ),
        (
            json!({"run_id": run, "metrics": metrics(1), "tags": texts(1, ""), "params": [{"key": "../p"}]}),
            "'params[0].key'",
        ),
        (json!({"run_id": run, "tags": texts(100, &"x".repeat(10_000))}), "larger"),
    ] {
        let answer = app.post(&path, &body).await;
        let value = answer.value();
        assert_eq!(
            (answer.status.as_u16(), &value["error_code"]),
            (400, &json!("INVALID_PARAMETER_VALUE")),
            "{told}"
        );
        assert!(value["message"].as_str().unwrap().contains(told), "{value}");
    }
    app.post(&path, &json!({"run_id": run, "params": texts(1, "1")})).await.is(200, &json!({}));
    let changed = json!({"run_id": run, "metrics": metrics(1), "params": texts(1, "2")});
    assert!(app.post(&path, &changed).await.text().contains("Changing param values is not allowed"));
    let stored = app.get(&format!("{MLFLOW}/runs/get?run_id={run}")).await.value();
    assert_eq!(stored["run"]["data"]["metrics"], Value::Null, "{stored}");

    let long = json!({"run_id": run, "params": [{"key": "long", "value": "ñ".repeat(7000)}],
        "tags": [{"key": "long", "value": "ñ".repeat(9000)}], "metrics": metrics(800)});
    app.post(&path, &long).await.is(200, &json!({}));
    let stored = app.get(&format!("{MLFLOW}/runs/get?run_id={run}")).await.value();
    let length = |list: &Value| {
        let pair = list.as_array().unwrap().iter().find(|pair| pair["key"] == "long").unwrap();
        pair["value"].as_str().unwrap().chars().count()
    };
    let data = &stored["run"]["data"];
    assert_eq!((length(&data["params"]), length(&data["tags"])), (6000, 8000));
    assert_eq!(data["metrics"], json!([{"key": "m", "value": 1.0, "timestamp": 1, "step": 799}]));
}

#[tokio::test]
async fn datasets_and_models_of_runs_are_kept_once() {
    let mut t = Transcript::start().await;
    let run = t.run("fed").await;
    let dataset =
        json!({"name": "cars", "digest": "d1", "source_type": "local", "source": "{}", "schema": "s"});
    let input = json!({
        "tags": [{"key": "mlflow.data.context", "value": "training"}, {"key": "k", "value": "v"}],
        "dataset": dataset
    });
    t.post("runs/log-inputs", json!({"run_id": run, "datasets": [input, input]})).await;
    t.post("runs/log-inputs", json!({"run_id": run, "datasets": [input]})).await;
    t.post("runs/log-inputs", json!({"run_id": run, "datasets": [{"dataset": {"name": "x"}}]})).await;
    t.post("runs/outputs", json!({"run_id": run, "models": [{"model_id": "m-1", "step": 0}]})).await;
    t.get(&format!("runs/get?run_id={run}")).await;
    t.post("experiments/search-datasets", json!({"experiment_ids": ["0"]})).await;
    t.post("runs/search", json!({"experiment_ids": ["0"], "filter": "datasets.context = 'testing'"})).await;
    t.post("runs/log-model", json!({"run_id": run, "model_json": "{}"})).await;
    let model =
        json!({"artifact_path": "m", "flavors": {}, "utc_time_created": "t", "run_id": run}).to_string();
    t.post("runs/log-model", json!({"run_id": run, "model_json": model})).await;
    t.post("runs/log-model", json!({"run_id": run, "model_json": model})).await;
    let tags = t.get(&format!("runs/get?run_id={run}")).await["run"]["data"]["tags"].clone();
    let history =
        tags.as_array().unwrap().iter().find(|tag| tag["key"] == "mlflow.log-model.history").unwrap();
    let history: Value = serde_json::from_str(history["value"].as_str().unwrap()).unwrap();
    assert_eq!(history.as_array().unwrap().len(), 2);
    insta::assert_snapshot!("mlflow_inputs", t.finish());
}

#[tokio::test]
async fn histories_come_whole_in_pages_and_in_samples() {
    let app = TestApp::start().await;
    let run = app.run().await;
    for start in (0..12_000).step_by(1000) {
        let metrics: Vec<Value> = (start..start + 1000)
            .map(|step| json!({"key": "val/loss", "value": f64::from(step) / 2.0, "timestamp": step, "step": step}))
            .collect();
        let body = json!({"run_id": run, "metrics": metrics});
        app.post(&format!("{MLFLOW}/runs/log-batch"), &body).await.is(200, &json!({}));
    }
    let steps = |value: &Value| -> Vec<i64> {
        value["metrics"].as_array().unwrap().iter().map(|point| point["step"].as_i64().unwrap()).collect()
    };
    let history = format!("{MLFLOW}/metrics/get-history?run_id={run}&metric_key=val/loss");

    let whole = app.get(&history).await.value();
    assert_eq!(steps(&whole), (0..12_000).collect::<Vec<_>>());
    assert_eq!(whole["metrics"][3], json!({"key": "val/loss", "value": 1.5, "timestamp": 3, "step": 3}));

    let (mut paged, mut token) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{history}&max_results=5000&page_token={token}")).await.value();
        paged.extend(steps(&page));
        match page["next_page_token"].as_str() {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, steps(&whole));

    let sample = format!("{MLFLOW}/metrics/get-history-bulk-interval?metric_key=val/loss&run_ids={run}");
    let sampled = app.get(&format!("{sample}&max_results=4")).await.value();
    assert_eq!(steps(&sampled), [0, 3999, 7999, 11_999]);
    assert_eq!(sampled["metrics"][0]["run_id"], json!(run));
    let part = app.get(&format!("{sample}&max_results=3&start_step=10&end_step=20")).await.value();
    assert_eq!(steps(&part), [10, 15, 20]);
    let all = app.get(&format!("{sample}&max_results=2500&start_step=10&end_step=20")).await.value();
    assert_eq!(steps(&all), (10..=20).collect::<Vec<_>>());
    let last = app.get(&format!("{sample}&max_results=1")).await.value();
    assert_eq!(steps(&last), [11_999]);
    let bulk = format!("/ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=val/loss&run_id={run}");
    assert_eq!(steps(&app.get(&format!("{bulk}&max_results=3")).await.value()), [0, 1, 2]);

    let unknown = format!("{MLFLOW}/metrics/get-history?run_id={}&metric_key=a", "0".repeat(32));
    app.get(&unknown).await.is(200, &json!({}));
    for (path, told) in [
        (format!("{history}&max_results=0"), "must be a positive integer"),
        (format!("{history}&max_results=-1"), "Invalid value -1 for parameter 'max_results' supplied"),
        (format!("{history}&max_results=5&page_token=zz"), "page token"),
        (
            format!("{MLFLOW}/metrics/get-history?metric_key=a"),
            "Missing value for required parameter 'run_id'",
        ),
        (format!("{sample}&max_results=2501"), "max_results must be between 1 and 2500."),
        (format!("{sample}&start_step=1"), "both must be specified"),
        (format!("{sample}&start_step=2&end_step=1"), "end_step must be greater than start_step"),
        (format!("{sample}{}", format!("&run_ids={run}").repeat(100)), "Received 101 run_ids"),
        (format!("{MLFLOW}/metrics/get-history-bulk?metric_key=a"), "must specify at least one run_id"),
    ] {
        let answer = app.get(&path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text());
        let value = answer.value();
        assert!(value["message"].as_str().unwrap().contains(told), "{path}: {value}");
    }
}

#[tokio::test]
async fn points_of_one_step_are_sampled_over_time() {
    let app = TestApp::start().await;
    let run = app.run().await;
    let metrics: Vec<Value> =
        (0..100).map(|time| json!({"key": "m", "value": time, "timestamp": time})).collect();
    let body = json!({"run_id": run, "metrics": metrics});
    app.post(&format!("{MLFLOW}/runs/log-batch"), &body).await.is(200, &json!({}));
    let path = format!("{MLFLOW}/metrics/get-history-bulk-interval?metric_key=m&run_ids={run}&max_results=4");
    let sampled = app.get(&path).await.value();
    let times: Vec<i64> = sampled["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["timestamp"].as_i64().unwrap())
        .collect();
    assert_eq!(times, [0, 33, 66, 99]);
}

#[tokio::test]
async fn both_prefixes_and_their_methods_are_served() {
    let app = TestApp::start().await;
    for prefix in ["/api", "/ajax-api"] {
        let path = format!("{prefix}/2.0/mlflow/experiments/get");
        assert_eq!(app.get(&format!("{path}?experiment_id=0")).await.status, StatusCode::OK);
        let wrong = app.post(&path, &json!({})).await;
        assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(wrong.value()["error_code"], "BAD_REQUEST");
        let info = app.get(&format!("{prefix}/3.0/mlflow/server-info")).await.value();
        assert_eq!((&info["workspaces_enabled"], &info["tracking_auth"]), (&json!(false), &json!("")));
        let unknown = app.get(&format!("{prefix}/2.0/mlflow/nothing")).await;
        assert_eq!(
            (unknown.status, unknown.value()["error_code"].as_str()),
            (StatusCode::NOT_FOUND, Some("ENDPOINT_NOT_FOUND"))
        );
    }
    assert!(app.get("/version").await.text().starts_with("3."));
}
