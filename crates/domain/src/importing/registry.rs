//! The registry comes in, after the runs and models that its versions are.

use moving::Source;
use moving::record::{self, Fault};
use store::{Adopted, ForeignRegisteredModel, ForeignVersion};
use types::{
    Alias, ArtifactLocation, ArtifactOwner, ArtifactPath, LoggedModelId, Millis, ModelName, ModelStage, RunId,
};

use super::run::patiently;
use super::{ImportReport, convert};
use crate::left_out::Owner;
use crate::{Ctx, Result};

/// Tag of what is no model, but a text for language models.
const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// Brings in names with their versions, aliases, stages and tags.
pub(super) async fn import(ctx: &Ctx, source: &Source, report: &mut ImportReport) -> Result<()> {
    let found = source.registered_models().await?;
    report.left_out.add_all(&Owner::None, found.faults);
    for model in found.items {
        let owner = Owner::Model(model.name.clone());
        let mut faults = model.faults.clone();
        registered_model(ctx, &model, report, &mut faults).await?;
        report.left_out.add_all(&owner, faults);
    }
    ctx.serving().refresh(ctx.store()).await
}

async fn registered_model(
    ctx: &Ctx,
    model: &record::RegisteredModel,
    report: &mut ImportReport,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    if model.tags.iter().any(|(key, value)| key == PROMPT_TAG && value == "true") {
        faults.push(Fault::new("prompt", "prompts of language models have no place here"));
        return Ok(());
    }
    let name = match ModelName::parse(&model.name) {
        Ok(name) => name,
        Err(error) => {
            faults.push(Fault::new("registered model", format!("its name {}", error.problem)));
            return Ok(());
        }
    };
    let created_at = Millis(model.created_at.unwrap_or(0));
    let foreign = ForeignRegisteredModel {
        name: name.clone(),
        description: model.description.clone(),
        created_at,
        updated_at: model.updated_at.map_or(created_at, Millis),
        tags: convert::tags(&model.tags, faults),
    };
    match patiently(|| ctx.store().adopt_registered_model(&foreign)).await? {
        Adopted::Added => report.registered_models_added += 1,
        _ => report.registered_models_present += 1,
    }
    for version in &model.versions {
        match self::version(ctx, &name, version, faults).await? {
            Some(Adopted::Added) => report.versions_added += 1,
            Some(Adopted::Taken) => faults.push(Fault::new(
                format!("version {}", version.version),
                "here this number is another version, which stays",
            )),
            Some(_) => report.versions_present += 1,
            None => {}
        }
    }
    for (alias, version) in &model.aliases {
        let what = format!("alias `{alias}`");
        let (alias, version) = match (Alias::parse(alias), version.trim().parse::<i64>()) {
            (Ok(alias), Ok(version)) => (alias, version),
            (Err(error), _) => {
                faults.push(Fault::new(what, format!("it {}", error.problem)));
                continue;
            }
            (_, Err(_)) => {
                faults.push(Fault::new(what, format!("`{version}` is no version")));
                continue;
            }
        };
        let by = ctx.caller().name();
        match patiently(|| ctx.store().adopt_alias(&name, &alias, version, ctx.now(), by)).await {
            Ok(Adopted::Taken) => {
                faults.push(Fault::new(what, "here it points to another version, and stays so"))
            }
            Ok(_) => {}
            Err(store::Error::Missing { .. }) => {
                faults.push(Fault::new(what, format!("version {version} is not here")));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// `None` if the version cannot come in.
async fn version(
    ctx: &Ctx,
    name: &ModelName,
    foreign: &record::ModelVersion,
    faults: &mut Vec<Fault>,
) -> Result<Option<Adopted>> {
    let what = || format!("version {}", foreign.version);
    if foreign.version < 1 {
        faults.push(Fault::new(what(), "versions are counted from 1"));
        return Ok(None);
    }
    let location = location(ctx, foreign).await?;
    if location.is_none() {
        faults.push(Fault::new(
            format!("files of version {}", foreign.version),
            format!("`{}` is no folder of a run or model that is here", foreign.source),
        ));
    }
    let mut run_id = foreign.run_id.as_deref().and_then(|id| RunId::parse(id).ok());
    if let Some(run) = &run_id
        && ctx.store().run_lifecycle(run).await?.is_none()
    {
        faults.push(Fault::new(
            format!("link of version {} to its run", foreign.version),
            "that run is not here",
        ));
        run_id = None;
    }
    let model_id = match location.as_ref().map(|location| &location.owner) {
        Some(ArtifactOwner::Model(id)) => Some(id.clone()),
        _ => None,
    };
    let created_at = Millis(foreign.created_at.unwrap_or(0));
    let version = ForeignVersion {
        name: name.clone(),
        version: foreign.version,
        run_id,
        model_id,
        source: foreign.source.clone(),
        location,
        model_type: foreign.model_type.clone(),
        description: foreign.description.clone(),
        run_link: foreign.run_link.clone(),
        stage: ModelStage::from_name(&foreign.stage).unwrap_or_default(),
        created_at,
        updated_at: foreign.updated_at.map_or(created_at, Millis),
        tags: convert::tags(&foreign.tags, faults),
    };
    Ok(Some(patiently(|| ctx.store().adopt_version(&version)).await?))
}

/// Where the files of a version are here. What the source says is only searched for the identifiers of runs and models
/// that are here.
async fn location(ctx: &Ctx, foreign: &record::ModelVersion) -> Result<Option<ArtifactLocation>> {
    let named = foreign.model_id.as_deref().or_else(|| foreign.source.strip_prefix("models:/"));
    let places = [foreign.location.as_str(), foreign.source.as_str()];
    let owners = named
        .and_then(|id| LoggedModelId::parse(id).ok())
        .map(|id| (ArtifactOwner::Model(id), None))
        .into_iter()
        .chain(places.iter().filter_map(|place| owner_in(place)));
    for (owner, path) in owners {
        if let Some(experiment_id) = ctx.store().artifact_experiment(&owner).await? {
            return Ok(Some(ArtifactLocation { experiment_id, owner, path }));
        }
    }
    Ok(None)
}

/// The run or model that an address names, with what comes behind it: `…/<run>/artifacts/<path>`,
/// `…/<model>/artifacts/<path>` or `runs:/<run>/<path>`.
fn owner_in(place: &str) -> Option<(ArtifactOwner, Option<ArtifactPath>)> {
    let path = |rest: &str| {
        let rest = rest.trim_matches('/');
        if rest.is_empty() { Some(None) } else { ArtifactPath::parse(rest).ok().map(Some) }
    };
    if let Some(rest) = place.strip_prefix("runs:/") {
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        return Some((ArtifactOwner::Run(RunId::parse(id).ok()?), path(rest)?));
    }
    place.match_indices("/artifacts").find_map(|(at, word)| {
        let id = place[..at].rsplit('/').next()?;
        let owner = RunId::parse(id)
            .map(ArtifactOwner::Run)
            .or_else(|_| LoggedModelId::parse(id).map(ArtifactOwner::Model))
            .ok()?;
        Some((owner, path(&place[at + word.len()..])?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "027d660b733144f6a752e3cac93068b5";

    #[test]
    fn addresses_are_searched_for_identifiers_only() {
        let told = |place: &str| {
            owner_in(place).map(|(owner, path)| (owner.to_string(), path.map(|p| p.to_string())))
        };
        let run = format!("run {ID}");
        for place in [
            format!("runs:/{ID}/model"),
            format!("file:///home/ana/mlruns/1/{ID}/artifacts/model"),
            format!("mlflow-artifacts:/1/{ID}/artifacts/model/"),
            format!("s3://bucket/artifacts/1/{ID}/artifacts/model"),
        ] {
            assert_eq!(told(&place), Some((run.clone(), Some("model".to_owned()))), "{place}");
        }
        let model = format!("/x/1/models/m-{ID}/artifacts");
        assert_eq!(told(&model), Some((format!("logged model m-{ID}"), None)));
        for place in ["/etc/passwd", "runs:/x/model", &format!("runs:/{ID}/../x"), "/artifacts", ""] {
            assert_eq!(told(place), None, "{place}");
        }
    }
}
