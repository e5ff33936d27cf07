//! What a model's file keeps of a column, apart from the types of other crates, so that those may change.

use serde::{Deserialize, Serialize};
use types::{ColumnKind, ColumnProfile};

use super::Feature;

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Stored {
    column: Second,
    unit: Option<String>,
    quantiles: Vec<f64>,
}

/// A column as version 2 of the file kept it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Second {
    name: String,
    profile: StoredProfile,
    median: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct StoredProfile {
    name: String,
    kind: StoredKind,
    missing: u64,
    min: Option<f64>,
    max: Option<f64>,
    mean: Option<f64>,
    levels: Vec<(String, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum StoredKind {
    Integer,
    Decimal,
    Text,
}

impl From<&Feature> for Second {
    fn from(feature: &Feature) -> Self {
        let profile = feature.profile.clone();
        let kind = match profile.kind {
            ColumnKind::Integer => StoredKind::Integer,
            ColumnKind::Decimal => StoredKind::Decimal,
            ColumnKind::Text => StoredKind::Text,
        };
        Self {
            name: feature.name.clone(),
            profile: StoredProfile {
                name: profile.name,
                kind,
                missing: profile.missing,
                min: profile.min,
                max: profile.max,
                mean: profile.mean,
                levels: profile.levels,
            },
            median: feature.median,
        }
    }
}

impl From<&Feature> for Stored {
    fn from(feature: &Feature) -> Self {
        Self { column: feature.into(), unit: feature.unit.clone(), quantiles: feature.quantiles.clone() }
    }
}

impl From<Second> for Stored {
    fn from(column: Second) -> Self {
        Self { column, unit: None, quantiles: Vec::new() }
    }
}

impl From<Stored> for Feature {
    fn from(stored: Stored) -> Self {
        let Stored { column: Second { name, profile, median }, unit, quantiles } = stored;
        let kind = match profile.kind {
            StoredKind::Integer => ColumnKind::Integer,
            StoredKind::Decimal => ColumnKind::Decimal,
            StoredKind::Text => ColumnKind::Text,
        };
        let profile = ColumnProfile {
            name: profile.name,
            kind,
            missing: profile.missing,
            min: profile.min,
            max: profile.max,
            mean: profile.mean,
            levels: profile.levels,
        };
        Self { name, profile, median, quantiles, unit }
    }
}
