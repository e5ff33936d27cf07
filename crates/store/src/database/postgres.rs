//! PostgreSQL: a pool, and a task for each write.

use std::str::FromStr;
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, PgPool};

use super::{Change, Connection, migrations};
use crate::{Error, Result};

/// Connections of one process; PostgreSQL allows 100 in all by default.
const MAX_CONNECTIONS: u32 = 16;

/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn open(url: &str) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| Error::DatabaseUrl(format!("cannot be read: {error}")))?
        .application_name("cuaderno")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    migrations::migrate_postgres(&mut *pool.acquire().await?).await?;
    Ok(pool)
}

/// Runs `body` in a transaction of its own task, so that a caller who stops waiting does not cut it short.
pub(super) async fn write<T, F>(pool: PgPool, body: F) -> Result<T>
where
    T: Send + 'static,
    F: for<'c> FnOnce(Connection<'c>) -> BoxFuture<'c, Result<Change<T>>> + Send + 'static,
{
    let task = async move {
        let mut transaction = pool.begin().await?;
        match body(Connection::Postgres(&mut transaction)).await {
            Ok(Change::Keep(value)) => match transaction.commit().await {
                Ok(()) => Ok(value),
                // The server refused: it has rolled back. Without its answer nobody knows.
                Err(error @ sqlx::Error::Database(_)) => Err(error.into()),
                Err(error) => Err(Error::OutcomeUnknown(error)),
            },
            Ok(Change::Undo(value)) => {
                transaction.rollback().await?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a failing rollback also ends the transaction.
                drop(transaction);
                Err(error)
            }
        }
    };
    tokio::spawn(task).await.unwrap_or(Err(Error::WriterStopped))
}
