//! The pages that show the document.

use http::StatusCode;

use crate::TestApp;

/// Addresses of scripts, styles and icons in a page.
fn files(html: &str) -> Vec<String> {
    html.split(['"', '\'']).filter(|text| text.starts_with('/')).map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn the_pages_load_everything_from_here() {
    let app = TestApp::start().await;
    for path in ["/docs", "/docs/", "/redoc", "/redoc/"] {
        let page = app.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!page.text().contains("http"), "{path} names another server");

        let files = files(&page.text());
        assert!(files.len() >= 2, "{path}: {files:?}");
        for file in files {
            let answer = app.get(&file).await;
            assert_eq!(answer.status, StatusCode::OK, "{file}");
            let expected = match file.rsplit('.').next() {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                _ => "image/png",
            };
            assert!(answer.header("content-type").starts_with(expected), "{file}");
        }
    }
    let start = app.get("/docs/swagger-initializer.js").await.text();
    assert!(start.contains("\"/openapi.json\"") && !start.contains("petstore"), "{start}");
    assert!(app.get("/redoc/start.js").await.text().contains("\"/openapi.json\""));
}
