//! `models`: the registry.

use std::io::Write;

use domain::models::Checks;
use domain::{Ctx, models};
use types::{ModelName, RunId};

use super::output;

/// Look at registered models and choose the champion
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Put the model of a run into service: it becomes the champion
    Promote(PromoteArgs),
    /// List registered models with their versions
    List(ListArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct PromoteArgs {
    /// Run that trained the model
    run_id: RunId,

    /// Registered model; /predict answers with `automoviles`
    #[arg(long, default_value = "automoviles")]
    name: ModelName,

    /// Refuse a model whose curves break what is expected, such as a price that rises with the kilometres
    #[arg(long)]
    require_checks: bool,

    /// Print the version as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Print the models as a JSON list
    #[arg(long)]
    json: bool,
}

/// Promotes or lists.
///
/// # Errors
///
/// If there is no such run, or its model cannot be served.
pub(super) async fn run(command: Command, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        Command::Promote(args) => promote(args, ctx, out).await,
        Command::List(args) => list(args, ctx, out).await,
    }
}

async fn promote(args: PromoteArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let checks = if args.require_checks { Checks::Required } else { Checks::Waived };
    let version = models::promote(ctx, &args.run_id, &args.name, checks).await?;
    if args.json {
        output::json(out, &version)?;
    } else {
        let (name, number, kind) = (&version.name, version.version, &version.model_type);
        writeln!(out, "`{name}` version {number} ({kind}) is the champion")?;
    }
    Ok(())
}

async fn list(args: ListArgs, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let models = models::list(ctx).await?;
    if args.json {
        return Ok(output::json(out, &models)?);
    }
    if models.is_empty() {
        writeln!(out, "No models. Register one: cuaderno models promote RUN_ID --name automoviles")?;
        return Ok(());
    }
    let rows: Vec<Vec<String>> = models
        .iter()
        .flat_map(|model| &model.versions)
        .map(|version| {
            let aliases: Vec<&str> = version.aliases.iter().map(types::Alias::as_str).collect();
            vec![
                version.name.to_string(),
                version.version.to_string(),
                aliases.join(", "),
                version.model_type.clone(),
                version.run_id.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
                version.created_at.to_string(),
            ]
        })
        .collect();
    output::table(out, &["model", "version", "aliases", "kind", "run", "registered (UTC)"], &rows)?;
    Ok(())
}
