//! `export`: move out to MLflow.

use std::io::Write;

use camino::Utf8PathBuf;
use domain::Ctx;
use domain::exporting::{self, ExportRequest};

use super::import::left_out;
use super::output;
use super::progress::Bar;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to write: `mlruns` is the folder of MLflow's file store
    #[arg(long, value_name = "FORM")]
    to: Form,

    /// Folder to write: a new or empty one, or an earlier export
    folder: Utf8PathBuf,

    /// Only this experiment; may be repeated [default: all]
    #[arg(long = "experiment", value_name = "NAME")]
    experiments: Vec<String>,

    /// Print what was done as JSON
    #[arg(long)]
    json: bool,
}

/// What can be written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Form {
    /// MLflow's file store
    Mlruns,
}

/// Exports.
///
/// # Errors
///
/// If the folder holds something else, or cannot be written.
pub(super) async fn run(args: Args, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let Form::Mlruns = args.to;
    let request = ExportRequest { folder: args.folder, experiments: args.experiments };
    let bar = Bar::start("export");
    let report = exporting::export(ctx, &request, &|progress| bar.show(&progress)).await;
    drop(bar);
    let report = report?;
    if args.json {
        return Ok(output::json(out, &report)?);
    }
    writeln!(
        out,
        "Wrote {} experiments, {} runs, {} points of metrics, {} files of {} bytes to `{}`",
        report.experiments, report.runs, report.points, report.files, report.file_bytes, request.folder
    )?;
    left_out(out, &report.left_out)?;
    writeln!(
        out,
        "Look at it: MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri {}",
        request.folder
    )?;
    Ok(())
}
