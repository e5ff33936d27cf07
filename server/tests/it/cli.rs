//! The command line.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Output, car, command, run, run_with_input, train, write_sample};

#[test]
fn a_sample_is_the_same_for_the_same_seed() {
    let folder = TempDir::new().unwrap();
    let sample =
        |seed| run(folder.path(), &["data", "sample", "--rows", "50", "--seed", seed]).succeeded().stdout;
    let first = sample("7");
    assert_eq!(first, sample("7"));
    assert_ne!(first, sample("8"));
    let header = first.lines().next().unwrap();
    assert!(header.contains("marca") && header.contains("año") && header.contains("precio"), "{header}");
    assert_eq!(first.lines().count(), 51);
    assert!(!folder.path().join("cuaderno-data").exists(), "a sample needs no store");
}

#[test]
fn a_sample_can_go_to_a_file() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 10);
    assert_eq!(fs::read_to_string(folder.path().join("cars.csv")).unwrap().lines().count(), 11);
}

#[test]
fn a_model_is_trained_promoted_and_asked() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 600);
    let options = [
        "--model",
        "linear",
        "--model",
        "random_forest",
        "--param",
        "n_estimators=5",
        "--experiment",
        "coches",
    ];
    let results = train(folder.path(), &options);

    let results = results.as_array().unwrap();
    assert_eq!(results.len(), 2);
    let rmse = |index: usize| results[index]["metrics"]["test_rmse"].as_f64().unwrap();
    assert!(rmse(0) <= rmse(1), "best first");
    for result in results {
        for metric in ["train_rmse", "train_mae", "train_r2", "test_rmse", "test_mae", "test_r2"] {
            assert!(result["metrics"][metric].is_number(), "{metric}");
        }
        assert!(result["fit_seconds"].as_f64().unwrap() >= 0.0);
        assert!(result["predict_seconds"].as_f64().unwrap() >= 0.0);
    }
    let forest = results.iter().find(|result| result["model"] == "random_forest").unwrap();
    assert_eq!(forest["params"]["n_estimators"], "5");
    let run_id = forest["run_id"].as_str().unwrap();

    let listed = run(folder.path(), &["runs", "list", "--experiment", "coches", "--json"]).succeeded().json();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let filtered = ["runs", "list", "--filter", "params.n_estimators = '5'", "--json"];
    assert_eq!(run(folder.path(), &filtered).succeeded().json()[0]["id"], run_id);
    let shown = run(folder.path(), &["runs", "show", run_id]).succeeded().stdout;
    assert!(
        shown.contains("FINISHED") && shown.contains("test_rmse") && shown.contains("n_estimators"),
        "{shown}"
    );
    assert_eq!(run(folder.path(), &["runs", "show", run_id, "--json"]).succeeded().json()["id"], run_id);

    let car: Vec<String> = car()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    let mut predict = vec!["predict", "--json"];
    predict.extend(car.iter().map(String::as_str));
    run(folder.path(), &predict).failed(1, "models promote");

    let promoted = run(folder.path(), &["models", "promote", run_id, "--name", "automoviles", "--json"]);
    assert_eq!(promoted.succeeded().json()["version"], 1);
    let answer = run(folder.path(), &predict).succeeded().json();
    assert_eq!(answer["modelo_usado"], "RandomForestRegressor");
    assert!(answer["precio_predicho"].as_f64().unwrap() > 0.0);

    let models = run(folder.path(), &["models", "list", "--json"]).succeeded().json();
    assert_eq!(models[0]["name"], "automoviles");
    assert_eq!(models[0]["versions"][0]["aliases"][0], "champion");
    assert!(run(folder.path(), &["models", "list"]).succeeded().stdout.contains("champion"));
}

#[test]
fn a_car_can_come_from_standard_input_and_its_faults_are_told_together() {
    let folder = TempDir::new().unwrap();
    let mut wrong = car();
    wrong["año"] = Value::Bool(true);
    wrong["potencia"] = 5.into();
    let predict = ["predict", "--json-input", "-"];
    let output = run_with_input(folder.path(), &predict, wrong.to_string().as_bytes());
    let output = output.failed(2, "año");
    assert!(output.stderr.contains("potencia"), "{}", output.stderr);
    run_with_input(folder.path(), &predict, b"{").failed(2, "JSON");
    run(folder.path(), &["predict", "--json-input", "missing.json"]).failed(2, "missing.json");
    run(folder.path(), &["predict", "marca"]).failed(2, "marca");
}

