//! One run comes in.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use futures::TryStreamExt;
use moving::Source;
use moving::record::{self, Fault, Point};
use store::BatchOutcome;
use types::{ArtifactPath, Batch, ExperimentId, Metric, MetricKey, MetricPoint, Millis, Run, RunId};

use super::convert;
use super::report::{RunKind, RunOutcome};
use crate::{Ctx, Result};

/// How often a step is tried again when others hold the store, and the pause before.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);

/// Brings in a run, or what is still missing of it.
pub(super) async fn import(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    home: ExperimentId,
    id: &RunId,
) -> Result<RunOutcome> {
    let mut outcome = RunOutcome {
        id: id.to_string(),
        kind: RunKind::Unreadable,
        points: 0,
        files: 0,
        file_bytes: 0,
        faults: Vec::new(),
    };
    let foreign = match source.run(experiment, id.as_str()).await {
        Ok(foreign) => foreign,
        Err(error) if error.is_about_one_thing() => {
            outcome.faults.push(Fault::new("run", error.to_string()));
            return Ok(outcome);
        }
        Err(error) => return Err(error.into()),
    };
    outcome.faults.extend(foreign.faults.iter().cloned());
    let run = convert::run(id, home, &foreign, &mut outcome.faults)?;
    outcome.kind = begin(ctx, run, &mut outcome.faults).await?;
    if outcome.kind == RunKind::Present {
        return Ok(outcome);
    }
    history(ctx, source, experiment, &foreign, id, &mut outcome).await?;
    files(ctx, source, experiment, &foreign, id, &mut outcome).await?;
    let end = convert::end(&foreign, &mut outcome.faults);
    patiently(|| ctx.store().end_imported_run(id, end)).await?;
    Ok(outcome)
}

/// Makes the run, or completes the params, tags and inputs of one that is here.
async fn begin(ctx: &Ctx, run: Run, faults: &mut Vec<Fault>) -> Result<RunKind> {
    match patiently(|| ctx.store().insert_run(&run)).await {
        Ok(()) => return Ok(RunKind::Added),
        Err(store::Error::Taken { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut batch = Batch { metrics: Vec::new(), params: run.params, tags: run.tags };
    loop {
        match patiently(|| ctx.store().insert_batch(&run.id, &batch)).await? {
            BatchOutcome::Stored => break,
            // Deleted a moment ago; it cannot be gone, runs are not removed.
            BatchOutcome::Deleted | BatchOutcome::NoRun => return Ok(RunKind::Present),
            BatchOutcome::ParamChanged { key, stored } => {
                faults.push(Fault::new(
                    format!("param `{key}`"),
                    format!("it is `{stored}` here, which stays"),
                ));
                batch.params.retain(|param| param.key != key);
            }
        }
    }
    patiently(|| ctx.store().insert_inputs(&run.id, &run.inputs, &[])).await?;
    Ok(RunKind::Completed)
}

/// Adds the points of all metrics, part by part.
async fn history(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    foreign: &record::Run,
    id: &RunId,
    outcome: &mut RunOutcome,
) -> Result<()> {
    let mut keys = Keys::default();
    let mut parts = source.points(experiment, foreign);
    loop {
        let part = match parts.try_next().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(()),
            Err(error) if error.is_about_one_thing() => {
                outcome.faults.push(Fault::new("history", error.to_string()));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        outcome.faults.extend(part.faults);
        let metrics: Vec<Metric> =
            part.items.into_iter().filter_map(|point| keys.metric(point, &mut outcome.faults)).collect();
        if metrics.is_empty() {
            continue;
        }
        outcome.points += metrics.len() as u64;
        let batch = Batch { metrics, ..Batch::default() };
        patiently(|| ctx.store().insert_batch(id, &batch)).await?;
    }
}

/// Names of metrics that were checked before; a history repeats them endlessly.
#[derive(Debug, Default)]
struct Keys(HashMap<String, Option<MetricKey>>);

impl Keys {
    fn metric(&mut self, point: Point, faults: &mut Vec<Fault>) -> Option<Metric> {
        let Point { key, value, step, timestamp } = point;
        if !self.0.contains_key(&key) {
            let parsed = MetricKey::parse(&key).map_err(|error| {
                faults.push(Fault::new(format!("metric `{key}`"), format!("its key {}", error.problem)));
            });
            self.0.insert(key.clone(), parsed.ok());
        }
        let key = self.0.get(&key)?.clone()?;
        Some(Metric { key, point: MetricPoint { value, step, timestamp: Millis(timestamp) } })
    }
}

/// Stores the files that are not here in the same size.
async fn files(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    foreign: &record::Run,
    id: &RunId,
    outcome: &mut RunOutcome,
) -> Result<()> {
    let found = source.files(experiment, foreign).await?;
    outcome.faults.extend(found.faults);
    let here: HashMap<ArtifactPath, i64> = match outcome.kind {
        RunKind::Completed => {
            let stored = ctx.store().artifacts(id).await?;
            stored.into_iter().map(|artifact| (artifact.path, artifact.size_bytes)).collect()
        }
        _ => HashMap::new(),
    };
    for file in found.items {
        let mut fault = |why: String| outcome.faults.push(Fault::new(format!("file `{}`", file.path), why));
        let path = match ArtifactPath::parse(&file.path) {
            Ok(path) => path,
            Err(error) => {
                fault(format!("its path {}", error.problem));
                continue;
            }
        };
        if here.get(&path).is_some_and(|size| u64::try_from(*size) == Ok(file.size)) {
            continue;
        }
        let content = match source.read(&file).await {
            Ok(content) => content,
            Err(error @ moving::Error::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                fault(error.to_string());
                continue;
            }
        };
        match ctx.store().put_artifact(id, &path, content).await {
            Ok(artifact) => {
                outcome.files += 1;
                outcome.file_bytes += u64::try_from(artifact.size_bytes).unwrap_or(0);
            }
            Err(store::Error::Upload(error)) => fault(format!("reading it failed: {error}")),
            Err(error @ store::Error::PathTaken { .. }) => fault(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Repeats a step while others hold the store: an import of hours should not end for that.
async fn patiently<T, F: Future<Output = std::result::Result<T, store::Error>>>(
    step: impl Fn() -> F,
) -> std::result::Result<T, store::Error> {
    for _ in 1..TRIES {
        match step().await {
            Err(store::Error::Busy) => tokio::time::sleep(PAUSE).await,
            result => return result,
        }
    }
    step().await
}
