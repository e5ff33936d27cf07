//! What a training leaves behind: a run with params, metrics, dataset, model file and plots.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::stream;
use ml::search::{Choice, Member, Trial};
use serde_json::json;
use types::{
    ArtifactPath, Batch, DataFinding, DataSplit, Dataset, DatasetInput, Evaluation, Experiment, Metric,
    MetricKey, MetricPoint, NewRun, Param, ParamKey, Run, RunName, RunStatus, RunUpdate, Tag, TagKey, Task,
    TrainingJob,
};

use super::folder::Folder;
use super::{DATA_FINDINGS_PATH, ESTIMATOR_TAG, LOGGED_MODELS_TAG, MODEL_PATH, NO_ONNX_TAG, plots};
use crate::{Ctx, Result, artifacts, evaluation, runs};

/// What the computing thread hands back.
pub(super) struct Outcome {
    pub(super) fitted: ml::Fitted,
    /// The model as an ONNX file, or why there is none.
    pub(super) onnx: std::result::Result<Vec<u8>, String>,
    pub(super) found: Found,
    /// What models of this kind give on training rows that they did not learn from; none without folds.
    pub(super) measured: Option<ml::Measured>,
    /// What a search chose.
    pub(super) choice: Option<Choice>,
    /// Wall time of the fit, in seconds.
    pub(super) fit_seconds: f64,
    /// Wall time of predicting the training and test rows, in seconds.
    pub(super) predict_seconds: f64,
}

/// What the model gives on the training and the test rows.
pub(super) enum Found {
    /// Numbers.
    Numbers { report: ml::Report, evaluation: Box<Evaluation> },
    /// Classes.
    Classes(ml::ClassReport),
}

impl Found {
    /// The metrics of the run.
    fn metrics(&self) -> Vec<(String, f64)> {
        match self {
            Self::Numbers { report, .. } => numbers(report),
            Self::Classes(report) => {
                let train =
                    report.train.named().into_iter().map(|(name, value)| (format!("train_{name}"), value));
                let test =
                    report.test.named().into_iter().map(|(name, value)| (format!("test_{name}"), value));
                train.chain(test).collect()
            }
        }
    }
}

