//! Connections to either database and how statements run on them.

mod migrations;
mod postgres;
mod sql;
mod sqlite;
mod writer;

use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::{Error, Result};

pub(crate) use sql::{Sql, Value};
use writer::Writer;

/// Runs `$body` with the concrete pool of either database, so that one text of SQL is checked by both
/// drivers.
macro_rules! on_pool {
    ($store:expr, |$pool:ident| $body:expr) => {
        match $store.pool() {
            $crate::database::Pool::Sqlite($pool) => $body,
            $crate::database::Pool::Postgres($pool) => $body,
        }
    };
}

/// Runs `$body` with the concrete connection of either database.
macro_rules! on_connection {
    ($connection:expr, |$c:ident| $body:expr) => {
        match &mut $connection {
            $crate::database::Connection::Sqlite(c) => {
                let $c = &mut **c;
                $body
            }
            $crate::database::Connection::Postgres(c) => {
                let $c = &mut **c;
                $body
            }
        }
    };
}

/// Executes one statement with its values; answers the number of rows it changed.
macro_rules! execute {
    ($connection:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::database::on_connection!($connection, |c| {
            sqlx::query($sql)$(.bind($value))*.execute(c).await.map(|done| done.rows_affected())
        }).map_err($crate::Error::from)
    };
}

/// Fetches all rows of one statement as `$row`.
macro_rules! fetch_all {
    ($connection:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::database::on_connection!($connection, |c| {
            sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(c).await
        }).map_err($crate::Error::from)
    };
}

/// Fetches the first row of one statement as `$row`, if there is one.
macro_rules! fetch_optional {
    ($connection:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::database::on_connection!($connection, |c| {
            sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_optional(c).await
        }).map_err($crate::Error::from)
    };
}

/// Fetches the one row of a statement that always has one.
macro_rules! fetch_one {
    ($connection:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::database::on_connection!($connection, |c| {
            sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_one(c).await
        }).map_err($crate::Error::from)
    };
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, on_connection, on_pool};

/// Which database it is, for the few texts that must differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Connections for reading; on PostgreSQL also for writing.
pub(crate) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Pool {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// One connection, borrowed.
pub(crate) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Connection<'_> {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

/// How the body of a write ends when it has not failed.
pub(crate) enum Change<T> {
    /// What it wrote is committed.
    Keep(T),
    /// What it wrote, if anything, is undone.
    Undo(T),
}

/// A transaction for reading, which sees one state of the database.
pub(crate) enum Snapshot {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Snapshot {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(&mut *transaction),
            Self::Postgres(transaction) => Connection::Postgres(&mut *transaction),
        }
    }
}

/// The open database.
pub(crate) struct Database {
    pool: Pool,
    /// SQLite only: the task through which all writes go.
    writer: Option<Writer>,
}

impl Database {
    pub(crate) async fn open(url: &str) -> Result<Self> {
        if url.starts_with("sqlite:") {
            let (readers, writer) = sqlite::open(url).await?;
            Ok(Self { pool: Pool::Sqlite(readers), writer: Some(writer) })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self { pool: Pool::Postgres(postgres::open(url).await?), writer: None })
        } else {
            Err(Error::DatabaseUrl("must begin with `sqlite:` or `postgres:`".to_owned()))
        }
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        Ok(match &self.pool {
            Pool::Sqlite(pool) => Snapshot::Sqlite(pool.begin().await?),
            Pool::Postgres(pool) => {
                Snapshot::Postgres(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    pub(crate) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Connection<'c>) -> BoxFuture<'c, Result<Change<T>>> + Send + 'static,
    {
        match (&self.writer, &self.pool) {
            (Some(writer), _) => writer.write(body).await,
            (None, Pool::Postgres(pool)) => postgres::write(pool.clone(), body).await,
            (None, Pool::Sqlite(_)) => Err(Error::Closed),
        }
    }

    pub(crate) async fn close(&self) -> Result<()> {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
        match &self.writer {
            Some(writer) => writer.close().await,
            None => Ok(()),
        }
    }
}
