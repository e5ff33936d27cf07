//! The binary that is shipped, alone in an empty folder.

use std::fs;
use std::process::Stdio;

use tempfile::TempDir;

use crate::harness::{TestApp, command, is_stylesheet};

#[tokio::test]
async fn the_released_binary_needs_nothing_beside_it() {
    let Some(binary) = std::env::var_os("CUADERNO_RELEASE_BINARY") else {
        println!("skipped: CUADERNO_RELEASE_BINARY names no binary; `cargo xtask release` makes one");
        return;
    };
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("cuaderno");
    fs::copy(&binary, &copy).unwrap();
    let mut command = command(&copy, folder.path());
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdin(Stdio::null());
    let app = TestApp::spawn(command, folder.path(), 1);

    let page = app.page("/").await.expect(200).text();
    let stylesheet = page.split('"').find(|part| is_stylesheet(part)).unwrap();
    for extension in ["css", "js", "wasm"] {
        let path = stylesheet.replace(".css", &format!(".{extension}"));
        assert!(app.get(&path).await.expect(200).body.len() > 100, "{path}");
    }
    app.get("/favicon.svg").await.expect(200);
    let docs = app.page("/docs").await;
    assert!(docs.status < 400, "{}", docs.status);
    app.page("/redoc").await.expect(200);
    app.get("/openapi.json").await.expect(200);
    app.get("/health").await.expect(200);
}
