//! `jobs`: look at training jobs, follow and cancel them.

use std::io::Write;
use std::pin::pin;

use domain::{Ctx, training};
use futures::StreamExt;
use types::{JobEvent, JobId, JobState, JobStatus, TrainingJob};

use super::progress::{Bar, duration};
use super::{Usage, output};

/// Look at training jobs, follow and cancel them
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the newest jobs
    List(ListArgs),
    /// Show one job with its log
    Show(ShowArgs),
    /// Stop a job that waits or runs
    Cancel(ShowArgs),
    /// Follow a job until it is over
    Follow(ShowArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Most jobs to list
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,

    /// Print the jobs as a JSON list
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Identifier of the job
    job_id: JobId,

    /// Print JSON: one object, or with `follow` one for each line of the log and each change
    #[arg(long)]
    json: bool,
}

/// Lists, shows, cancels or follows.
///
/// # Errors
///
/// If there is no such job, or it cannot be cancelled any more; after following, if it did not finish.
pub(super) async fn run(command: Command, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list(args, ctx, out).await,
        Command::Show(args) => show(args, ctx, out).await,
        Command::Cancel(args) => cancel(args, ctx, out).await,
        Command::Follow(args) => follow(args, ctx, out).await,
    }
}

async fn list(args: ListArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let jobs = training::list(ctx, args.limit).await?;
    if args.json {
        return Ok(output::json(out, &jobs)?);
    }
    if jobs.is_empty() {
        writeln!(out, "No training jobs. Queue one: POST /api/v1/training-jobs, or the page /train")?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = jobs.iter().map(row).collect();
    output::table(
        out,
        &["job", "state", "progress", "priority", "model", "experiment", "asked for (UTC)"],
        &rows,
    )?;
    Ok(())
}

fn row(job: &TrainingJob) -> Vec<String> {
    let status = &job.status;
    vec![
        status.id.to_string(),
        status.state.as_str().to_owned(),
        format!("{:.0} %", status.progress.fraction * 100.0),
        job.priority.to_string(),
        job.spec.algorithm.name().to_owned(),
        job.experiment.to_string(),
        status.created_at.to_string(),
    ]
}

async fn show(args: ShowArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let job = training::get(ctx, &args.job_id).await?;
    if args.json {
        return Ok(output::json(out, &job)?);
    }
    let status = &job.status;
    writeln!(out, "job         {}", status.id)?;
    tell(out, status)?;
    writeln!(out, "model       {}", job.spec.algorithm.name())?;
    writeln!(out, "target      {}", job.spec.target)?;
    writeln!(out, "experiment  {}", job.experiment)?;
    writeln!(out, "priority    {}", job.priority)?;
    writeln!(out, "attempt     {}", status.attempt)?;
    if let Some(limit) = job.time_limit_seconds {
        writeln!(out, "time limit  {}", duration(limit.into()))?;
    }
    writeln!(out)?;
    for line in training::log(ctx, &args.job_id).await? {
        writeln!(out, "{}  {}", line.at, line.text)?;
    }
    Ok(())
}

/// State, progress, run and error.
fn tell(out: &mut impl Write, status: &JobStatus) -> std::io::Result<()> {
    writeln!(out, "state       {}", status.state.as_str())?;
    writeln!(out, "progress    {:.0} % {}", status.progress.fraction * 100.0, status.progress.stage)?;
    if let Some(metric) = &status.progress.metric {
        writeln!(out, "so far      {} {}", metric.key, output::number(metric.value))?;
    }
    if let Some(run_id) = &status.run_id {
        writeln!(out, "run         {run_id}")?;
    }
    if let Some(error) = &status.error {
        writeln!(out, "error       {error}")?;
    }
    Ok(())
}

async fn cancel(args: ShowArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let status = training::cancel(ctx, &args.job_id).await?;
    if args.json {
        return Ok(output::json(out, &status)?);
    }
    if status.state == JobState::Cancelled {
        writeln!(out, "Job `{}` is cancelled", status.id)?;
    } else {
        writeln!(out, "Job `{}` will stop within a second", status.id)?;
    }
    Ok(())
}

async fn follow(args: ShowArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let mut last = None;
    {
        let bar = (!args.json).then(|| Bar::start("job"));
        let mut events = pin!(training::follow(ctx, &args.job_id, 0, None).await?);
        while let Some(event) = events.next().await {
            match &event {
                JobEvent::Status(status) if args.json => output::json_line(out, "status", status)?,
                JobEvent::Line(line) if args.json => output::json_line(out, "line", line)?,
                JobEvent::Status(status) => {
                    if let Some(bar) = &bar {
                        bar.show(&status.progress);
                    }
                }
                JobEvent::Line(line) => writeln!(out, "{}  {}", line.at, line.text)?,
            }
            out.flush()?;
            if let JobEvent::Status(status) = event {
                last = Some(status);
            }
        }
    }
    let Some(status) = last else { return Ok(()) };
    if !args.json {
        writeln!(out)?;
        tell(out, &status)?;
        out.flush()?;
    }
    match status.state {
        JobState::Finished => Ok(()),
        state if state.is_over() => Err(Ended(status.id.to_string(), state.as_str()).into()),
        _ => Err(Usage("the job goes on, but following it ended after an hour; ask again".to_owned()).into()),
    }
}

/// The job that was followed came to an end, but not to a model.
#[derive(Debug, thiserror::Error)]
#[error("job `{0}` is {1}")]
pub(crate) struct Ended(String, &'static str);
