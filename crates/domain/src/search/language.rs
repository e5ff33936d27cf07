//! What the search languages know: one for each kind of thing.

use types::RunStatus;
use types::search::{
    DatasetAttribute, ExperimentAttribute, Field, LoggedModelAttribute, MetricValue, ModelVersionAttribute,
    RegisteredModelAttribute, RunAttribute, Test,
};

/// The fields of one kind of thing, by the names that a filter may give them. The attributes of the thing stand
/// for the language.
pub(super) trait Language: Sized {
    /// What to say to somebody whose field is none.
    const EXPECTED: &'static str;

    /// The field called `key` of an entity such as `metrics`; `is_bare` if it was written without quotes.
    ///
    /// # Errors
    ///
    /// Says what there is instead.
    fn field(entity: Option<&str>, key: &str, is_bare: bool) -> Result<Field<Self>, String>;

    /// Whether the values of an attribute are numbers, not texts.
    fn is_number(&self) -> bool;

    /// What is wrong with a test of this field, beyond its form.
    fn problem(_: &Field<Self>, _: &Test) -> Option<String> {
        None
    }
}

impl Language for RunAttribute {
    const EXPECTED: &'static str =
        "expected a field such as metrics.test_rmse, params.model or attributes.status";

    /// A bare metric key may end in `.min`, `.max`, `.first` or `.last`.
    fn field(entity: Option<&str>, key: &str, is_bare: bool) -> Result<Field, String> {
        let Some(entity) = entity else { return run_attribute(key) };
        match entity.to_ascii_lowercase().as_str() {
            "metric" | "metrics" => {
                let (key, which) = match key.rsplit_once('.').filter(|_| is_bare) {
                    Some((key, "min")) => (key, MetricValue::Min),
                    Some((key, "max")) => (key, MetricValue::Max),
                    Some((key, "first")) => (key, MetricValue::First),
                    Some((key, "last")) => (key, MetricValue::Last),
                    _ => (key, MetricValue::Last),
                };
                Ok(Field::Metric { key: key.to_owned(), which })
            }
            "param" | "params" | "parameter" | "parameters" => Ok(Field::Param(key.to_owned())),
            "tag" | "tags" => Ok(Field::Tag(key.to_owned())),
            "attribute" | "attributes" | "attr" | "run" => run_attribute(key),
            "dataset" | "datasets" => Ok(Field::Dataset(match key {
                "name" => DatasetAttribute::Name,
                "digest" => DatasetAttribute::Digest,
                "context" => DatasetAttribute::Context,
                _ => return Err("datasets have `name`, `digest` and `context`".to_owned()),
            })),
            _ => Err("expected metrics., params., tags., attributes. or datasets.".to_owned()),
        }
    }

    fn is_number(&self) -> bool {
        Self::is_number(*self)
    }

    fn problem(field: &Field, test: &Test) -> Option<String> {
        match (field, test) {
            (Field::Attribute(Self::Status), Test::Text { value, .. })
                if RunStatus::from_name(&value.to_ascii_uppercase()).is_none() =>
            {
                let names = RunStatus::ALL.map(RunStatus::as_str).join(", ");
                Some(format!("there is no status `{value}`; there are {names}"))
            }
            _ => None,
        }
    }
}

fn run_attribute(key: &str) -> Result<Field, String> {
    Ok(Field::Attribute(match key {
        "run_id" => RunAttribute::RunId,
        "run_name" | "Run name" | "Run Name" | "run name" => RunAttribute::RunName,
        "status" => RunAttribute::Status,
        "user_id" => RunAttribute::UserId,
        "artifact_uri" => RunAttribute::ArtifactUri,
        "start_time" | "created" | "Created" => RunAttribute::StartTime,
        "end_time" => RunAttribute::EndTime,
        _ => {
            let known = "run_id, run_name, status, user_id, artifact_uri, start_time and end_time";
            return Err(format!("there is no attribute `{key}`; there are {known}"));
        }
    }))
}

impl Language for ExperimentAttribute {
    const EXPECTED: &'static str = "expected a field such as name, creation_time or tags.team";

