//! Where the files of a new version are. Clients name them by URI; each of the four kinds that mean files of this
//! server is looked up among runs, logged models and versions. Every other text is refused, whatever the tags say:
//! nothing that a client wrote is ever opened.

use types::{
    Alias, ArtifactLocation, ArtifactOwner, ArtifactPath, LoggedModelId, ModelName, ModelStage, ModelVersion,
    NewModelVersion, RunId,
};

use crate::{Ctx, Error, Result, logged_models, registry, runs};

/// The files of a version.
pub(super) struct VersionFiles {
    /// The URI in its final form: without aliases and stages, which may point elsewhere tomorrow.
    pub(super) source: String,
    pub(super) run_id: Option<RunId>,
    pub(super) model_id: Option<LoggedModelId>,
    pub(super) location: ArtifactLocation,
}

/// Finds the files that the source of a new version means.
pub(super) async fn resolve(ctx: &Ctx, new: &NewModelVersion) -> Result<VersionFiles> {
    let source = new.source.as_str();
    if let Some(rest) = source.strip_prefix("models:/") {
        return match LoggedModelId::parse(rest) {
            Ok(id) => of_logged_model(ctx, new, id).await,
            Err(_) => of_version(ctx, new, rest).await,
        };
    }
    if let Some(rest) = source.strip_prefix("runs:/") {
        return of_run(ctx, new, rest).await;
    }
    let Some(location) = ArtifactLocation::parse_uri(source) else {
        return Err(Error::Rule(format!(
            "Invalid model version source: '{source}'. Register a model whose files are on this server: 'runs:/<run \
             id>/<path>', 'models:/<model id>', 'models:/<name>/<version>' or 'mlflow-artifacts:/…' of a run or \
             logged model."
        )));
    };
    of_location(ctx, new, location).await
}

/// `models:/m-…`
async fn of_logged_model(ctx: &Ctx, new: &NewModelVersion, id: LoggedModelId) -> Result<VersionFiles> {
    if new.model_id.as_ref() != Some(&id) {
        return Err(belongs_to_another(new, "model_id"));
    }
    let model = logged_models::get(ctx, &id, false).await?;
    let owner = ArtifactOwner::Model(id.clone());
    Ok(VersionFiles {
        source: new.source.clone(),
        run_id: new.run_id.clone(),
        model_id: Some(id),
        location: ArtifactLocation { experiment_id: model.experiment_id, owner, path: None },
    })
}

/// `models:/name/3`, `models:/name/latest`, `models:/name/Production` and `models:/name@alias`: a copy.
async fn of_version(ctx: &Ctx, new: &NewModelVersion, rest: &str) -> Result<VersionFiles> {
    let original = find_version(ctx, &new.source, rest).await?;
    let is_same_run = new.run_id.is_none() || new.run_id == original.run_id;
    let is_same_model = new.model_id.is_none() || new.model_id == original.model_id;
    if !is_same_run || !is_same_model {
        return Err(Error::Rule(format!(
            "Invalid model version source: '{}'. The run_id and model_id request parameters must match the \
             referenced model version.",
            new.source
        )));
    }
    let Some(location) = ArtifactLocation::parse_uri(&original.artifact_uri) else {
        return Err(invalid(&new.source));
    };
    Ok(VersionFiles {
        source: format!("models:/{}/{}", original.name, original.version),
        run_id: original.run_id,
        model_id: original.model_id,
        location,
    })
}

async fn find_version(ctx: &Ctx, source: &str, rest: &str) -> Result<ModelVersion> {
    if let Some((name, which)) = rest.split_once('/') {
        let name = ModelName::parse(name).map_err(|_| invalid(source))?;
        if which.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = which.parse().map_err(|_| invalid(source))?;
            return registry::get_version(ctx, &name, number).await;
        }
        let is_latest = which.eq_ignore_ascii_case("latest");
        let stages = match ModelStage::from_name(which) {
            Some(stage) => vec![stage],
            None if is_latest => Vec::new(),
            None => return Err(invalid(source)),
        };
        let newest = registry::latest_versions(ctx, &name, &stages).await?;
        return newest.into_iter().max_by_key(|version| version.version).ok_or_else(|| invalid(source));
    }
    let (name, alias) = rest.rsplit_once('@').ok_or_else(|| invalid(source))?;
    let name = ModelName::parse(name).map_err(|_| invalid(source))?;
    let alias = Alias::parse(alias).map_err(|_| invalid(source))?;
    registry::version_by_alias(ctx, &name, &alias).await
}

/// `runs:/<run>/<path>`
async fn of_run(ctx: &Ctx, new: &NewModelVersion, rest: &str) -> Result<VersionFiles> {
    let (id, path) = match rest.split_once('/') {
        Some((id, path)) => (id, Some(path)),
        None => (rest, None),
    };
    let id = RunId::parse(id).map_err(|_| invalid(&new.source))?;
    let path = path.map(ArtifactPath::parse).transpose().map_err(|_| invalid(&new.source))?;
    if new.model_id.is_some() {
        return Err(belongs_to_another(new, "model_id"));
    }
    if new.run_id.as_ref() != Some(&id) {
        return Err(belongs_to_another(new, "run_id"));
    }
    let run = runs::get(ctx, &id).await?;
    let owner = ArtifactOwner::Run(id.clone());
    Ok(VersionFiles {
        source: new.source.clone(),
        run_id: Some(id),
        model_id: None,
        location: ArtifactLocation { experiment_id: run.experiment_id, owner, path },
    })
}

/// `mlflow-artifacts:/…`
async fn of_location(ctx: &Ctx, new: &NewModelVersion, location: ArtifactLocation) -> Result<VersionFiles> {
    let (run_id, model_id, experiment_id) = match &location.owner {
        ArtifactOwner::Run(id) => {
            if new.model_id.is_some() {
                return Err(belongs_to_another(new, "model_id"));
            }
            if new.run_id.as_ref() != Some(id) {
                return Err(belongs_to_another(new, "run_id"));
            }
            (Some(id.clone()), None, runs::get(ctx, id).await?.experiment_id)
        }
        ArtifactOwner::Model(id) => {
            if new.model_id.as_ref() != Some(id) {
                return Err(belongs_to_another(new, "model_id"));
            }
            let model = logged_models::get(ctx, id, false).await?;
            (new.run_id.clone(), Some(id.clone()), model.experiment_id)
        }
    };
    if experiment_id != location.experiment_id {
        return Err(invalid(&new.source));
    }
    Ok(VersionFiles { source: new.source.clone(), run_id, model_id, location })
}

fn invalid(source: &str) -> Error {
    Error::Rule(format!("Invalid model version source: '{source}'."))
}

fn belongs_to_another(new: &NewModelVersion, parameter: &str) -> Error {
    Error::Rule(format!(
        "Invalid model version source: '{}'. The {parameter} request parameter must identify the resource that \
         contains the source.",
        new.source
    ))
}
