//! The model of a run, opened in Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{TestApp, shared};

/// Pythons with MLflow, of both generations; says so for one that is not there.
#[expect(clippy::disallowed_methods, reason = "tests are told by variables where things are")]
fn pythons() -> Vec<String> {
    let variables = ["CUADERNO_PYTHON_MLFLOW3", "CUADERNO_PYTHON_MLFLOW2"];
    let there = |variable: &&str| {
        let python = std::env::var(variable).ok().filter(|path| Path::new(path).exists());
        if python.is_none() {
            println!("SKIPPED: {variable} names no Python with mlflow and onnxruntime");
        }
        python
    };
    variables.iter().filter_map(there).collect()
}

/// Copies the files below `model/` of a run.
async fn download(app: &TestApp, run: &str, to: &Path) {
    let listed = app.get(&format!("/api/v1/runs/{run}/artifacts")).await.expect(200).json();
    for file in listed["artifacts"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let Some(below) = path.strip_prefix("model/") else { continue };
        let content = app.get(&format!("/api/v1/runs/{run}/artifacts/{path}")).await.expect(200).body;
        let place: PathBuf = to.join(below);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, content).unwrap();
    }
}

/// What a folder's model predicts for rows, according to MLflow.
fn opened(python: &str, folder: &Path, rows: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/open_model.py");
    let output = Command::new(python)
        .arg(script)
        .arg(folder)
        .arg(rows.to_string())
        // MLflow leaves a folder where it runs.
        .current_dir(folder)
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(told.lines().last().unwrap_or_default()).unwrap()
}

fn cars() -> Value {
    let car = json!({
        "marca": "Toyota", "tipo_carroceria": "Sedán", "año": 2019, "kilometraje": 45_000,
        "tipo_combustible": "Gasolina", "transmision": "Automática", "cilindrada": 2000, "potencia": 150,
        "peso": 1400, "consumo": 7.5, "color": "Blanco", "edad_propietarios": 1, "calificacion_estado": 8.5,
        "region_venta": "Norte",
    });
    let mut cars = vec![car.clone(); 4];
    cars[1]["marca"] = json!("Nave espacial");
    cars[2]["año"] = json!(2012);
    cars[2]["kilometraje"] = json!(190_000);
    cars[3]["color"] = json!("  Rojo ");
    cars[3]["potencia"] = json!(220);
    Value::Array(cars)
}

#[tokio::test]
async fn mlflow_opens_the_champion_and_predicts_what_the_server_predicts() {
    let pythons = pythons();
    if pythons.is_empty() {
        return;
    }
    let app = shared().await;
    let run = app.get("/model-info").await.expect(200).json()["run_id"].as_str().unwrap().to_owned();
    let folder = tempfile::tempdir().unwrap();
    download(app, &run, folder.path()).await;
    let mut expected = Vec::new();
    for car in cars().as_array().unwrap() {
        // To the cent; the model itself says more.
        let price = app.post("/predict", car).await.expect(200).json()["precio_predicho"].as_f64().unwrap();
        expected.push(price);
    }
    for python in pythons {
        let found = opened(&python, folder.path(), &cars());
        for (row, expected) in found.as_array().unwrap().iter().zip(&expected) {
            let found = row["precio"].as_f64().unwrap();
            assert!((found - expected).abs() < 0.006 + 1e-5 * expected, "{found} {expected}, {python}");
        }
    }
}
