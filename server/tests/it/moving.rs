//! Moving in from MLflow and out again.

mod clients;
mod sample;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{BINARY, Output, TestApp, command, run};
use sample::{DELETED_RUN, EXPERIMENT, RUN, RUNNING_RUN, TRASHED_RUN, put};

/// A folder to work in and the database of its store.
struct Home {
    folder: TempDir,
    database: Option<Schema>,
}

/// A schema of PostgreSQL of its own, removed with it.
struct Schema {
    server: String,
    name: String,
}

impl Schema {
    fn sql(server: &str, sql: &str) {
        let status =
            Command::new("psql").args(["-q", "-v", "ON_ERROR_STOP=1", server, "-c", sql]).status().unwrap();
        assert!(status.success(), "{sql}");
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        Self::sql(&self.server, &format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

impl Home {
    fn on_sqlite() -> Self {
        Self { folder: TempDir::new().unwrap(), database: None }
    }

    /// `None` without a PostgreSQL to test on.
    #[expect(clippy::disallowed_methods, reason = "tests are told from outside where PostgreSQL is")]
    fn on_postgres() -> Option<Self> {
        let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
            println!("skipped: TEST_POSTGRES_URL is not set");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let name = format!(
            "moving_{}",
            folder.path().file_name().unwrap().to_str().unwrap().replace('.', "").to_lowercase()
        );
        Schema::sql(&server, &format!("CREATE SCHEMA {name}"));
        Some(Self { folder, database: Some(Schema { server, name }) })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The options that name the database.
    fn options(&self) -> Vec<String> {
        self.database.as_ref().map_or_else(Vec::new, |schema| {
            let separator = if schema.server.contains('?') { '&' } else { '?' };
            let url = format!("{}{separator}options[search_path]={}", schema.server, schema.name);
            vec!["--database-url".to_owned(), url]
        })
    }

    fn cuaderno(&self, args: &[&str]) -> Output {
        let options = self.options();
        let args: Vec<&str> = args.iter().copied().chain(options.iter().map(String::as_str)).collect();
        run(self.path(), &args)
    }

    fn import(&self, source: &str) -> Value {
        self.cuaderno(&["import", source, "--json"]).succeeded().json()
    }

    /// Exports everything and answers the files that were written, by path; their texts do not name the folder.
    fn export(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let report = self.cuaderno(&["export", "--to", "mlruns", folder, "--json"]).succeeded().json();
        assert_eq!(report["left_out"], Value::Array(Vec::new()), "{report}");
        let root = self.path().join(folder);
        let mut files = BTreeMap::new();
        read_all(&root, "", &mut files);
        let name = format!("file://{}", root.display());
        for content in files.values_mut() {
            if let Ok(text) = std::str::from_utf8(content) {
                *content = text.replace(&name, "file://ROOT").into_bytes();
            }
        }
        // The experiment `Default` belongs to the store, and so do its times.
        let own = files.get_mut("0/meta.yaml").unwrap();
        let lines = String::from_utf8(std::mem::take(own)).unwrap();
        let kept: Vec<&str> = lines.lines().filter(|line| !line.contains("_time: ")).collect();
        *own = kept.join("\n").into_bytes();
        files
    }

    fn serve(&self) -> TestApp {
        let options = self.options();
        TestApp::start_in(self.path(), &options.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn read_all(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            read_all(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, fs::read(entry.path()).unwrap());
        }
    }
}

/// Both kinds of home that this machine has.
fn homes() -> Vec<Home> {
    [Some(Home::on_sqlite()), Home::on_postgres()].into_iter().flatten().collect()
}

fn counts(report: &Value) -> [u64; 5] {
    ["experiments_added", "runs_added", "runs_completed", "runs_present", "files"]
        .map(|key| report[key].as_u64().unwrap_or_else(|| panic!("{key}: {report}")))
}

#[tokio::test]
async fn a_folder_of_mlflow_comes_in_whole() {
    for home in homes() {
        sample::write(&home.path().join("mlruns"), 12_345);
        let report = home.import("mlruns");
        assert_eq!(counts(&report), [2, 4, 0, 0, 2], "{report}");
        assert_eq!(report["points"], 12_352);
        assert_eq!(report["left_out"], Value::Array(Vec::new()), "{report}");

        let app = home.serve();
        let found = app.get(&format!("/api/2.0/mlflow/runs/get?run_id={RUN}")).await.expect(200).json();
        let run = &found["run"];
        assert_eq!(run["info"]["status"], "FINISHED");
        assert_eq!(run["info"]["run_name"], "12e5");
        assert_eq!(run["info"]["user_id"], "ana");
        assert_eq!(run["info"]["start_time"], 1_795_833_786_704_i64);
        assert_eq!(run["info"]["end_time"], 1_795_833_794_930_i64);
        let pairs = |what: &str| -> BTreeMap<String, String> {
            let pairs = run["data"][what].as_array().unwrap().iter();
            pairs.map(|pair| (text(&pair["key"]), text(&pair["value"]))).collect()
        };
        assert_eq!(pairs("params")["multi"], "a\nb");
        assert_eq!(pairs("params")["deep/name"], "x".repeat(600));
        assert_eq!(pairs("tags")["mlflow.user"], "ana");
        let input = &run["inputs"]["dataset_inputs"][0];
        assert_eq!(input["dataset"]["name"], "cars train");
        assert_eq!(input["dataset"]["source_type"], "local");
        assert!(
            text(&input["dataset"]["schema"]).starts_with(r#"{"mlflow_colspec": [{"type": "double""#),
            "{input}"
        );
        assert_eq!(input["tags"].as_array().unwrap().len(), 2);

        let history = app
            .get(&format!("/api/2.0/mlflow/metrics/get-history?run_id={RUN}&metric_key=long"))
            .await
            .expect(200)
            .json();
        let points = history["metrics"].as_array().unwrap();
        assert_eq!(points.len(), 12_345);
        assert_eq!((&points[12_344]["step"], &points[12_344]["value"]), (&json!(12_344), &json!(344.25)));
        let stored =
            app.get(&format!("/api/v1/runs/{RUN}/artifacts/notes/%C3%B1%20file.txt")).await.expect(200);
        assert_eq!(stored.text(), "hola ñ");

        for (id, status, stage) in [
            (DELETED_RUN, "FAILED", "deleted"),
            (RUNNING_RUN, "RUNNING", "active"),
            (TRASHED_RUN, "FINISHED", "deleted"),
        ] {
            let found = app.get(&format!("/api/2.0/mlflow/runs/get?run_id={id}")).await.expect(200).json();
            let info = &found["run"]["info"];
            assert_eq!((&info["status"], &info["lifecycle_stage"]), (&json!(status), &json!(stage)), "{id}");
        }
        let found = app
            .get("/api/2.0/mlflow/experiments/get-by-name?experiment_name=old%20ideas")
            .await
            .expect(200)
            .json();
        assert_eq!(found["experiment"]["lifecycle_stage"], "deleted");
        assert_eq!(found["experiment"]["creation_time"], 1_795_833_786_607_i64);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[test]
fn what_goes_out_comes_in_again_unchanged() {
    for home in homes() {
        sample::write(&home.path().join("mlruns"), 20);
        home.import("mlruns");
        let first = home.export("out");
        assert!(first.keys().any(|path| path.ends_with("artifacts/notes/ñ file.txt")), "{:?}", first.keys());
        assert!(first.keys().any(|path| path.starts_with(".trash/")), "{:?}", first.keys());

        let again = home.import("out");
        assert_eq!(counts(&again), [0, 0, 1, 3, 0], "only the run at work is looked at again: {again}");
        assert_eq!(home.export("out"), first, "an export can be repeated");

        let other = Home::on_sqlite();
        let there = other.import(home.path().join("out").to_str().unwrap());
        assert_eq!(counts(&there), [2, 4, 0, 0, 2], "{there}");
        assert_eq!(other.export("out"), first);
    }
}

#[test]
fn an_import_can_be_killed_at_any_moment_and_repeated() {
    for home in homes() {
        let source = home.path().join("mlruns");
        sample::write(&source, 40_000);
        for run in 0..20 {
            let id = format!("{run:032x}");
            let folder = source.join(EXPERIMENT).join(&id);
            put(&folder, "meta.yaml", sample::run_meta(EXPERIMENT, &id, "many", 3, "active"));
            put(&folder, "artifacts/a.txt", id.repeat(1000));
            let lines: Vec<String> = (0..500).map(|step| format!("{step} 0.5 {step}\n")).collect();
            put(&folder, "metrics/m", lines.concat());
        }
        let mut wait = Duration::from_millis(60);
        let mut kills = 0;
        loop {
            let mut child = command(BINARY, home.path())
                .args(["import", "mlruns"])
                .args(home.options())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            std::thread::sleep(wait);
            child.kill().unwrap();
            if child.wait().unwrap().success() {
                break;
            }
            kills += 1;
            wait = wait * 3 / 2;
        }
        assert!(kills > 1, "the import was never interrupted");
        let report = home.import("mlruns");
        assert_eq!(counts(&report), [0, 0, 1, 23, 0], "{report}");

        let clean = Home::on_sqlite();
        clean.import(source.to_str().unwrap());
        assert!(
            home.export("out") == clean.export("out"),
            "an interrupted import ends as an undisturbed one"
        );
    }
}

#[test]
fn only_named_experiments_move() {
    let home = Home::on_sqlite();
    sample::write(&home.path().join("mlruns"), 0);
    let report =
        home.cuaderno(&["import", "mlruns", "--experiment", "coches: año/1", "--json"]).succeeded().json();
    assert_eq!(counts(&report), [1, 3, 0, 0, 2], "{report}");
    home.cuaderno(&["import", "mlruns", "--experiment", "nobody"]).failed(1, "`nobody` does not exist");
    home.cuaderno(&["export", "--to", "mlruns", "out", "--experiment", "nobody"]).failed(1, "`nobody`");
    home.cuaderno(&["export", "--to", "mlruns", "out", "--experiment", "Default"]).succeeded();
    assert!(!home.path().join("out").join("1").exists());
}

#[test]
fn what_cannot_come_in_is_told_and_stops_nothing() {
    let home = Home::on_sqlite();
    let source = home.path().join("mlruns");
    sample::write(&source, 0);
    let experiment = source.join(EXPERIMENT);
    put(&experiment, "traces/tr-1/trace_info.yaml", "{}");
    put(&experiment, &format!("{RUN}/params/bad(name)"), "1");
    put(&experiment, &format!("{RUN}/params/latin"), b"\xff\xfe");
    put(&experiment, &format!("{RUN}/metrics/val/broken"), "1 2 3\nwhat\n");
    put(&experiment, &format!("{:032x}/meta.yaml", 1), "run_id: [1");
    put(&experiment, &format!("{:032x}/params/lr", 2), "1");
    put(
        &experiment,
        &format!("{:032x}/meta.yaml", 3),
        sample::run_meta(EXPERIMENT, RUN, "other", 3, "active"),
    );
    put(&experiment, "not-an-id/meta.yaml", sample::run_meta(EXPERIMENT, "not-an-id", "x", 3, "active"));
    put(&source, "7/meta.yaml", sample::experiment_meta("8", "x", "active"));
    put(&source, "9/meta.yaml", sample::experiment_meta("9", "\"a\\nb\"", "active"));
    let far = sample::run_meta(EXPERIMENT, &format!("{:032x}", 4), "far", 3, "active");
    let far = far.replace("file:///home/ana/mlruns", "s3://bucket/runs");
    put(&experiment, &format!("{:032x}/meta.yaml", 4), far);

    let report = home.import("mlruns");
    assert_eq!(counts(&report)[1], 5, "{report}");
    let told: Vec<String> = report["left_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| format!("{}: {} {}", text(&reason["what"]), text(&reason["why"]), reason["examples"]))
        .collect();
    for (what, why) in [
        ("traces", "language models"),
        ("param `bad(name)`", "contains `(`"),
        ("param `latin`", "cannot be read"),
        ("metric `val/broken`", "1 of 2 lines are no points"),
        ("run", "its meta.yaml cannot be read"),
        (&format!("run `{:032x}`", 2), "it has no file meta.yaml"),
        ("run", "its meta.yaml belongs to run"),
        ("run `not-an-id`", "run id"),
        ("experiment `7`", "belongs to experiment `8`"),
        ("experiment with 0 runs", "its name contains the control character"),
        ("artifacts", "`s3://bucket/runs`, which is not on this disk"),
    ] {
        let line = told.iter().find(|line| line.starts_with(&format!("{what}: ")) && line.contains(why));
        assert!(line.is_some(), "{what}: {why} is not in {told:#?}");
    }
    assert_eq!(told.len(), 11, "{told:#?}");

    let shown = home.cuaderno(&["import", "mlruns"]).succeeded().stdout;
    assert!(
        shown.contains("Left out:\n") && shown.contains("traces of experiment `coches: año/1`: "),
        "{shown}"
    );
}

#[test]
fn places_that_are_none_are_refused_with_what_to_do() {
    let home = Home::on_sqlite();
    fs::create_dir_all(home.path().join("empty")).unwrap();
    put(home.path(), "project/mlruns/0/meta.yaml", sample::experiment_meta("0", "Default", "active"));
    put(home.path(), "text.db", "no database");
    for (source, code, message) in [
        ("nowhere", 2, "there is no folder `nowhere`"),
        ("empty", 2, "`empty` is no folder of MLflow"),
        ("project", 2, "did you mean `project/mlruns`?"),
        ("sqlite:///nowhere.db", 2, "there is no file `nowhere.db`"),
        ("sqlite:///text.db", 2, "this is no database of MLflow"),
        ("mysql://u@h/d", 2, "`mysql://` cannot be read"),
        ("http://127.0.0.1:1", 1, "http://127.0.0.1:1 cannot be reached"),
        ("postgresql+psycopg2://nobody@127.0.0.1:1/x", 1, "the database at 127.0.0.1:1 does not answer"),
        ("http://127.0.0.1:1?x=1", 2, "must end with its path"),
    ] {
        home.cuaderno(&["import", source]).failed(code, message);
    }
    home.cuaderno(&["import", "project/mlruns", "--artifacts", "nowhere"])
        .failed(2, "there is no folder `nowhere`");
    home.cuaderno(&["export", "--to", "mlruns", "project"]).failed(2, "is not empty and no earlier export");
    assert!(!home.path().join("project/.cuaderno-export").exists());
    home.cuaderno(&["export", "--to", "parquet", "out"]).failed(2, "mlruns");
}

#[test]
fn a_database_of_an_unknown_version_is_refused() {
    let home = Home::on_sqlite();
    // A database that is not MLflow's: our own.
    home.cuaderno(&["migrate"]).succeeded();
    home.cuaderno(&["import", "sqlite:///cuaderno-data/cuaderno.db"])
        .failed(2, "this is no database of MLflow");
}

#[tokio::test]
async fn a_server_is_read_as_mlflow_clients_read_it() {
    let home = Home::on_sqlite();
    sample::write(&home.path().join("mlruns"), 30_000);
    home.import("mlruns");
    let app = home.serve();

    let other = Home::on_sqlite();
    let address = app.url("");
    let report = other.import(&address);
    assert_eq!(counts(&report)[..4], [2, 4, 0, 0], "{report}");
    assert_eq!(report["points"], 30_007);
    let (here, there) = (home.export("out"), other.export("out"));
    let same = |files: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, Vec<u8>> {
        // The API does not tell when something was deleted.
        let files =
            files.iter().filter(|(path, _)| !path.contains(DELETED_RUN) && !path.contains(TRASHED_RUN));
        files.map(|(path, content)| (path.clone(), content.clone())).collect()
    };
    assert!(same(&here) == same(&there), "{:?}\n{:?}", here.keys(), there.keys());
}
