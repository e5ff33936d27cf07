//! One run comes in.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use futures::TryStreamExt;
use moving::Source;
use moving::record::{self, Fault, Point};
use store::{BatchOutcome, RunEnd};
use types::{
    ArtifactOwner, Batch, ExperimentId, Metric, MetricKey, MetricPoint, Millis, Run, RunId, RunModel,
};

use super::report::{Amount, Kind};
use super::{convert, files};
use crate::{Ctx, Result};

/// How often a step is tried again when others hold the store, and the pause before.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);

/// A run that has come in, but for its logged models, which come later: it has to wait for its end.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) id: RunId,
    links: Vec<RunModel>,
    end: RunEnd,
}

/// Brings in a run, or what is still missing of it. A run with logged models is added to `waiting` instead of being
/// ended.
pub(super) async fn import<'id>(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    home: ExperimentId,
    id: &'id RunId,
) -> Result<(&'id RunId, Kind, Amount, Option<Waiting>)> {
    let mut amount = Amount::default();
    let foreign = match source.run(experiment, id.as_str()).await {
        Ok(foreign) => foreign,
        Err(error) if error.is_about_one_thing() => {
            amount.faults.push(Fault::new("run", error.to_string()));
            return Ok((id, Kind::Unreadable, amount, None));
        }
        Err(error) => return Err(error.into()),
    };
    amount.faults.extend(foreign.faults.iter().cloned());
    let run = convert::run(id, home, &foreign, &mut amount.faults)?;
    let kind = begin(ctx, run, &mut amount.faults).await?;
    if kind == Kind::Present {
        return Ok((id, kind, amount, None));
    }
    history(ctx, source, experiment, &foreign, id, &mut amount).await?;
    let found = source.files(experiment, &foreign).await?;
    let owner = ArtifactOwner::from(id);
    files::import(ctx, source, &owner, found, kind == Kind::Added, &mut amount).await?;
    let end = convert::end(&foreign, &mut amount.faults);
    let links = convert::links(&foreign.models);
    if links.is_empty() {
        patiently(|| ctx.store().end_imported_run(id, end)).await?;
        return Ok((id, kind, amount, None));
    }
    Ok((id, kind, amount, Some(Waiting { id: id.clone(), links, end })))
}

/// Ends a run after its logged models have come in.
pub(super) async fn end(ctx: &Ctx, waiting: Waiting) -> Result<Vec<Fault>> {
    let Waiting { id, links, end } = waiting;
    let mut faults = Vec::new();
    for link in links {
        let link = [link];
        match patiently(|| ctx.store().insert_inputs(&id, &[], &link)).await {
            Ok(_) => {}
            Err(store::Error::Missing { .. }) => {
                faults.push(Fault::new("link to a logged model", "that model is deleted or not here"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    patiently(|| ctx.store().end_imported_run(&id, end)).await?;
    Ok(faults)
}

/// Makes the run, or completes the params, tags and inputs of one that is here.
async fn begin(ctx: &Ctx, run: Run, faults: &mut Vec<Fault>) -> Result<Kind> {
    match patiently(|| ctx.store().insert_run(&run)).await {
        Ok(()) => return Ok(Kind::Added),
        Err(store::Error::Taken { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let mut batch = Batch { params: run.params, tags: run.tags, ..Batch::default() };
    loop {
        match patiently(|| ctx.store().insert_batch(&run.id, &batch)).await? {
            BatchOutcome::Stored => break,
            // Deleted a moment ago; it cannot be gone, runs are not removed.
            BatchOutcome::Deleted | BatchOutcome::NoRun => return Ok(Kind::Present),
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
    Ok(Kind::Completed)
}

/// Adds the points of all metrics, part by part.
async fn history(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    foreign: &record::Run,
    id: &RunId,
    amount: &mut Amount,
) -> Result<()> {
    let mut keys = Keys::default();
    let mut parts = source.points(experiment, foreign);
    loop {
        let part = match parts.try_next().await {
            Ok(Some(part)) => part,
            Ok(None) => return Ok(()),
            Err(error) if error.is_about_one_thing() => {
                amount.faults.push(Fault::new("history", error.to_string()));
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        amount.faults.extend(part.faults);
        let metrics: Vec<Metric> =
            part.items.into_iter().filter_map(|point| keys.metric(point, &mut amount.faults)).collect();
        if metrics.is_empty() {
            continue;
        }
        amount.points += metrics.len() as u64;
        let batch = Batch { metrics, ..Batch::default() };
        patiently(|| ctx.store().insert_batch(id, &batch)).await?;
    }
}

/// Names of metrics that were checked before; a history repeats them endlessly.
#[derive(Debug, Default)]
pub(super) struct Keys(HashMap<String, Option<MetricKey>>);

impl Keys {
    pub(super) fn metric(&mut self, point: Point, faults: &mut Vec<Fault>) -> Option<Metric> {
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

/// Repeats a step while others hold the store: an import of hours should not end for that.
pub(super) async fn patiently<T, F: Future<Output = std::result::Result<T, store::Error>>>(
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
