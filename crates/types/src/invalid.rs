//! The one error of value rules.

/// A value breaks a rule of its own type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {problem}")]
pub struct InvalidValue {
    /// The kind of value, such as `metric key`.
    pub what: &'static str,
    /// What is wrong, as the rest of a sentence: `is empty`.
    pub problem: String,
}

impl InvalidValue {
    /// Says that a `what` has this `problem`.
    pub fn new(what: &'static str, problem: impl Into<String>) -> Self {
        Self { what, problem: problem.into() }
    }
}
