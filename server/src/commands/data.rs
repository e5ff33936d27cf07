//! `data`: make a sample, import a table, look at what is there.

use std::io::Write;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use domain::{Ctx, datasets, sample};
use serde_json::json;
use types::{ColumnReport, Dataset, DatasetName, Language};

use super::{input, output};

/// Make, import and check data
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make believable used cars as CSV
    Sample(SampleArgs),
    /// Store a CSV or Parquet file, so that the dashboard can train on it
    Import(ImportArgs),
    /// List stored datasets
    List(ListArgs),
    /// Show what the columns of a dataset hold
    Show(OneArgs),
    /// Say what may be wrong with a dataset
    Check(OneArgs),
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
    /// CSV file with a header row, or Parquet file
    file: Utf8PathBuf,

    /// Name of the dataset [default: the file's name without its extension]
    #[arg(long)]
    name: Option<DatasetName>,

    /// Print the stored dataset as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OneArgs {
    /// Name or digest of the dataset
    dataset: String,

    /// Print it as JSON
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
    let content = input::stream(&args.file).await?;
    let dataset = datasets::import(ctx, name, args.file.as_str(), content).await?;
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

/// Lists datasets.
///
/// # Errors
///
/// If the store fails.
pub(super) async fn list(args: ListArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let datasets = datasets::list(ctx).await?;
    if args.json {
        return Ok(output::json(out, &datasets)?);
    }
    let rows: Vec<Vec<String>> = datasets
        .into_iter()
        .map(|dataset| {
            vec![
                dataset.name.to_string(),
                dataset.row_count.to_string(),
                dataset.columns.len().to_string(),
                dataset.created_at.to_string(),
                dataset.digest,
            ]
        })
        .collect();
    output::table(out, &["NAME", "ROWS", "COLUMNS", "STORED", "DIGEST"], &rows)?;
    Ok(())
}

/// Shows what the columns of a dataset hold.
///
/// # Errors
///
/// If there is no such dataset.
pub(super) async fn show(args: OneArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let overview = datasets::overview(ctx, &args.dataset, 1).await?;
    if args.json {
        let (dataset, report) = (&overview.dataset, &overview.report);
        let told = json!({ "dataset": dataset, "format": report.format, "columns": report.columns });
        return Ok(output::json(out, &told)?);
    }
    let dataset = &overview.dataset;
    writeln!(out, "{}: {} rows, digest {}", dataset.name, dataset.row_count, dataset.digest)?;
    if !dataset.description.is_empty() {
        writeln!(out, "{}", dataset.description)?;
    }
    let rows: Vec<Vec<String>> =
        overview.report.columns.iter().map(|column| shown(column, dataset)).collect();
    output::table(out, &["COLUMN", "TYPE", "UNIT", "MISSING", "DIFFERENT", "VALUES"], &rows)?;
    Ok(())
}

/// A column in one line; long names and values are the file's own.
fn shown(column: &ColumnReport, dataset: &Dataset) -> Vec<String> {
    let values = if column.quantiles.is_empty() {
        column.top.iter().take(5).map(|(value, _)| value.clone()).collect::<Vec<_>>().join(", ")
    } else {
        let at = |share: f64| {
            let found = column.quantiles.iter().find(|quantile| (quantile.share - share).abs() < 1e-9);
            found.map(|quantile| output::number(quantile.value)).unwrap_or_default()
        };
        format!("{} to {}, half below {}", at(0.0), at(1.0), at(0.5))
    };
    vec![
        column.name.clone(),
        column.kind.as_str().to_owned(),
        dataset.edits.units.get(&column.name).map(ToString::to_string).unwrap_or_default(),
        column.missing.to_string(),
        column.distinct.to_string(),
        values,
    ]
}

/// Says what may be wrong with a dataset.
///
/// # Errors
///
/// If there is no such dataset.
pub(super) async fn check(args: OneArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let report = datasets::report(ctx, &args.dataset).await?;
    if args.json {
        return Ok(output::json(out, &report.findings)?);
    }
    if report.findings.is_empty() {
        writeln!(out, "Nothing stands out")?;
    }
    for finding in report.findings {
        writeln!(out, "{}: {}", finding.severity.title(Language::En), finding.sentence(Language::En))?;
    }
    Ok(())
}

/// The name of a file without folders and extension.
pub(super) fn name_of(file: &Utf8Path) -> Result<DatasetName, types::InvalidValue> {
    DatasetName::parse(file.file_stem().unwrap_or_default())
}