    fn field(entity: Option<&str>, key: &str, _: bool) -> Result<Field<Self>, String> {
        match entity.map(str::to_ascii_lowercase).as_deref() {
            Some("tag" | "tags") => Ok(Field::Tag(key.to_owned())),
            None | Some("attribute" | "attributes") => Ok(Field::Attribute(match key {
                "name" => Self::Name,
                "experiment_id" => Self::Id,
                "creation_time" => Self::CreatedAt,
                "last_update_time" => Self::UpdatedAt,
                _ => {
                    return Err(format!(
                        "there is no attribute `{key}`; there are name, experiment_id, creation_time and \
                         last_update_time"
                    ));
                }
            })),
            Some(entity) => Err(format!("`{entity}` is neither attributes nor tags")),
        }
    }

    fn is_number(&self) -> bool {
        Self::is_number(*self)
    }
}

impl Language for LoggedModelAttribute {
    const EXPECTED: &'static str =
        "expected a field such as name, metrics.test_rmse, params.model or tags.team";

    fn field(entity: Option<&str>, key: &str, _: bool) -> Result<Field<Self>, String> {
        let Some(entity) = entity else { return logged_model_attribute(key) };
        match entity.to_ascii_lowercase().as_str() {
            "metric" | "metrics" => Ok(Field::Metric { key: key.to_owned(), which: MetricValue::Last }),
            "param" | "params" => Ok(Field::Param(key.to_owned())),
            "tag" | "tags" => Ok(Field::Tag(key.to_owned())),
            "attribute" | "attributes" => logged_model_attribute(key),
            _ => Err(format!(
                "Invalid entity type: '{entity}'. Expected one of attributes, metrics, params and tags"
            )),
        }
    }

    fn is_number(&self) -> bool {
        Self::is_number(*self)
    }
}

fn logged_model_attribute(key: &str) -> Result<Field<LoggedModelAttribute>, String> {
    Ok(Field::Attribute(match key {
        "name" => LoggedModelAttribute::Name,
        "model_id" => LoggedModelAttribute::Id,
        "model_type" => LoggedModelAttribute::ModelType,
        "status" => LoggedModelAttribute::Status,
        "source_run_id" => LoggedModelAttribute::SourceRunId,
        "creation_time" | "creation_timestamp" | "creation_timestamp_ms" => LoggedModelAttribute::CreatedAt,
        "last_updated_time" | "last_updated_timestamp" | "last_updated_timestamp_ms" => {
            LoggedModelAttribute::UpdatedAt
        }
        _ => {
            return Err(format!(
                "there is no attribute `{key}`; there are name, model_id, model_type, status, source_run_id, \
                 creation_timestamp and last_updated_timestamp"
            ));
        }
    }))
}

impl Language for RegisteredModelAttribute {
    const EXPECTED: &'static str = "expected a field such as name or tags.team";

    fn field(entity: Option<&str>, key: &str, _: bool) -> Result<Field<Self>, String> {
        attribute_or_tag(entity, key, |key| {
            Some(match key {
                "name" => Self::Name,
                "creation_timestamp" => Self::CreatedAt,
                "timestamp" | "last_updated_timestamp" => Self::UpdatedAt,
                _ => return None,
            })
        })
    }

    fn is_number(&self) -> bool {
        Self::is_number(*self)
    }
}

impl Language for ModelVersionAttribute {
    const EXPECTED: &'static str = "expected a field such as name, version_number or tags.team";

    fn field(entity: Option<&str>, key: &str, _: bool) -> Result<Field<Self>, String> {
        attribute_or_tag(entity, key, |key| {
            Some(match key {
                "name" => Self::Name,
                "run_id" => Self::RunId,
                "source_path" => Self::SourcePath,
                "version_number" => Self::VersionNumber,
                "creation_timestamp" => Self::CreatedAt,
                "last_updated_timestamp" => Self::UpdatedAt,
                _ => return None,
            })
        })
    }

    fn is_number(&self) -> bool {
        Self::is_number(*self)
    }
}

/// The field of a language that has attributes and tags only.
fn attribute_or_tag<A>(
    entity: Option<&str>,
    key: &str,
    attribute: fn(&str) -> Option<A>,
) -> Result<Field<A>, String> {
    match entity.map(str::to_ascii_lowercase).as_deref() {
        Some("tag" | "tags") => Ok(Field::Tag(key.to_owned())),
        None | Some("attribute" | "attributes" | "attr") => match attribute(key) {
            Some(attribute) => Ok(Field::Attribute(attribute)),
            None => Err(format!("Invalid attribute name: {key}")),
        },
        Some(entity) => Err(format!("`{entity}` is neither attributes nor tags")),
    }
}
