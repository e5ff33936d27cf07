//! `data`: make a sample, import a table.

use std::io::Write;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use domain::{Ctx, datasets, sample};
use serde_json::json;
use types::DatasetName;

use super::{input, output};

/// Make or import data
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make believable used cars as CSV
    Sample(SampleArgs),
    /// Store a CSV file, so that the dashboard can train on it
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SampleArgs {
    /// Number of cars
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    rows: u32,

    /// Same seed, same cars
    #[arg(long, default_value_t = 42)]
    seed: u64,

    /// File to write; `-` is standard output
    #[arg(long, short, default_value = "-", value_name = "FILE")]
    output: Utf8PathBuf,

    /// Tell as JSON what was written
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// CSV file with a header row
    file: Utf8PathBuf,

    /// Name of the dataset [default: the file's name without its extension]
    #[arg(long)]
    name: Option<DatasetName>,

    /// Print the stored dataset as JSON
    #[arg(long)]
    json: bool,
}

/// Writes a sample.
///
/// # Errors
///
/// If the file cannot be written.
pub(super) fn sample(args: SampleArgs, out: &mut impl Write) -> anyhow::Result<()> {
    let csv = sample::csv(usize::try_from(args.rows)?, args.seed);
    if args.output == "-" {
        return Ok(out.write_all(csv.as_bytes())?);
    }
    std::fs::write(&args.output, csv).with_context(|| format!("cannot write `{}`", args.output))?;
    if args.json {
        output::json(out, &json!({ "file": args.output, "rows": args.rows, "seed": args.seed }))?;
    } else {
        writeln!(out, "Wrote {} cars to `{}`", args.rows, args.output)?;
    }
    Ok(())
}

/// Stores a table.
///
/// # Errors
///
/// Says which row or column of the file is wrong.
pub(super) async fn import(args: ImportArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let name = match args.name {
        Some(name) => name,
        None => name_of(&args.file)?,
    };
    let content = input::bytes(&args.file)?;
    let dataset = datasets::import_csv(ctx, name, args.file.as_str(), content.into()).await?;
    if args.json {
        output::json(out, &dataset)?;
    } else {
        let (rows, columns) = (dataset.row_count, dataset.columns.len());
        writeln!(
            out,
            "Stored `{}`: {rows} rows, {columns} columns, digest {}",
            dataset.name, dataset.digest
        )?;
    }
    Ok(())
}

/// The name of a file without folders and extension.
pub(super) fn name_of(file: &Utf8Path) -> Result<DatasetName, types::InvalidValue> {
    DatasetName::parse(file.file_stem().unwrap_or_default())
}
