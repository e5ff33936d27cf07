//! Datasets through the running program: large ones, bad ones, the command line and the pages.

use std::fs;

use bytes::Bytes;
use futures::stream;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Answer, TestApp, client, run, shared, write_sample};

const UPLOAD: &str = "/api/v1/datasets/upload";

/// MiB of memory that the program may have, whatever is sent.
#[cfg(target_os = "linux")]
const MEMORY_MAX: u64 = 300;

/// A table whose numbers of kilometres are broken.
fn broken_cars() -> String {
    let row = |row: u32| {
        let year = 2005 + row * 7 % 20;
        let kilometres = if year == 2024 { 1_000 } else { 400_000 };
        format!("{year},{kilometres},<script>alert({})</script>,{}\n", row % 2, 5_000 + row * 7919 % 9973)
    };
    format!("año,kilometraje,<img src=x>,precio\n{}", (0..100).map(row).collect::<String>())
}

async fn upload(app: &TestApp, media_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    Answer::of(client().post(app.url(UPLOAD)).header("content-type", media_type).body(body)).await
}

#[tokio::test]
async fn a_line_without_end_is_refused_in_bounded_memory() {
    let app = TestApp::start();
    let block = Bytes::from(vec![b'a'; 1 << 20]);
    let body = stream::iter((0..300).map(move |_| Ok::<_, std::io::Error>(block.clone())));
    let answer = upload(&app, "application/octet-stream", reqwest::Body::wrap_stream(body)).await.expect(400);
    assert!(answer.text().contains("line 1 begins a row longer than 1048576 bytes"), "{}", answer.text());
    #[cfg(target_os = "linux")]
    assert!(app.peak_memory() < MEMORY_MAX, "{} MiB", app.peak_memory());
    assert_eq!(app.get("/api/v1/datasets").await.json(), json!({"datasets": []}));
    // What was sent is gone from the disk, too.
    let is_gone =
        || files_below(&app.folder().join("cuaderno-data/artifacts")).iter().all(|(_, size)| *size < 1024);
    for _ in 0..100 {
        if is_gone() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(is_gone());
}

fn files_below(folder: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            files.extend(files_below(&entry.path()));
        } else {
            files.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    files
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused_before_it_is_read() {
    let app = shared().await;
    let head = format!(
        "POST {UPLOAD} HTTP/1.1\r\nHost: {}\r\nContent-Type: text/csv\r\nExpect: 100-continue\r\n\
        Content-Length: 1099511627776\r\nConnection: close\r\n\r\n",
        app.address
    );
    let answer = app.raw(head.as_bytes(), std::time::Duration::from_secs(15));
    assert_eq!(crate::harness::status_of(&answer), 413);
}

#[tokio::test]
async fn parquet_of_pandas_is_read() {
    let Some(python) = std::env::var_os("CUADERNO_PYTHON_MLFLOW3") else {
        println!("skipped: CUADERNO_PYTHON_MLFLOW3 names no Python with pandas");
        return;
    };
    let folder = TempDir::new().unwrap();
    let script = "import pandas as pd
frame = pd.DataFrame({
    'año': [2020, None, 2022], 'precio': [1.5, 2.5, 3.5], 'marca': ['Kia', None, 'Citroën'],
    'visto': pd.to_datetime(['2024-05-31 00:00', None, '2024-06-01 10:30']), 'nuevo': [True, False, True],
})
frame.to_parquet('a.parquet')
frame.to_parquet('b.parquet', compression='zstd')
frame.to_parquet('c.parquet', compression='gzip')";
    let made =
        std::process::Command::new(python).current_dir(folder.path()).args(["-c", script]).output().unwrap();
    if !made.status.success() {
        println!("skipped: pandas writes no Parquet here: {}", String::from_utf8_lossy(&made.stderr));
        return;
    }
    for file in ["a.parquet", "b.parquet"] {
        let dataset = run(folder.path(), &["data", "import", file, "--json"]).succeeded().json();
        let kinds: Vec<&Value> =
            dataset["columns"].as_array().unwrap().iter().map(|column| &column["kind"]).collect();
        assert_eq!(kinds, ["decimal", "decimal", "text", "text", "text"]);
        assert_eq!(dataset["columns"][0]["missing"], 1);
        assert_eq!(dataset["columns"][3]["levels"][0][0], "2024-05-31 00:00:00");
    }
    run(folder.path(), &["data", "import", "c.parquet"]).failed(2, "write the file with snappy or zstd");
}

#[test]
fn the_command_line_imports_lists_shows_and_checks() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("cars.csv"), broken_cars()).unwrap();
    let data = |args: &[&str]| run(folder.path(), &[&["data"], args].concat());
    let dataset = data(&["import", "cars.csv", "--json"]).succeeded().json();
    assert_eq!((&dataset["name"], &dataset["row_count"]), (&json!("cars"), &json!(100)));

    assert!(data(&["list"]).succeeded().stdout.contains("cars  100   4"));
    assert_eq!(data(&["list", "--json"]).succeeded().json(), json!([dataset]));
    let shown = data(&["show", "cars"]).succeeded().stdout;
    assert!(shown.contains("kilometraje  integer        0        2"), "{shown}");
    assert_eq!(data(&["show", "cars", "--json"]).succeeded().json()["dataset"], dataset);
    let told = data(&["check", "cars"]).succeeded().stdout;
    assert!(told.starts_with("Serious: `kilometraje` has only two values"), "{told}");
    assert!(told.contains("It repeats `año = 2024`"), "{told}");
    let findings = data(&["check", "cars", "--json"]).succeeded().json();
    assert_eq!(
        (&findings[0]["severity"], &findings[0]["finding"]),
        (&json!("serious"), &json!("two_valued"))
    );

    data(&["show", "nobody"]).failed(1, "dataset `nobody` does not exist");
    data(&["import", "nobody.csv"]).failed(2, "nobody.csv");
    data(&["import", ".", "--name", "x"]).failed(2, "it is a folder");
    fs::write(folder.path().join("bad.csv"), "a,b\n1,2\n3\n").unwrap();
    data(&["import", "bad.csv"]).failed(2, "line 3 has 1 cells");
    assert_eq!(data(&["list", "--json"]).succeeded().json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_form_uploads_and_leads_to_the_dataset() {
    let app = TestApp::start();
    let send = async |csv: String| {
        let form = Form::new()
            .text("back", "/es/datasets")
            .text("name", "coches")
            .part("file", Part::bytes(csv.into_bytes()).file_name("x.csv"));
        let request = client().post(app.url(UPLOAD)).header("accept", "text/html").multipart(form);
        Answer::of(request).await.expect(303)
    };
    let answer = send(broken_cars()).await;
    let digest = answer.header("location").strip_prefix("/es/datasets/").unwrap().to_owned();
    assert_eq!(app.get(&format!("/api/v1/datasets/{digest}")).await.expect(200).json()["name"], "coches");

    let refused = send("a,b\n1\n".to_owned()).await;
    assert!(
        refused.header("location").starts_with("/es/datasets?problem="),
        "{}",
        refused.header("location")
    );
    let page = app.page(refused.header("location")).await.expect(200).text();
    assert!(page.contains("line 2 has 1 cells") && page.contains("lang=\"es\""), "{page}");

    // Nobody else's page is a place to go back to.
    for back in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let form = Form::new().text("back", back).part("file", Part::bytes(broken_cars().into_bytes()));
        let request = client().post(app.url(UPLOAD)).header("accept", "text/html").multipart(form);
        assert_eq!(
            Answer::of(request).await.expect(201).header("location"),
            format!("/api/v1/datasets/{digest}")
        );
    }
}

#[tokio::test]
async fn pages_show_verdicts_first_and_markup_as_text() {
    let app = TestApp::start();
    // DatasetListPage, then DatasetPage.
    let empty = app.page("/datasets").await.expect(200).text();
    assert!(empty.contains("cuaderno data import"), "{empty}");
    assert!(app.page("/es/datasets").await.expect(200).text().contains("Conjuntos de datos"));

    let digest = upload(&app, "text/csv", broken_cars()).await.expect(201).json()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let listed = app.page("/datasets").await.expect(200).text();
    assert!(listed.contains(&format!("/datasets/{digest}")), "{listed}");
    for (address, sentence) in [
        (format!("/datasets/{digest}"), "has only two values"),
        (format!("/es/datasets/{digest}"), "solo tiene dos valores"),
    ] {
        let page = app.page(&address).await.expect(200).text();
        assert!(page.contains(sentence) && page.contains("is-broken"), "{page}");
        assert!(page.contains(&format!("/train?dataset={digest}")), "{page}");
        assert!(page.contains("<svg") && page.contains("&lt;script&gt;alert(0)"), "{page}");
        assert!(!page.contains("<script>alert(") && !page.contains("<img src=x>"), "{page}");
    }
    app.page("/datasets/nobody").await.expect(404);
}

#[tokio::test]
async fn a_page_changes_types_and_units() {
    let app = TestApp::start();
    let digest = upload(&app, "text/csv", broken_cars()).await.expect(201).json()["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = async |fields: &[(&str, &str)]| {
        let form = reqwest::Url::parse_with_params("http://form", fields).unwrap();
        let request = client()
            .post(app.url("/ui/datasets/describe"))
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap().to_owned());
        Answer::of(request).await.expect(303)
    };
    let fields = [
        ("digest", digest.as_str()),
        ("description", "From the shop"),
        ("column.0", "año"),
        ("kind.0", "text"),
        ("unit.0", ""),
        ("column.1", "kilometraje"),
        ("kind.1", "auto"),
        ("unit.1", "km"),
        ("column.3", "precio"),
        ("kind.3", "decimal"),
        ("unit.3", "USD"),
    ];
    let answer = send(&fields).await;
    assert_eq!(answer.header("location"), format!("/datasets/{digest}"));
    let dataset = app.get(&format!("/api/v1/datasets/{digest}")).await.json();
    assert_eq!(dataset["edits"]["kinds"], json!({"año": "text", "precio": "decimal"}));
    assert_eq!(dataset["edits"]["units"], json!({"kilometraje": "km", "precio": "USD"}));
    let page = app.page(&format!("/datasets/{digest}")).await.text();
    assert!(page.contains("From the shop") && page.contains("USD"), "{page}");

    let refused = send(&[("digest", &digest), ("column.2", "<img src=x>"), ("kind.2", "integer")]).await;
    let page = app.page(refused.header("location")).await.text();
    assert!(page.contains("cannot be integer"), "{page}");
}

#[tokio::test]
async fn a_large_table_streams_through() {
    let app = TestApp::start();
    write_sample(app.folder(), 20_000);
    let csv = fs::read(app.folder().join("cars.csv")).unwrap();
    let form = Form::new().part("file", Part::bytes(csv.clone()).file_name("C:\\data\\cars.csv"));
    let stored = Answer::of(client().post(app.url(UPLOAD)).multipart(form)).await.expect(201).json();
    assert_eq!((&stored["name"], &stored["row_count"]), (&json!("cars"), &json!(20_000)));
    let file = app.get("/api/v1/datasets/cars/file").await.expect(200);
    assert_eq!(file.body, csv);
    let trained =
        app.cli(&["train", "cars.csv", "--target", "precio", "--model", "linear", "--folds", "0", "--json"]);
    trained.succeeded();
    let lineage = app.get("/api/v1/datasets/cars/lineage").await.json();
    assert_eq!(lineage["runs"].as_array().unwrap().len(), 1);
}
