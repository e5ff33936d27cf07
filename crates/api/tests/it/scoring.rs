//! Models that answer by name: MLflow's scoring protocol and the Open Inference Protocol.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::valuation::car;
use crate::{Answer, TestApp};

const PROXY: &str = "/api/2.0/mlflow-artifacts/artifacts";

impl TestApp {
    /// The price that `/predict` tells, to the cent.
    async fn price(&self, car: &Value) -> f64 {
        self.post("/predict", car).await.value()["precio_predicho"].as_f64().unwrap()
    }

    async fn champion_run(&self) -> String {
        self.get("/model-info").await.value()["run_id"].as_str().unwrap().to_owned()
    }

    /// A run whose folder `model` holds these files, as MLflow's client sends them, registered under a name.
    async fn registered(&self, name: &str, files: &[(&str, Vec<u8>)]) -> String {
        let run = self.post("/api/2.0/mlflow/runs/create", &json!({"experiment_id": "0"})).await;
        let run = run.value()["run"]["info"]["run_id"].as_str().unwrap().to_owned();
        let source = format!("mlflow-artifacts:/0/{run}/artifacts/model");
        for (path, content) in files {
            self.put_file(&run, path, content.clone()).await;
        }
        self.post("/api/2.0/mlflow/registered-models/create", &json!({"name": name})).await;
        let version = json!({"name": name, "source": source, "run_id": run});
        let created = self.post("/api/2.0/mlflow/model-versions/create", &version).await;
        assert_eq!(created.status, StatusCode::OK, "{}", created.text());
        run
    }

    async fn put_file(&self, run: &str, path: &str, content: Vec<u8>) {
        let address = format!("{PROXY}/0/{run}/artifacts/model/{path}");
        let put = self.text(Method::PUT, &address, "application/octet-stream", content).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    }

    /// A file of the champion's folder.
    async fn champion_file(&self, path: &str) -> Vec<u8> {
        let run = self.champion_run().await;
        let file = self.get(&format!("/api/v1/runs/{run}/artifacts/model/{path}")).await;
        assert_eq!(file.status, StatusCode::OK, "{}", file.text());
        file.body
    }

    /// The champion's ONNX file under another name, without our own file beside it.
    async fn with_onnx(&self, name: &str) -> String {
        let description = self.champion_file("MLmodel").await;
        let onnx = self.champion_file("model.onnx").await;
        self.registered(name, &[("MLmodel", description), ("model.onnx", onnx)]).await
    }

    async fn invoke(&self, name: &str, body: &Value) -> Answer {
        self.post(&format!("/models/{name}/invocations"), body).await
    }
}

fn split(car: &Value) -> Value {
    let columns: Vec<&String> = car.as_object().unwrap().keys().collect();
    let row: Vec<&Value> = car.as_object().unwrap().values().collect();
    json!({"dataframe_split": {"columns": columns, "data": [row, row]}})
}

#[track_caller]
fn is_near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap_or_else(|| panic!("{found}"));
    // `/predict` rounds to the cent.
    assert!((found - expected).abs() < 0.006 + 1e-5 * expected, "{found} {expected}");
}

#[tokio::test]
async fn every_form_of_a_table_gets_the_price_of_predict() {
    let app = TestApp::with_champion().await;
    app.with_onnx("onnx").await;
    let price = app.price(&car()).await;
    let lists: Value = car()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.clone(), json!([value, value])))
        .collect();
    let bodies = [
        split(&car()),
        json!({"dataframe_records": [car(), car()]}),
        json!({"instances": [car(), car()]}),
        json!({"inputs": lists}),
        json!({"dataframe_records": [car(), car()], "params": {"x": 1}}),
    ];
    for name in ["automoviles", "onnx"] {
        for body in &bodies {
            let answer = app.invoke(name, body).await;
            assert_eq!(answer.status, StatusCode::OK, "{name} {body}: {}", answer.text());
            let predictions = answer.value()["predictions"].clone();
            assert_eq!(predictions.as_array().unwrap().len(), 2, "{predictions}");
            is_near(&predictions[1]["precio"], price);
        }
        let header: Vec<String> = car().as_object().unwrap().keys().cloned().collect();
        let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let row: Vec<String> = car().as_object().unwrap().values().map(cell).collect();
        let csv = format!("{}\n{}\n", header.join(","), row.join(","));
        let answer = app
            .text(Method::POST, &format!("/models/{name}/invocations"), "text/csv; charset=utf-8", csv)
            .await;
        is_near(&answer.value()["predictions"][0]["precio"], price);
    }
    let answer = app.post("/invocations", &split(&car())).await;
    is_near(&answer.value()["predictions"][0]["precio"], price);
}

