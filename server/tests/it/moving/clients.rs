//! With MLflow's own client, both generations, where the variables name a Python that has it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::Home;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mlflow_client/moving.py");

#[test]
fn mlflow_3_moves_in_and_out() {
    moves_in_and_out("CUADERNO_PYTHON_MLFLOW3");
}

#[test]
fn mlflow_2_moves_in_and_out() {
    moves_in_and_out("CUADERNO_PYTHON_MLFLOW2");
}

/// What the client logged into a folder and into a database comes in, goes out, and looks the same to the client.
#[expect(clippy::disallowed_methods, reason = "tests are told from outside where Python is")]
fn moves_in_and_out(variable: &str) {
    let Ok(python) = std::env::var(variable) else {
        println!("skipped: {variable} does not name a Python with MLflow");
        return;
    };
    for source in ["mlruns", "sqlite:///mlflow.db"] {
        let folder = TempDir::new().unwrap();
        let uri = if source == "mlruns" {
            format!("file://{}", folder.path().join("mlruns").display())
        } else {
            source.to_owned()
        };
        script(&python, folder.path(), &["log", &uri]);
        let before = dump(&python, folder.path(), &uri);

        let home = Home::on_sqlite();
        let place = if source == "mlruns" {
            folder.path().join("mlruns").display().to_string()
        } else {
            format!("sqlite:///{}", folder.path().join("mlflow.db").display())
        };
        let report = home.import(&place);
        assert_eq!(report["runs_added"], 6, "{report}");
        assert_eq!(report["left_out"], Value::Array(Vec::new()), "{report}");
        home.export("out");
        let after = dump(&python, home.path(), &format!("file://{}", home.path().join("out").display()));
        assert_eq!(after, before, "{source}");
    }
}

fn script(python: &str, folder: &Path, args: &[&str]) -> String {
    let output = Command::new(python).arg(SCRIPT).args(args).current_dir(folder).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn dump(python: &str, folder: &Path, uri: &str) -> Value {
    let told = script(python, folder, &["dump", uri]);
    serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"))
}
