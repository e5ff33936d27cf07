//! The queue of trainings: priorities, workers, cancelling, time limits, and what happens when a worker dies.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{TestApp, client, run, train, write_sample};

/// A server in a folder with the dataset `coches`.
fn with_cars(folder: &TempDir, rows: u32, options: &[&str]) -> TestApp {
    write_sample(folder.path(), rows);
    run(folder.path(), &["data", "import", "cars.csv", "--name", "coches"]).succeeded();
    TestApp::start_in(folder.path(), options)
}

/// Queues a training; the address of its job.
async fn queue(app: &TestApp, more: Value) -> String {
    let mut job = json!({ "dataset": "coches", "target": "precio" });
    job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let taken = app.post("/api/v1/training-jobs", &job).await.expect(202);
    taken.header("location").to_owned()
}

/// A training that takes minutes.
fn endless() -> Value {
    json!({ "model": "random_forest", "params": { "n_estimators": 9000 } })
}

/// Waits until the job is in a state.
async fn until(app: &TestApp, path: &str, wanted: &str) -> Value {
    let began = Instant::now();
    loop {
        let job = app.get(path).await.expect(200).json();
        if job["state"] == wanted {
            return job;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "not {wanted}: {job}\n{}", app.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a run of the job is there.
async fn until_run(app: &TestApp, path: &str) -> String {
    let began = Instant::now();
    loop {
        let job = app.get(path).await.expect(200).json();
        if let Some(run) = job["run_id"].as_str() {
            return run.to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{job}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn status_of_run(app: &TestApp, run: &str) -> Value {
    app.cli(&["runs", "show", run, "--json"]).succeeded().json()["status"].clone()
}

#[tokio::test]
async fn a_job_whose_server_was_killed_is_begun_again() {
    let folder = TempDir::new().unwrap();
    let mut app = with_cars(&folder, 4000, &[]);
    let path = queue(&app, endless()).await;
    until(&app, &path, "running").await;
    let first_run = until_run(&app, &path).await;
    app.signal("KILL");
    app.wait(Duration::from_secs(5));

    let app = TestApp::start_in(folder.path(), &[]);
    let began = Instant::now();
    let second_run = loop {
        let run = until_run(&app, &path).await;
        if run != first_run {
            break run;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{}", app.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let job = app.get(&path).await.json();
    assert_eq!((&job["state"], &job["attempt"]), (&json!("running"), &json!(2)), "{job}");
    assert_eq!(status_of_run(&app, &first_run), "FAILED");
    app.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
    until(&app, &path, "cancelled").await;
    assert_eq!(status_of_run(&app, &second_run), "KILLED");
}

#[tokio::test]
async fn a_job_goes_back_into_the_queue_when_its_server_stops() {
    let folder = TempDir::new().unwrap();
    let mut app = with_cars(&folder, 2000, &[]);
    let path = queue(&app, endless()).await;
    let run = until_run(&app, &path).await;
    app.signal("TERM");
    assert_eq!(app.wait(Duration::from_secs(10)).code(), Some(0), "{}", app.log());
    let app = TestApp::start_in(folder.path(), &["--workers", "0"]);
    let job = app.get(&path).await.expect(200).json();
    assert_eq!((&job["state"], &job["progress"]["fraction"]), (&json!("queued"), &json!(0.0)), "{job}");
    assert_eq!(status_of_run(&app, &run), "KILLED");
}

#[tokio::test]
async fn running_jobs_of_every_kind_stop_within_a_second_and_free_their_worker() {
    let folder = TempDir::new().unwrap();
    let app = with_cars(&folder, 4500, &[]);
    for job in [
        endless(),
        // One deep tree takes long on its own.
        json!({ "model": "gradient_boosting", "params": { "n_estimators": 10_000, "num_leaves": 4000, "min_child_samples": 1 } }),
        json!({ "model": "auto", "params": { "budget_seconds": 600 } }),
        json!({ "model": "random_forest", "sweep": { "method": "grid", "values": { "n_estimators": [2000, 3000, 4000] } } }),
    ] {
        let path = queue(&app, job.clone()).await;
        let run = until_run(&app, &path).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        let next = queue(&app, json!({ "model": "linear", "folds": 0 })).await;
        let began = Instant::now();
        app.post(&format!("{path}/cancel"), &json!({})).await.expect(200);
        until(&app, &path, "cancelled").await;
        let took = began.elapsed();
        assert!(took < Duration::from_millis(1500), "{job}: {took:?}");
        assert_eq!(status_of_run(&app, &run), "KILLED");
        until(&app, &next, "finished").await;
    }
}

#[tokio::test]
async fn the_most_important_job_is_next_and_two_workers_do_two_at_once() {
    let folder = TempDir::new().unwrap();
    let app = with_cars(&folder, 1500, &["--workers", "2"]);
    let busy = [queue(&app, endless()).await, queue(&app, endless()).await];
    for path in &busy {
        until(&app, path, "running").await;
    }
    let mut paths = Vec::new();
    for priority in [0, -3, 7] {
        paths.push(queue(&app, json!({ "model": "linear", "folds": 0, "priority": priority })).await);
    }
    for path in &paths {
        assert_eq!(app.get(path).await.json()["state"], "queued");
    }
    app.post(&format!("{}/cancel", busy[0]), &json!({})).await.expect(200);
    let mut begun = Vec::new();
    for path in &paths {
        begun.push(until(&app, path, "finished").await["started_at"].as_i64().unwrap());
    }
    assert!(begun[2] < begun[0] && begun[0] < begun[1], "{begun:?}");
}

#[tokio::test]
async fn a_time_limit_ends_a_job_and_says_so() {
    let folder = TempDir::new().unwrap();
    let app = with_cars(&folder, 2000, &[]);
    let mut job = endless();
    job["time_limit"] = json!(1);
    let path = queue(&app, job).await;
    let job = until(&app, &path, "failed").await;
    assert!(job["error"].as_str().unwrap().contains("time limit of 1 s"), "{job}");
    assert_eq!(status_of_run(&app, job["run_id"].as_str().unwrap()), "FAILED");
    write_sample(folder.path(), 1000);
    let forest = ["--model", "random_forest", "--param", "n_estimators=9000", "--time-limit", "1s"];
    let args = [&["train", "cars.csv", "--target", "precio"], &forest[..]].concat();
    app.cli(&args).failed(2, "time limit of 1 s");
}

#[tokio::test]
async fn events_tell_of_a_job_until_its_end() {
    let folder = TempDir::new().unwrap();
    let mut app = with_cars(&folder, 1000, &[]);
    let boosting = json!({ "model": "gradient_boosting", "params": { "n_estimators": 60 } });
    let path = queue(&app, boosting).await;
    let text = app.get(&format!("{path}/events")).await.expect(200).text();
    let data = |event: &str| -> Vec<Value> {
        let wanted = format!("event: {event}\n");
        let blocks = text.split("\n\n").filter(|block| block.contains(&wanted));
        let json = blocks.filter_map(|block| block.lines().find_map(|line| line.strip_prefix("data: ")));
        json.map(|json| serde_json::from_str(json).unwrap()).collect()
    };
    let (statuses, lines) = (data("status"), data("line"));
    assert_eq!(statuses.last().unwrap()["state"], "finished", "{text}");
    let curve = |key: &str| lines.iter().filter(|line| line["metric"]["key"] == key).count();
    assert_eq!((curve("train_loss"), curve("cv_rmse")), (20, 5), "{text}");
    let numbers: Vec<i64> = lines.iter().map(|line| line["line"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| b - a == 1) && numbers[0] == 1, "{numbers:?}");

    // Followers do not hold up the end.
    let path = queue(&app, endless()).await;
    until(&app, &path, "running").await;
    let mut following = client().get(app.url(&format!("{path}/events"))).send().await.unwrap();
    assert!(following.chunk().await.unwrap().is_some());
    let began = Instant::now();
    app.signal("TERM");
    assert_eq!(app.wait(Duration::from_secs(10)).code(), Some(0), "{}", app.log());
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn jobs_can_be_watched_and_stopped_from_the_terminal() {
    let folder = TempDir::new().unwrap();
    let app = with_cars(&folder, 1000, &[]);
    let path = queue(&app, json!({ "model": "linear" })).await;
    let id = path.rsplit('/').next().unwrap();
    let followed = app.cli(&["jobs", "follow", id]).succeeded().stdout;
    assert!(followed.contains("fold 5 of 5") && followed.contains("finished"), "{followed}");
    let events = app.cli(&["jobs", "follow", id, "--json"]).succeeded().stdout;
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!((&last["event"], &last["status"]["state"]), (&json!("status"), &json!("finished")));
    let shown = app.cli(&["jobs", "show", id]).succeeded().stdout;
    assert!(shown.contains("state       finished") && shown.contains("attempt 1 begins"), "{shown}");
    assert_eq!(app.cli(&["jobs", "list", "--json"]).succeeded().json()[0]["job_id"], id);
    app.cli(&["jobs", "cancel", id]).failed(1, "finished");
    app.cli(&["jobs", "show", &"0".repeat(32)]).failed(1, "does not exist");
    app.cli(&["jobs", "show", "x"]).failed(2, "hexadecimal");

    let path = queue(&app, endless()).await;
    let id = path.rsplit('/').next().unwrap();
    until(&app, &path, "running").await;
    assert!(app.cli(&["jobs", "list"]).succeeded().stdout.contains("running"));
    app.cli(&["jobs", "cancel", id]).succeeded();
    app.cli(&["jobs", "follow", id]).failed(1, "cancelled");
}

#[test]
fn a_sweep_becomes_child_runs_and_a_leaderboard() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 400);
    let options = [
        "--model",
        "random_forest",
        "--param",
        "n_estimators=5",
        "--sweep",
        "grid",
        "--values",
        "max_depth=2,12",
        "--values",
        "min_samples_leaf=1,5",
        "--experiment",
        "barrido",
    ];
    let results = train(folder.path(), &options);
    let candidates = results[0]["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 4);
    let losses: Vec<f64> =
        candidates.iter().map(|candidate| candidate["metrics"]["cv_rmse"].as_f64().unwrap()).collect();
    assert!(losses.is_sorted(), "{losses:?}");
    let best = &candidates[0]["params"];
    assert_eq!((&best["max_depth"], &best["n_estimators"]), (&json!("12"), &json!("5")));
    assert_eq!(results[0]["params"], *best);

    let parent = results[0]["run_id"].as_str().unwrap();
    let filter = format!("tags.`mlflow.parentRunId` = '{parent}'");
    let children = run(folder.path(), &["runs", "list", "--filter", &filter, "--json"]).succeeded().json();
    assert_eq!(children.as_array().unwrap().len(), 4);
    let shown = run(folder.path(), &["runs", "show", parent, "--json"]).succeeded().json();
    let param = |key: &str| {
        let params = shown["params"].as_array().unwrap();
        params.iter().find(|param| param["key"] == key).map(|param| param["value"].clone())
    };
    assert_eq!(param("sweep.max_depth"), Some(json!("2, 12")));
    assert_eq!(param("max_depth"), Some(best["max_depth"].clone()));

    let mut told = vec!["train", "cars.csv", "--target", "precio"];
    let drawn = ["--model", "ridge", "--sweep", "halving", "--values", "alpha=0.01..100", "--trials", "9"];
    told.extend(drawn);
    let told = run(folder.path(), &told).succeeded().stdout;
    assert!(told.contains("Candidates of `ridge`") && told.contains("alpha="), "{told}");
    let refused = |more: &[&str]| {
        let args = [&["train", "cars.csv", "--target", "precio", "--model", "ridge"], more].concat();
        run(folder.path(), &args)
    };
    refused(&["--sweep", "grid"]).failed(2, "--values");
    refused(&["--sweep", "grid", "--values", "alpha=0.1..1"]).failed(2, "alpha");
    refused(&["--sweep", "grid", "--values", "beta=1"]).failed(2, "`beta`");
    refused(&["--sweep", "all", "--values", "alpha=1"]).failed(2, "grid");
    refused(&["--sweep", "grid", "--values", "alpha=1", "--folds", "0"]).failed(2, "`folds`");
}

#[test]
fn a_learning_curve_is_recorded_when_asked_for() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 300);
    let trained = train(folder.path(), &["--model", "linear", "--learning-curve"]);
    let shown = run(folder.path(), &["runs", "show", trained[0]["run_id"].as_str().unwrap(), "--json"]);
    let shown = shown.succeeded().json();
    let metrics = shown["metrics"].as_array().unwrap();
    let curve = metrics.iter().find(|metric| metric["key"] == "curve_test_rmse").unwrap();
    assert_eq!((&curve["count"], &curve["last"]["step"]), (&json!(5), &json!(240)), "{curve}");
    // The last point knows all rows, in another order.
    let error =
        curve["last"]["value"].as_f64().unwrap() - trained[0]["metrics"]["test_rmse"].as_f64().unwrap();
    assert!(error.abs() < 1e-3, "{curve}");
}

#[test]
fn a_run_can_be_trained_again_to_the_last_bit() {
    let folder = TempDir::new().unwrap();
    write_sample(folder.path(), 300);
    let boosting = [
        "--model",
        "gradient_boosting",
        "--param",
        "n_estimators=20",
        "--param",
        "subsample=0.7",
        "--seed",
        "9",
    ];
    let auto = ["--model", "auto", "--budget", "3s", "--exclude", "color"];
    let sweep = ["--model", "knn", "--sweep", "random", "--values", "n_neighbors=2..30", "--trials", "3"];
    let classes = ["--model", "random_forest", "--param", "n_estimators=5", "--task", "classification"];
    for (target, options) in
        [("precio", &boosting[..]), ("precio", &auto), ("precio", &sweep), ("tipo_combustible", &classes)]
    {
        let args = [&["train", "cars.csv", "--json", "--target", target], options].concat();
        let first = run(folder.path(), &args).succeeded().json();
        let id = first[0]["run_id"].as_str().unwrap();
        let again = run(folder.path(), &["runs", "reproduce", id, "--json"]).succeeded().json();
        let found = &again["reproduction"];
        assert_eq!((&found["is_equal"], &found["origin_run_id"]), (&json!(true), &json!(id)), "{found}");
        assert_eq!(again["metrics"]["test_rmse"], first[0]["metrics"]["test_rmse"]);
        assert!(found["metrics"].as_array().unwrap().len() >= 8, "{found}");
        assert_eq!(
            again["candidates"].as_array().unwrap().len(),
            first[0]["candidates"].as_array().unwrap().len()
        );
        let shown =
            run(folder.path(), &["runs", "show", again["run_id"].as_str().unwrap()]).succeeded().stdout;
        assert!(shown.contains("cuaderno.reproduces") && shown.contains(id), "{shown}");
        let told = run(folder.path(), &["runs", "reproduce", id]).succeeded().stdout;
        assert!(told.contains("same to the last bit"), "{told}");
    }
    run(folder.path(), &["runs", "reproduce", &"0".repeat(32)]).failed(1, "does not exist");
}
