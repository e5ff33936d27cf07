//! How predictions answer to one column, and what that should look like.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{InvalidValue, Language};

/// Share of the steps of a mean curve above which a rule counts as broken.
const BROKEN: f64 = 0.1;

/// Which way predictions may go as a number grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResponseDirection {
    /// Never down.
    Increasing,
    /// Never up.
    Decreasing,
}

/// What is known about the world: as `column` grows, the target goes one way, other things equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResponseRule {
    /// Name of a column of numbers.
    pub column: String,
    /// Which way predictions may go.
    pub direction: ResponseDirection,
}

/// `COLUMN=increasing` or `COLUMN=decreasing`, as the command line and the API spell it.
impl FromStr for ResponseRule {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let rule = text.rsplit_once('=').and_then(|(column, way)| {
            let direction = match way {
                "increasing" => ResponseDirection::Increasing,
                "decreasing" => ResponseDirection::Decreasing,
                _ => return None,
            };
            (!column.is_empty()).then(|| Self { column: column.to_owned(), direction })
        });
        rule.ok_or_else(|| {
            InvalidValue::new(
                "expectation",
                format!("is `{text}`, not `COLUMN=increasing` or `COLUMN=decreasing`"),
            )
        })
    }
}

impl fmt::Display for ResponseRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            ResponseDirection::Increasing => "increasing",
            ResponseDirection::Decreasing => "decreasing",
        };
        write!(f, "{}={way}", self.column)
    }
}

impl ResponseRule {
    /// The rules that every model of car prices should keep: more kilometres make no car dearer, a newer year none
    /// cheaper.
    #[must_use]
    pub fn of_cars() -> Vec<Self> {
        vec![
            Self { column: "kilometraje".to_owned(), direction: ResponseDirection::Decreasing },
            Self { column: "año".to_owned(), direction: ResponseDirection::Increasing },
        ]
    }
}

/// Mean prediction over rows in which one column is set to the same value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResponsePoint {
    /// The value that the column was set to.
    pub value: ResponseValue,
    /// Mean prediction, in units of the target.
    pub prediction: f64,
}

/// A value of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum ResponseValue {
    /// A number.
    Number(f64),
    /// A category.
    Text(String),
}

impl fmt::Display for ResponseValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// Partial dependence of the prediction on one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResponseCurve {
    /// Name of the column.
    pub column: String,
    /// Numbers in ascending order, or categories with the most frequent first.
    pub points: Vec<ResponsePoint>,
}

/// What was found on the curve of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResponseFinding {
    /// Name of the column.
    pub column: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: ResponseFindingKind,
}

/// What can be found on a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum ResponseFindingKind {
    /// The rule holds on the mean curve and for every single row.
    Kept {
        /// The rule.
        direction: ResponseDirection,
    },
    /// Predictions go the wrong way.
    Violated {
        /// The rule.
        direction: ResponseDirection,
        /// Share of the steps of single rows that go the wrong way, above 0 and at most 1.
        share: f64,
        /// Share of the steps of the mean curve that go the wrong way.
        mean_share: f64,
        /// Largest single step the wrong way, in units of the target.
        worst: f64,
        /// Value of the column before that step.
        from: f64,
        /// Value of the column behind it.
        to: f64,
    },
    /// The column hardly moves the prediction.
    Flat {
        /// Highest minus lowest mean prediction, in units of the target.
        span: f64,
    },
    /// One step of the mean curve makes up a large part of its span.
    Cliff {
        /// Value of the column before the step.
        from: f64,
        /// Value of the column behind it.
        to: f64,
        /// Change of the mean prediction, in units of the target.
        change: f64,
    },
    /// The model does not learn from a column of numbers with this name, so the rule says nothing.
    NotChecked,
}