#[test]
fn a_target_of_texts_is_told_in_classes() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 300);
    let attempt = |args: &[&str]| run(folder.path(), &[&["train", "cars.csv"], args].concat());
    let options = [
        "--json",
        "--target",
        "tipo_combustible",
        "--exclude",
        "precio",
        "--model",
        "random_forest,logistic",
    ];
    let results = attempt(&options).succeeded().json();
    for result in results.as_array().unwrap() {
        for metric in
            ["train_accuracy", "test_accuracy", "test_f1_macro", "test_log_loss", "test_brier", "cv_accuracy"]
        {
            assert!(result["metrics"][metric].is_f64(), "{metric}: {result}");
        }
        assert!(result["metrics"]["test_rmse"].is_null(), "{result}");
    }
    let loss = |place: usize| results[place]["metrics"]["test_log_loss"].as_f64().unwrap();
    assert!(loss(0) <= loss(1), "best first");
    attempt(&["--target", "tipo_combustible", "--model", "random_forest", "--task", "regression"])
        .failed(2, "`task`");
    attempt(&["--target", "precio", "--model", "logistic"]).failed(2, "classes");
    attempt(&["--target", "precio", "--model", "knn", "--weight", "potencia"]).failed(2, "`knn`");
    attempt(&["--target", "precio", "--model", "ridge", "--weight", "marca"]).failed(2, "weight");
}

#[test]
fn training_is_reproducible_and_takes_row_lists() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 200);
    let rows = |range: std::ops::Range<u32>| range.map(|row| row.to_string()).collect::<Vec<_>>().join(",");
    let split =
        format!(r#"{{"source": "by hand", "train": [{}], "test": [{}]}}"#, rows(0..150), rows(150..200));
    fs::write(folder.path().join("split.json"), split).unwrap();
    let options = ["--model", "random_forest", "--param", "n_estimators=3", "--split", "split.json"];
    let metrics = || train(folder.path(), &options)[0]["metrics"]["test_rmse"].clone();
    assert_eq!(metrics(), metrics());
}

#[test]
fn wrong_input_is_refused_with_its_reason() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 60);
    let train = |options: &[&str]| -> Output {
        let mut args = vec!["train", "cars.csv"];
        args.extend(options);
        run(folder.path(), &args)
    };
    train(&["--target", "precio", "--model", "linear", "--param", "n_estimators=5"])
        .failed(2, "`n_estimators`");
    train(&["--target", "precio", "--model", "forest"]).failed(2, "`forest`");
    train(&["--target", "precio", "--model", "random_forest", "--param", "n_estimators=0"])
        .failed(2, "n_estimators");
    train(&["--target", "precio", "--model", "random_forest", "--param", "n_estimators"])
        .failed(2, "name=value");
    train(&["--target", "price", "--model", "linear"]).failed(2, "price");
    train(&["--target", "marca", "--model", "linear"]).failed(2, "marca");
    train(&["--target", "precio", "--model", "linear", "--test-size", "1.5"]).failed(2, "test-size");
    train(&["--target", "precio"]).failed(2, "--model");
    fs::write(folder.path().join("split.json"), r#"{"train": [0, 1, 99999], "test": [2]}"#).unwrap();
    train(&["--target", "precio", "--model", "linear", "--split", "split.json"]).failed(2, "99999");
    fs::write(folder.path().join("split.json"), r#"{"train": [0, 1]}"#).unwrap();
    train(&["--target", "precio", "--model", "linear", "--split", "split.json"]).failed(2, "test");
    run(folder.path(), &["runs", "list", "--filter", "metrics.x <"]).failed(2, "error");
    run(folder.path(), &["runs", "list", "--experiment", "nothing"]).failed(1, "nothing");
    run(folder.path(), &["runs", "show", "00000000000000000000000000000000"]).failed(1, "does not exist");
    run(folder.path(), &["runs", "show", "x"]).failed(2, "hexadecimal");
    run(folder.path(), &["models", "promote", "00000000000000000000000000000000"])
        .failed(1, "does not exist");
    run(folder.path(), &["nonsense"]).failed(2, "nonsense");
}

#[test]
fn broken_tables_are_refused_and_the_place_is_named() {
    let folder = TempDir::new().unwrap();
    let cases: [(&str, &[u8]); 6] = [
        ("empty.csv", b""),
        ("header.csv", b"a,precio\n"),
        ("ragged.csv", b"a,precio\n1,2\n3\n4,5\n"),
        ("quote.csv", b"a,precio\n\"1,2\n3,4\n"),
        ("latin1.csv", b"a,precio\nCitro\xebn,2\nx,3\n"),
        ("binary.csv", b"\x00\x01\x02\xff"),
    ];
    for (name, content) in cases {
        fs::write(folder.path().join(name), content).unwrap();
        let trained = run(folder.path(), &["train", name, "--target", "precio", "--model", "linear"]);
        assert_eq!(trained.code, 2, "{name}: {}", trained.stderr);
        assert!(
            trained.stderr.starts_with("error: ") && trained.stderr.len() > 20,
            "{name}: {}",
            trained.stderr
        );
    }
    run(folder.path(), &["train", "missing.csv", "--target", "x", "--model", "linear"])
        .failed(2, "missing.csv");
}

#[test]
fn a_table_can_be_imported() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 20);
    let import = |options: &[&str]| {
        let mut args = vec!["data", "import", "cars.csv"];
        args.extend(options);
        run(folder.path(), &args).succeeded()
    };
    let stored = import(&["--json"]).json();
    assert_eq!(stored["name"], "cars");
    assert_eq!(stored["row_count"], 20);
    assert_eq!(stored["columns"].as_array().unwrap().len(), 15);
    assert!(import(&["--name", "coches de prueba"]).stdout.contains("coches de prueba"));
}

