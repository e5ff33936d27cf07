//! Pieces that many messages share.

use serde::{Serialize, Serializer};
use types::{Lifecycle, Tag, TagKey};

use super::error::MlflowError;
use super::message::{Place, message};

/// The answer that says nothing: `{}`.
#[derive(Debug, Serialize)]
pub(crate) struct Empty {}

message! {
    /// MLflow's `ExperimentTag`, `RunTag`, `Param` and the like.
    struct KeyValue {
        required key: String,
        plain value: String,
    }
}

/// Reads tags of the field `tags`.
pub(crate) fn tags(pairs: Vec<KeyValue>) -> Result<Vec<Tag>, MlflowError> {
    let tags = Place::Field(&Place::Root, "tags");
    let items = pairs.into_iter().enumerate();
    items.map(|(index, pair)| tag(pair, &Place::Item(&tags, index))).collect()
}

/// Reads the tag at `place`.
pub(crate) fn tag(pair: KeyValue, place: &Place<'_>) -> Result<Tag, MlflowError> {
    let key = place.field("key").parsed(&pair.key, TagKey::parse)?;
    Ok(Tag { key, value: pair.value })
}

/// A number on MLflow's wire: NaN as text, and infinities as the largest numbers, since JSON has neither.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real(pub(crate) f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() {
            serializer.serialize_str("NaN")
        } else {
            serializer.serialize_f64(self.0.clamp(f64::MIN, f64::MAX))
        }
    }
}

/// MLflow's name of a life-cycle stage.
pub(crate) fn stage(lifecycle: Lifecycle) -> &'static str {
    match lifecycle {
        Lifecycle::Active => "active",
        Lifecycle::Deleted => "deleted",
    }
}