impl ResponseFinding {
    /// Whether somebody should look at it.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        !matches!(self.kind, ResponseFindingKind::Kept { .. } | ResponseFindingKind::NotChecked)
    }

    /// Whether a rule was held against the curve, whatever came of it.
    #[must_use]
    pub fn is_about_rule(&self) -> bool {
        matches!(self.kind, ResponseFindingKind::Kept { .. } | ResponseFindingKind::Violated { .. })
    }

    /// Whether the column goes against its rule in earnest: on more than a tenth of the steps of the mean curve. Single
    /// rows, and single small steps of a model made of steps, do not count.
    #[must_use]
    pub fn breaks_rule(&self) -> bool {
        matches!(self.kind, ResponseFindingKind::Violated { mean_share, .. } if mean_share > BROKEN)
    }

    /// The finding as a sentence for people.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Es => self.in_spanish(),
            Language::En => self.in_english(),
        }
    }

    fn in_spanish(&self) -> String {
        use ResponseDirection::Increasing;
        let column = &self.column;
        match &self.kind {
            ResponseFindingKind::Kept { direction } => {
                let way = if *direction == Increasing { "baja" } else { "sube" };
                format!("Cuando crece `{column}`, la predicción nunca {way}: la regla se cumple.")
            }
            ResponseFindingKind::Violated { direction, share, worst, from, to, .. } => {
                let way = if *direction == Increasing { "baja" } else { "sube" };
                format!(
                    "Al crecer `{column}`, la predicción {way} en el {} % de los pasos, contra la regla; el mayor paso es de {} \
                     entre {from} y {to}.",
                    percent(*share, ','),
                    amount(*worst)
                )
            }
            ResponseFindingKind::Flat { span } => {
                format!("`{column}` apenas mueve la predicción: como mucho {}.", amount(*span))
            }
            ResponseFindingKind::Cliff { from, to, change } => {
                format!(
                    "La predicción salta {} de golpe cuando `{column}` pasa de {from} a {to}.",
                    amount(*change)
                )
            }
            ResponseFindingKind::NotChecked => {
                format!(
                    "No se comprobó `{column}`: el modelo no aprende de una columna numérica con ese nombre."
                )
            }
        }
    }

    fn in_english(&self) -> String {
        use ResponseDirection::Increasing;
        let column = &self.column;
        match &self.kind {
            ResponseFindingKind::Kept { direction } => {
                let way = if *direction == Increasing { "falls" } else { "rises" };
                format!("As `{column}` grows, the prediction never {way}: the rule holds.")
            }
            ResponseFindingKind::Violated { direction, share, worst, from, to, .. } => {
                let way = if *direction == Increasing { "falls" } else { "rises" };
                format!(
                    "As `{column}` grows, the prediction {way} in {} % of the steps, against the rule; the largest step is {} \
                     between {from} and {to}.",
                    percent(*share, '.'),
                    amount(*worst)
                )
            }
            ResponseFindingKind::Flat { span } => {
                format!("`{column}` hardly moves the prediction: by {} at most.", amount(*span))
            }
            ResponseFindingKind::Cliff { from, to, change } => {
                format!(
                    "The prediction jumps by {} at once when `{column}` goes from {from} to {to}.",
                    amount(*change)
                )
            }
            ResponseFindingKind::NotChecked => {
                format!(
                    "`{column}` was not checked: the model learns from no column of numbers with that name."
                )
            }
        }
    }
}

/// A share with one decimal; what is there is not told as 0.
fn percent(share: f64, comma: char) -> String {
    format!("{:.1}", (share * 100.0).max(0.1)).replace('.', &comma.to_string())
}

/// A number of the target with three digits or, if it is large, without decimals.
fn amount(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_speak_both_languages() {
        let finding = |kind| ResponseFinding { column: "kilometraje".to_owned(), kind };
        let violated = finding(ResponseFindingKind::Violated {
            direction: ResponseDirection::Decreasing,
            share: 0.054,
            mean_share: 0.0,
            worst: 250.4,
            from: 1000.0,
            to: 2000.0,
        });
        assert_eq!(
            violated.sentence(Language::Es),
            "Al crecer `kilometraje`, la predicción sube en el 5,4 % de los pasos, contra la regla; el mayor paso es de 250 \
             entre 1000 y 2000."
        );
        assert_eq!(
            violated.sentence(Language::En),
            "As `kilometraje` grows, the prediction rises in 5.4 % of the steps, against the rule; the largest step is 250 \
             between 1000 and 2000."
        );
        assert!(violated.is_warning() && !violated.breaks_rule(), "the mean curve keeps the rule");
        let kept = finding(ResponseFindingKind::Kept { direction: ResponseDirection::Increasing });
        assert_eq!(
            kept.sentence(Language::En),
            "As `kilometraje` grows, the prediction never falls: the rule holds."
        );
        assert!(!kept.is_warning());
        let cliff = finding(ResponseFindingKind::Cliff { from: 1.0, to: 2.5, change: -0.25 });
        assert!(cliff.sentence(Language::Es).contains("salta -0.250 de golpe"));
    }

    #[test]
    fn rules_are_read_from_text() {
        let rule: ResponseRule = "a=b=increasing".parse().unwrap();
        assert_eq!(rule, ResponseRule { column: "a=b".to_owned(), direction: ResponseDirection::Increasing });
        for text in ["a", "a=", "=increasing", "a=up"] {
            assert!(text.parse::<ResponseRule>().is_err(), "{text}");
        }
    }

    #[test]
    fn findings_survive_json() {
        for kind in [
            ResponseFindingKind::Flat { span: 1.0 },
            ResponseFindingKind::NotChecked,
            ResponseFindingKind::Kept { direction: ResponseDirection::Increasing },
        ] {
            let finding = ResponseFinding { column: "a".to_owned(), kind };
            let text = serde_json::to_string(&finding).unwrap();
            assert_eq!(serde_json::from_str::<ResponseFinding>(&text).unwrap(), finding, "{text}");
        }
    }
}
