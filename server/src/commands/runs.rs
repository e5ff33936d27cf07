//! `runs`: look at what was recorded.

use std::io::Write;

use domain::{Ctx, experiments, runs, search, training};
use types::{ExperimentId, ExperimentName, Run, RunId, RunQuery, View};

use super::output;
use super::progress::Bar;

/// Look at recorded runs
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List runs
    List(ListArgs),
    /// Show one run with its parameters, metrics and tags
    Show(ShowArgs),
    /// Train the model of a run again and compare all metrics, to the last bit
    Reproduce(ShowArgs),
    /// Print the training of a run as Python code
    Python(PythonArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct PythonArgs {
    /// Identifier of the run
    run_id: RunId,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Experiment to look into [default: all]
    #[arg(long)]
    experiment: Option<ExperimentName>,

    /// Condition, such as `metrics.test_rmse < 2000 AND params.max_depth = '20'`
    #[arg(long, default_value = "", hide_default_value = true)]
    filter: String,

    /// Order, such as `metrics.test_rmse ASC`; repeat it for ties [default: newest first]
    #[arg(long, value_name = "FIELD [ASC|DESC]")]
    order_by: Vec<String>,

    /// Most runs to list
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    max_results: u32,

    /// Print the runs as a JSON list
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Identifier of the run
    run_id: RunId,

    /// Print the run as JSON
    #[arg(long)]
    json: bool,
}

/// Lists or shows.
///
/// # Errors
///
/// If a condition cannot be read, or there is no such run or experiment.
pub(super) async fn run(command: Command, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list(args, ctx, out).await,
        Command::Show(args) => show(args, ctx, out).await,
        Command::Reproduce(args) => reproduce(args, ctx, out).await,
        Command::Python(args) => Ok(write!(out, "{}", training::python(ctx, &args.run_id).await?)?),
    }
}

async fn list(args: ListArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let order_by = args.order_by.iter().map(|text| search::parse_order_by(text)).collect::<Result<_, _>>()?;
    let query = RunQuery {
        experiment_ids: experiment_ids(args.experiment.as_ref(), ctx).await?,
        filter: search::parse_filter(&args.filter)?,
        order_by,
        view: View::Active,
        max_results: args.max_results,
        page_token: None,
    };
    let page = runs::search(ctx, query).await?;
    if args.json {
        return Ok(output::json(out, &page.runs)?);
    }
    if page.runs.is_empty() {
        writeln!(out, "No runs. Record one: cuaderno train DATA.csv --target precio --model linear")?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = page.runs.iter().map(row).collect();
    output::table(out, &["run", "name", "status", "started (UTC)", "test_rmse", "test_r2"], &rows)?;
    if page.next_page_token.is_some() {
        writeln!(out, "… and more; see --max-results")?;
    }
    Ok(())
}

async fn experiment_ids(name: Option<&ExperimentName>, ctx: &Ctx) -> domain::Result<Vec<ExperimentId>> {
    match name {
        Some(name) => Ok(vec![experiments::get_by_name(ctx, name).await?.id]),
        None => Ok(experiments::list(ctx).await?.into_iter().map(|summary| summary.experiment.id).collect()),
    }
}

fn row(run: &Run) -> Vec<String> {
    vec![
        run.id.to_string(),
        run.name.to_string(),
        run.status.as_str().to_owned(),
        run.started_at.to_string(),
        output::last(run.metric("test_rmse")),
        output::last(run.metric("test_r2")),
    ]
}

async fn show(args: ShowArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let run = runs::get(ctx, &args.run_id).await?;
    if args.json {
        return Ok(output::json(out, &run)?);
    }
    writeln!(out, "run         {}", run.id)?;
    writeln!(out, "name        {}", run.name)?;
    writeln!(out, "experiment  {}", run.experiment_id)?;
    writeln!(out, "status      {}", run.status.as_str())?;
    writeln!(out, "started     {} UTC", run.started_at)?;
    if let Some(ended_at) = run.ended_at {
        writeln!(out, "ended       {ended_at} UTC")?;
    }
    for input in &run.inputs {
        writeln!(out, "dataset     {} ({})", input.name, input.digest)?;
    }
    let metrics =
        run.metrics.iter().map(|metric| vec![metric.key.to_string(), output::number(metric.last.value)]);
    let params = run.params.iter().map(|param| vec![param.key.to_string(), param.value.clone()]);
    let tags = run.tags.iter().map(|tag| vec![tag.key.to_string(), tag.value.clone()]);
    section(out, "metric", metrics.collect())?;
    section(out, "parameter", params.collect())?;
    section(out, "tag", tags.collect())
}

async fn reproduce(args: ShowArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let result = {
        let bar = Bar::start("reproduce");
        training::reproduce_now(ctx, &args.run_id, &|progress| bar.show(&progress)).await?
    };
    if args.json {
        return Ok(output::json(out, &result)?);
    }
    writeln!(out, "Run `{}` trained run `{}` again", result.run_id, args.run_id)?;
    let Some(found) = result.reproduction else { return Ok(()) };
    if found.is_equal {
        writeln!(out, "All {} metrics are the same to the last bit", found.metrics.len())?;
        return Ok(());
    }
    let exact = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:?}"));
    let different = found.metrics.iter().filter(|metric| !metric.is_equal);
    let rows: Vec<Vec<String>> =
        different.map(|metric| vec![metric.key.clone(), exact(metric.before), exact(metric.after)]).collect();
    writeln!(out, "{} of {} metrics differ:", rows.len(), found.metrics.len())?;
    output::table(out, &["metric", "then", "now"], &rows)?;
    if found.origin_version != found.version {
        writeln!(out, "Version {} trained it then, version {} now", found.origin_version, found.version)?;
    }
    Ok(())
}

fn section(out: &mut impl Write, title: &str, rows: Vec<Vec<String>>) -> anyhow::Result<()> {
    if !rows.is_empty() {
        writeln!(out)?;
        output::table(out, &[title, "value"], &rows)?;
    }
    Ok(())
}
