//! Moving out: experiments and runs become a folder of MLflow's file store, which a stock `mlflow ui` shows.

mod models;

use camino::Utf8PathBuf;
use futures::TryStreamExt;
use moving::record::{self, Fault, ModelLink, Pairs, Point, Role};
use moving::{FileStoreWriter, FolderWriter};
use serde::Serialize;
use tracing::instrument;
use types::{
    ArtifactOwner, DatasetDetails, DatasetInput, Direction, Experiment, ExperimentQuery, Lifecycle,
    ModelRole, Progress, Run, RunModel, RunQuery, Tag, View,
};

use crate::importing::{CONTEXT_TAG, Watch};
use crate::left_out::{LeftOut, Owner};
use crate::{Ctx, Error, Result, metrics};

/// Things that are read from the store at once.
const PAGE: u32 = 500;

/// Input of [`export`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// Folder to write: a new or empty one, or an earlier export.
    pub folder: Utf8PathBuf,
    /// Names of the experiments that are wanted; all if there are none.
    pub experiments: Vec<String>,
}

/// What an export did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ExportReport {
    /// Experiments that were written.
    pub experiments: u64,
    /// Runs that were written.
    pub runs: u64,
    /// Logged models that were written.
    pub logged_models: u64,
    /// Registered models that were written.
    pub registered_models: u64,
    /// Points of metrics.
    pub points: u64,
    /// Files of runs.
    pub files: u64,
    /// Their size.
    pub file_bytes: u64,
    /// What a file store cannot hold.
    #[serde(flatten)]
    pub left_out: LeftOut,
}

/// Writes experiments with their runs, deleted ones too. What an earlier export wrote of the same is replaced.
///
/// # Errors
///
/// - `Moving` if the folder holds something else or cannot be written.
/// - `NotFound` if there is no experiment of a name that is asked for.
#[instrument(name = "exporting.export", skip_all)]
pub async fn export(ctx: &Ctx, request: &ExportRequest, watch: Watch<'_>) -> Result<ExportReport> {
    let experiments = experiments(ctx, &request.experiments).await?;
    let writer = FileStoreWriter::open(&request.folder)?;
    let mut report = ExportReport::default();
    let count = experiments.len();
    for (done, experiment) in experiments.iter().enumerate() {
        let foreign = foreign_experiment(experiment);
        let faults = writer.experiment(&foreign)?;
        report.left_out.add_all(&Owner::Experiment(foreign.name.clone()), faults);
        report.experiments += 1;

        let mut page_token = None;
        loop {
            let query = RunQuery {
                experiment_ids: vec![experiment.id],
                filter: None,
                order_by: Vec::new(),
                view: View::All,
                max_results: PAGE,
                page_token,
            };
            let page = ctx.store().search_runs(&query).await?;
            for run in &page.runs {
                let begun = writer.run(&foreign, &foreign_run(ctx, run).await?)?;
                let faults = contents(ctx, run, begun, &mut report).await?;
                report.left_out.add_all(&Owner::Run(run.id.to_string()), faults);
                report.runs += 1;
                let stage = format!("{} runs, {} points, {} files", report.runs, report.points, report.files);
                watch(Progress {
                    fraction: super::importing::fraction(done, count),
                    stage,
                    ..Progress::default()
                });
            }
            page_token = page.next_page_token;
            if page_token.is_none() {
                break;
            }
        }
        models::logged(ctx, &writer, experiment.id, &foreign, &mut report).await?;
    }
    if request.experiments.is_empty() {
        models::registered(ctx, &writer, &mut report).await?;
    }
    writer.finish()?;
    Ok(report)
}

/// The experiments with these names, or all.
async fn experiments(ctx: &Ctx, names: &[String]) -> Result<Vec<Experiment>> {
    let mut found = Vec::new();
    let mut page_token = None;
    loop {
        let query = ExperimentQuery {
            filter: None,
            order_by: Vec::new(),
            view: View::All,
            max_results: PAGE,
            page_token,
        };
        let page = ctx.store().search_experiments(&query).await?;
        found.extend(page.experiments);
        page_token = page.next_page_token;
        if page_token.is_none() {
            break;
        }
    }
    for wanted in names {
        if !found.iter().any(|experiment| experiment.name.as_str() == wanted) {
            return Err(Error::NotFound { what: "experiment", id: wanted.clone() });
        }
    }
    if !names.is_empty() {
        found.retain(|experiment| names.iter().any(|name| name == experiment.name.as_str()));
    }
    found.sort_by_key(|experiment| experiment.id);
    Ok(found)
}

