//! Addresses of the pages, in both languages. All links are made here.

use types::{ExperimentId, JobId, RunId};

use crate::i18n::Language;
use crate::query::push_encoded;

/// A page that can be linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// What this is, and how things stand.
    Home,
    /// All experiments.
    Experiments,
    /// One experiment with its runs.
    Experiment(ExperimentId),
    /// One run.
    Run(RunId),
    /// Runs side by side; the runs are in the query.
    Compare,
    /// The model registry.
    Models,
    /// All datasets.
    Datasets,
    /// One dataset, by its digest.
    Dataset(String),
    /// The training form.
    Train,
    /// One training job.
    Job(JobId),
    /// The valuation form; the car is in the query.
    Value,
}

/// The address of a page, such as `/es/valorar`.
#[must_use]
pub fn href(language: Language, page: Page) -> String {
    let path = match page {
        Page::Home => String::new(),
        Page::Experiments => "/experiments".to_owned(),
        Page::Experiment(id) => format!("/experiments/{id}"),
        Page::Run(id) => format!("/runs/{id}"),
        Page::Compare => "/compare".to_owned(),
        Page::Models => "/models".to_owned(),
        Page::Datasets => "/datasets".to_owned(),
        Page::Dataset(digest) => {
            let mut path = "/datasets/".to_owned();
            push_encoded(&mut path, &digest);
            path
        }
        Page::Train => "/train".to_owned(),
        Page::Job(id) => format!("/train/{id}"),
        Page::Value => match language {
            Language::En => "/value".to_owned(),
            Language::Es => "/valorar".to_owned(),
        },
    };
    match language {
        Language::En if path.is_empty() => "/".to_owned(),
        Language::En => path,
        Language::Es => format!("/es{path}"),
    }
}

/// The language of the page at `path`: Spanish below `/es`, English elsewhere.
#[must_use]
pub fn language_of(path: &str) -> Language {
    match path.strip_prefix("/es") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Language::Es,
        _ => Language::En,
    }
}

/// The page at `path`, in `language`.
#[must_use]
pub fn translated(path: &str, language: Language) -> String {
    let neutral = match language_of(path) {
        Language::En => path,
        Language::Es => path.strip_prefix("/es").unwrap_or(path),
    };
    match (neutral.trim_end_matches('/'), language) {
        ("/value" | "/valorar", _) => href(language, Page::Value),
        ("", _) => href(language, Page::Home),
        (neutral, Language::En) => neutral.to_owned(),
        (neutral, Language::Es) => format!("/es{neutral}"),
    }
}

/// Scheme, host and port of this site, as the visitor has typed it.
#[cfg(feature = "ssr")]
#[must_use]
pub fn origin() -> String {
    let host = leptos::prelude::use_context::<http::request::Parts>()
        .and_then(|parts| parts.headers.get(http::header::HOST)?.to_str().ok().map(str::to_owned));
    format!("http://{}", host.as_deref().unwrap_or("127.0.0.1:5000"))
}

/// Scheme, host and port of this site, as the visitor has typed it.
#[cfg(not(feature = "ssr"))]
#[must_use]
pub fn origin() -> String {
    leptos::prelude::window().location().origin().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_leads_to_itself_in_the_other_language_and_back() {
        for path in ["/", "/value", "/models", "/experiments/3", "/train", "/esteem"] {
            let spanish = translated(path, Language::Es);
            assert_eq!(language_of(&spanish), Language::Es, "{spanish}");
            assert_eq!(language_of(path), Language::En, "{path}");
            assert_eq!(translated(&spanish, Language::En), path);
            assert_eq!(translated(&spanish, Language::Es), spanish);
        }
        assert_eq!(translated("/value", Language::Es), "/es/valorar");
    }

    #[test]
    fn links_stay_in_their_language() {
        for page in [Page::Home, Page::Models, Page::Value, Page::Experiment(ExperimentId(4))] {
            for language in [Language::En, Language::Es] {
                assert_eq!(language_of(&href(language, page.clone())), language);
            }
        }
    }
}
