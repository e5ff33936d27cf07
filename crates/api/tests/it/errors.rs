//! What every wrong request is told, whatever its route.

use axum::body::Body;
use axum::extract::Request;
use http::{Method, StatusCode, header};
use serde_json::json;

use crate::TestApp;

#[tokio::test]
async fn an_unknown_path_is_told_in_the_words_of_whoever_asks() {
    let app = TestApp::start().await;

    app.get("/nothing").await.is(404, &json!({"detail": "Not Found"}));
    app.get("/api/v1/nothing").await.is(404, &json!({"detail": "Not Found"}));
    app.get("/docs/nothing/at/all.js").await.is(404, &json!({"detail": "Not Found"}));

    for path in ["/api/2.0/mlflow/nothing", "/api/3.0/mlflow/nothing", "/ajax-api/2.0/mlflow/nothing"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.value()["error_code"], "ENDPOINT_NOT_FOUND");
        assert!(answer.value()["message"].as_str().unwrap().contains(path));
    }

    let browser = Request::get("/nothing").header(header::ACCEPT, "text/html,*/*;q=0.8");
    let page = app.send(browser.body(Body::empty()).unwrap()).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn a_wrong_method_is_told_with_the_right_ones() {
    let app = TestApp::start().await;
    for (method, path, allow) in [
        (Method::GET, "/predict", "POST"),
        (Method::POST, "/health", "GET,HEAD"),
        (Method::DELETE, "/api/v1/experiments", "GET,HEAD,POST"),
        (Method::GET, "/api/v1/runs/search", "POST"),
        (Method::PUT, "/docs", "GET,HEAD"),
        (Method::PATCH, "/openapi.json", "GET,HEAD"),
    ] {
        let answer = app.text(method, path, "application/json", "{}").await;
        answer.is(405, &json!({"detail": "Method Not Allowed"}));
        let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_told_where_it_breaks() {
    let app = TestApp::start().await;
    let send = |body: Vec<u8>| app.text(Method::POST, "/predict", "application/json", body);

    send(b"precio".to_vec()).await.is(
        422,
        &json!({"detail": [{
            "loc": ["body"], "msg": "Expecting value: line 1 column 1 (char 0)", "type": "value_error.jsondecode"
        }]}),
    );
    for body in [
        b"{\"marca\": ".to_vec(),
        b"{\"marca\": NaN}".to_vec(),
        b"{\"marca\": 1e999}".to_vec(),
        b"{} {}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"\x00".to_vec(),
        "[".repeat(100_000).into_bytes(),
        r#"{"a":"#.repeat(100_000).into_bytes(),
    ] {
        send(body).await.is_fault(&json!(["body"]), "value_error.jsondecode");
    }
    send(Vec::new()).await.is_fault(&json!(["body"]), "value_error.missing");
    for body in ["[]", "\"x\"", "1", "null", "\u{feff}[]"] {
        send(body.as_bytes().to_vec()).await.is_fault(&json!(["body"]), "type_error.dict");
    }
}

#[tokio::test]
async fn a_body_of_another_type_or_size_is_refused() {
    let app = TestApp::start().await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        app.text(Method::POST, "/predict", media_type, "{}")
            .await
            .is(415, &json!({"detail": "Content-Type must be application/json"}));
    }
    let without_type = Request::post("/api/v1/experiments").body(Body::from("{}")).unwrap();
    assert_eq!(app.send(without_type).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    let large = format!("{{\"name\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    app.text(Method::POST, "/api/v1/experiments", "application/json", large)
        .await
        .is(413, &json!({"detail": "The request body is too large"}));
    let rows = json!({"dataset": "d", "target": "t", "model": "linear",
        "split": {"train": vec![123_456; 200_000], "test": [1]}});
    assert_eq!(app.post("/api/v1/training-jobs", &rows).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn json_answers_are_not_stored() {
    let app = TestApp::start().await;
    for path in ["/health", "/model-info", "/api/v1/experiments", "/api/v1/nothing", "/openapi.json"] {
        assert_eq!(app.get(path).await.header("cache-control"), "no-store", "{path}");
    }
}