fn numbers(report: &ml::Report) -> Vec<(String, f64)> {
    let mut values = vec![
        ("train_rmse", report.train.rmse),
        ("train_mae", report.train.mae),
        ("train_r2", report.train.r2),
        ("test_rmse", report.test.rmse),
        ("test_mae", report.test.mae),
        ("test_r2", report.test.r2),
        ("test_median_absolute_error", report.test.median_absolute_error),
        ("test_bias", report.test.bias),
    ];
    values.extend(report.test.mape.map(|mape| ("test_mape", mape)));
    let promised = report.calibration.iter().flat_map(|calibration| &calibration.levels);
    if let Some(coverage) =
        promised.into_iter().find(|level| (level.nominal - types::RANGE_COVERAGE).abs() < 1e-9)
    {
        values.extend([("test_coverage_80", coverage.actual), ("test_range_width_80", coverage.mean_width)]);
    }
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Starts the run of a job and writes down what is known before training.
pub(super) async fn begin(
    ctx: &Ctx,
    job: &TrainingJob,
    experiment: &Experiment,
    dataset: &Dataset,
    task: Task,
) -> Result<Run> {
    let algorithm = &job.spec.algorithm;
    let new = NewRun {
        experiment_id: experiment.id,
        name: job.run_name.clone(),
        user: String::new(),
        started_at: None,
        tags: vec![
            tag(ESTIMATOR_TAG, algorithm.estimator(task))?,
            tag("cuaderno.job_id", job.id.as_str())?,
            tag("cuaderno.version", env!("CARGO_PKG_VERSION"))?,
            tag("mlflow.source.name", "cuaderno")?,
            tag("mlflow.source.type", "JOB")?,
        ],
    };
    let run = runs::create(ctx, new).await?;

    let mut params = vec![
        param("model", algorithm.name())?,
        param("target", &job.spec.target)?,
        param("task", task.as_str())?,
        param("target_transform", job.spec.transform.as_str())?,
        param("folds", &job.spec.cross_validation.folds.to_string())?,
    ];
    if !job.spec.excluded.is_empty() {
        params.push(param("excluded", &job.spec.excluded.join(", "))?);
    }
    if !dataset.edits.kinds.is_empty() {
        let told = |(column, kind): (&String, &types::ColumnKind)| format!("{column}={}", kind.as_str());
        params.push(param(
            "column_types",
            &dataset.edits.kinds.iter().map(told).collect::<Vec<_>>().join(", "),
        )?);
    }
    if let Some(weight) = &job.spec.weight {
        params.push(param("weight", weight)?);
    }
    for (key, value) in algorithm.params() {
        params.push(param(key, &value)?);
    }
    match &job.spec.split {
        DataSplit::Random { test_size, random_state } => {
            params.push(param("split", "random")?);
            params.push(param("split.test_size", &test_size.to_string())?);
            params.push(param("split.random_state", &random_state.to_string())?);
        }
        DataSplit::Rows { train, test } => {
            params.push(param("split", "rows")?);
            params.push(param("split.train_rows", &train.len().to_string())?);
            params.push(param("split.test_rows", &test.len().to_string())?);
        }
        DataSplit::Grouped { column, test_size, random_state } => {
            params.push(param("split", "grouped")?);
            params.push(param("split.column", column)?);
            params.push(param("split.test_size", &test_size.to_string())?);
            params.push(param("split.random_state", &random_state.to_string())?);
        }
        DataSplit::Time { column, test_size } => {
            params.push(param("split", "time")?);
            params.push(param("split.column", column)?);
            params.push(param("split.test_size", &test_size.to_string())?);
        }
    }
    runs::log_batch(ctx, &run.id, Batch { params, ..Batch::default() }).await?;
    let input = DatasetInput {
        name: dataset.name.to_string(),
        digest: dataset.digest.clone(),
        context: "training".to_owned(),
        details: None,
    };
    ctx.store().insert_inputs(&run.id, &[input], &[]).await?;
    Ok(run)
}

/// Writes down what the target and the split show about the data.
pub(super) async fn findings(ctx: &Ctx, run: &Run, findings: &[DataFinding]) -> Result<()> {
    let content = Bytes::from(serde_json::to_vec_pretty(findings)?);
    let content = stream::once(async move { Ok(content) });
    artifacts::put(ctx, &run.id, &ArtifactPath::parse(DATA_FINDINGS_PATH)?, content).await?;
    Ok(())
}

/// Writes down what the training gave and ends the run; returns the last value of each metric.
pub(super) async fn finish(ctx: &Ctx, run: &Run, outcome: &Outcome) -> Result<BTreeMap<String, f64>> {
    let mut values = outcome.found.metrics();
    values.push(("fit_seconds".to_owned(), outcome.fit_seconds));
    values.push(("predict_seconds".to_owned(), outcome.predict_seconds));
    values.extend(outcome.measured.iter().flat_map(cross_validated));
    if let Some(choice) = &outcome.choice {
        values.push(("trials".to_owned(), f64::from(choice.trial_count)));
    }
    let now = ctx.now();
    let mut metrics = Vec::new();
    for (key, value) in &values {
        metrics.push(Metric {
            key: MetricKey::parse(key)?,
            point: MetricPoint { value: *value, step: 0, timestamp: now },
        });
    }
    for history in &outcome.fitted.history {
        let key = MetricKey::parse(history.key)?;
        metrics.extend(history.points.iter().map(|(step, value)| Metric {
            key: key.clone(),
            point: MetricPoint { value: *value, step: *step, timestamp: now },
        }));
    }
    let chosen: Vec<Param> =
        outcome.choice.iter().map(|choice| param("chosen", &told(choice))).collect::<Result<_>>()?;
    // A search may have chosen another kind than the one asked for.
    let mut tags = vec![tag(ESTIMATOR_TAG, outcome.fitted.model.estimator())?];
    let folder = Folder::new(&outcome.fitted.model, &outcome.onnx, &run.id, now, ctx.new_id())?;
    tags.push(tag(LOGGED_MODELS_TAG, &folder.history)?);
    if let Some(obstacle) = &folder.obstacle {
        tags.push(tag(NO_ONNX_TAG, obstacle)?);
    }
    // Files first: a run that says FINISHED has them all.
    write_files(ctx, run, outcome, folder.files).await?;
    runs::log_batch(ctx, &run.id, Batch { metrics, params: chosen, tags, ..Batch::default() }).await?;
    runs::update(ctx, &run.id, RunUpdate { status: Some(RunStatus::Finished), ..RunUpdate::default() })
        .await?;
    Ok(values.into_iter().collect())
}

/// Records a candidate of a search as a run below that of the search.
pub(super) async fn trial(ctx: &Ctx, parent: &Run, number: u32, trial: &Trial) -> Result<()> {
    let new = NewRun {
        experiment_id: parent.experiment_id,
        name: Some(RunName::parse(&format!("trial_{number:03}_{}", trial.algorithm.name()))?),
        user: String::new(),
        started_at: None,
        tags: vec![
            tag("mlflow.parentRunId", parent.id.as_str())?,
            tag(ESTIMATOR_TAG, trial.algorithm.estimator(trial.measured.task()))?,
            tag("cuaderno.is_complete", if trial.is_complete { "true" } else { "false" })?,
            tag("mlflow.source.name", "cuaderno")?,
            tag("mlflow.source.type", "JOB")?,
        ],
    };
    let run = runs::create(ctx, new).await?;
    let mut params =
        vec![param("model", trial.algorithm.name())?, param("target_transform", trial.transform.as_str())?];
    for (key, value) in trial.algorithm.params() {
        params.push(param(key, &value)?);
    }
    let now = ctx.now();
    let mut metrics = Vec::new();
    for (key, value) in cross_validated(&trial.measured) {
        metrics.push(Metric {
            key: MetricKey::parse(&key)?,
            point: MetricPoint { value, step: 0, timestamp: now },
        });
    }
    runs::log_batch(ctx, &run.id, Batch { params, metrics, ..Batch::default() }).await?;
    runs::update(ctx, &run.id, RunUpdate { status: Some(RunStatus::Finished), ..RunUpdate::default() })
        .await?;
    Ok(())
}

fn cross_validated(measured: &ml::Measured) -> Vec<(String, f64)> {
    measured.named().into_iter().map(|(name, value)| (format!("cv_{name}"), value)).collect()
}

/// What a search chose, in one line: `0.65 ridge(degree=2, …; log) + 0.35 gradient_boosting(…; log)`.
fn told(choice: &Choice) -> String {
    let member = |member: &Member| {
        let params: Vec<String> =
            member.algorithm.params().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (name, scale) = (member.algorithm.name(), member.transform.as_str());
        format!("{:.2} {name}({}; {scale})", member.weight, params.join(", "))
    };
    choice.members.iter().map(member).collect::<Vec<_>>().join(" + ")
}

async fn write_files(ctx: &Ctx, run: &Run, outcome: &Outcome, folder: Vec<(String, Vec<u8>)>) -> Result<()> {
    let environment = json!({
        "cuaderno": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "cpus": std::thread::available_parallelism().map_or(1, usize::from),
    });
    let mut files = vec![
        (MODEL_PATH.to_owned(), outcome.fitted.model.to_bytes()?),
        ("environment.json".to_owned(), serde_json::to_vec_pretty(&environment)?),
    ];
    files.extend(folder);
    let plots = match &outcome.found {
        Found::Numbers { report, evaluation } => {
            files.push((evaluation::PATH.to_owned(), serde_json::to_vec_pretty(evaluation)?));
            files.push((
                evaluation::PREDICTIONS_PATH.to_owned(),
                evaluation::predictions_file(&report.test_rows, &outcome.fitted.model),
            ));
            plots::of_numbers(report, evaluation)?
        }
        Found::Classes(report) => plots::of_classes(report)?,
    };
    files.extend(plots.into_iter().map(|(path, plot)| (path, plot.into_file().into_bytes())));
    for (path, content) in files {
        let content = stream::once(async move { Ok(Bytes::from(content)) });
        artifacts::put(ctx, &run.id, &ArtifactPath::parse(&path)?, content).await?;
    }
    Ok(())
}

fn tag(key: &str, value: &str) -> Result<Tag> {
    Ok(Tag { key: TagKey::parse(key)?, value: value.to_owned() })
}

fn param(key: &str, value: &str) -> Result<Param> {
    Ok(Param { key: ParamKey::parse(key)?, value: value.to_owned() })
}
