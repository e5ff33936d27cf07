//! The example that a new installation starts with: a used-car market, three models, a champion.

use bytes::Bytes;
use tracing::instrument;
use types::{
    Algorithm, DatasetName, ExperimentName, ModelName, NewTrainingJob, Progress, RunId, RunName,
    TrainingSpec, algorithm::RandomForest,
};

use crate::{Ctx, Result, datasets, experiments, models, training};

/// Experiment that the example's runs belong to.
pub const EXPERIMENT: &str = "prediccion_precios_automoviles";

/// Rows of the example's dataset.
const ROWS: usize = 10_000;

/// Seed of the example's dataset.
const SEED: u64 = 42;

/// Setting that says how far the example is.
const SETTING: &str = "sample";

/// What [`fill`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The store was not empty, so nothing.
    AlreadyFilled,
    /// Trained and promoted.
    Filled {
        /// The run that became the champion.
        best: RunId,
    },
}

/// Makes a used-car market as CSV: the 14 fields of a car and `precio`, in US dollars.
#[must_use]
pub fn csv(rows: usize, seed: u64) -> String {
    ml::sample::used_cars(rows, seed)
}

/// Fills an empty store: imports the example's dataset, trains three models, promotes the best.
///
/// Interrupted half-way, it goes on where it stopped. A store that holds anything else is left alone.
///
/// # Errors
///
/// Whatever the trainings run into.
#[instrument(name = "sample.fill", skip_all)]
pub async fn fill(ctx: &Ctx, on_progress: &(dyn Fn(Progress) + Send + Sync)) -> Result<Outcome> {
    let state = ctx.store().setting(SETTING).await?;
    if state.as_deref() == Some("filled") || (state.is_none() && !is_empty(ctx).await?) {
        return Ok(Outcome::AlreadyFilled);
    }
    ctx.store().set_setting(SETTING, "filling").await?;

    let content = tokio::task::spawn_blocking(|| csv(ROWS, SEED)).await?;
    let dataset =
        datasets::import_csv(ctx, DatasetName::parse("automoviles_usados")?, "sample", Bytes::from(content))
            .await?;
    let trainings = trainings();
    let count = trainings.len();
    for (position, (name, algorithm)) in trainings.into_iter().enumerate() {
        let spec = TrainingSpec::new("precio", algorithm);
        let new = NewTrainingJob {
            run_name: Some(RunName::parse(name)?),
            ..NewTrainingJob::new(ExperimentName::parse(EXPERIMENT)?, &dataset.digest, spec)
        };
        training::train(ctx, new, &|progress| {
            #[expect(clippy::cast_precision_loss, reason = "a handful of trainings")]
            let fraction = (position as f64 + progress.fraction) / count as f64;
            let stage = format!("{name}: {}", progress.stage);
            on_progress(Progress { fraction, stage, ..Progress::default() });
        })
        .await?;
    }

    let experiment = experiments::get_by_name(ctx, &ExperimentName::parse(EXPERIMENT)?).await?;
    let best = ctx
        .store()
        .best_run(experiment.id, &experiment.goal)
        .await?
        .ok_or_else(|| crate::Error::not_found("finished run of experiment", EXPERIMENT))?;
    models::promote(ctx, &best, &ModelName::cars(), models::Checks::Waived).await?;
    ctx.store().set_setting(SETTING, "filled").await?;
    Ok(Outcome::Filled { best })
}

/// The models of the example, weakest first, so that the first page a newcomer opens has something soon.
fn trainings() -> Vec<(&'static str, Algorithm)> {
    let forest = |trees, depth| RandomForest {
        n_estimators: trees,
        max_depth: Some(depth),
        min_samples_split: 5,
        min_samples_leaf: 2,
        ..RandomForest::default()
    };
    vec![
        ("linear", Algorithm::linear()),
        ("random_forest_20", forest(20, 8).into()),
        ("random_forest_100", forest(100, 20).into()),
    ]
}

async fn is_empty(ctx: &Ctx) -> Result<bool> {
    let has_runs = experiments::list(ctx).await?.iter().any(|summary| summary.run_count > 0);
    Ok(!has_runs && datasets::list(ctx).await?.is_empty() && models::list(ctx).await?.is_empty())
}
