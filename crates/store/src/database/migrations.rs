//! The schema, version by version. The texts are in `migrations/`.

use std::borrow::Cow;

use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqlSafeStr, SqliteConnection};

use super::Dialect;
use crate::{Error, Result};

/// Lists the twins: version, description and both texts.
macro_rules! twins {
    ($($version:literal $name:literal,)*) => {
        [$((
            $version,
            $name,
            include_str!(concat!("../../../../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")),
        ),)*]
    };
}

/// All migrations, oldest first.
const MIGRATIONS: [(i64, &str, &str, &str); 16] = twins![
    1 "0001_create_experiments",
    2 "0002_create_runs",
    3 "0003_create_metrics",
    4 "0004_create_datasets",
    5 "0005_create_artifacts",
    6 "0006_create_models",
    7 "0007_create_training_jobs",
    8 "0008_create_predictions",
    9 "0009_create_settings",
    10 "0010_extend_run_inputs",
    11 "0011_create_run_models",
    12 "0012_extend_artifacts",
    13 "0013_extend_logged_models",
    14 "0014_extend_model_versions",
    15 "0015_create_dataset_contents",
    16 "0016_index_run_inputs_by_digest",
];

/// Newest version that this program knows.
const KNOWN: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

const NEWEST_APPLIED: &str = "SELECT MAX(version) FROM _sqlx_migrations";

fn migrator(dialect: Dialect) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, name, sqlite, postgres)| {
        let text = match dialect {
            Dialect::Sqlite => sqlite,
            Dialect::Postgres => postgres,
        };
        let sql = AssertSqlSafe(*text).into_sql_str();
        Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
}

/// Brings the schema up to date. All versions come in one transaction that holds the write lock, since sqlx
/// itself does not keep two processes from migrating the same SQLite file.
pub(super) async fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<()> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    match run(&migrator(Dialect::Sqlite), &mut *transaction).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(MigrateError::VersionMissing(_)) => {
            let found = sqlx::query_scalar(NEWEST_APPLIED).fetch_one(&mut *transaction).await?;
            Err(newer(found))
        }
        Err(error) => Err(unwrapped(error)),
    }
}

/// Brings the schema up to date; sqlx holds an advisory lock meanwhile.
pub(super) async fn migrate_postgres(connection: &mut PgConnection) -> Result<()> {
    match run(&migrator(Dialect::Postgres), connection).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => {
            let found = sqlx::query_scalar(NEWEST_APPLIED).fetch_one(&mut *connection).await?;
            // The advisory lock belongs to the session, which goes back to the pool otherwise.
            sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut *connection).await?;
            Err(newer(found))
        }
        Err(error) => Err(unwrapped(error)),
    }
}

async fn run<C: Migrate>(migrator: &Migrator, connection: &mut C) -> Result<(), MigrateError> {
    migrator.run_direct(None, connection, false).await
}

fn newer(found: Option<i64>) -> Error {
    match found {
        Some(found) if found > KNOWN => Error::NewerSchema { found, known: KNOWN },
        _ => Error::inconsistent("the database has a migration that this program does not have"),
    }
}

fn unwrapped(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        other => Error::inconsistent(other.to_string()),
    }
}
