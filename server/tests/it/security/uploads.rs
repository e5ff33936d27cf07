//! Files from strangers: what browsers are told about them, and what a broken upload leaves behind.

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::harness::{Answer, TestApp, client};

async fn run_of(app: &TestApp) -> String {
    let created = app.post("/api/2.0/mlflow/runs/create", &json!({"experiment_id": "0"})).await.expect(200);
    created.json()["run"]["info"]["run_id"].as_str().unwrap().to_owned()
}

/// Files below the artifact folder, locks left out.
fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files_below(&path) } else { usize::from(!path.ends_with("lock")) })
        .sum()
}

#[tokio::test]
async fn no_file_runs_in_a_browser() {
    let app = TestApp::start();
    let run = run_of(&app).await;
    for (name, content) in [
        ("x.html", "<script>fetch('/api/2.0/mlflow/experiments/search')</script>"),
        ("x.svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("x.xhtml", "<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
        ("x.xml", "<?xml-stylesheet type='text/xsl' href='data:text/xml,x'?><a/>"),
        ("x.md", "<script>alert(1)</script>"),
        ("x.png", "<html><script>alert(1)</script>"),
        ("x.js", "alert(1)"),
    ] {
        let address = app.url(&format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{name}"));
        Answer::of(client().put(&address).header("content-type", "text/html").body(content))
            .await
            .expect(200);
        let by_run = app.url(&format!("/get-artifact?run_id={run}&path={name}"));
        for address in [address, by_run] {
            let answer = Answer::of(client().get(&address).header("accept", "text/html")).await.expect(200);
            assert_eq!(answer.text(), content);
            assert!(answer.header("content-disposition").starts_with("attachment;"), "{address}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
            let policy = answer.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("sandbox"),
                "{address}: {policy}"
            );
            assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{address}");
            let kind = answer.header("content-type");
            assert!(!kind.contains("html") && !kind.contains("script"), "{address}: {kind}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let app = TestApp::start();
    let run = run_of(&app).await;
    let path = format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model.bin");
    for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        let mut stream = TcpStream::connect(&app.address).unwrap();
        let head = format!("PUT {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"3e8\r\n").unwrap();
        stream.write_all(&[b'x'; 500]).unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        drop(stream);
    }
    let artifacts = app.folder().join("cuaderno-data/artifacts");
    for _ in 0..100 {
        if files_below(&artifacts) == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(artifacts.exists() && files_below(&artifacts) == 0, "{}", artifacts.display());
    app.get(&path).await.expect(404);
    let listed = app.get(&format!("/api/2.0/mlflow/artifacts/list?run_id={run}")).await.expect(200);
    assert_eq!(listed.json().get("files"), None);
}

#[tokio::test]
async fn a_file_past_one_mebibyte_is_taken_and_comes_back() {
    let app = TestApp::start();
    let run = run_of(&app).await;
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let address = app.url(&format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/a/large.bin"));
    Answer::of(client().put(&address).body(content.clone())).await.expect(200);
    let answer = Answer::of(client().get(&address)).await.expect(200);
    assert!(answer.body == content && answer.header("content-length") == "3000000");
    // Too large is told before anything is sent.
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 6000000000\r\n\r\n",
        address.split_once(&app.address).unwrap().1
    );
    let answer = app.raw(head.as_bytes(), Duration::from_secs(15));
    assert_eq!(crate::harness::status_of(&answer), 413, "{}", String::from_utf8_lossy(&answer));
}
