//! Datasets through the API.

use axum::body::Body;
use axum::extract::Request;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{Answer, TestApp};

const UPLOAD: &str = "/api/v1/datasets/upload";

/// Forty rows with broken kilometres, a code with leading zeros and a name like markup.
fn cars() -> String {
    let row = |row: usize| {
        let year = 2015 + row % 10;
        let kilometres = if year == 2024 { 1_000 } else { 400_000 };
        let brand = ["Kia", "Citroën"][row * 7 % 3 % 2];
        format!("{year};{kilometres};0{row:02};{brand};{}.{:03},5\n", 5 + row * 7 % 11, row * 37 % 997)
    };
    format!("año;kilometraje;código;<b>marca</b>;precio\n{}", (0..40).map(row).collect::<String>())
}

impl TestApp {
    async fn upload(&self, query: &str, media_type: &str, body: impl Into<Body>) -> Answer {
        self.text(Method::POST, &format!("{UPLOAD}{query}"), media_type, body).await
    }

    /// Sends a form of parts: name, file name, content.
    async fn upload_form(&self, parts: &[(&str, Option<&str>, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, file_name, content) in parts {
            let file_name = file_name.map(|name| format!("; filename=\"{name}\"")).unwrap_or_default();
            body.extend(
                format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\n\r\n").bytes(),
            );
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(b"--x--\r\n");
        self.upload("", "multipart/form-data; boundary=x", body).await
    }

    async fn with_cars() -> (Self, String) {
        let app = Self::start().await;
        let stored =
            app.upload_form(&[("name", None, b"cars"), ("file", Some("a.csv"), cars().as_bytes())]).await;
        assert_eq!(stored.status, StatusCode::CREATED, "{}", stored.text());
        let digest = stored.value()["digest"].as_str().unwrap().to_owned();
        assert_eq!(stored.header("location"), format!("/api/v1/datasets/{digest}"));
        (app, digest)
    }

    async fn patch(&self, dataset: &str, body: &Value) -> Answer {
        self.json(Method::PATCH, &format!("/api/v1/datasets/{dataset}"), body).await
    }
}

#[tokio::test]
async fn an_uploaded_table_is_known_from_all_sides() {
    let (app, digest) = TestApp::with_cars().await;

    let dataset = app.get("/api/v1/datasets/cars").await.value();
    assert_eq!((&dataset["row_count"], &dataset["source"]), (&json!(40), &json!("a.csv")));
    assert_eq!(dataset["columns"][4]["kind"], "decimal");
    assert_eq!(app.get(&format!("/api/v1/datasets/{digest}")).await.value(), dataset);
    assert_eq!(app.get("/api/v1/datasets").await.value()["datasets"], json!([dataset]));
    assert_eq!(app.get("/api/v1/datasets/cars/versions").await.value()["datasets"], json!([dataset]));

    let profile = app.get("/api/v1/datasets/cars/profile").await.value();
    assert_eq!(
        profile["format"],
        json!({"kind": "csv", "encoding": "UTF-8", "separator": ";", "decimal_mark": ","})
    );
    assert_eq!(profile["columns"][1]["top"], json!([["400000", 36], ["1000", 4]]));
    assert_eq!(profile["columns"][3]["name"], "<b>marca</b>");
    assert_eq!(profile["columns"][0]["quantiles"].as_array().unwrap().len(), 9);

    let rows = app.get("/api/v1/datasets/cars/rows?offset=39&limit=5").await.value();
    assert_eq!((&rows["row_count"], rows["rows"].as_array().unwrap().len()), (&json!(40), 1));
    assert_eq!(rows["rows"][0][2], "039");
    assert_eq!(app.get("/api/v1/datasets/cars/rows?offset=40").await.value()["rows"], json!([]));
    app.get("/api/v1/datasets/cars/rows?limit=1001")
        .await
        .is_fault(&json!(["query", "limit"]), "value_error.number.not_le");

    let file = app.get("/api/v1/datasets/cars/file").await;
    assert_eq!(file.text(), cars());
    assert_eq!(file.header("etag"), format!("\"{digest}\""));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"cars.csv\""));
    for page in ["", "/versions", "/rows", "/profile", "/check-up", "/lineage", "/file"] {
        let answer = app.get(&format!("/api/v1/datasets/nobody{page}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{page}");
    }
}

#[tokio::test]
async fn the_check_up_speaks_two_languages() {
    let (app, _) = TestApp::with_cars().await;
    let told = async |language: &str| {
        let request =
            Request::get("/api/v1/datasets/cars/check-up").header(header::ACCEPT_LANGUAGE, language);
        app.send(request.body(Body::empty()).unwrap()).await.value()["findings"][0].clone()
    };
    let english = told("en").await;
    assert_eq!((&english["severity"], &english["finding"]), (&json!("serious"), &json!("two_valued")));
    assert_eq!(english["repeats"], json!({"column": "año", "value": "2024", "means": "1000"}));
    assert!(english["message"].as_str().unwrap().contains("repeats `año = 2024`"), "{english}");
    assert!(told("es").await["message"].as_str().unwrap().contains("solo tiene dos valores"));
}

#[tokio::test]
async fn types_units_and_words_can_be_changed() {
    let (app, digest) = TestApp::with_cars().await;
    let changed = app
        .patch(
            "cars",
            &json!({
                "description": "From the shop",
                "columns": {"código": {"kind": "text"}, "kilometraje": {"unit": "km"}},
            }),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let dataset = changed.value();
    assert_eq!(dataset["description"], "From the shop");
    assert_eq!(dataset["edits"], json!({"kinds": {"código": "text"}, "units": {"kilometraje": "km"}}));
    assert_eq!(dataset["columns"][2]["kind"], "text");
    let profile = app.get("/api/v1/datasets/cars/profile").await.value();
    assert_eq!(
        (&profile["columns"][2]["kind"], &profile["columns"][2]["top"][0][0]),
        (&json!("text"), &json!("000"))
    );

    // The same content again, under another name: what was said about it stays.
    let again = app.upload("?name=coches", "text/csv", cars()).await.value();
    assert_eq!((&again["digest"], &again["edits"]), (&json!(digest), &dataset["edits"]));

    let reset = json!({"columns": {"código": {"kind": "auto"}, "kilometraje": {"unit": ""}}});
    assert_eq!(app.patch(&digest, &reset).await.value()["edits"], json!({"kinds": {}, "units": {}}));
    assert_eq!(app.get("/api/v1/datasets/cars").await.value()["columns"][2]["kind"], "integer");

    app.patch("cars", &json!({"columns": {"x": {"unit": "km"}}}))
        .await
        .is_fault(&json!(["body", "columns"]), "value_error");
    app.patch("cars", &json!({"columns": {"año": {"kind": "date"}}}))
        .await
        .is_fault(&json!(["body", "columns", "año", "kind"]), "type_error.enum");
    app.patch("cars", &json!({"columns": {"año": {"unit": "x".repeat(41)}}}))
        .await
        .is_fault(&json!(["body", "columns", "año", "unit"]), "value_error");
    let refused = app.patch("cars", &json!({"columns": {"<b>marca</b>": {"kind": "integer"}}})).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("line 2"), "{}", refused.text());
    assert_eq!(app.patch("nobody", &json!({})).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn files_that_are_no_tables_leave_nothing_behind() {
    let app = TestApp::start().await;
    let long = format!("a,b\n1,{}\n", "x".repeat(1_100_000));
    let wide = format!("{}\n", (0..2_001).map(|column| format!("c{column}")).collect::<Vec<_>>().join(","));
    let header_of = |name: &str| format!("{name},b\n1,2\n").into_bytes();
    let forged = [b"PAR1".as_slice(), &[0; 200], &u32::MAX.to_le_bytes(), b"PAR1"].concat();
    let nested = [b"PAR1".as_slice(), &[0x1c; 2_000], &2_000_u32.to_le_bytes(), b"PAR1"].concat();
    for (what, body, status, message) in [
        ("empty", b"".to_vec(), 400, "is empty"),
        ("blank", b" \n\n".to_vec(), 400, "is empty"),
        ("header only", b"a,b\n".to_vec(), 400, "no rows"),
        ("ragged", b"a,b\n1,2\n3\n".to_vec(), 400, "line 3 has 1 cells"),
        ("open quote", b"a,b\n\"x".to_vec(), 400, "line 2 begins a row with a quote"),
        ("two encodings", b"a,b\n\xc3\xb1,2\n\xf1,2\n".to_vec(), 400, "line 3 is not UTF-8"),
        ("binary", b"a,b\n1,\x00\n".to_vec(), 400, "line 2 holds bytes that are no text"),
        ("long line", long.into_bytes(), 400, "line 2 begins a row longer"),
        ("wide", wide.into_bytes(), 400, "more than 2000 columns"),
        ("infinity", b"a,b\n1,2\n2,inf\n".to_vec(), 400, "line 3, column `b`: `inf`"),
        ("nameless", header_of(""), 400, "column 1 of the header has no name"),
        ("twice", header_of("b"), 400, "names column `b` twice"),
        ("long name", header_of(&"x".repeat(251)), 400, "longer than 250 bytes"),
        ("gzip", b"\x1f\x8b\x08\x00".to_vec(), 415, "gzip"),
        ("workbook", b"PK\x03\x04\x14\x00".to_vec(), 415, "Excel"),
        ("parquet past its end", forged, 422, "Parquet"),
        ("parquet too deep", nested, 422, "Parquet"),
    ] {
        for form in [false, true] {
            let answer = if form {
                app.upload_form(&[("file", Some("x.csv"), &body)]).await
            } else {
                app.upload("", "application/octet-stream", body.clone()).await
            };
            assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text());
            assert!(answer.text().contains(message), "{what}: {}", answer.text());
        }
    }
    app.upload_form(&[("name", None, b"x")]).await.is_fault(&json!(["body", "file"]), "value_error.missing");
    app.upload_form(&[("name", None, b"a\tb")]).await.is_fault(&json!(["body", "name"]), "value_error");
    app.upload("?name=%00", "text/csv", "a\n1\n").await.is_fault(&json!(["query", "name"]), "value_error");
    assert_eq!(app.upload("", "multipart/form-data", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.upload("", "application/json", "{}").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        app.upload("", "multipart/form-data; boundary=x", "--x\r\nbroken").await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(app.get("/api/v1/datasets").await.value(), json!({"datasets": []}));
}

#[tokio::test]
async fn a_training_leads_back_to_its_dataset() {
    let (app, digest) = TestApp::with_cars().await;
    let spec = types::TrainingSpec::new("precio", types::Algorithm::linear());
    let new = types::NewTrainingJob::new(types::ExperimentName::parse("e").unwrap(), "cars", spec);
    let trained = domain::training::train(&app.ctx, new, &|_| {}).await.unwrap();
    let run = trained.run_id.to_string();
    let lineage = app.get(&format!("/api/v1/datasets/{digest}/lineage")).await.value();
    assert_eq!(
        (&lineage["runs"][0]["run_id"], &lineage["runs"][0]["context"]),
        (&json!(run), &json!("training"))
    );
    let findings = app.get(&format!("/api/v1/runs/{run}/artifacts/data_findings.json")).await;
    assert_eq!(findings.status, StatusCode::OK);
    assert!(findings.value().is_array());
}
