//! `import`: move in from MLflow.

use std::io::Write;

use camino::Utf8PathBuf;
use domain::importing::{self, ImportReport, ImportRequest};
use domain::{Ctx, LeftOut, LeftOutReason};

use super::output;
use super::progress::Bar;

/// Reasons that are written out; all of them are in the JSON.
const REASONS_SHOWN: usize = 50;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder such as `mlruns`, `sqlite:///mlflow.db`, `postgresql://…` or `http://mlflow-server`
    source: String,

    /// Folder with the files of runs, if the source does not hold them
    #[arg(long, value_name = "DIR")]
    artifacts: Option<Utf8PathBuf>,

    /// Only this experiment; may be repeated [default: all]
    #[arg(long = "experiment", value_name = "NAME")]
    experiments: Vec<String>,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// Imports.
///
/// # Errors
///
/// If the source cannot be used, or stops answering.
pub(super) async fn run(args: Args, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let request =
        ImportRequest { source: args.source, artifacts: args.artifacts, experiments: args.experiments };
    let bar = Bar::start("import");
    let report = importing::import(ctx, &request, &|progress| bar.show(&progress)).await;
    drop(bar);
    let report = report?;
    if args.json { Ok(output::json(out, &report)?) } else { Ok(tell(out, &report)?) }
}

fn tell(out: &mut impl Write, report: &ImportReport) -> std::io::Result<()> {
    let ImportReport {
        experiments_added, experiments_present, runs_added, runs_completed, runs_present, ..
    } = report;
    writeln!(out, "Experiments: {experiments_added} new, {experiments_present} here before")?;
    writeln!(out, "Runs: {runs_added} new, {runs_completed} completed, {runs_present} here before")?;
    writeln!(
        out,
        "Logged models: {} new, {} completed, {} here before",
        report.logged_models_added, report.logged_models_completed, report.logged_models_present
    )?;
    writeln!(
        out,
        "Registered models: {} new, {} here before; versions: {} new, {} here before",
        report.registered_models_added,
        report.registered_models_present,
        report.versions_added,
        report.versions_present
    )?;
    writeln!(
        out,
        "Read {} points of metrics; stored {} files of {} bytes",
        report.points, report.files, report.file_bytes
    )?;
    left_out(out, &report.left_out)
}

/// Lists what was left out.
pub(super) fn left_out(out: &mut impl Write, all: &LeftOut) -> std::io::Result<()> {
    if all.left_out.is_empty() {
        return Ok(());
    }
    writeln!(out, "Left out:")?;
    for LeftOutReason { what, why, count, examples } in all.left_out.iter().take(REASONS_SHOWN) {
        let times = if *count > 1 { format!(" ({count} times)") } else { String::new() };
        let more = if *count > examples.len() as u64 && !examples.is_empty() { ", …" } else { "" };
        let place =
            if examples.is_empty() { String::new() } else { format!(" of {}{more}", examples.join(", ")) };
        writeln!(out, "  {what}{place}: {why}{times}")?;
    }
    let rest = all.left_out.len().saturating_sub(REASONS_SHOWN) as u64 + all.left_out_unlisted;
    if rest > 0 {
        writeln!(out, "  and {rest} more; --json lists them")?;
    }
    Ok(())
}
