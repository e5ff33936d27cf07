//! Identifiers as clients see them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::InvalidValue;

/// Experiment number, assigned by the store; MLflow writes it as a decimal string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, example = "1"))]
#[serde(try_from = "String", into = "String")]
pub struct ExperimentId(pub i64);

impl ExperimentId {
    /// The experiment `Default`, which exists from the first start.
    pub const DEFAULT: Self = Self(0);

    /// Accepts a decimal number that is not negative.
    ///
    /// # Errors
    ///
    /// If the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let is_decimal = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|_| is_decimal)
            .map(Self)
            .ok_or_else(|| InvalidValue::new("experiment id", "is not a decimal number"))
    }
}

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ExperimentId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ExperimentId {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::parse(&text)
    }
}

impl From<ExperimentId> for String {
    fn from(id: ExperimentId) -> Self {
        id.to_string()
    }
}

/// Declares an identifier of 32 lower-case hexadecimal digits: a UUID without dashes.
macro_rules! hex_identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(
            feature = "openapi",
            derive(utoipa::ToSchema),
            schema(value_type = String, example = "7f4c1d2e9a8b4c5d8e6f0a1b2c3d4e5f")
        )]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts exactly 32 lower-case hexadecimal digits.
            ///
            /// # Errors
            ///
            /// If the text is anything else.
            pub fn parse(text: &str) -> Result<Self, InvalidValue> {
                let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                if text.len() == 32 && text.bytes().all(is_hex) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidValue::new($what, "is not made of 32 lower-case hexadecimal digits"))
                }
            }

            /// Makes the identifier from 128 bits, such as those of a version 4 UUID.
            #[must_use]
            pub fn from_bits(bits: u128) -> Self {
                Self(format!("{bits:032x}"))
            }

            /// The digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidValue;

            fn from_str(text: &str) -> Result<Self, InvalidValue> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidValue;

            fn try_from(text: String) -> Result<Self, InvalidValue> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

hex_identifier!(
    /// Identifies a run; MLflow's `run_id`.
    RunId,
    "run id"
);
hex_identifier!(
    /// Identifies a training job.
    JobId,
    "job id"
);
hex_identifier!(
    /// Identifies one answer of a served model.
    PredictionId,
    "prediction id"
);

/// Identifies a logged model: `m-` and 32 lower-case hexadecimal digits; MLflow's `model_id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "openapi",
    derive(utoipa::ToSchema),
    schema(value_type = String, example = "m-7f4c1d2e9a8b4c5d8e6f0a1b2c3d4e5f")
)]
#[serde(try_from = "String", into = "String")]
pub struct LoggedModelId(String);

impl LoggedModelId {
    /// Accepts exactly `m-` and 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    ///
    /// If the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        match text.strip_prefix("m-").map(RunId::parse) {
            Some(Ok(_)) => Ok(Self(text.to_owned())),
            _ => Err(InvalidValue::new("model id", "is not `m-` and 32 lower-case hexadecimal digits")),
        }
    }

    /// Makes the identifier from 128 bits, such as those of a version 4 UUID.
    #[must_use]
    pub fn from_bits(bits: u128) -> Self {
        Self(format!("m-{bits:032x}"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoggedModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LoggedModelId {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::parse(text)
    }
}

impl TryFrom<String> for LoggedModelId {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::parse(&text)
    }
}

impl From<LoggedModelId> for String {
    fn from(id: LoggedModelId) -> Self {
        id.0
    }
}
