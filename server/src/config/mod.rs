//! Settings: a flag wins over the environment, the environment over the file, the file over the default.
//!
//! A setting has one name everywhere: `--data-dir`, `CUADERNO_DATA_DIR`, `data_dir` in `cuaderno.toml`.

mod http;
mod log;
mod store;
mod training;

use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Profile};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

pub(crate) use http::{HttpConfig, ListenAddress};
pub(crate) use log::{LogConfig, LogFormat};
pub(crate) use store::StoreConfig;
pub(crate) use training::TrainingConfig;

/// Read from the current folder if there is one and `--config` names no other.
const DEFAULT_FILE: &str = "cuaderno.toml";

const ENVIRONMENT_PREFIX: &str = "CUADERNO_";

/// All settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// Where things are kept.
    pub(crate) store: StoreConfig,
    /// How the server listens and whom it answers.
    pub(crate) http: HttpConfig,
    /// How jobs are worked off.
    pub(crate) training: TrainingConfig,
    /// What is logged, and how.
    pub(crate) log: LogConfig,
    /// Names of `CUADERNO_*` variables that mean nothing. A warning, not an error: cluster managers set
    /// variables of this form for services called `cuaderno`.
    pub(crate) unknown_variables: Vec<String>,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("there is no settings file `{0}`; check --config")]
    NoFile(Utf8PathBuf),
    #[error("`{file}` has the unknown key `{key}`; there are {known}")]
    UnknownKey { file: String, key: String, known: String },
    #[error("settings: {0}")]
    Unreadable(#[from] Box<figment::Error>),
    #[error("data_dir is not usable: {0}")]
    DataDir(String),
}

impl From<figment::Error> for ConfigError {
    fn from(error: figment::Error) -> Self {
        Self::Unreadable(Box::new(error))
    }
}

impl Settings {
    /// Puts all sources together; `flags` are those given on the command line, by setting name.
    ///
    /// # Errors
    ///
    /// Names the file, key or value that is wrong.
    pub(crate) fn load(file: Option<&Utf8Path>, flags: Dict) -> Result<Self, ConfigError> {
        let toml = match file {
            Some(file) if !file.is_file() => return Err(ConfigError::NoFile(file.to_owned())),
            Some(file) => Figment::from(Toml::file_exact(file)),
            None if Path::new(DEFAULT_FILE).is_file() => Figment::from(Toml::file_exact(DEFAULT_FILE)),
            None => Figment::new(),
        };
        let known = known_keys()?;
        for key in keys(&toml)? {
            if !known.contains(&key) {
                let file = file.map_or(DEFAULT_FILE, Utf8Path::as_str).to_owned();
                let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
                return Err(ConfigError::UnknownKey { file, key, known });
            }
        }

        let environment = Env::prefixed(ENVIRONMENT_PREFIX).ignore(&["config"]);
        let unknown_variables = environment
            .iter()
            .map(|(key, _)| key.into_string())
            .filter(|key| !known.contains(key))
            .map(|key| format!("{ENVIRONMENT_PREFIX}{}", key.to_ascii_uppercase()))
            .collect();

        let all = toml.merge(environment).merge(Serialized::from(flags, Profile::Default));
        let mut settings = Self {
            store: all.extract()?,
            http: all.extract()?,
            training: all.extract()?,
            log: all.extract()?,
            unknown_variables,
        };
        settings.store.data_dir = absolute(&settings.store.data_dir)?;
        Ok(settings)
    }
}

/// The data folder must not depend on who changes the current folder later.
fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, ConfigError> {
    if path.as_str().is_empty() {
        return Err(ConfigError::DataDir("it is empty".to_owned()));
    }
    let absolute = std::path::absolute(path).map_err(|error| ConfigError::DataDir(error.to_string()))?;
    Utf8PathBuf::from_path_buf(absolute)
        .map_err(|path| ConfigError::DataDir(format!("`{}` is not UTF-8", path.display())))
}

