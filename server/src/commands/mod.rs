//! The command line. Every command writes results to `out` and everything else to standard error.

mod data;
mod export;
mod import;
mod input;
mod migrate;
mod models;
mod output;
mod predict;
mod progress;
mod runs;
mod serve;
mod train;

use std::io::Write;

use camino::Utf8PathBuf;
use clap::{ArgAction, Parser, Subcommand};
use domain::{Ctx, Engine, EngineConfig};

pub(crate) use serve::Stopped;

use crate::config::{ConfigError, Flags, Settings, StoreConfig};

/// Experiments, models and valuations of used cars in one program
///
/// Settings come from flags, then from `CUADERNO_*` variables, then from `cuaderno.toml`, under the same names:
/// `--data-dir`, `CUADERNO_DATA_DIR`, `data_dir`.
#[derive(Debug, Parser)]
#[command(name = "cuaderno", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Folder of the database and the artifacts [default: cuaderno-data]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<Utf8PathBuf>,

    /// Database: `sqlite:///path.db` or `postgres://...` [default: cuaderno.db in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,

    /// Settings file [default: cuaderno.toml in the current folder, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "CUADERNO_CONFIG")]
    pub(crate) config: Option<Utf8PathBuf>,

    /// Log more; twice for even more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the dashboard, the form and the APIs
    Serve(serve::Args),
    /// Make, import and check data
    #[command(subcommand)]
    Data(data::Command),
    /// Train models from a CSV file and record the runs
    Train(train::Args),
    /// Value a car with the champion
    Predict(predict::Args),
    /// Look at recorded runs
    #[command(subcommand)]
    Runs(runs::Command),
    /// Look at registered models and choose the champion
    #[command(subcommand)]
    Models(models::Command),
    /// Move in from MLflow: experiments, runs, histories, files
    Import(import::Args),
    /// Move out: write a folder that a stock `mlflow ui` shows
    Export(export::Args),
    /// Create the database or bring it up to date
    Migrate(migrate::Args),
}

impl Command {
    /// Whether the command runs until it is stopped.
    pub(crate) fn is_server(&self) -> bool {
        matches!(self, Self::Serve(_))
    }
}

/// What the user asked for makes no sense; the text says what to change.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

impl Cli {
    /// The flags that are settings.
    ///
    /// # Errors
    ///
    /// As [`Flags::set`].
    pub(crate) fn flags(&self) -> Result<Flags, ConfigError> {
        let mut flags = Flags::default();
        flags.set("data_dir", self.global.data_dir.as_ref())?;
        flags.set("database_url", self.global.database_url.as_ref())?;
        if let Command::Serve(args) = &self.command {
            args.add_to(&mut flags)?;
        }
        Ok(flags)
    }
}

/// Runs one command.
///
/// # Errors
///
/// Whatever kept the command from doing what it was asked to.
pub(crate) async fn run(command: Command, settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        // These two need no store, or open it in their own order.
        Command::Serve(args) => return serve::run(args, settings, out).await,
        Command::Data(data::Command::Sample(args)) => return data::sample(args, out),
        _ => {}
    }
    let engine = open(&settings.store).await?;
    let ctx = Ctx::local(engine.clone());
    let result = match command {
        Command::Serve(_) | Command::Data(data::Command::Sample(_)) => Ok(()),
        Command::Data(data::Command::Import(args)) => data::import(args, &ctx, out).await,
        Command::Data(data::Command::List(args)) => data::list(args, &ctx, out).await,
        Command::Data(data::Command::Show(args)) => data::show(args, &ctx, out).await,
        Command::Data(data::Command::Check(args)) => data::check(args, &ctx, out).await,
        Command::Train(args) => train::run(args, &ctx, out).await,
        Command::Predict(args) => predict::run(args, &ctx, out).await,
        Command::Runs(command) => runs::run(command, &ctx, out).await,
        Command::Models(command) => models::run(command, &ctx, out).await,
        Command::Import(args) => import::run(args, &ctx, out).await,
        Command::Export(args) => export::run(args, &ctx, out).await,
        Command::Migrate(args) => migrate::run(args, &settings.store, out),
    };
    engine.close().await;
    result
}

async fn open(store: &StoreConfig) -> domain::Result<Engine> {
    let StoreConfig { data_dir, database_url } = store.clone();
    Engine::open(EngineConfig { data_dir, database_url }).await
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_may_follow_the_command() {
        let cli = Cli::parse_from(["cuaderno", "runs", "list", "--data-dir", "/d", "-vv"]);
        assert_eq!(cli.global.data_dir.unwrap(), "/d");
        assert_eq!(cli.global.verbose, 2);
    }
}
