//! Logged models and the registry move out.

use moving::FileStoreWriter;
use moving::record::{self, ModelPoint, Point};
use types::{
    ArtifactOwner, ExperimentId, LoggedModel, LoggedModelMetric, LoggedModelQuery, LoggedModelStatus,
    ModelVersion, RegistryEntry,
};

use super::{ExportReport, PAGE, files, pairs};
use crate::left_out::Owner;
use crate::{Ctx, Error, Result};

/// Writes the logged models of an experiment that are not deleted.
pub(super) async fn logged(
    ctx: &Ctx,
    writer: &FileStoreWriter,
    experiment: ExperimentId,
    foreign: &record::Experiment,
    report: &mut ExportReport,
) -> Result<()> {
    let mut page_token = None;
    loop {
        let query = LoggedModelQuery {
            experiment_ids: vec![experiment],
            filter: None,
            datasets: Vec::new(),
            order_by: Vec::new(),
            max_results: PAGE,
            page_token,
        };
        let page = ctx.store().search_logged_models(&query).await?;
        for model in &page.models {
            let mut begun = writer.logged_model(foreign, &foreign_model(model))?;
            for LoggedModelMetric { metric, run_id, dataset } in &model.metrics {
                let point = metric.point;
                begun.model_point(&ModelPoint {
                    point: Point {
                        key: metric.key.to_string(),
                        value: point.value,
                        step: point.step,
                        timestamp: point.timestamp.0,
                    },
                    run_id: run_id.to_string(),
                    dataset: dataset.as_ref().map(|dataset| (dataset.name.clone(), dataset.digest.clone())),
                })?;
                report.points += 1;
            }
            files(ctx, &ArtifactOwner::from(&model.id), &mut begun, report).await?;
            report.left_out.add_all(&Owner::Model(model.id.to_string()), begun.finish()?);
            report.logged_models += 1;
        }
        page_token = page.next_page_token;
        if page_token.is_none() {
            return Ok(());
        }
    }
}

fn foreign_model(model: &LoggedModel) -> record::LoggedModel {
    record::LoggedModel {
        id: model.id.to_string(),
        name: model.name.to_string(),
        model_type: model.model_type.clone(),
        status: match model.status {
            LoggedModelStatus::Pending => "PENDING",
            LoggedModelStatus::Ready => "READY",
            LoggedModelStatus::Failed => "FAILED",
        }
        .to_owned(),
        source_run_id: model.source_run_id.as_ref().map(ToString::to_string),
        is_deleted: false,
        created_at: Some(model.created_at.0),
        updated_at: Some(model.updated_at.0),
        params: model.params.iter().map(|param| (param.key.to_string(), param.value.clone())).collect(),
        tags: pairs(&model.tags),
        ..record::LoggedModel::default()
    }
}

/// Writes all registered models with their versions.
pub(super) async fn registered(ctx: &Ctx, writer: &FileStoreWriter, report: &mut ExportReport) -> Result<()> {
    for model in ctx.store().registered_models().await? {
        let entry = ctx.store().registry_entry(&model.name).await?;
        let entry = entry.ok_or_else(|| Error::not_found("model", &model.name))?;
        let mut versions: Vec<_> = model.versions.iter().map(foreign_version).collect();
        versions.sort_by_key(|version| version.version);
        let faults = writer.registered_model(&foreign_registered(entry, versions))?;
        report.left_out.add_all(&Owner::Model(model.name.to_string()), faults);
        report.registered_models += 1;
    }
    Ok(())
}

fn foreign_registered(entry: RegistryEntry, versions: Vec<record::ModelVersion>) -> record::RegisteredModel {
    record::RegisteredModel {
        name: entry.name.to_string(),
        description: entry.description,
        created_at: Some(entry.created_at.0),
        updated_at: Some(entry.updated_at.0),
        tags: pairs(&entry.tags),
        aliases: entry
            .aliases
            .iter()
            .map(|(alias, version)| (alias.to_string(), version.to_string()))
            .collect(),
        versions,
        faults: Vec::new(),
    }
}

fn foreign_version(version: &ModelVersion) -> record::ModelVersion {
    record::ModelVersion {
        version: version.version,
        run_id: version.run_id.as_ref().map(ToString::to_string),
        model_id: version.model_id.as_ref().map(ToString::to_string),
        source: version.source.clone(),
        location: version.artifact_uri.clone(),
        model_type: version.model_type.clone(),
        stage: version.stage.as_str().to_owned(),
        description: version.description.clone(),
        run_link: version.run_link.clone(),
        created_at: Some(version.created_at.0),
        updated_at: Some(version.updated_at.0),
        tags: pairs(&version.tags),
    }
}
