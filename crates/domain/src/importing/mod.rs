//! Moving in: what MLflow keeps in a folder, a database or a server becomes ours.
//!
//! What decides:
//!
//! - An experiment is found by its **name**. One that is here keeps its state, its tags and its goal.
//! - A run is found by its **identifier**, which it keeps. While it comes in, it is `RUNNING`; its own state is set
//!   when all of it is here. So a run that has ended here is complete and is passed over, and any other is completed:
//!   points and files that are here already are not added again.
//! - A logged model is found by its identifier too; while it comes in, it is `PENDING`. A run that has some ends after
//!   them.
//! - A registered model is found by its name, a version by its number. What is here stays, also where an alias points.
//! - What breaks a rule of ours, such as a name with odd characters, is left out and told; the rest comes in.

mod convert;
mod files;
mod models;
mod registry;
mod report;
mod run;

use camino::Utf8PathBuf;
use futures::{StreamExt, TryStreamExt, stream};
use moving::Source;
use moving::record::{self, Fault};
use store::ForeignExperiment;
use tracing::instrument;
use types::{Experiment, ExperimentName, Lifecycle, Millis, Progress, RunId};

pub(crate) use convert::CONTEXT_TAG;
pub use report::ImportReport;

use crate::left_out::Owner;
use crate::{Ctx, Error, Result};

/// Runs that come in at the same time, so that they share what the disk has to do.
const RUNS_AT_ONCE: usize = 8;

/// Runs about which the store is asked at once.
const RUNS_ASKED: usize = 5000;

/// Input of [`import`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRequest {
    /// A folder, `sqlite:///file`, `postgresql://…` or `http://server`.
    pub source: String,
    /// Folder with the files of runs, where the source does not hold them.
    pub artifacts: Option<Utf8PathBuf>,
    /// Names of the experiments that are wanted; all if there are none.
    pub experiments: Vec<String>,
}

/// Called now and then with how far an import is.
pub type Watch<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// An experiment with the place that it has here, and the runs that are still to come.
struct Folder {
    foreign: record::Experiment,
    here: Experiment,
    runs: Vec<RunId>,
    models: Vec<String>,
}

/// Brings in everything from a source that is not here yet. It can be interrupted at any moment and repeated.
///
/// # Errors
///
/// - `Moving` if the source cannot be used or stops answering.
/// - `NotFound` if the source has no experiment of a name that is asked for.
#[instrument(name = "importing.import", skip_all)]
pub async fn import(ctx: &Ctx, request: &ImportRequest, watch: Watch<'_>) -> Result<ImportReport> {
    let source = Source::open(&request.source, request.artifacts.as_deref()).await?;
    let mut report = ImportReport::default();
    watch(Progress { stage: "reading the list of runs".to_owned(), ..Progress::default() });
    let folders = folders(ctx, &source, request, &mut report).await?;

    let total: usize = folders.iter().map(|folder| folder.runs.len() + folder.models.len()).sum();
    let mut done = 0;
    let mut show = |report: &ImportReport| {
        done += 1;
        let stage = format!("{done} of {total}, {} points, {} files", report.points, report.files);
        watch(Progress { fraction: fraction(done, total), stage });
    };
    let mut all_waiting = Vec::new();
    for Folder { foreign, here, runs, .. } in &folders {
        let coming = runs.iter().map(|id| run::import(ctx, &source, foreign, here.id, id));
        let mut outcomes = stream::iter(coming).buffer_unordered(RUNS_AT_ONCE);
        while let Some((id, kind, amount, waiting)) = outcomes.try_next().await? {
            report.add_run(id, kind, amount);
            all_waiting.extend(waiting);
            show(&report);
        }
    }
    for Folder { foreign, here, models, .. } in &folders {
        for id in models {
            let (kind, amount) = models::import(ctx, &source, foreign, here.id, id).await?;
            report.add_model(id, kind, amount);
            show(&report);
        }
    }
    for waiting in all_waiting {
        let owner = Owner::Run(waiting.id.to_string());
        let faults = run::end(ctx, waiting).await?;
        report.left_out.add_all(&owner, faults);
    }
    if request.experiments.is_empty() {
        registry::import(ctx, &source, &mut report).await?;
    }
    Ok(report)
}

