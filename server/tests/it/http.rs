//! The APIs, the addresses and the life of the server.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{
    Answer, BINARY, TestApp, car, car_with, client, command, read_answer, run, run_ids, shared, status_of,
    train, write_sample,
};

/// The request of the tutorial, as curl sends it.
const TUTORIAL: &str = r#"{
  "marca": "Toyota",
  "tipo_carroceria": "SUV",
  "año": 2020,
  "kilometraje": 50000,
  "tipo_combustible": "Gasolina",
  "transmision": "Automática",
  "cilindrada": 2000,
  "potencia": 150,
  "peso": 1500,
  "consumo": 7.5,
  "color": "Blanco",
  "edad_propietarios": 1,
  "calificacion_estado": 8.5,
  "region_venta": "Norte"
}"#;

#[tokio::test]
async fn the_tutorials_request_is_answered() {
    let app = shared().await;
    let request =
        client().post(app.url("/predict")).header("content-type", "application/json").body(TUTORIAL);
    let answer = Answer::of(request).await.expect(200);
    let body = answer.json();
    let price = body["precio_predicho"].as_f64().unwrap();
    assert!(price > 1000.0 && price < 200_000.0, "{price}");
    let shown = body["precio_formateado"].as_str().unwrap();
    assert!(shown.starts_with('$') && shown.ends_with(" USD") && shown.contains('.'), "{shown}");
    let kind = body["modelo_usado"].as_str().unwrap();
    assert!(["RandomForestRegressor", "LinearRegression"].contains(&kind), "{kind}");
    assert_eq!(body["status"], "success");
    assert_eq!(body.as_object().unwrap().len(), 4);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-request-id").len(), 32);
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn faults_of_fields_are_told_in_fastapis_form() {
    let app = shared().await;
    let fault = async |body: &Value| app.post("/predict", body).await.expect(422).json()["detail"][0].clone();
    let told =
        |field: &str, msg: &str, kind: &str| json!({ "loc": ["body", field], "msg": msg, "type": kind });

    let integer = told("año", "value is not a valid integer", "type_error.integer");
    for value in [json!(2020.5), json!(true), Value::Null, json!("x"), json!([])] {
        assert_eq!(fault(&car_with("año", value)).await, integer);
    }
    let decimal = told("consumo", "value is not a valid float", "type_error.float");
    assert_eq!(fault(&car_with("consumo", json!("x"))).await, decimal);
    assert_eq!(
        fault(&car_with("marca", json!(5))).await,
        told("marca", "str type expected", "type_error.str")
    );
    let mut missing = car();
    missing.as_object_mut().unwrap().remove("color");
    assert_eq!(fault(&missing).await, told("color", "field required", "value_error.missing"));
    let mut low =
        told("kilometraje", "ensure this value is greater than or equal to 0", "value_error.number.not_ge");
    low["ctx"] = json!({ "limit_value": 0 });
    assert_eq!(fault(&car_with("kilometraje", json!(-1))).await, low);
    assert_eq!(fault(&car_with("peso", json!(5001))).await["type"], "value_error.number.not_le");
    assert_eq!(fault(&json!([1])).await["type"], "type_error.dict");

    let mut many = car_with("año", json!("x"));
    many["potencia"] = json!(1);
    many["calificacion_estado"] = json!(11);
    many["marca"] = json!("");
    assert_eq!(app.post("/predict", &many).await.expect(422).json()["detail"].as_array().unwrap().len(), 4);

    for body in ["", "{", "no json", "{\"año\": NaN}", "\u{feff}{"] {
        let request =
            client().post(app.url("/predict")).header("content-type", "application/json").body(body);
        let detail = Answer::of(request).await.expect(422).json()["detail"][0].clone();
        assert_eq!(detail["loc"][0], "body", "{body:?}");
    }
}

#[tokio::test]
async fn what_pydantic_takes_is_taken() {
    let app = shared().await;
    let price = app.post("/predict", &car()).await.expect(200).json()["precio_predicho"].clone();
    let decomposed = TUTORIAL.replace("año", "an\u{303}o");
    let mut extra = car();
    extra["puertas"] = json!(5);
    for body in [
        car_with("año", json!("2020")).to_string(),
        car_with("año", json!(2020.0)).to_string(),
        extra.to_string(),
        decomposed,
    ] {
        let request =
            client().post(app.url("/predict")).header("content-type", "application/json").body(body);
        assert_eq!(Answer::of(request).await.expect(200).json()["precio_predicho"], price);
    }
    app.post("/predict", &car_with("marca", json!("Marca que nadie conoce"))).await.expect(200);
}

#[tokio::test]
async fn a_rule_about_the_matter_is_a_sentence_in_the_language_asked_for() {
    let app = shared().await;
    let ask = async |language: &str| {
        let request = client().post(app.url("/predict")).header("accept-language", language);
        Answer::of(request.json(&car_with("año", json!(1999)))).await.expect(400).json()
    };
    assert_eq!(ask("es").await, json!({ "detail": "El año debe ser mayor a 2000" }));
    assert_eq!(ask("en-GB,en").await, json!({ "detail": "The year must be later than 2000" }));
    // Faults of fields go first.
    let mut both = car_with("año", json!(1999));
    both["peso"] = json!("x");
    app.post("/predict", &both).await.expect(422);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_in_the_dialect_of_the_door() {
    let app = shared().await;
    assert_eq!(app.get("/nothing").await.expect(404).json(), json!({ "detail": "Not Found" }));
    assert_eq!(app.get("/api/v1/nothing").await.expect(404).json(), json!({ "detail": "Not Found" }));
    for path in ["/api/2.0/mlflow/nothing", "/api/3.0/x", "/ajax-api/2.0/mlflow/x"] {
        let body = app.get(path).await.expect(404).json();
        assert!(body["error_code"].is_string() && body["message"].is_string(), "{path}: {body}");
    }
    let page = app.page("/nothing").await.expect(404);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.header("content-type"));

    let wrong_method = json!({ "detail": "Method Not Allowed" });
    for path in ["/predict", "/api/v1/runs/search"] {
        let answer = app.get(path).await.expect(405);
        assert_eq!(answer.json(), wrong_method, "{path}");
        assert_eq!(answer.header("allow"), "POST", "{path}");
    }
    for path in ["/", "/experiments", "/value", "/es/valorar", "/models", "/health", "/openapi.json"] {
        assert_eq!(
            Answer::of(client().delete(app.url(path))).await.expect(405).json(),
            wrong_method,
            "{path}"
        );
    }
    let request = client().post(app.url("/predict")).header("content-type", "text/plain").body(TUTORIAL);
    assert!(Answer::of(request).await.expect(415).json()["detail"].is_string());
    let run = "00000000000000000000000000000000";
    assert!(app.get(&format!("/api/v1/runs/{run}")).await.expect(404).json()["detail"].is_string());
}

#[tokio::test]
async fn the_documents_are_served() {
    let app = shared().await;
    let document = app.get("/openapi.json").await.expect(200).json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/predict"]["post"].is_object());
    for path in ["/docs", "/redoc"] {
        let mut page = app.page(path).await;
        if (300..400).contains(&page.status) {
            let location = page.header("location").to_owned();
            page = app.page(&location).await;
        }
        let page = page.expect(200);
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(!page.text().contains("https://cdn"), "{path}");
    }
}

#[tokio::test]
async fn without_a_champion_the_server_is_healthy_and_says_what_to_do() {
    let app = TestApp::start();
    let health = app.get("/health").await.expect(200).json();
    assert_eq!(health["status"], "healthy");
    assert_eq!(health["model_loaded"], false);
    assert!(health["message"].is_string());
    let info = app.get("/model-info").await.expect(200).json();
    assert_eq!(info["model_loaded"], false);
    assert_eq!(info["model_type"], Value::Null);
    let told = app.post("/predict", &car()).await.expect(503).json();
    assert!(told["detail"].as_str().unwrap().contains("models promote"), "{told}");
}

#[tokio::test]
async fn a_caller_registers_a_run() {
    let app = TestApp::start();
    let created = app.post("/api/v1/experiments", &json!({ "name": "desde fuera" })).await.expect(201).json();
    let experiment = created["experiment_id"].as_str().unwrap();
    let new = json!({ "experiment_id": experiment, "run_name": "a mano" });
    let created = app.post("/api/v1/runs", &new).await.expect(201).json();
    let run = format!("/api/v1/runs/{}", created["run_id"].as_str().unwrap());
    for (kind, value) in [("metrics", json!(1.5)), ("params", json!("0.1")), ("tags", json!("ana"))] {
        app.post(&format!("{run}/{kind}"), &json!([{ "key": "rmse", "value": value }])).await.expect(200);
    }
    Answer::of(client().patch(app.url(&run)).json(&json!({ "status": "FINISHED" }))).await.expect(200);
    let search = json!({ "experiment_ids": [experiment], "filter": "metrics.rmse < 2", "order_by": ["metrics.rmse DESC"] });
    let found = app.post("/api/v1/runs/search", &search).await.expect(200).json();
    assert_eq!(found["runs"].as_array().unwrap().len(), 1, "{found}");
    app.get(&run).await.expect(200);
    // The command line sees the same store at the same time.
    let listed = app.cli(&["runs", "list", "--experiment", "desde fuera", "--json"]).succeeded().json();
    assert_eq!(listed[0]["status"], "FINISHED");
}

#[tokio::test]
async fn a_promotion_by_another_process_answers_within_a_second() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 300);
    let forest = ["--model", "linear", "--model", "random_forest", "--param", "n_estimators=3"];
    let runs = train(folder.path(), &forest);
    let app = TestApp::start_in(folder.path(), &[]);
    app.post("/predict", &car()).await.expect(503);
    for run in runs.as_array().unwrap() {
        let promoted =
            app.cli(&["models", "promote", run["run_id"].as_str().unwrap(), "--name", "automoviles"]);
        let began = Instant::now();
        promoted.succeeded();
        let wanted = if run["model"] == "linear" { "LinearRegression" } else { "RandomForestRegressor" };
        loop {
            let answer = app.post("/predict", &car()).await;
            if answer.status == 200 && answer.json()["modelo_usado"] == wanted {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(1), "{}", answer.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn a_training_does_not_hold_up_the_end() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 8000);
    run(folder.path(), &["data", "import", "cars.csv", "--name", "coches"]).succeeded();
    let mut app = TestApp::start_in(folder.path(), &[]);
    let job = json!({
        "dataset": "coches", "target": "precio", "model": "random_forest", "params": { "n_estimators": 5000 },
    });
    app.post("/api/v1/training-jobs", &job).await.expect(202);
    tokio::time::sleep(Duration::from_millis(700)).await;
    app.signal("TERM");
    assert_eq!(app.wait(Duration::from_secs(10)).code(), Some(0), "{}", app.log());
}

#[test]
fn a_stop_lets_running_requests_end_and_closes_the_rest() {
    let mut app = TestApp::start();
    let _silent = TcpStream::connect(&app.address).unwrap();
    let mut idle = TcpStream::connect(&app.address).unwrap();
    idle.write_all(format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", app.address).as_bytes()).unwrap();
    assert_eq!(status_of(&read_answer(&mut idle)), 200);

    let body = car().to_string();
    let (first, second) = body.split_at(100);
    let mut busy = TcpStream::connect(&app.address).unwrap();
    let length = body.len();
    let head = format!(
        "POST /predict HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
        app.address
    );
    busy.write_all(head.as_bytes()).unwrap();
    busy.write_all(first.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    app.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    busy.write_all(second.as_bytes()).unwrap();
    assert_eq!(status_of(&read_answer(&mut busy)), 503, "no champion, but an answer");
    assert_eq!(app.wait(Duration::from_secs(8)).code(), Some(0), "{}", app.log());
    assert!(
        !app.folder().join("cuaderno-data/cuaderno.db-wal").exists(),
        "the log is folded into the database"
    );
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut app = TestApp::start();
    let mut busy = TcpStream::connect(&app.address).unwrap();
    let head = format!("POST /predict HTTP/1.1\r\nHost: {}\r\nContent-Length: 10\r\n\r\n", app.address);
    busy.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    app.signal("INT");
    std::thread::sleep(Duration::from_millis(300));
    app.signal("INT");
    assert_eq!(app.wait(Duration::from_secs(5)).code(), Some(130), "{}", app.log());
}

#[tokio::test]
async fn several_addresses_are_told_and_answered() {
    let app = {
        let folder = TempDir::new().unwrap().keep();
        let mut command = command(BINARY, &folder);
        command.args(["serve", "--listen", "127.0.0.1:0", "--listen", "[::1]:0"]).stdin(Stdio::null());
        TestApp::spawn(command, &folder, 2)
    };
    for address in &app.addresses {
        Answer::of(client().get(format!("http://{address}/health"))).await.expect(200);
    }
}

/// Uses the real default ports; another program of this machine may hold them, which the test takes as it is.
#[test]
fn one_taken_default_is_no_obstacle_and_two_are() {
    let folder = TempDir::new().unwrap();
    // If somebody else has it, that is as good.
    let first = TcpListener::bind("127.0.0.1:5000");
    let free = TcpListener::bind("127.0.0.1:8000").is_ok();
    if free {
        let mut command = command(BINARY, folder.path());
        command.arg("serve").stdin(Stdio::null());
        let app = TestApp::spawn(command, folder.path(), 1);
        assert_eq!(app.address, "127.0.0.1:8000");
        assert!(app.log().contains("127.0.0.1:5000 is taken"), "{}", app.log());
    } else {
        println!("skipped half: something else listens on 127.0.0.1:8000");
    }
    let second = TcpListener::bind("127.0.0.1:8000");
    run(folder.path(), &["serve"]).failed(1, "--listen");
    drop((first, second));
}

#[test]
fn other_machines_are_let_in_only_on_purpose_and_taken_addresses_are_told() {
    let folder = TempDir::new().unwrap();
    run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]).failed(2, "--insecure-no-auth");
    run(folder.path(), &["serve", "--listen", "[::]:0"]).failed(2, "--insecure-no-auth");
    run(folder.path(), &["serve", "--listen", "nowhere"]).failed(2, "--listen");
    assert!(!folder.path().join("cuaderno-data").exists(), "refused before anything was made");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    run(folder.path(), &["serve", "--listen", &address]).failed(1, &address);
    let app = TestApp::start_with(&["--listen", "0.0.0.0:0", "--insecure-no-auth"]);
    assert_eq!(app.addresses.len(), 1);
}

#[tokio::test]
async fn the_example_is_made_once() {
    let app = shared().await;
    let runs = run_ids(app);
    assert!(runs.len() >= 2, "{runs:?}");
    let info = app.get("/model-info").await.expect(200).json();
    assert_eq!(info["run_id"], runs[0].as_str(), "the best is the champion");
    assert!(info["metrics"]["test_rmse"].is_number());
    assert_eq!(info["features"].as_array().unwrap().len(), 14);
    let experiments = app.get("/api/v1/experiments").await.expect(200).text();
    assert!(experiments.contains("prediccion_precios_automoviles"), "{experiments}");
}
