//! The table of attacks.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use super::{LIMIT, assert_nothing_leaks};
use crate::harness::{TestApp, run_ids, shared, status_of};

/// Classes whose rows can be sent to this server, whether or not it has their routes yet.
const CLASSES: [&str; 20] = [
    "artifact-uri",
    "cors",
    "clickjacking",
    "csrf",
    "data-bomb",
    "dns-rebinding",
    "dos-body",
    "dos-limits",
    "filter-injection",
    "header-injection",
    "info-leak",
    "json",
    "log-injection",
    "model-source",
    "order-by-injection",
    "path-traversal-delete",
    "path-traversal-list",
    "path-traversal-read",
    "path-traversal-write",
    "serving",
    "xss-reflected",
];

/// Rows that MLflow's own clients must not be refused for: it cuts a long param short and answers 200.
const AS_MLFLOW: [&str; 1] = ["ATK-158"];

/// One row.
#[derive(Debug, Deserialize)]
struct Attack {
    id: String,
    class: String,
    method: String,
    path: String,
    headers: BTreeMap<String, String>,
    body: Option<String>,
    expect: String,
}

fn attacks() -> Option<Vec<Attack>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/attacks.jsonl");
    let Ok(text) = fs::read_to_string(path) else {
        println!("skipped: {path} is not there");
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Puts real things in for `{RUN}`, `{GEN:x:n}` and the like.
fn filled(text: &str, app: &TestApp, run: &str) -> String {
    let mut text = text
        .replace("{RUN}", run)
        .replace("{OWN_RUN}", run)
        .replace("{OTHER_RUN}", run)
        .replace("{EXP}", "0")
        .replace("{HOST}", &app.address)
        .replace("{RAND}", "x");
    while let Some((before, rest)) = text.split_once("{GEN:") {
        let (spec, after) = rest.split_once('}').unwrap();
        let (what, count) = spec.rsplit_once(':').unwrap();
        let count: usize = count.parse().unwrap();
        // Large enough to be past every limit, small enough to be sent.
        let count = count.min(2 * 1024 * 1024);
        let generated = if what == "nest" { "[".repeat(count) } else { what.repeat(count) };
        text = format!("{before}{generated}{after}");
    }
    text
}

#[tokio::test]
async fn the_attacks_of_the_table_bounce_off() {
    let Some(attacks) = attacks() else { return };
    let app = shared().await;
    let run = run_ids(app)[0].clone();
    let mut sent = 0;
    for attack in attacks.iter().filter(|attack| CLASSES.contains(&attack.class.as_str())) {
        // Rows that only describe a binary file: `datasets` makes and sends such.
        let is_described = attack.class == "data-bomb"
            && attack.body.as_deref().is_some_and(|body| body.starts_with('{') && !body.starts_with("{GEN"));
        if is_described || ["RAW", "TEST"].contains(&attack.method.as_str()) || attack.method.contains(' ') {
            continue;
        }
        let path = filled(&attack.path, app, &run).replace(' ', "%20");
        let mut head = vec![format!("{} {path} HTTP/1.1", attack.method)];
        if !attack.headers.contains_key("Host") {
            head.push(format!("Host: {}", app.address));
        }
        for (name, value) in &attack.headers {
            head.push(format!("{name}: {}", filled(value, app, &run)));
        }
        let body = filled(attack.body.as_deref().unwrap_or_default(), app, &run);
        let has_length =
            ["Content-Length", "Transfer-Encoding"].iter().any(|name| attack.headers.contains_key(*name));
        if !has_length && attack.method != "GET" {
            head.push(format!("Content-Length: {}", body.len()));
        }
        head.push("Connection: close\r\n\r\n".to_owned());
        let mut request = head.join("\r\n");
        if !has_length {
            request.push_str(&body);
        }

        let (wire, label) =
            (request.into_bytes(), format!("{} {} {}", attack.id, attack.method, attack.path));
        let answer = tokio::task::spawn_blocking(move || app.raw(&wire, LIMIT)).await.unwrap();
        let status = status_of(&answer);
        // A row whose answer may be 200 is one that must do no harm rather than be refused.
        let may_succeed =
            attack.expect.contains("200") || path == "/" || AS_MLFLOW.contains(&attack.id.as_str());
        assert!(status < 500, "{label}: {}", String::from_utf8_lossy(&answer));
        assert!(
            may_succeed || !(200..400).contains(&status),
            "{label}: {status}, expected {}",
            attack.expect
        );
        assert_nothing_leaks(&label, &answer);
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        assert!(!text.contains("\r\nx-evil:") && !text.contains("access-control-allow"), "{label}: {text}");
        if attack.class == "csrf" && attack.expect.starts_with("403") {
            assert_eq!(status, 403, "{label}");
        }
        sent += 1;
    }
    assert!(sent > 60, "only {sent} attacks were sent");
}