/// Prepares the experiments and finds out which runs are still to come.
async fn folders(
    ctx: &Ctx,
    source: &Source,
    request: &ImportRequest,
    report: &mut ImportReport,
) -> Result<Vec<Folder>> {
    let found = source.experiments().await?;
    report.left_out.add_all(&Owner::None, found.faults);
    for wanted in &request.experiments {
        if !found.items.iter().any(|experiment| experiment.name == *wanted) {
            return Err(Error::NotFound { what: "experiment", id: wanted.clone() });
        }
    }

    let mut folders = Vec::new();
    for foreign in found.items {
        if !request.experiments.is_empty() && !request.experiments.contains(&foreign.name) {
            continue;
        }
        let owner = Owner::Experiment(foreign.name.clone());
        let ids = source.run_ids(&foreign).await?;
        report.left_out.add_all(&owner, ids.faults);
        let name = match ExperimentName::parse(&foreign.name) {
            Ok(name) => name,
            Err(error) => {
                let what = format!("experiment with {} runs", ids.items.len());
                report.left_out.add(&owner, Fault::new(what, format!("its name {}", error.problem)));
                continue;
            }
        };
        let traces = source.traces(&foreign).await?;
        if traces > 0 {
            report.left_out.add(&owner, Fault::new("traces", "traces of language models have no place here"));
        }
        let here = experiment(ctx, &foreign, name, report).await?;
        let runs = still_to_come(ctx, &owner, ids.items, report).await?;
        let found = source.logged_model_ids(&foreign).await?;
        report.left_out.add_all(&owner, found.faults);
        folders.push(Folder { foreign, here, runs, models: found.items });
    }
    Ok(folders)
}

async fn experiment(
    ctx: &Ctx,
    foreign: &record::Experiment,
    name: ExperimentName,
    report: &mut ImportReport,
) -> Result<Experiment> {
    let created_at = foreign.created_at.map_or_else(|| ctx.now(), Millis);
    let mut faults = Vec::new();
    let foreign = ForeignExperiment {
        name,
        lifecycle: if foreign.is_deleted { Lifecycle::Deleted } else { Lifecycle::Active },
        created_at,
        updated_at: foreign.updated_at.map_or(created_at, Millis),
        tags: convert::tags(&foreign.tags, &mut faults),
        goal: foreign.goal.as_ref().and_then(convert::goal),
    };
    report.left_out.add_all(&Owner::Experiment(foreign.name.to_string()), faults);
    let (experiment, is_new) = ctx.store().adopt_experiment(&foreign).await?;
    if is_new {
        report.experiments_added += 1;
    } else {
        report.experiments_present += 1;
    }
    Ok(experiment)
}

/// Those of the runs that have not ended here, in the same order.
async fn still_to_come(
    ctx: &Ctx,
    owner: &Owner,
    ids: Vec<String>,
    report: &mut ImportReport,
) -> Result<Vec<RunId>> {
    let mut coming = Vec::with_capacity(ids.len());
    for ids in ids.chunks(RUNS_ASKED) {
        let mut known = Vec::with_capacity(ids.len());
        for id in ids {
            match RunId::parse(id) {
                Ok(id) => known.push(id),
                Err(error) => {
                    report.left_out.add(owner, Fault::new(format!("run `{id}`"), format!("its {error}")));
                }
            }
        }
        let ended = ctx.store().ended_runs(&known).await?;
        report.runs_present += ended.len() as u64;
        coming.extend(known.into_iter().filter(|id| !ended.contains(id)));
    }
    Ok(coming)
}

#[expect(clippy::cast_precision_loss, reason = "a share for people")]
pub(crate) fn fraction(done: usize, total: usize) -> f64 {
    if total == 0 { 1.0 } else { done as f64 / total as f64 }
}
