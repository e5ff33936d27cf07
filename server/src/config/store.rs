//! Where things are kept.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// Where things are kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct StoreConfig {
    /// Folder of the database file and the artifacts; created on first use.
    pub(crate) data_dir: Utf8PathBuf,

    /// `sqlite:///absolute/path.db` or `postgres://user:password@host/database`; `cuaderno.db` in the data
    /// folder if absent.
    pub(crate) database_url: Option<String>,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { data_dir: "cuaderno-data".into(), database_url: None }
    }
}

impl StoreConfig {
    /// The database as it may be shown: an address without its password.
    pub(crate) fn public_database_url(&self) -> String {
        match &self.database_url {
            Some(url) => without_password(url),
            None => format!("sqlite://{}", self.data_dir.join("cuaderno.db")),
        }
    }
}

fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    match rest.split_once('/').map_or((rest, ""), |(authority, _)| (authority, &rest[authority.len()..])) {
        (authority, path) if authority.contains('@') => {
            let host = authority.rsplit('@').next().unwrap_or_default();
            let user = authority.split([':', '@']).next().unwrap_or_default();
            format!("{scheme}://{user}@{host}{path}")
        }
        _ => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let cases = [
            ("postgres://ana:secreto@db.example/cuaderno", "postgres://ana@db.example/cuaderno"),
            ("postgres://ana:a@b@db/c?sslmode=require", "postgres://ana@db/c"),
            ("postgres://db/c?password=x", "postgres://db/c"),
            ("sqlite:///tmp/x.db", "sqlite:///tmp/x.db"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }
}
