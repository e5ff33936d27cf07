//! What runs used and made: datasets and logged models.

use axum::Json;
use domain::runs;
use types::{DatasetDetails, DatasetInput, ModelRole, RunModel};

use super::run_id;
use super::view::CONTEXT_TAG;
use crate::mlflow::error::MlflowError;
use crate::mlflow::message::{Place, message};
use crate::mlflow::op::{Op, Received};
use crate::mlflow::wire::{Empty, KeyValue};

/// Most datasets in a request.
const DATASETS_MAX: usize = 1000;

/// Largest sizes of the parts of a dataset and of its tags, in characters.
const NAME_MAX: usize = 500;
const DIGEST_MAX: usize = 36;
const SOURCE_MAX: usize = 65_535;
const SCHEMA_MAX: usize = 1_048_575;
const PROFILE_MAX: usize = 16_777_215;
const TAG_KEY_MAX: usize = 255;
const TAG_VALUE_MAX: usize = 500;

message! {
    struct Dataset {
        required name: String,
        required digest: String,
        required source_type: String,
        required source: String,
        optional schema: String,
        optional profile: String,
    }
}

message! {
    struct InputDataset {
        plain tags: Vec<KeyValue>,
        required dataset: Dataset,
    }
}

message! {
    struct InputModel {
        required model_id: String,
    }
}

message! {
    struct OutputModel {
        required model_id: String,
        optional step: i64,
    }
}

message! {
    struct LogInputs {
        required run_id: String,
        plain datasets: Vec<InputDataset>,
        plain models: Vec<InputModel>,
    }
}

message! {
    struct LogOutputs {
        required run_id: String,
        required models: Vec<OutputModel>,
    }
}

pub(crate) async fn log_inputs(
    Op(ctx): Op,
    Received(message): Received<LogInputs>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, String::new())?;
    if message.datasets.len() > DATASETS_MAX {
        return Err(MlflowError::invalid(format!("A request can log at most {DATASETS_MAX} datasets")));
    }
    let place = Place::Root.field("datasets");
    let datasets = message.datasets.into_iter().enumerate();
    let datasets = datasets.map(|(index, input)| dataset(input, &Place::Item(&place, index)));
    let models = message.models.into_iter().map(|model| RunModel {
        model_id: model.model_id,
        role: ModelRole::Input,
        step: 0,
    });
    runs::log_inputs(&ctx, &id, datasets.collect::<Result<_, _>>()?, models.collect()).await?;
    Ok(Json(Empty {}))
}

fn dataset(input: InputDataset, place: &Place<'_>) -> Result<DatasetInput, MlflowError> {
    let InputDataset { tags, dataset } = input;
    let here = place.field("dataset");
    let too_long = |text: &str, name: &'static str, max: usize| {
        // A character has at least one byte.
        if text.len() > max && text.chars().nth(max).is_some() {
            return Err(MlflowError::invalid(format!(
                "'{}' exceeds the maximum length of {max} characters",
                here.field(name)
            )));
        }
        Ok(())
    };
    too_long(&dataset.name, "name", NAME_MAX)?;
    too_long(&dataset.digest, "digest", DIGEST_MAX)?;
    too_long(&dataset.source, "source", SOURCE_MAX)?;
    too_long(dataset.schema.as_deref().unwrap_or_default(), "schema", SCHEMA_MAX)?;
    too_long(dataset.profile.as_deref().unwrap_or_default(), "profile", PROFILE_MAX)?;
    let mut context = String::new();
    let mut labels = Vec::new();
    for KeyValue { key, value } in tags {
        too_long(&key, "tags", TAG_KEY_MAX)?;
        too_long(&value, "tags", TAG_VALUE_MAX)?;
        if key == CONTEXT_TAG {
            context = value;
        } else {
            labels.push((key, value));
        }
    }
    Ok(DatasetInput {
        name: dataset.name,
        digest: dataset.digest,
        context,
        details: Some(DatasetDetails {
            source_type: dataset.source_type,
            source: dataset.source,
            schema: dataset.schema,
            profile: dataset.profile,
            tags: labels,
        }),
    })
}

pub(crate) async fn log_outputs(
    Op(ctx): Op,
    Received(message): Received<LogOutputs>,
) -> Result<Json<Empty>, MlflowError> {
    let id = run_id(message.run_id, String::new())?;
    let models = message.models.into_iter().map(|model| RunModel {
        model_id: model.model_id,
        role: ModelRole::Output,
        step: model.step.unwrap_or_default(),
    });
    runs::log_inputs(&ctx, &id, Vec::new(), models.collect()).await?;
    Ok(Json(Empty {}))
}
