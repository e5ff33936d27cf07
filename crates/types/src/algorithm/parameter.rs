//! Parameters: what they take, and the macro that makes a struct of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A parameter of a model family.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameter {
    /// Name in scikit-learn or LightGBM.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterKind {
    /// A whole number between two limits, both allowed.
    Whole(u64, u64),
    /// The same, or `None`.
    WholeOrNone(u64, u64),
    /// A number between two limits, both allowed.
    Real(f64, f64),
    /// A number above the first limit, up to the second.
    RealAbove(f64, f64),
    /// `True` or `False`.
    Flag,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A share of the features, or a rule for it: [`MaxFeatures`].
    Features,
    /// Directions by column: [`Monotone`].
    Directions,
}

impl ParameterKind {
    /// The rest of a sentence that begins with the parameter's name.
    #[must_use]
    pub fn rule(self) -> String {
        match self {
            Self::Whole(min, max) => format!("must be a whole number from {min} to {max}"),
            Self::WholeOrNone(min, max) => format!("must be a whole number from {min} to {max}, or None"),
            Self::Real(min, max) => format!("must be a number from {min} to {max}"),
            Self::RealAbove(min, max) => format!("must be a number above {min}, up to {max}"),
            Self::Flag => "must be `true` or `false`".to_owned(),
            Self::Choice(words) => {
                format!(
                    "must be one of {}",
                    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
                )
            }
            Self::Features => "must be `sqrt`, `log2` or a share above 0 up to 1.0".to_owned(),
            Self::Directions => {
                "must name columns with 1 (rises), -1 (falls) or 0, such as `año:1, kilometraje:-1`"
                    .to_owned()
            }
        }
    }
}

/// A type that a parameter's value can have.
pub(super) trait Value: Sized {
    /// Reads a text in Python's spelling; `None` if it breaks the rule of `kind`.
    fn parse(text: &str, kind: ParameterKind) -> Option<Self>;

    /// Python's spelling of the value.
    fn text(&self) -> String;
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn parse(text: &str, kind: ParameterKind) -> Option<Self> {
                let number: $type = text.parse().ok()?;
                let (ParameterKind::Whole(min, max) | ParameterKind::WholeOrNone(min, max)) = kind else {
                    return None;
                };
                (min..=max).contains(&number.into()).then_some(number)
            }

            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

whole!(u32, u64);

impl Value for Option<u32> {
    fn parse(text: &str, kind: ParameterKind) -> Option<Self> {
        if matches!(text, "" | "None" | "none") { Some(None) } else { u32::parse(text, kind).map(Some) }
    }

    fn text(&self) -> String {
        self.map_or_else(|| "None".to_owned(), |number| number.to_string())
    }
}

impl Value for f64 {
    fn parse(text: &str, kind: ParameterKind) -> Option<Self> {
        let number: Self = text.parse().ok()?;
        match kind {
            ParameterKind::Real(min, max) => (min..=max).contains(&number),
            ParameterKind::RealAbove(min, max) => number > min && number <= max,
            _ => false,
        }
        .then_some(number)
    }

    fn text(&self) -> String {
        // `{:?}` keeps the point of 1.0, as Python does.
        format!("{self:?}")
    }
}

impl Value for bool {
    fn parse(text: &str, _: ParameterKind) -> Option<Self> {
        match text {
            "True" | "true" => Some(true),
            "False" | "false" => Some(false),
            _ => None,
        }
    }

    fn text(&self) -> String {
        if *self { "True" } else { "False" }.to_owned()
    }
}

/// How many features a split looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum MaxFeatures {
    /// All of them.
    All,
    /// The square root of their number, rounded down.
    Sqrt,
    /// The logarithm to base 2 of their number, rounded down.
    Log2,
    /// A share of them, above 0 up to 1.
    Fraction(f64),
}

impl Value for MaxFeatures {
    fn parse(text: &str, _: ParameterKind) -> Option<Self> {
        match text {
            "sqrt" => Some(Self::Sqrt),
            "log2" => Some(Self::Log2),
            "1.0" | "1" | "all" | "None" => Some(Self::All),
            _ => text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0).map(Self::Fraction),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::All => "1.0".to_owned(),
            Self::Sqrt => "sqrt".to_owned(),
            Self::Log2 => "log2".to_owned(),
            Self::Fraction(share) => share.to_string(),
        }
    }
}

/// Columns whose rise may only raise the prediction, or only lower it; LightGBM's `monotone_constraints` by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Monotone(pub BTreeMap<String, i8>);

impl fmt::Display for Monotone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (column, direction)) in self.0.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{column}:{direction}")?;
        }
        Ok(())
    }
}

impl Value for Monotone {
    fn parse(text: &str, _: ParameterKind) -> Option<Self> {
        let mut directions = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "None") {
            let (column, direction) = part.rsplit_once(':')?;
            let direction = direction.trim().parse().ok().filter(|direction| (-1..=1).contains(direction))?;
            directions.insert(column.trim().to_owned(), direction);
        }
        Some(Self(directions))
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// Makes an enum of words as scikit-learn or LightGBM spells them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All words.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value with this word.
            #[must_use]
            pub fn from_name(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }

        impl $crate::algorithm::parameter::Value for $name {
            fn parse(text: &str, _: ParameterKind) -> Option<Self> {
                Self::from_name(text)
            }

            fn text(&self) -> String {
                self.as_str().to_owned()
            }
        }
    };
}

/// Makes a struct of parameters with their defaults and rules.
macro_rules! family {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr, $kind:expr;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $name {
            /// The parameters in the order of their documentation.
            pub const PARAMETERS: &'static [Parameter] =
                &[$(Parameter { name: stringify!($field), kind: $kind },)*];

            /// Sets one parameter; the error is the rest of a sentence about it.
            pub(super) fn set(&mut self, key: &str, text: &str) -> Result<(), String> {
                match key {
                    $(stringify!($field) => {
                        let kind = $kind;
                        self.$field = <$type as Value>::parse(text, kind).ok_or_else(|| kind.rule())?;
                    })*
                    _ => return Err(unknown(Self::PARAMETERS)),
                }
                Ok(())
            }

            /// All parameters in Python's spelling.
            pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($field), self.$field.text()),)*]
            }
        }
    };
}

pub(super) use {family, words};

/// The rest of a sentence about a parameter that a family does not have.
pub(super) fn unknown(known: &[Parameter]) -> String {
    let names: Vec<_> = known.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
    format!("does not exist; there are {}", names.join(", "))
}