fn known_keys() -> Result<Vec<String>, ConfigError> {
    let defaults = Figment::from(Serialized::defaults(StoreConfig::default()))
        .merge(Serialized::defaults(HttpConfig::default()))
        .merge(Serialized::defaults(TrainingConfig::default()))
        .merge(Serialized::defaults(LogConfig::default()));
    keys(&defaults)
}

fn keys(figment: &Figment) -> Result<Vec<String>, ConfigError> {
    Ok(figment.extract::<Dict>()?.into_keys().collect())
}

/// Reads a list, or one text with commas, as the environment has it.
fn list<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    D: Deserializer<'de>,
{
    let texts = match <Value as Deserialize>::deserialize(deserializer)? {
        Value::String(_, text) => {
            text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
        }
        Value::Array(_, items) => items
            .into_iter()
            .map(|item| item.into_string().ok_or_else(|| D::Error::custom("must be a list of texts")))
            .collect::<Result<Vec<_>, _>>()?,
        _ => return Err(D::Error::custom("must be a list of texts")),
    };
    texts
        .iter()
        .map(|text| text.parse().map_err(|error| D::Error::custom(format!("`{text}` {error}"))))
        .collect()
}

/// Collects the flags that were given, by setting name.
#[derive(Debug, Default)]
pub(crate) struct Flags(Dict);

impl Flags {
    /// Adds a flag if it was given.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as a setting; none of ours is such.
    pub(crate) fn set<T: Serialize>(&mut self, name: &str, value: Option<T>) -> Result<(), ConfigError> {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), Value::serialize(value)?);
        }
        Ok(())
    }

    /// Adds a list if it has items.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub(crate) fn set_list<T: Serialize>(&mut self, name: &str, items: &[T]) -> Result<(), ConfigError> {
        self.set(name, (!items.is_empty()).then_some(items))
    }

    /// What was collected.
    pub(crate) fn into_dict(self) -> Dict {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn file(content: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        file.write_all(content.as_bytes()).unwrap();
        file
    }

    fn load(content: &str, flags: Flags) -> Result<Settings, ConfigError> {
        let file = file(content);
        Settings::load(Some(Utf8Path::from_path(file.path()).unwrap()), flags.into_dict())
    }

    #[test]
    fn defaults_start_a_working_server() {
        let settings = load("", Flags::default()).unwrap();
        assert!(settings.store.data_dir.is_absolute());
        assert!(settings.store.data_dir.ends_with("cuaderno-data"));
        assert!(settings.http.listen.is_empty());
        assert_eq!(settings.training.workers, 1);
    }

    #[test]
    fn a_flag_wins_over_the_file() {
        let text = "data_dir = '/from/file'\nallowed_host = ['a.example']\nworkers = 3";
        let mut flags = Flags::default();
        flags.set("data_dir", Some("/from/flag")).unwrap();
        flags.set_list("allowed_host", &[] as &[String]).unwrap();
        let settings = load(text, flags).unwrap();
        assert_eq!(settings.store.data_dir, "/from/flag");
        assert_eq!(settings.http.allowed_host, ["a.example"]);
        assert_eq!(settings.training.workers, 3);
    }

    #[test]
    fn a_list_may_be_one_text_with_commas() {
        let settings = load("listen = '127.0.0.1:1, localhost:2'", Flags::default()).unwrap();
        assert_eq!(settings.http.listen.len(), 2);
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_named() {
        let message = |text| load(text, Flags::default()).unwrap_err().to_string();
        assert!(message("data_dri = 'x'").contains("`data_dri`"));
        assert!(message("workers = 'many'").contains("workers"));
        assert!(message("listen = ['nowhere']").contains("nowhere"));
        let missing = Settings::load(Some("/no/such.toml".into()), Dict::new()).unwrap_err();
        assert!(missing.to_string().contains("/no/such.toml"));
    }
}
