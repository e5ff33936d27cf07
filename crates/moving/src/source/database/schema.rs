//! Which tables a database has: MLflow writes the version of its schema into the table `alembic_version`.

use super::connection::{Pool, on_pool};
use crate::{Error, Result};

/// The version of a schema: its place among the versions that are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema(usize);

impl Schema {
    pub(super) fn has_inputs(self) -> bool {
        self.is_since(INPUTS)
    }

    pub(super) fn has_traces(self) -> bool {
        self.is_since(TRACES)
    }

    pub(super) fn has_logged_models(self) -> bool {
        self.is_since(LOGGED_MODELS)
    }

    pub(super) fn has_aliases(self) -> bool {
        self.is_since(ALIASES)
    }

    pub(super) fn has_storage_locations(self) -> bool {
        self.is_since(STORAGE_LOCATIONS)
    }

    fn is_since(self, version: &str) -> bool {
        place(version).is_some_and(|since| self.0 >= since)
    }
}

/// Versions before those that are read: databases of MLflow 1.28 and older.
const OLDER: &[&str] = &[
    "451aebb31d03",
    "90e64c465722",
    "181f10493468",
    "df50e92ffc5e",
    "7ac759974ad8",
    "89d4b8295536",
    "2b4d017a5e9b",
    "cfd24bdc0731",
    "0a8213491aaa",
    "728d730b5ebd",
    "27a6a02d2cf1",
    "84291f40a231",
    "a8c4a736bde6",
    "39d1c3be5f05",
    "c48cb773bb87",
    "bd07f7e963c5",
    "0c779009ac13",
    "cc1f77228345",
];

/// Versions that are read, oldest first: MLflow 1.29 to 3.17.
const KNOWN: &[&str] = &[
    "97727af70f4d",
    ALIASES,
    INPUTS,
    "2d6e25af4d3e",
    STORAGE_LOCATIONS,
    TRACES,
    "5b0e9adcef9c",
    "4465047574b1",
    "f5a4f2784254",
    "0584bdc529eb",
    "400f98739977",
    LOGGED_MODELS,
    "bda7b8c39065",
    "cbc13b556ace",
    "770bee3ae1dd",
    "a1b2c3d4e5f6",
    "de4033877273",
    "1a0cddfcaa16",
    "534353b11cbc",
    "71994744cf8e",
    "3da73c924c2f",
    "bf29a5ff90ea",
    "1bd49d398cd23",
    "b7c8d9e0f1a2",
    "5d2d30f0abce",
    "c9d4e5f6a7b8",
    "2c33131f4dae",
    "d3e4f5a6b7c8",
    "d0e1f2a3b4c5",
    "c8d9e0f1a2b3",
    "1b5f0d9ad7c1",
    "e1f2a3b4c5d6",
    "76601a5f987d",
    "c3d6457b6d8a",
    "a5b4c3d2e1f0",
    "ae8bbe7743c9",
    "7d34483879f0",
    "da6fb0208061",
    "89d3d66ed43f",
    "b7e4c1a90f23",
    "a8b9c0d1e2f3",
    "c1d2e3f4a5b6",
    "c3d9e7f1a2b4",
    "6f8d9c3b2a1e",
    "1971f2d9a75b",
    "17e22815139b",
    "b7e2c1a4d9f3",
    "75868b020152",
    "dc11669786a5",
];

/// The versions that brought tables.
const ALIASES: &str = "3500859a5d39";
const INPUTS: &str = "7f2a7d5fae7d";
const STORAGE_LOCATIONS: &str = "acf3f17fdcc7";
const TRACES: &str = "867495a8f9d4";
/// With the step in `inputs`; the tables themselves came one version before.
const LOGGED_MODELS: &str = "6953534de441";

/// Reads the version and what follows from it.
pub(super) async fn read(pool: &Pool) -> Result<Schema> {
    let version: Result<String, sqlx::Error> = on_pool!(pool, |pool| {
        sqlx::query_scalar("SELECT version_num FROM alembic_version").fetch_one(pool).await
    });
    let version = version.map_err(|error| {
        Error::Place(format!(
            "this is no database of MLflow: it has no version in a table `alembic_version` ({error})"
        ))
    })?;
    from_version(&version)
}

fn from_version(version: &str) -> Result<Schema> {
    if OLDER.contains(&version) {
        return Err(Error::Place(format!(
            "the database is of a version of MLflow before 1.29 (`{version}`); bring a copy of it up to date with \
             `mlflow db upgrade` first"
        )));
    }
    place(version).map(Schema).ok_or_else(|| {
        Error::Place(format!(
            "the database has the version `{version}`, which this program does not know (it reads those of MLflow \
             1.29 to 3.17); start `mlflow server` on it and import from the address of the server"
        ))
    })
}

fn place(version: &str) -> Option<usize> {
    KNOWN.iter().position(|known| *known == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_which_tables_there_are() {
        let of_2_22 = from_version("0584bdc529eb").unwrap();
        assert!(
            of_2_22.has_inputs()
                && of_2_22.has_aliases()
                && of_2_22.has_traces()
                && !of_2_22.has_logged_models()
        );
        assert!(from_version("dc11669786a5").unwrap().has_logged_models());
        assert!(!from_version("97727af70f4d").unwrap().has_inputs());
        assert!(from_version("cc1f77228345").unwrap_err().to_string().contains("mlflow db upgrade"));
        assert!(from_version("ffffffffffff").unwrap_err().to_string().contains("`ffffffffffff`"));
    }
}
