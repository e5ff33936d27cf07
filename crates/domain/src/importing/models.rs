//! Logged models come in, after the runs that made them.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use moving::Source;
use moving::record::{self, Fault, ModelPoint};
use store::{Adopted, BatchOutcome};
use types::{
    ArtifactOwner, Batch, DatasetReference, ExperimentId, LoggedModel, LoggedModelId, LoggedModelName,
    LoggedModelStatus, Millis, ModelMetric, RunId,
};

use super::report::{Amount, Kind};
use super::run::{Keys, patiently};
use super::{convert, files};
use crate::{Ctx, Result};

/// Brings in a logged model, or what is still missing of it.
pub(super) async fn import(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    home: ExperimentId,
    id: &str,
) -> Result<(Kind, Amount)> {
    let mut amount = Amount::default();
    let foreign = match source.logged_model(experiment, id).await {
        Ok(foreign) => foreign,
        Err(error) if error.is_about_one_thing() => {
            amount.faults.push(Fault::new("logged model", error.to_string()));
            return Ok((Kind::Unreadable, amount));
        }
        Err(error) => return Err(error.into()),
    };
    amount.faults.extend(foreign.faults.iter().cloned());
    let Some(mut model) = model(home, &foreign, &mut amount.faults) else {
        return Ok((Kind::Unreadable, amount));
    };
    if let Some(run) = &model.source_run_id
        && ctx.store().run_lifecycle(run).await?.is_none()
    {
        amount.faults.push(Fault::new("link to the run that made it", "that run is not here"));
        model.source_run_id = None;
    }
    let kind = match patiently(|| ctx.store().adopt_logged_model(&model)).await? {
        Adopted::Added => Kind::Added,
        Adopted::Completed => Kind::Completed,
        Adopted::Present | Adopted::Taken => return Ok((Kind::Present, amount)),
    };
    points(ctx, source, experiment, &foreign, &model.id, &mut amount).await?;
    let found = source.model_files(experiment, &foreign).await?;
    let owner = ArtifactOwner::from(&model.id);
    files::import(ctx, source, &owner, found, kind == Kind::Added, &mut amount).await?;
    let (id, status, at) = (&model.id, model.status, model.updated_at);
    patiently(|| ctx.store().end_imported_model(id, status, foreign.is_deleted, at)).await?;
    Ok((kind, amount))
}

fn model(home: ExperimentId, foreign: &record::LoggedModel, faults: &mut Vec<Fault>) -> Option<LoggedModel> {
    let whole = "logged model";
    let id =
        LoggedModelId::parse(&foreign.id).map_err(|error| faults.push(Fault::new(whole, error.to_string())));
    let name = LoggedModelName::parse(&foreign.name)
        .map_err(|error| faults.push(Fault::new(whole, format!("its name {}", error.problem))));
    let created_at = Millis(foreign.created_at.unwrap_or(0));
    Some(LoggedModel {
        id: id.ok()?,
        experiment_id: home,
        name: name.ok()?,
        model_type: foreign.model_type.clone(),
        status: LoggedModelStatus::from_name(&foreign.status).unwrap_or(LoggedModelStatus::Pending),
        source_run_id: foreign.source_run_id.as_deref().and_then(|run| RunId::parse(run).ok()),
        created_at,
        updated_at: foreign.updated_at.map_or(created_at, Millis),
        params: convert::params(&foreign.params, faults),
        tags: convert::tags(&foreign.tags, faults),
        metrics: Vec::new(),
    })
}

/// Adds the points of the model's metrics, run by run.
async fn points(
    ctx: &Ctx,
    source: &Source,
    experiment: &record::Experiment,
    foreign: &record::LoggedModel,
    id: &LoggedModelId,
    amount: &mut Amount,
) -> Result<()> {
    let mut keys = Keys::default();
    let mut parts = source.model_points(experiment, foreign);
    while let Some(part) = parts.try_next().await? {
        amount.faults.extend(part.faults);
        let mut by_run: BTreeMap<RunId, Vec<ModelMetric>> = BTreeMap::new();
        for ModelPoint { point, run_id, dataset } in part.items {
            let Ok(run) = RunId::parse(&run_id) else {
                amount.faults.push(Fault::new(format!("metric `{}`", point.key), "it names no run"));
                continue;
            };
            let Some(metric) = keys.metric(point, &mut amount.faults) else { continue };
            let dataset = dataset
                .filter(|(name, digest)| !name.contains('\0') && !digest.contains('\0'))
                .map(|(name, digest)| DatasetReference { name, digest });
            let metric = ModelMetric { model_id: id.clone(), metric, dataset };
            by_run.entry(run).or_default().push(metric);
        }
        for (run, model_metrics) in by_run {
            let count = model_metrics.len() as u64;
            let batch = Batch { model_metrics, ..Batch::default() };
            match patiently(|| ctx.store().insert_batch(&run, &batch)).await? {
                BatchOutcome::Stored => amount.points += count,
                _ => amount
                    .faults
                    .push(Fault::new("metrics", format!("their run {run} is not here or is deleted"))),
            }
        }
    }
    Ok(())
}
