//! `cuaderno`: experiments, models and valuations in one program.
// A page is one type, as deep as its markup.
#![recursion_limit = "512"]

mod commands;
mod config;
mod failure;
mod http;
mod logging;
mod router;
mod site;

use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::commands::Cli;
use crate::config::Settings;

/// How long work that cannot be interrupted, such as a training, may go on after the end.
const LAST_WORK: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}

fn start(cli: Cli) -> anyhow::Result<()> {
    let settings = Settings::load(cli.global.config.as_deref(), cli.flags()?.into_dict())?;
    logging::start(&settings.log, cli.global.verbose, cli.command.is_server());
    for name in &settings.unknown_variables {
        tracing::warn!("the variable {name} means nothing to this program");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut out = BufWriter::new(stdout().lock());
    let result = runtime.block_on(commands::run(cli.command, &settings, &mut out));
    let flushed = out.flush();
    runtime.shutdown_timeout(LAST_WORK);
    result?;
    Ok(flushed?)
}
