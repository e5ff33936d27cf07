//! How other servers of this kind were broken, tried on this one.
//!
//! Requests go out on raw sockets, so that no client makes them harmless. The table of attacks lies beside the
//! project; without it, the tests that need it say so and pass.

mod connections;
mod table;
mod uploads;

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp, car, client, run_ids, shared, status_of};

const LIMIT: Duration = Duration::from_secs(15);

/// Things that must not be in any answer.
pub(super) fn assert_nothing_leaks(what: &str, answer: &[u8]) {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    for secret in [
        "root:x:",
        "panicked",
        ".rs:",
        "sqlx",
        "sqlite",
        "backtrace",
        "/cuaderno-data",
        "\nserver:",
        "x-powered-by",
    ] {
        assert!(!text.contains(secret), "{what}: {secret:?} is in\n{text}");
    }
}

/// Sends a request as it is and returns status and answer.
fn send(app: &TestApp, lines: &[&str], body: &str) -> (u16, String) {
    let length = format!("Content-Length: {}", body.len());
    let mut head = lines.to_vec();
    if !body.is_empty() {
        head.push(&length);
    }
    head.push("Connection: close\r\n\r\n");
    let request = head.join("\r\n") + body;
    let answer = app.raw(request.as_bytes(), LIMIT);
    assert_nothing_leaks(lines[0], &answer);
    (status_of(&answer), String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn only_our_names_are_answered() {
    let app = shared().await;
    let get = "GET /health HTTP/1.1";
    for (lines, status) in [
        (vec![get, "Host: 127.0.0.1.evil.example"], 403),
        (vec![get, "Host: 10.evil.example"], 403),
        (vec![get, "Host: evil.example", "X-Forwarded-Host: localhost"], 403),
        (vec![get, "Host: 192.168.1.1"], 403),
        (vec![get, "Host: "], 400),
        (vec![get], 400),
        (vec![get, "Host: localhost", "Host: evil.example"], 400),
        (vec!["GET http://evil.example/health HTTP/1.1", "Host: localhost"], 400),
        (vec!["GET http://evil.example/health HTTP/1.1", "Host: evil.example"], 403),
        (vec!["GET http://localhost/health HTTP/1.1", "Host: localhost"], 200),
        (vec!["GET /health HTTP/1.0"], 400),
        (vec![get, "Host: LOCALHOST.:5000"], 200),
        (vec![get, "Host: [::1]:5000"], 200),
    ] {
        assert_eq!(send(app, &lines, "").0, status, "{lines:?}");
    }
    let (_, told) = send(app, &[get, "Host: evil.example"], "");
    assert!(told.contains("evil.example") && told.contains("--allowed-host"), "{told}");
    let (_, told) = send(app, &["GET /api/2.0/mlflow/x HTTP/1.1", "Host: evil.example"], "");
    assert!(told.contains("PERMISSION_DENIED"), "{told}");
}

#[test]
fn a_name_can_be_allowed() {
    let app =
        TestApp::start_with(&["--allowed-host", "Coches.example", "--allowed-host", "otro.example:8443"]);
    let get = "GET /health HTTP/1.1";
    for (host, status) in [
        ("Host: coches.example", 200),
        ("Host: coches.example:5000", 200),
        ("Host: otro.example:8443", 200),
        ("Host: otro.example", 403),
        ("Host: www.coches.example", 403),
    ] {
        assert_eq!(send(&app, &[get, host], "").0, status, "{host}");
    }
}

#[tokio::test]
async fn foreign_pages_change_nothing() {
    let app = shared().await;
    let body = car().to_string();
    for path in ["/predict", "/api/v1/experiments", "/api/2.0/mlflow/experiments/delete", "/ui/anything", "/"]
    {
        for headers in [
            &["Sec-Fetch-Site: cross-site"][..],
            &["Sec-Fetch-Site: same-site"],
            &["Origin: null"],
            &["Origin: http://evil.example"],
            &["Origin: http://localhost:1"],
            &["Origin: https://localhost"],
            &["Origin: http://localhost.evil.example"],
            &["Origin: http://localhost", "Origin: http://evil.example"],
        ] {
            let line = format!("POST {path} HTTP/1.1");
            let mut lines = vec![line.as_str(), "Host: localhost", "Content-Type: application/json"];
            lines.extend(headers);
            let (status, answer) = send(app, &lines, &body);
            assert_eq!(status, 403, "{path} {headers:?}");
            assert!(!answer.to_lowercase().contains("access-control-allow"), "{answer}");
        }
    }
    for headers in [&["Origin: http://localhost"][..], &["Sec-Fetch-Site: same-origin"], &[]] {
        let mut lines = vec!["POST /predict HTTP/1.1", "Host: localhost", "Content-Type: application/json"];
        lines.extend(headers);
        assert_eq!(send(app, &lines, &body).0, 200, "{headers:?}");
    }
    // Methods are what they are, not what a header says.
    let request = client().get(app.url("/health")).header("x-http-method-override", "DELETE");
    Answer::of(request).await.expect(200);
}

#[tokio::test]
async fn other_origins_are_let_in_only_if_listed() {
    let closed = shared().await;
    let preflight = async |app: &TestApp, path: &str, origin: &str| {
        let request = client()
            .request(reqwest::Method::OPTIONS, app.url(path))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .header("access-control-request-private-network", "true");
        Answer::of(request).await
    };
    let is_open =
        |answer: &Answer| answer.headers.keys().any(|name| name.as_str().starts_with("access-control-allow"));
    for path in ["/predict", "/api/v1/experiments", "/api/2.0/mlflow/experiments/create", "/"] {
        let answer = preflight(closed, path, "http://evil.example").await;
        assert!(answer.status >= 400 && !is_open(&answer), "{path}: {answer:?}");
    }

    let app = TestApp::start_with(&["--cors-origin", "http://localhost:3000"]);
    for path in ["/predict", "/health", "/model-info", "/api/v1/experiments"] {
        let answer = preflight(&app, path, "http://localhost:3000").await.expect(204);
        assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000", "{path}");
        assert!(answer.header("access-control-allow-headers").contains("content-type"), "{path}");
    }
    for (path, origin) in [
        ("/predict", "http://localhost:3001"),
        ("/predict", "http://localhost:3000.evil.example"),
        ("/predict", "null"),
        ("/", "http://localhost:3000"),
        ("/api/2.0/mlflow/runs/search", "http://localhost:3000"),
    ] {
        assert!(!is_open(&preflight(&app, path, origin).await), "{path} {origin}");
    }
    let ask = async |origin: &str| {
        let request = client().post(app.url("/predict")).header("origin", origin);
        Answer::of(request.header("sec-fetch-site", "cross-site").json(&car())).await
    };
    let answer = ask("http://localhost:3000").await.expect(503);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:3000");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert!(answer.headers.get_all("vary").iter().any(|value| value == "Origin"));
    assert!(!is_open(&ask("http://localhost:3001").await.expect(403)));
}

#[tokio::test]
async fn no_page_can_be_framed() {
    let app = shared().await;
    for path in ["/", "/value", "/docs", "/redoc", "/health", "/nothing"] {
        let answer = app.page(path).await;
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn bodies_past_the_limit_are_refused_whatever_their_form() {
    let app = shared().await;
    let large = "a".repeat(1024 * 1024 + 1);
    let plain =
        client().post(app.url("/predict")).header("content-type", "application/json").body(large.clone());
    assert!(Answer::of(plain).await.expect(413).json()["detail"].as_str().unwrap().contains("1 MiB"));
    let chunks = futures_of(large);
    let chunked = client().post(app.url("/predict")).header("content-type", "application/json").body(chunks);
    assert!(Answer::of(chunked).await.expect(413).json()["detail"].is_string());

    // Who asks first is told before sending anything.
    let head = [
        "POST /predict HTTP/1.1",
        "Host: localhost",
        "Expect: 100-continue",
        "Content-Length: 1099511627776",
    ];
    let (status, answer) = send(app, &head, "");
    assert_eq!(status, 413, "{answer}");
    // Compressed bodies are not opened.
    let head = [
        "POST /predict HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        "Content-Encoding: gzip",
    ];
    assert!((400..500).contains(&send(app, &head, "\u{1f}x").0));
}

fn futures_of(text: String) -> reqwest::Body {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    // A file is sent in chunks of unknown total length.
    let file = tokio::fs::File::from_std(file.into_file());
    reqwest::Body::wrap_stream(tokio_util::io::ReaderStream::new(file))
}

#[tokio::test]
async fn odd_json_is_refused_on_every_route_that_reads_json() {
    let app = shared().await;
    let run = run_ids(app)[0].clone();
    let routes = [
        "/predict".to_owned(),
        "/api/v1/experiments".to_owned(),
        "/api/v1/runs".to_owned(),
        "/api/v1/runs/search".to_owned(),
        format!("/api/v1/runs/{run}/metrics"),
        format!("/api/v1/runs/{run}/params"),
        format!("/api/v1/runs/{run}/tags"),
        "/api/v1/training-jobs".to_owned(),
    ];
    let bodies = [
        "[".repeat(100_000),
        "{\"a\":".repeat(5000),
        "{\"key\": \"a\", \"value\": NaN}".to_owned(),
        "{\"key\": \"a\", \"value\": 1e999}".to_owned(),
        "{\"key\": \"\\ud800\", \"value\": 1}".to_owned(),
        "{}garbage".to_owned(),
        "null".to_owned(),
        "5".to_owned(),
        "\"text\"".to_owned(),
        "[[]]".to_owned(),
        "[null]".to_owned(),
        "[{\"key\": \"\", \"value\": 1}]".to_owned(),
        "[{\"key\": \"../../x\", \"value\": 1}]".to_owned(),
        "[{\"key\": \"a\\u0000b\", \"value\": \"1\"}]".to_owned(),
        "[{\"key\": \"a\", \"value\": 1, \"step\": 1.5}, 7]".to_owned(),
        "[{\"key\": \"a\", \"value\": 1, \"timestamp\": \"99999999999999999999\"}, 7]".to_owned(),
        "{\"experiment_ids\": \"0\", \"max_results\": 2147483647}".to_owned(),
        "{\"experiment_ids\": [\"0\"], \"page_token\": \"LTE=\"}".to_owned(),
        "{\"experiment_ids\": [\"0\"], \"filter\": \"metrics.a = 1; DROP TABLE runs\"}".to_owned(),
        "{\"experiment_ids\": [\"0\"], \"order_by\": [\"1; DROP TABLE runs\"]}".to_owned(),
        format!("{{\"name\": \"{}\"}}", "x".repeat(10_000)),
        "{\"name\": \"a\\u0000b\"}".to_owned(),
        "{\"dataset\": \"../../etc/passwd\", \"target\": \"x\", \"model\": \"linear\"}".to_owned(),
        format!("{{\"experiment_id\": \"{}\"}}", "9".repeat(400)),
    ];
    for route in &routes {
        for body in &bodies {
            let request =
                client().post(app.url(route)).header("content-type", "application/json").body(body.clone());
            let answer = Answer::of(request).await;
            let shown: String = body.chars().take(60).collect();
            assert!(
                (400..500).contains(&answer.status),
                "{route} {shown}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(
                answer.json()["detail"].is_array() || answer.json()["detail"].is_string(),
                "{route} {shown}"
            );
            assert_nothing_leaks(route, &answer.body);
        }
    }
}

#[tokio::test]
async fn odd_addresses_are_refused_everywhere() {
    let app = shared().await;
    let run = run_ids(app)[0].clone();
    let long = format!("/{}", "a".repeat(20_000));
    let longer = format!("/{}", "a".repeat(70_000));
    let artifacts = [
        format!("/api/v1/runs/{run}/artifacts/"),
        format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/"),
        format!("/get-artifact?run_id={run}&path="),
    ];
    let mut targets: Vec<String> = [
        "/%",
        "/%zz",
        "/%ff",
        "/%c0%ae%c0%ae/etc/passwd",
        "/a%00b",
        "/runs/%00",
        "/runs/%ff",
        "/experiments/%",
        "/?a=%ff",
        "/value?a%C3%B1o=%ff",
        "/train/..%2f..%2fetc%2fpasswd",
        "/../../etc/passwd",
        "//etc/passwd",
        "/pkg/../../../Cargo.toml",
        "/pkg/%2e%2e/%2e%2e/Cargo.toml",
        "/.git/config",
        "/x%0d%0aSet-Cookie:%20a=b",
        "/api/v1/runs/%2e%2e",
        "*",
        "x",
    ]
    .map(str::to_owned)
    .to_vec();
    targets.extend([long, longer]);
    targets.extend(artifacts.iter().flat_map(|artifact| {
        [
            "../../../../etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
            "%2fetc%2fpasswd",
            "/etc/passwd",
            "..%5c..%5cx",
            "a%00b",
            "%252e%252e/x",
            "a%0d%0aX-Evil:%201.txt",
            "report%E2%80%AEfdp.exe",
            "C:%5cWindows%5cwin.ini",
            "",
            ".",
            "x/",
        ]
        .map(|path| format!("{artifact}{path}"))
    }));
    for target in &targets {
        for accept in ["Accept: text/html", "Accept: application/json"] {
            let (status, answer) =
                send(app, &[&format!("GET {target} HTTP/1.1"), "Host: localhost", accept], "");
            let shown: String = target.chars().take(80).collect();
            // Queries that no page reads may be overlooked.
            let is_overlooked = target.contains('?') && !target.starts_with("/get-artifact");
            let is_fine = (400..500).contains(&status) || (status == 200 && is_overlooked);
            assert!(is_fine, "{shown}: {status}\n{}", answer.chars().take(500).collect::<String>());
            assert!(
                !answer.to_lowercase().contains("\r\nx-evil")
                    && !answer.to_lowercase().contains("\r\nset-cookie: a=b")
            );
        }
    }
}

#[tokio::test]
async fn a_log_line_cannot_be_forged() {
    let app = TestApp::start_with(&["-v"]);
    let lines =
        ["GET /x%0a2026-01-01%20ERROR%20forged%1b%5b2J HTTP/1.1", "Host: localhost", "User-Agent: x %1b[2J"];
    assert_eq!(send(&app, &lines, "").0, 404);
    let log = app.log();
    assert!(log.contains("forged"), "{log}");
    assert!(
        !log.contains('\u{1b}') && !log.lines().any(|line| line.starts_with("2026-01-01 ERROR")),
        "{log}"
    );
}

#[tokio::test]
async fn every_refusal_names_its_request_and_nothing_else() {
    let app = shared().await;
    let request = client().get(app.url("/nothing")).header("x-request-id", "x".repeat(500));
    let answer = Answer::of(request).await.expect(404);
    let id = answer.header("x-request-id");
    assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let body: Value = answer.json();
    assert_eq!(body, json!({ "detail": "Not Found" }));
    assert!(!answer.headers.contains_key("server"));
}
