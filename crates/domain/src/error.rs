//! Why an operation did not happen.

use types::car::{CarError, CarRule};
use types::{ErrorKind, Fault, InvalidValue, Language};

/// The result of an operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing with this identifier.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// Kind of thing, such as `run`.
        what: &'static str,
        /// What was asked for.
        id: String,
    },

    /// The name is taken.
    #[error("{what} `{name}` already exists")]
    AlreadyExists {
        /// Kind of thing, such as `experiment`.
        what: &'static str,
        /// The name.
        name: String,
    },

    /// A value breaks a rule of its own type.
    #[error(transparent)]
    Invalid(#[from] InvalidValue),

    /// Fields of a car are wrong.
    #[error("{}", faults_as_text(.0))]
    Faults(Vec<Fault>),

    /// The car is well formed, but not one that is valued.
    #[error("{}", .0.sentence(Language::En))]
    Car(CarRule),

    /// The request breaks a rule across fields; the text is a sentence for the user.
    #[error("{0}")]
    Rule(String),

    /// A file of a kind that is not read here; the text is a sentence for the user.
    #[error("{0}")]
    UnsupportedFile(String),

    /// More than is taken; the text is a sentence for the user.
    #[error("{0}")]
    TooLarge(String),

    /// Well formed, but not in the current state; the text is a sentence for the user.
    #[error("{0}")]
    Conflict(String),

    /// No model answers for `automoviles` yet.
    #[error("no model has been promoted yet")]
    NoChampion,

    /// Training rejected the data or the parameters, or broke.
    #[error("{0}")]
    Training(#[from] ml::Error),

    /// Others hold the store for too long. Nothing happened; trying again is safe.
    #[error("the store is busy; try again")]
    Busy,

    /// The store failed.
    #[error("storage failed")]
    Store(#[source] store::Error),

    /// A place of another program, from or to which things are moved, cannot be used.
    #[error(transparent)]
    Moving(#[from] moving::Error),

    /// A stored file broke off while it was read.
    #[error("a stored file could not be read")]
    Content(#[from] std::io::Error),

    /// Drawing a plot failed.
    #[error("drawing failed")]
    Plot(#[from] plot::PlotError),

    /// A record could not be written as JSON.
    #[error("encoding failed")]
    Json(#[from] serde_json::Error),

    /// A background task panicked or was cancelled.
    #[error("background task stopped")]
    Task(#[from] tokio::task::JoinError),
}

impl Error {
    /// An error about one field, `problem` being the rest of a sentence.
    pub fn invalid_field(field: &'static str, problem: impl Into<String>) -> Self {
        Self::Invalid(InvalidValue::new(field, problem))
    }

    pub(crate) fn not_found(what: &'static str, id: impl ToString) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// The part of the story that doors act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::AlreadyExists { .. } => ErrorKind::AlreadyExists,
            Self::Invalid(_) | Self::Faults(_) => ErrorKind::Invalid,
            Self::Car(_) | Self::Rule(_) => ErrorKind::Rule,
            Self::UnsupportedFile(_) => ErrorKind::Unsupported,
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Conflict(_) => ErrorKind::Conflict,
            Self::NoChampion => ErrorKind::NotReady,
            Self::Busy => ErrorKind::Busy,
            Self::Training(error) if error.is_about_input() => ErrorKind::Rule,
            Self::Moving(moving::Error::Place(_) | moving::Error::Broken(_)) => ErrorKind::Rule,
            // The message is for the person who named the place.
            Self::Moving(_) => ErrorKind::Conflict,
            Self::Training(_)
            | Self::Store(_)
            | Self::Content(_)
            | Self::Plot(_)
            | Self::Json(_)
            | Self::Task(_) => ErrorKind::Internal,
        }
    }

    /// What is wrong with single fields; empty unless [`kind`](Self::kind) is `Invalid`.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        match self {
            Self::Faults(faults) => faults.clone(),
            Self::Invalid(invalid) => {
                vec![Fault::of_field(invalid.what, invalid.problem.clone(), "value_error")]
            }
            _ => Vec::new(),
        }
    }

    /// The sentence for whoever asked; says nothing about the inside.
    #[must_use]
    pub fn public_message(&self, language: Language) -> String {
        match (self, language) {
            (Self::Car(rule), _) => rule.sentence(language).to_owned(),
            (Self::NoChampion, Language::Es) => {
                "Todavía no hay ningún modelo en producción. Entrene uno y promuévalo \
                en /models o con `cuaderno models promote RUN_ID --name automoviles`."
                    .to_owned()
            }
            (Self::NoChampion, Language::En) => {
                "No model is in production yet. Train one and promote it on /models \
                or with `cuaderno models promote RUN_ID --name automoviles`."
                    .to_owned()
            }
            (error, _) if error.kind() == ErrorKind::Internal => "Internal Server Error".to_owned(),
            (error, _) => error.to_string(),
        }
    }
}

/// What callers can act on becomes an error of its own; the rest is our fault.
impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Missing { what, id } => Self::NotFound { what, id },
            store::Error::Taken { what, id } => Self::AlreadyExists { what, name: id },
            store::Error::PageToken
            | store::Error::Query(_)
            | store::Error::ZeroCharacter { .. }
            | store::Error::Upload(_) => Self::Rule(error.to_string()),
            store::Error::PathTaken { .. } => Self::Conflict(error.to_string()),
            store::Error::Busy => Self::Busy,
            other => Self::Store(other),
        }
    }
}

impl From<CarError> for Error {
    fn from(error: CarError) -> Self {
        match error {
            CarError::Faults(faults) => Self::Faults(faults),
            CarError::Rule(rule) => Self::Car(rule),
        }
    }
}

fn faults_as_text(faults: &[Fault]) -> String {
    faults
        .iter()
        .map(|fault| {
            if fault.field().is_empty() {
                fault.msg.clone()
            } else {
                format!("{}: {}", fault.field(), fault.msg)
            }
        })
        .collect::<Vec<_>>()
        .join("; ")
}
