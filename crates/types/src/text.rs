//! How checked texts are declared.

/// Declares a text that only `parse` can make; serde and `FromStr` go through it.
///
/// `$check` takes the text and returns what is wrong with it, if anything.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts text that follows the rules of this type.
            ///
            /// # Errors
            ///
            /// Says which rule the text breaks.
            pub fn parse(text: &str) -> Result<Self, $crate::InvalidValue> {
                let check: fn(&str) -> Option<String> = $check;
                match check(text) {
                    None => Ok(Self(text.to_owned())),
                    Some(problem) => Err($crate::InvalidValue::new($what, problem)),
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::InvalidValue;

            fn from_str(text: &str) -> Result<Self, $crate::InvalidValue> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::InvalidValue;

            fn try_from(text: String) -> Result<Self, $crate::InvalidValue> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

pub(crate) use checked_text;

/// What is wrong with a text that must have 1 to `max` bytes and no control characters.
pub(crate) fn problem_of_line(text: &str, max: usize) -> Option<String> {
    if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else if text.len() > max {
        Some(format!("is longer than {max} bytes"))
    } else {
        text.chars()
            .find(|c| c.is_control())
            .map(|c| format!("contains the control character {}", c.escape_unicode()))
    }
}

/// What is wrong with the key of a metric, param or tag.
///
/// MLflow's rule (`mlflow.utils.validation`): letters, digits, `_ - . space : /`, and equal to its own
/// normalised path.
pub(crate) fn problem_of_key(text: &str, max: usize) -> Option<String> {
    if text.trim().is_empty() {
        return Some("is empty".to_owned());
    }
    if text.len() > max {
        return Some(format!("is longer than {max} bytes"));
    }
    let is_allowed =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/' | '²' | '³');
    if let Some(bad) = text.chars().find(|c| !is_allowed(*c)) {
        return Some(format!("contains `{}`", bad.escape_debug()));
    }
    if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Some("is not a plain path: it has an empty, `.` or `..` part".to_owned());
    }
    None
}
