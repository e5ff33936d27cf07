//! MLflow's own Python clients, unmodified, on a tour through the real program.

use std::path::Path;
use std::process::Command;

use crate::harness::TestApp;

const TOUR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mlflow_client/tour.py");

/// Runs the tour with the Python that the variable names; says so if there is none.
#[expect(clippy::disallowed_methods, reason = "tests are told from outside where Python is")]
fn tour(variable: &str) {
    let Ok(python) = std::env::var(variable) else {
        println!("skipped: {variable} names no Python with MLflow");
        return;
    };
    if !Path::new(&python).exists() {
        println!("skipped: {variable} names {python}, which is not there");
        return;
    }
    let app = TestApp::start();
    let output = Command::new(python)
        .arg(TOUR)
        .current_dir(app.folder())
        .env("MLFLOW_TRACKING_URI", app.url(""))
        .env("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
        .env("MLFLOW_DISABLE_TELEMETRY", "true")
        .env("MPLCONFIGDIR", app.folder())
        .env("GIT_PYTHON_REFRESH", "quiet")
        .output()
        .unwrap();
    let (told, complaints) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{told}\n{complaints}\n{}", app.log());
    assert!(told.contains("is over"), "{told}");
}

#[test]
fn the_third_generation_of_clients_works() {
    tour("CUADERNO_PYTHON_MLFLOW3");
}

#[test]
fn the_second_generation_of_clients_works() {
    tour("CUADERNO_PYTHON_MLFLOW2");
}
