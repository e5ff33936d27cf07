//! What is known about models beyond their scores.

use http::{Method, StatusCode};
use serde_json::{Value, json};
use types::{DatasetName, ExperimentName, NewTrainingJob, RunId, TrainingSpec};

use crate::TestApp;

impl TestApp {
    /// Trains on 400 sample cars.
    async fn trained(&self, spec: TrainingSpec) -> RunId {
        let csv = domain::sample::csv(400, 11).into_bytes().into();
        let name = DatasetName::parse("sample").unwrap();
        let dataset = domain::datasets::import_csv(&self.ctx, name, "sample", csv).await.unwrap();
        let experiment = ExperimentName::parse("cars").unwrap();
        let job = NewTrainingJob::new(experiment, dataset.digest, spec);
        domain::training::train(&self.ctx, job, &|_| {}).await.unwrap().run_id
    }

    async fn promote(&self, run: &RunId, checks: bool) -> (StatusCode, Value) {
        let body = json!({"run_id": run, "require_checks": checks});
        let answer = self.json(Method::POST, "/api/v1/models/automoviles/promotions", &body).await;
        (answer.status, answer.value())
    }
}

fn line() -> TrainingSpec {
    TrainingSpec::new("precio", types::Algorithm::linear())
}

#[tokio::test]
async fn a_training_tells_where_its_model_errs_and_how_it_answers() {
    let app = TestApp::start().await;
    let run = app.trained(line()).await;

    let found = app.get(&format!("/api/v1/runs/{run}/evaluation")).await.value();

    assert_eq!((&found["target"], &found["test_rows"]), (&json!("precio"), &json!(80)));
    let columns = |list: &str| found[list].as_array().unwrap().len();
    assert_eq!((columns("importance"), columns("segments"), columns("curves")), (14, 14, 14));
    let rows: u64 = found["segments"][0]["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|segment| segment["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, 80, "every row is in one segment");
    let kept = json!({"column": "kilometraje", "finding": "kept", "direction": "decreasing"});
    assert!(found["findings"].as_array().unwrap().contains(&kept), "{}", found["findings"]);
    let files = app.get(&format!("/api/v1/runs/{run}/artifacts")).await.text();
    for file in ["test_predictions.csv", "plots/partial_dependence_1.svg", "plots/coverage.svg"] {
        assert!(files.contains(file), "{file}: {files}");
    }
    let other = app.run().await;
    assert_eq!(app.get(&format!("/api/v1/runs/{other}/evaluation")).await.status, 404);
}

#[tokio::test]
async fn two_runs_are_compared_on_the_rows_that_both_predicted() {
    let app = TestApp::start().await;
    let (first, same) = (app.trained(line()).await, app.trained(line()).await);
    let excluded = ["marca", "año", "kilometraje", "potencia", "tipo_carroceria", "cilindrada", "peso"];
    let worse = TrainingSpec { excluded: excluded.map(str::to_owned).to_vec(), ..line() };
    let worse = app.trained(worse).await;

    let compared = app.get(&format!("/api/v1/runs/{first}/comparison/{same}")).await.value();
    let zero = json!({"rows": 80, "mean": 0.0, "low": 0.0, "high": 0.0});
    assert_eq!(compared, json!({"difference": zero, "is_same_rows": true}));

    let compared = app.get(&format!("/api/v1/runs/{first}/comparison/{worse}")).await.value();
    assert!(compared["difference"]["low"].as_f64().unwrap() > 0.0, "{compared}");

    let other = app.run().await;
    assert_eq!(app.get(&format!("/api/v1/runs/{first}/comparison/{other}")).await.status, 404);
}

#[tokio::test]
async fn a_promotion_can_require_that_curves_keep_their_rules() {
    let app = TestApp::start().await;
    let odd = TrainingSpec { expected: vec!["kilometraje=increasing".parse().unwrap()], ..line() };
    let (good, odd) = (app.trained(line()).await, app.trained(odd).await);

    let (status, refused) = app.promote(&odd, true).await;
    assert_eq!(status, 400);
    let told = refused["detail"].as_str().unwrap();
    assert!(told.contains("As `kilometraje` grows, the prediction falls in 100.0 % of the steps"), "{told}");
    assert_eq!(app.get("/api/v1/models").await.value()["models"], json!([]), "nothing is registered");

    assert_eq!(app.promote(&odd, false).await.0, 201);
    let (status, version) = app.promote(&good, true).await;
    assert_eq!(
        (status.as_u16(), &version["version"], &version["aliases"]),
        (201, &json!(2), &json!(["champion"]))
    );
}
