//! What the pages say, in both languages.
//!
//! Every text stands once, with its English and its Spanish wording side by side: `messages!` makes a struct
//! of texts for each page, and a text without one of the wordings does not compile. A page begins with
//! `let t = HomeText::of(use_language());` and then says `{t.title}`.

mod common;
mod compare;
mod evaluation;
mod experiments;
mod faults;
mod home;
mod models;
mod parameters;
mod runs;
mod train;
mod value;

use std::fmt::Display;

use leptos::prelude::*;

pub use common::Common;
pub use compare::CompareText;
pub use evaluation::EvaluationText;
pub use experiments::ExperimentsText;
#[cfg(feature = "ssr")]
pub(crate) use faults::TOO_OLD;
pub use faults::fault_text;
pub use home::HomeText;
pub use models::ModelsText;
pub use parameters::{family, help};
pub use runs::RunsText;
pub use train::TrainText;
pub use types::Language;
pub use value::{ValueText, level_name};

use crate::address::language_of;

/// Declares the texts of one page: `name { en: "…", es: "…" }`.
macro_rules! messages {
    ($(#[$doc:meta])* $name:ident { $($key:ident { en: $en:literal, es: $es:literal })* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            $(#[doc = concat!("The text `", stringify!($key), "`.")] pub $key: &'static str,)*
        }

        impl $name {
            const EN: Self = Self { $($key: $en,)* };
            const ES: Self = Self { $($key: $es,)* };

            /// The texts in a language.
            #[must_use]
            pub fn of(language: $crate::i18n::Language) -> &'static Self {
                match language {
                    $crate::i18n::Language::En => &Self::EN,
                    $crate::i18n::Language::Es => &Self::ES,
                }
            }

            #[cfg(test)]
            pub(super) const PAIRS: &'static [(&'static str, &'static str)] = &[$(($en, $es),)*];
        }
    };
}
pub(crate) use messages;

/// Puts values into a text: `fill("{n} runs", &[("n", &3)])` is `3 runs`.
#[must_use]
pub fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    values
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value.to_string()))
}

/// Makes the language of the address known to all components of a page.
#[cfg(feature = "ssr")]
pub(crate) fn provide_language() {
    provide_context(language_of(&current_path()));
}

/// The language of this document; islands find it in the address.
#[must_use]
pub fn use_language() -> Language {
    use_context().unwrap_or_else(|| language_of(&current_path()))
}

#[cfg(feature = "ssr")]
fn current_path() -> String {
    use_context::<http::request::Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn current_path() -> String {
    window().location().pathname().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn both_languages_have_the_same_placeholders() {
        let all = [
            Common::PAIRS,
            CompareText::PAIRS,
            EvaluationText::PAIRS,
            ExperimentsText::PAIRS,
            HomeText::PAIRS,
            ModelsText::PAIRS,
            RunsText::PAIRS,
            TrainText::PAIRS,
            ValueText::PAIRS,
        ];
        for (english, spanish) in all.concat() {
            assert_eq!(placeholders(english), placeholders(spanish), "{english} / {spanish}");
            assert!(!english.is_empty() && !spanish.is_empty());
        }
    }

    #[test]
    fn values_are_filled_in() {
        assert_eq!(fill("{n} of {all}", &[("n", &3), ("all", &"ten")]), "3 of ten");
    }
}
