//! What is wrong with a form, in the words of its page.

use serde::{Deserialize, Serialize};

use crate::error::UiError;
use crate::i18n::{Common, Language, fault_text};

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Name of its control.
    pub field: String,
    /// What the page calls it.
    pub label: String,
    /// What is wrong.
    pub text: String,
}

/// All that is wrong with a form; the default is a form without problems.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Problems {
    /// What happened, in a sentence; empty if nothing is wrong.
    pub title: String,
    /// The fields that are wrong.
    pub fields: Vec<Problem>,
}

impl Problems {
    /// The problems that an error tells of. `label` knows what the page calls a field.
    #[must_use]
    pub fn of(error: &UiError, language: Language, label: impl Fn(&str) -> Option<String>) -> Self {
        let fields: Vec<_> = error
            .faults
            .iter()
            .map(|fault| {
                let field = fault.field.clone();
                let label = label(&field).unwrap_or_else(|| field.clone());
                Problem { field, label, text: fault_text(language, fault) }
            })
            .collect();
        let title =
            if fields.is_empty() { error.message(language) } else { Common::of(language).check_these_fields };
        Self { title: title.to_owned(), fields }
    }

    /// Whether something is wrong.
    #[must_use]
    pub fn is_some(&self) -> bool {
        !self.title.is_empty()
    }

    /// What is wrong with the field called `name`.
    #[must_use]
    pub fn at(&self, name: &str) -> Option<String> {
        self.fields.iter().find(|problem| problem.field == name).map(|problem| problem.text.clone())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use types::{ErrorKind, Fault};

    use super::*;
    use crate::error::FieldFault;

    fn error(faults: Vec<Fault>) -> UiError {
        let faults = faults.into_iter().map(FieldFault::from).collect();
        UiError { kind: ErrorKind::Invalid, en: "No".to_owned(), es: "No va".to_owned(), faults }
    }

    #[test]
    fn fields_are_called_as_on_the_page() {
        let error = error(vec![Fault::missing("marca"), Fault::missing("x")]);
        let label = |name: &str| (name == "marca").then(|| "Marca".to_owned());
        let problems = Problems::of(&error, Language::Es, label);
        assert_eq!(problems.title, "Revise estos campos");
        assert_eq!(problems.fields[0].label, "Marca");
        assert_eq!(problems.fields[1].label, "x");
        assert_eq!(problems.at("x").as_deref(), Some("Rellene este campo"));
        assert_eq!(problems.at("y"), None);
    }

    #[test]
    fn an_error_without_fields_is_a_sentence() {
        let problems = Problems::of(&error(Vec::new()), Language::Es, |_| None);
        assert_eq!((problems.title.as_str(), problems.is_some()), ("No va", true));
        assert!(!Problems::default().is_some());
    }
}