#[test]
fn migrate_makes_the_database_where_it_was_told_to() {
    let folder = TempDir::new().unwrap();
    let migrated = run(folder.path(), &["migrate", "--data-dir", "here", "--json"]).succeeded().json();
    assert!(migrated["database"].as_str().unwrap().ends_with("here/cuaderno.db"), "{migrated}");
    assert!(folder.path().join("here/cuaderno.db").is_file());
    run(folder.path(), &["migrate", "--data-dir", "here"]).succeeded();
}

#[test]
fn settings_come_from_flags_then_environment_then_file() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("cuaderno.toml"), "data_dir = 'from-file'\n").unwrap();
    let migrate = |variable: Option<&str>, flag: &[&str]| {
        let mut command = command(crate::harness::BINARY, folder.path());
        command.args(["migrate", "--json"]).args(flag);
        if let Some(value) = variable {
            command.env("CUADERNO_DATA_DIR", value);
        }
        let output = command.output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        told["database"].as_str().unwrap().rsplit('/').nth(1).unwrap().to_owned()
    };
    assert_eq!(migrate(None, &[]), "from-file");
    assert_eq!(migrate(Some("from-variable"), &[]), "from-variable");
    assert_eq!(migrate(Some("from-variable"), &["--data-dir", "from-flag"]), "from-flag");

    fs::write(folder.path().join("cuaderno.toml"), "data_dri = 'x'\n").unwrap();
    run(folder.path(), &["migrate"]).failed(2, "`data_dri`");
    run(folder.path(), &["migrate", "--config", "none.toml"]).failed(2, "none.toml");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let script =
        format!("'{}' data sample --rows 20000 | head -n 1; echo ${{PIPESTATUS[0]}}", crate::harness::BINARY);
    let output = command("bash", folder.path()).args(["-c", &script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().last(), Some("0"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_command_explains_itself() {
    let folder = TempDir::new().unwrap();
    for args in [
        &["--help"][..],
        &["serve", "--help"],
        &["data", "sample", "--help"],
        &["data", "import", "--help"],
        &["data", "list", "--help"],
        &["data", "show", "--help"],
        &["data", "check", "--help"],
        &["train", "--help"],
        &["predict", "--help"],
        &["runs", "list", "--help"],
        &["runs", "show", "--help"],
        &["runs", "reproduce", "--help"],
        &["jobs", "list", "--help"],
        &["jobs", "follow", "--help"],
        &["models", "promote", "--help"],
        &["models", "list", "--help"],
        &["migrate", "--help"],
    ] {
        let help = run(folder.path(), args).succeeded().stdout;
        assert!(help.contains("Usage:") && help.contains("--data-dir"), "{args:?}: {help}");
    }
    assert!(run(folder.path(), &["--version"]).succeeded().stdout.starts_with("cuaderno 0."));
}