/// Writes the history and the files of a run and puts it in its place.
async fn contents(
    ctx: &Ctx,
    run: &Run,
    mut writer: FolderWriter,
    report: &mut ExportReport,
) -> Result<Vec<Fault>> {
    for metric in &run.metrics {
        let key = metric.key.as_str();
        let mut parts = std::pin::pin!(metrics::history(ctx.clone(), run.id.clone(), metric.key.clone()));
        while let Some(part) = parts.try_next().await? {
            let points = part.iter().map(|point| Point {
                key: String::new(),
                value: point.value,
                step: point.step,
                timestamp: point.timestamp.0,
            });
            writer.points(key, &points.collect::<Vec<_>>())?;
            report.points += part.len() as u64;
        }
    }
    files(ctx, &ArtifactOwner::from(&run.id), &mut writer, report).await?;
    Ok(writer.finish()?)
}

/// Writes the files of a run or a logged model.
async fn files(
    ctx: &Ctx,
    owner: &ArtifactOwner,
    writer: &mut FolderWriter,
    report: &mut ExportReport,
) -> Result<()> {
    for artifact in ctx.store().artifacts(owner).await? {
        let Some((_, content)) = ctx.store().read_artifact(owner, &artifact.path).await? else { continue };
        report.file_bytes += writer.file(artifact.path.as_str(), content).await?;
        report.files += 1;
    }
    Ok(())
}

fn pairs(tags: &[Tag]) -> Pairs {
    tags.iter().map(|tag| (tag.key.to_string(), tag.value.clone())).collect()
}

fn foreign_experiment(experiment: &Experiment) -> record::Experiment {
    record::Experiment {
        id: experiment.id.to_string(),
        name: experiment.name.to_string(),
        is_deleted: experiment.lifecycle == Lifecycle::Deleted,
        created_at: Some(experiment.created_at.0),
        updated_at: Some(experiment.updated_at.0),
        tags: pairs(&experiment.tags),
        goal: Some(record::Goal {
            metric: experiment.goal.metric.to_string(),
            direction: match experiment.goal.direction {
                Direction::Minimize => "minimize".to_owned(),
                Direction::Maximize => "maximize".to_owned(),
            },
        }),
    }
}

async fn foreign_run(ctx: &Ctx, run: &Run) -> Result<record::Run> {
    let is_deleted = run.lifecycle == Lifecycle::Deleted;
    let deleted_at = if is_deleted { ctx.store().run_deleted_at(&run.id).await? } else { None };
    let link = |model: &RunModel| ModelLink {
        model_id: model.model_id.clone(),
        role: if model.role == ModelRole::Input { Role::Input } else { Role::Output },
        step: model.step,
    };
    Ok(record::Run {
        id: run.id.to_string(),
        name: run.name.to_string(),
        user: run.user.clone(),
        status: run.status.as_str().to_owned(),
        is_deleted,
        deleted_at: deleted_at.map(|at| at.0),
        started_at: Some(run.started_at.0),
        ended_at: run.ended_at.map(|at| at.0),
        params: run.params.iter().map(|param| (param.key.to_string(), param.value.clone())).collect(),
        tags: pairs(&run.tags),
        datasets: run.inputs.iter().map(foreign_dataset).collect(),
        models: run.models.iter().map(link).collect(),
        ..record::Run::default()
    })
}

fn foreign_dataset(input: &DatasetInput) -> record::Dataset {
    let DatasetInput { name, digest, context, details } = input.clone();
    let mut tags: Pairs = Vec::new();
    if !context.is_empty() {
        tags.push((CONTEXT_TAG.to_owned(), context));
    }
    let dataset = record::Dataset { name, digest, ..record::Dataset::default() };
    match details {
        None => record::Dataset { tags, ..dataset },
        Some(DatasetDetails { source_type, source, schema, profile, tags: more }) => {
            tags.extend(more);
            record::Dataset { source_type, source, schema, profile, tags, ..dataset }
        }
    }
}
