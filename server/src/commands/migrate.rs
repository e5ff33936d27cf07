//! `migrate`: create the database or bring it up to date.

use std::io::Write;

use serde_json::json;

use super::output;
use crate::config::StoreConfig;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Tells what opening the store has done: every command that opens it migrates it first.
///
/// # Errors
///
/// If the outcome cannot be written.
pub(super) fn run(args: Args, store: &StoreConfig, out: &mut impl Write) -> anyhow::Result<()> {
    let database = store.public_database_url();
    if args.json {
        output::json(out, &json!({ "database": database, "status": "up_to_date" }))?;
    } else {
        writeln!(out, "`{database}` is up to date")?;
    }
    Ok(())
}
