//! Trainings as Python code, run by a real Python.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{TestApp, train, write_sample};

/// The Python with mlflow 3, scikit-learn and LightGBM.
fn python() -> Option<PathBuf> {
    let path = std::env::var_os("CUADERNO_PYTHON_MLFLOW3").map(PathBuf::from).filter(|path| path.exists());
    if path.is_none() {
        println!("skipped: CUADERNO_PYTHON_MLFLOW3 does not name a Python");
    }
    path
}

#[tokio::test]
async fn the_code_of_a_training_runs_and_gives_much_the_same() {
    let Some(python) = python() else { return };
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 1500);
    let linear = train(folder.path(), &["--model", "linear"]);
    let ridge = train(folder.path(), &["--model", "ridge", "--transform", "log", "--weight", "potencia"]);
    let forest = train(folder.path(), &["--model", "random_forest", "--param", "n_estimators=30"]);
    let boosting = [
        "--model",
        "gradient_boosting",
        "--transform",
        "log",
        "--param",
        "early_stopping_rounds=20",
        "--param",
        "n_estimators=300",
        "--param",
        "monotone_constraints=año:1",
    ];
    let boosting = train(folder.path(), &boosting);
    let app = TestApp::start_in(folder.path(), &["--workers", "0"]);
    for trained in [&linear[0], &ridge[0], &forest[0], &boosting[0]] {
        let run = trained["run_id"].as_str().unwrap();
        let code = app.get(&format!("/api/v1/runs/{run}/python")).await.expect(200).text();
        let rows = app.get(&format!("/api/v1/runs/{run}/artifacts/test_predictions.csv")).await.expect(200);
        fs::write(folder.path().join("training.py"), &code).unwrap();
        fs::write(folder.path().join("test_predictions.csv"), rows.body).unwrap();
        let output = Command::new(&python)
            .arg("training.py")
            .current_dir(folder.path())
            .env("MLFLOW_TRACKING_URI", format!("sqlite:///{}", folder.path().join("mlflow.db").display()))
            .output()
            .unwrap();
        let (out, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{code}\n{errors}");
        let metrics: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        let ours = trained["metrics"]["test_r2"].as_f64().unwrap();
        let theirs = metrics["test_r2"].as_f64().unwrap();
        assert!((ours - theirs).abs() < 0.05, "{}: {ours} and {theirs}\n{code}", trained["model"]);
        let ratio =
            metrics["test_rmse"].as_f64().unwrap() / trained["metrics"]["test_rmse"].as_f64().unwrap();
        assert!((0.7..1.4).contains(&ratio), "{}: {ratio}\n{code}", trained["model"]);
    }
}

#[tokio::test]
async fn classes_and_blends_are_told_in_python_too() {
    let Some(python) = python() else { return };
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 400);
    let auto = train(folder.path(), &["--model", "auto", "--param", "max_trials=7"]);
    let app = TestApp::start_in(folder.path(), &["--workers", "0"]);
    let classes = ["--target", "tipo_combustible", "--model", "logistic", "--json"];
    let classes = app.cli(&[&["train", "cars.csv"], &classes[..]].concat()).succeeded().json();
    for (trained, metric) in [(&auto[0], "test_r2"), (&classes[0], "test_accuracy")] {
        let code = app.cli(&["runs", "python", trained["run_id"].as_str().unwrap()]).succeeded().stdout;
        fs::write(folder.path().join("training.py"), &code).unwrap();
        let output = Command::new(&python)
            .arg("training.py")
            .current_dir(folder.path())
            .env("MLFLOW_TRACKING_URI", format!("sqlite:///{}", folder.path().join("mlflow.db").display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{code}\n{}", String::from_utf8_lossy(&output.stderr));
        let out = String::from_utf8_lossy(&output.stdout);
        let metrics: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
        let (ours, theirs) =
            (trained["metrics"][metric].as_f64().unwrap(), metrics[metric].as_f64().unwrap());
        assert!((ours - theirs).abs() < 0.15, "{metric}: {ours} and {theirs}\n{code}");
    }
}
