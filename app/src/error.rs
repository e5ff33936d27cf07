//! What a page learns about a failure.

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use types::ErrorKind;
#[cfg(feature = "ssr")]
use types::Fault;

use crate::i18n::{Common, Language};
use crate::page_json::TextJson;

/// What a server function may answer instead of a value.
///
/// The sentence travels in both languages: a server function does not know which page asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[error("{en}")]
pub struct UiError {
    /// What the page acts on.
    pub kind: ErrorKind,
    /// The sentence in English.
    pub en: String,
    /// The sentence in Spanish.
    pub es: String,
    /// What is wrong with single fields of a form.
    #[serde(default)]
    pub faults: Vec<FieldFault>,
}

/// What is wrong with one field of a form: what pages need of a [`types::Fault`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldFault {
    /// Name of the field.
    pub field: String,
    /// Machine-readable kind, such as `type_error.integer`.
    pub kind: String,
    /// What is wrong, in English.
    pub msg: String,
    /// The limit that the value breaks.
    pub limit: Option<f64>,
}

#[cfg(feature = "ssr")]
impl From<Fault> for FieldFault {
    fn from(fault: Fault) -> Self {
        Self {
            field: fault.field().to_owned(),
            limit: fault.ctx.map(|context| context.limit_value),
            kind: fault.kind,
            msg: fault.msg,
        }
    }
}

impl UiError {
    /// Fields of a form are wrong.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of_fields(faults: Vec<Fault>) -> Self {
        let (en, es) = both(|t| t.check_these_fields);
        crate::context::answer_with_status(ErrorKind::Invalid);
        Self { kind: ErrorKind::Invalid, en, es, faults: faults.into_iter().map(FieldFault::from).collect() }
    }

    /// The part of an address that names a thing is not even well formed: nothing can be there.
    #[must_use]
    pub fn no_such_page() -> Self {
        let (en, es) = both(|t| t.error_not_found_help);
        Self { kind: ErrorKind::NotFound, en, es, faults: Vec::new() }
    }

    /// The sentence for the user.
    #[must_use]
    pub fn message(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Es => &self.es,
        }
    }

    /// What is wrong with one field.
    #[must_use]
    pub fn fault(&self, field: &str) -> Option<&FieldFault> {
        self.faults.iter().find(|fault| fault.field == field)
    }
}

fn both(text: fn(&Common) -> &'static str) -> (String, String) {
    (text(Common::of(Language::En)).to_owned(), text(Common::of(Language::Es)).to_owned())
}

impl FromServerFnError for UiError {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (kind, (en, es)) = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_)
            | ServerFnErrorErr::Deserialization(_) => (ErrorKind::Invalid, both(|t| t.error_arguments)),
            ServerFnErrorErr::Request(_) => (ErrorKind::NotReady, both(|t| t.error_unreachable)),
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::Serialization(_)
            | ServerFnErrorErr::Response(_) => (ErrorKind::Internal, both(|t| t.error_internal_help)),
        };
        #[cfg(feature = "ssr")]
        crate::context::answer_with_status(kind);
        Self { kind, en, es, faults: Vec::new() }
    }
}

#[cfg(feature = "ssr")]
impl From<domain::Error> for UiError {
    fn from(error: domain::Error) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::Internal {
            tracing::error!(
                error = &error as &(dyn std::error::Error + 'static),
                "a page could not be answered"
            );
        }
        crate::context::answer_with_status(kind);
        Self {
            kind,
            en: error.public_message(Language::En),
            es: error.public_message(Language::Es),
            faults: error.faults().into_iter().map(FieldFault::from).collect(),
        }
    }
}
