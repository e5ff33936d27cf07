//! The pages as a browser without JavaScript gets them.

use serde_json::Value;

use crate::harness::{Answer, TestApp, client, is_stylesheet, run_ids, shared};

/// Pages of both languages, with a word that only the right one has.
const PAGES: [(&str, &str); 14] = [
    ("/", "Cuaderno"),               // HomePage
    ("/experiments", "Experiments"), // ExperimentListPage
    ("/models", "Models"),           // ModelsPage
    ("/datasets", "Datasets"),       // DatasetListPage
    ("/train", "Train"),             // TrainPage
    ("/value", "car"),               // ValuePage
    ("/compare", "Compare"),         // ComparePage
    ("/es", "Cuaderno"),
    ("/es/experiments", "Experimentos"),
    ("/es/models", "Modelos"),
    ("/es/datasets", "Conjuntos de datos"),
    ("/es/train", "Entrenar"),
    ("/es/valorar", "coche"),
    ("/es/compare", "Comparar"),
];

fn check(path: &str, page: Answer, word: &str) -> String {
    let page = page.expect(200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
    check_headers(path, &page);
    let text = page.text();
    let language = if path == "/es" || path.starts_with("/es/") { "es" } else { "en" };
    assert!(text.contains(&format!("lang=\"{language}\"")), "{path}: {}", &text[..text.len().min(300)]);
    assert!(text.to_lowercase().contains(&word.to_lowercase()), "{path}: {word:?} is not in\n{text}");
    assert!(text.contains("<h1"), "{path}");
    assert!(text.contains("</html>"), "{path} is not whole");
    text
}

fn check_headers(path: &str, page: &Answer) {
    let policy = page.header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "script-src 'nonce-"] {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{path}: {policy}");
    assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
    assert_eq!(page.header("cross-origin-resource-policy"), "same-origin", "{path}");
    assert!(page.headers.contains_key("permissions-policy"), "{path}");
    assert!(!page.headers.contains_key("server") && !page.headers.contains_key("x-powered-by"), "{path}");
}

#[tokio::test]
async fn every_page_reads_with_an_empty_store() {
    let app = TestApp::start();
    for (path, word) in PAGES {
        check(path, app.page(path).await, word);
    }
}

#[tokio::test]
async fn every_page_reads_with_runs() {
    let app = shared().await;
    for (path, word) in PAGES {
        check(path, app.page(path).await, word);
    }
    let runs = run_ids(app);
    let best = app.cli(&["runs", "show", &runs[0], "--json"]).succeeded().json();
    let experiment = best["experiment_id"].as_str().unwrap();
    for prefix in ["", "/es"] {
        let list = app.page(&format!("{prefix}/experiments")).await;
        let list = check(&format!("{prefix}/experiments"), list, "prediccion_precios_automoviles");
        assert!(list.contains(&format!("href=\"{prefix}/experiments/{experiment}")), "{list}");

        let path = format!("{prefix}/experiments/{experiment}");
        let table = check(&path, app.page(&path).await, "test_rmse");
        for run in &runs {
            assert!(table.contains(&format!("{prefix}/runs/{run}")), "{path}: {run}");
        }
        let path = format!("{prefix}/runs/{}", runs[0]);
        let page = check(&path, app.page(&path).await, "test_rmse");
        assert!(page.contains("<svg") || page.contains("/artifacts/"), "{path} shows no chart");
        assert!(
            page.contains("kilometraje") && page.contains("evaluation-section"),
            "{path} says nothing of its model"
        );
        let path = format!("{prefix}/compare?run={}&run={}", runs[0], runs[1]);
        let word = if prefix.is_empty() { "Row by row" } else { "Fila por fila" };
        check(&path, app.page(&path).await, word);
        let path = format!("{prefix}/models");
        check(&path, app.page(&path).await, "champion");
    }
}

#[tokio::test]
async fn unknown_things_are_pages_that_say_so() {
    let app = shared().await;
    for path in [
        "/nothing", // NotFoundPage
        "/es/nada",
        "/runs/00000000000000000000000000000000",
        "/runs/x",
        "/experiments/99999999",
        "/experiments/x",
        "/train/00000000000000000000000000000000",
        "/nope/%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let page = app.page(path).await.expect(404);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        check_headers(path, &page);
        let text = page.text();
        assert!(text.contains("<h1") || text.contains("<h2"), "{path}: {text}");
        assert!(!text.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn the_form_values_a_car_without_javascript() {
    let app = shared().await;
    for path in ["/value", "/es/valorar"] {
        let form = app.page(path).await.expect(200).text();
        for field in ["marca", "año", "kilometraje", "consumo", "region_venta"] {
            assert!(
                form.contains(&format!("name=\"{field}\"")) || form.contains(&format!("[{field}]\"")),
                "{path}: {field}"
            );
        }
    }
}

#[tokio::test]
async fn an_answer_has_a_range_reasons_and_a_warning_without_javascript() {
    let app = shared().await;
    let car = "marca=Toyota&tipo_carroceria=SUV&a%C3%B1o=2020&kilometraje=50000&tipo_combustible=Gasolina\
               &transmision=Autom%C3%A1tica&cilindrada=2000&potencia=150&peso=1500&consumo=7.5&color=Blanco\
               &edad_propietarios=1&calificacion_estado=8.5&region_venta=Norte";
    let known = app.page(&format!("/value?{car}")).await.expect(200).text();
    for part in ["Most likely between $", "Why this price", "usual price", "Everything else"] {
        assert!(known.contains(part), "{part} is not in\n{known}");
    }
    assert!(!known.contains("has never seen"));
    let rocket = car.replace("marca=Toyota", "marca=%3Cb%3ECohete");
    let unknown = app.page(&format!("/value?{rocket}")).await.expect(200).text();
    assert!(unknown.contains("has never seen such a value of") && unknown.contains("Make"), "{unknown}");
    assert!(!unknown.contains("<b>Cohete"));
}

#[tokio::test]
async fn the_front_end_is_served_compressed_and_for_ever() {
    let app = shared().await;
    let page = app.page("/").await.expect(200).text();
    let Some(stylesheet) = page.split('"').find(|part| is_stylesheet(part)) else {
        panic!("the page names no stylesheet:\n{page}");
    };
    if app.get(stylesheet).await.status == 404 {
        println!("skipped: the front end has not been built");
        return;
    }
    for (extension, kind) in [("css", "text/css"), ("js", "text/javascript"), ("wasm", "application/wasm")] {
        let path = stylesheet.replace(".css", &format!(".{extension}"));
        let request = client().get(app.url(&path)).header("accept-encoding", "gzip, br");
        let answer = Answer::of(request).await.expect(200);
        assert!(answer.header("content-type").starts_with(kind), "{path}: {}", answer.header("content-type"));
        assert_eq!(answer.header("content-encoding"), "br", "{path}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(answer.header("vary"), "Accept-Encoding", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let plain =
            Answer::of(client().get(app.url(&path)).header("accept-encoding", "br;q=0")).await.expect(200);
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert!(plain.body.len() > answer.body.len(), "{path}");
        let known = client().get(app.url(&path)).header("if-none-match", plain.header("etag"));
        assert!(Answer::of(known).await.expect(304).body.is_empty(), "{path}");
        let head = Answer::of(client().head(app.url(&path))).await.expect(200);
        assert!(
            head.body.is_empty() && head.header("content-length") == plain.body.len().to_string(),
            "{path}"
        );
    }
    app.get("/pkg/0000000000000000/cuaderno.js").await.expect(404);
    let icon = app.get("/favicon.svg").await.expect(200);
    assert_eq!(icon.header("content-type"), "image/svg+xml");
    assert!(!icon.header("etag").is_empty());
}

#[tokio::test]
async fn server_functions_refuse_garbage() {
    let app = shared().await;
    let page = app.page("/train").await.expect(200).text();
    let actions: Vec<&str> =
        page.split('"').filter(|part| part.starts_with("/ui/")).chain(["/ui/nothing"]).collect();
    for action in actions {
        for (kind, body) in [
            ("application/x-www-form-urlencoded", "%ff=%ff"),
            ("application/x-www-form-urlencoded", ""),
            ("application/json", "{"),
            ("text/plain", "x"),
        ] {
            let request = client().post(app.url(action)).header("content-type", kind).body(body);
            let answer = Answer::of(request).await;
            assert!(
                (300..500).contains(&answer.status),
                "{action} {kind}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(!answer.text().contains("/src/") && !answer.text().contains(".rs:"), "{}", answer.text());
        }
    }
    let value: Value = app.get("/health").await.json();
    assert_eq!(value["status"], "healthy");
}