#[tokio::test]
async fn what_does_not_fit_is_told_in_mlflows_words() {
    let app = TestApp::with_champion().await;
    app.with_onnx("onnx").await;
    for name in ["automoviles", "onnx"] {
        let told = async |body: Value| {
            let answer = app.invoke(name, &body).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {body}: {}", answer.text());
            let value = answer.value();
            (value["error_code"].as_str().unwrap().to_owned(), value["message"].as_str().unwrap().to_owned())
        };
        let mut lacking = car();
        lacking.as_object_mut().unwrap().remove("año");
        lacking["ano"] = json!(2020);
        let (code, message) = told(json!({"dataframe_records": [lacking]})).await;
        assert_eq!(code, "INVALID_PARAMETER_VALUE");
        assert!(message.contains("Model is missing inputs ['año']."), "{message}");
        assert!(message.contains("Note that there were extra inputs: ['ano']."), "{message}");
        let mut wrong = car();
        wrong["año"] = json!("nuevo");
        let (_, message) = told(json!({"dataframe_records": [car(), wrong]})).await;
        assert!(message.contains("Incompatible input types for column año"), "{message}");
        assert!(message.contains("(row 1)"), "{message}");
        let (_, message) = told(json!({"instances": [[1, 2]]})).await;
        assert!(message.starts_with("Failed to enforce schema"), "{message}");
        let (code, message) = told(json!({"inputs": [[1, 2, 3], [1]]})).await;
        assert_eq!(
            (code.as_str(), message.contains("inputs[1] has 1 values")),
            ("BAD_REQUEST", true),
            "{message}"
        );
        for body in [json!({}), json!([]), json!({"inputs": [1], "instances": [1]}), json!({"inputs": "x"})] {
            assert_eq!(told(body).await.0, "BAD_REQUEST");
        }
        assert_eq!(
            told(json!({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}})).await.0,
            "BAD_REQUEST"
        );
    }
    let address = "/models/onnx/invocations";
    let answer = app.text(Method::POST, address, "text/plain", "x").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let answer = app.text(Method::POST, address, "application/json; charset=latin-1", "{}").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let answer = app.text(Method::POST, address, "application/json", "{").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let answer = app.text(Method::POST, address, "application/json", vec![b' '; 3 * 1024 * 1024]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let answer = app.invoke("nothing", &split(&car())).await;
    assert_eq!(
        (answer.status, answer.value()["error_code"].as_str()),
        (StatusCode::NOT_FOUND, Some("RESOURCE_DOES_NOT_EXIST"))
    );
}

#[tokio::test]
async fn a_version_of_pickles_says_why_and_how_to_convert_it() {
    let app = TestApp::with_champion().await;
    let description = b"flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n  sklearn:\n    pickled_model: model.pkl\n";
    app.registered("churn", &[("MLmodel", description.to_vec()), ("model.pkl", b"\x80\x04.".to_vec())]).await;
    let answer = app.invoke("churn", &json!({"inputs": [[1]]})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let message = answer.value()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("`python_function`, `sklearn`") && message.contains("skl2onnx.to_onnx"),
        "{message}"
    );
    let ready = app.get("/v2/models/churn/ready").await;
    assert_eq!(ready.status, StatusCode::CONFLICT, "{}", ready.text());
    for (name, file) in [("damaged", b"not onnx".to_vec()), ("empty", Vec::new())] {
        let description = app.champion_file("MLmodel").await;
        app.registered(name, &[("MLmodel", description), ("model.onnx", file)]).await;
        let answer = app.invoke(name, &split(&car())).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert!(answer.text().contains("cannot be served here"), "{}", answer.text());
    }
    let outside = b"flavors: {onnx: {data: ../../../secret}}\n";
    app.registered("outside", &[("MLmodel", outside.to_vec())]).await;
    let answer = app.invoke("outside", &split(&car())).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
}

#[tokio::test]
async fn a_replaced_file_is_a_new_model() {
    let app = TestApp::with_champion().await;
    let run = app.with_onnx("onnx").await;
    assert_eq!(app.invoke("onnx", &split(&car())).await.status, StatusCode::OK);
    app.put_file(&run, "model.onnx", b"not onnx".to_vec()).await;
    assert_eq!(app.invoke("onnx", &split(&car())).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_inference_protocol_asks_for_the_same() {
    let app = TestApp::with_champion().await;
    app.with_onnx("onnx").await;
    let price = app.price(&car()).await;
    for (name, platform) in [("automoviles", "cuaderno"), ("onnx", "onnx")] {
        let described = app.get(&format!("/v2/models/{name}")).await.value();
        assert_eq!((described["platform"].as_str(), &described["versions"]), (Some(platform), &json!(["1"])));
        assert_eq!(app.get(&format!("/v2/models/{name}/ready")).await.value()["ready"], true);
        let inputs: Vec<Value> = described["inputs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|input| {
                let value = &car()[input["name"].as_str().unwrap()];
                json!({"name": input["name"], "datatype": input["datatype"], "shape": [2], "data": [value, value]})
            })
            .collect();
        let asked = json!({"id": "7", "inputs": inputs, "outputs": [{"name": "precio"}]});
        let answer = app.post(&format!("/v2/models/{name}/infer"), &asked).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let answer = answer.value();
        assert_eq!((answer["id"].as_str(), answer["model_version"].as_str()), (Some("7"), Some("1")));
        assert_eq!(answer["outputs"][0]["shape"], json!([2]));
        is_near(&answer["outputs"][0]["data"][1], price);
        let bad = json!({"inputs": [{"name": "año", "shape": [3], "datatype": "INT64", "data": [1]}]});
        let answer = app.post(&format!("/v2/models/{name}/infer"), &bad).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.value()["error"].as_str().unwrap().contains("inputs[0].data"), "{}", answer.text());
    }
    assert_eq!(app.get("/v2/models/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("/v2/health/live").await.value(), json!({"live": true}));
    assert_eq!(app.get("/v2/health/ready").await.value(), json!({"ready": true}));
    assert_eq!(app.get("/ping").await.text(), "\n");
}
