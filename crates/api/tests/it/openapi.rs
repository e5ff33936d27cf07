//! The document: an API change shows up here as a difference.

use axum::body::Body;
use axum::extract::Request;
use http::{Method, StatusCode};
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::Value;

use crate::TestApp;

/// All operations of the document as `(METHOD, path)`.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let mut operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    operations.sort_by(|(_, a), (_, b)| a.cmp(b));
    operations
}

#[tokio::test]
async fn the_document_is_the_one_that_was_reviewed() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.value();
    assert_json_snapshot!(document, { ".info.version" => "[version]" });
}

#[tokio::test]
async fn every_route_is_in_the_document_and_every_operation_is_a_route() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.value();
    assert_eq!(document["openapi"], "3.1.0");

    let operations = operations(&document);
    let listed: Vec<String> = operations.iter().map(|(method, path)| format!("{method} {path}")).collect();
    assert_snapshot!(listed.join("\n"));
    for (method, path) in operations {
        let path = path.replace(['{', '}'], "");
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = Request::builder().method(method.clone()).uri(&path).body(Body::empty()).unwrap();
        let answer = app.send(request).await;
        assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_ne!(answer.value()["detail"], "Not Found", "{method} {path}");
    }
}

#[tokio::test]
async fn every_operation_is_explained_and_every_reference_leads_somewhere() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.value();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        assert!(operation["summary"].is_string() && operation["operationId"].is_string(), "{method} {path}");
        assert!(operation["tags"][0].is_string(), "{method} {path}");
    }
    assert_eq!(document["components"]["schemas"]["Car"]["example"]["marca"], "Toyota");

    let text = document.to_string();
    for reference in text.split("\"#/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(!document.pointer(&format!("/{reference}")).unwrap_or(&Value::Null).is_null(), "{reference}");
    }
}
