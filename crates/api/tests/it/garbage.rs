//! Whatever is sent to whichever route, the answer is a clear 4xx in JSON, never a 5xx.

use http::Method;
use serde_json::Value;

use crate::TestApp;

#[tokio::test]
async fn garbage_is_answered_with_a_clear_4xx() {
    let app = TestApp::start().await;
    let run = format!("/api/v1/runs/{}", app.run().await);
    let nobody = "0".repeat(32);
    let bodies: [&[u8]; 12] = [
        b"",
        b"{",
        b"[]x",
        b"null",
        b"\"\"",
        b"-1",
        b"[[]]",
        b"[null]",
        b"\xc3\x28",
        b"{\"name\": {}, \"experiment_id\": [], \"experiment_ids\": {}, \"version\": 1.5, \"status\": 1, \"metric\": 0}",
        b"{\"name\": \"\\u0000\", \"experiment_id\": \"-1\", \"experiment_ids\": [[]], \"version\": \"x\", \"status\": \"\", \"metric\": \"\"}",
        b"[{\"key\": 1, \"value\": []}, {\"key\": \"\", \"value\": {}}, 5]",
    ];
    for (method, path) in [
        (Method::POST, "/predict".to_owned()),
        (Method::POST, "/api/v1/experiments".to_owned()),
        (Method::PUT, "/api/v1/experiments/0/goal".to_owned()),
        (Method::POST, "/api/v1/runs".to_owned()),
        (Method::POST, "/api/v1/runs/search".to_owned()),
        (Method::PATCH, run.clone()),
        (Method::POST, format!("{run}/metrics")),
        (Method::POST, format!("{run}/params")),
        (Method::POST, format!("{run}/tags")),
        (Method::PUT, "/api/v1/models/automoviles/aliases/champion".to_owned()),
        (Method::POST, "/api/v1/training-jobs".to_owned()),
    ] {
        for body in bodies {
            let answer = app.text(method.clone(), &path, "application/json", body).await;
            let sent = String::from_utf8_lossy(body);
            assert!(answer.status.is_client_error(), "{method} {path} {sent}: {}", answer.text());
            let detail = &answer.value()["detail"];
            assert!(detail.is_string() || !detail.as_array().unwrap().is_empty(), "{method} {path} {sent}");
        }
    }
    for path in [
        format!("/api/v1/runs/{nobody}%00"),
        "/api/v1/runs/%F0%9F%9A%97".to_owned(),
        "/api/v1/experiments/99999999999999999999".to_owned(),
        "/api/v1/experiments/-1".to_owned(),
        format!("/api/v1/models/{}", "x".repeat(5000)),
        "/api/v1/models/a:b".to_owned(),
        format!("{run}/metrics/a//b"),
        "/api/v1/training-jobs/x".to_owned(),
        "/api/v1/training-jobs/x/events".to_owned(),
        format!("/api/v1/training-jobs/{nobody}/log"),
        format!("/api/v1/runs/{nobody}/python"),
        format!("{run}/recipe"),
        format!("{run}/reproduction"),
        "/api/v1/training-jobs?limit=x".to_owned(),
        "/api/v1/training-jobs?limit=%FF".to_owned(),
        "/docs/%FF".to_owned(),
        "/docs/../../etc/passwd".to_owned(),
        "/redoc/nothing".to_owned(),
    ] {
        let answer = app.get(&path).await;
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.text());
        assert_ne!(answer.value()["detail"], Value::Null, "{path}");
    }
}
