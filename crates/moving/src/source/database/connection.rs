//! Opening a database of MLflow by the URL that MLflow uses for it.

use camino::{Utf8Path, Utf8PathBuf};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, PgPool, SqlitePool};

use super::super::disk;
use crate::{Error, Result};

/// Runs that are read at the same time, with one connection to spare.
const CONNECTIONS: u32 = 10;

/// Connections for reading.
#[derive(Debug, Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs `$body` with the concrete pool of either database.
macro_rules! on_pool {
    ($pool:expr, |$concrete:ident| $body:expr) => {
        match $pool {
            $crate::source::database::connection::Pool::Sqlite($concrete) => $body,
            $crate::source::database::connection::Pool::Postgres($concrete) => $body,
        }
    };
}

/// Fetches all rows of one statement as `$row`.
macro_rules! fetch_all {
    ($pool:expr, $row:ty, $sql:expr $(, $value:expr)*) => {
        $crate::source::database::connection::on_pool!(&$pool, |pool| {
            sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(pool).await
        }).map_err($crate::Error::from)
    };
}

/// Fetches the one row of a statement that always has one.
macro_rules! fetch_one {
    ($pool:expr, $row:ty, $sql:expr $(, $value:expr)*) => {
        $crate::source::database::connection::on_pool!(&$pool, |pool| {
            sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_one(pool).await
        }).map_err($crate::Error::from)
    };
}

/// Rows of one part of a stream.
pub(super) const PART: usize = 10_000;

/// Parts that may wait for the reader of a stream.
pub(super) const PARTS_WAITING: usize = 2;

/// Streams the rows of one statement in parts, each row made into something by `$make`.
macro_rules! stream_parts {
    ($pool:expr, $row:ty, $sql:expr, $value:expr, $make:expr) => {{
        use futures::stream::{StreamExt as _, TryStreamExt as _};
        use $crate::source::database::connection::{PART, PARTS_WAITING, on_pool};

        let (sender, receiver) = tokio::sync::mpsc::channel(PARTS_WAITING);
        let value = $value;
        on_pool!($pool, |pool| {
            // The rows borrow from the pool, so a task that owns it reads them.
            tokio::spawn(async move {
                let rows = sqlx::query_as::<_, $row>($sql).bind(value).fetch(&pool);
                let mut parts = rows.map_ok($make).try_chunks(PART);
                while let Some(part) = parts.next().await {
                    let part = part.map(|items| $crate::record::Found { items, faults: Vec::new() });
                    if sender.send(part.map_err(|error| $crate::Error::from(error.1))).await.is_err() {
                        break;
                    }
                }
            })
        });
        let receive = |mut receiver: tokio::sync::mpsc::Receiver<_>| async move {
            Some((receiver.recv().await?, receiver))
        };
        futures::stream::unfold(receiver, receive).boxed()
    }};
}

pub(super) use {fetch_all, fetch_one, on_pool, stream_parts};

/// Opens a database; answers its file too, if it is one.
pub(super) async fn open(url: &str) -> Result<(Pool, Option<Utf8PathBuf>)> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let file = sqlite_file(path)?;
        let options = SqliteConnectOptions::new().filename(&file).read_only(true).disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await;
        let pool =
            pool.map_err(|error| Error::Place(format!("`{file}` cannot be opened as a database: {error}")))?;
        return Ok((Pool::Sqlite(pool), Some(file)));
    }
    // SQLAlchemy names a driver behind a plus, which means nothing here.
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let options: PgConnectOptions = format!("postgres://{rest}")
        .parse()
        .map_err(|error| Error::Place(format!("the address of the database cannot be read: {error}")))?;
    let options = options.disable_statement_logging();
    let place = format!("{}:{}", options.get_host(), options.get_port());
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await;
    let pool = pool
        .map_err(|error| Error::Unavailable(format!("the database at {place} does not answer: {error}")))?;
    Ok((Pool::Postgres(pool), None))
}

/// The file that a URL means: to MLflow three slashes begin a relative path and four an absolute one; other
/// programs write absolute ones with three.
fn sqlite_file(path: &str) -> Result<Utf8PathBuf> {
    let path = path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("///").or_else(|| path.strip_prefix("//")).unwrap_or(path);
    let candidates = [Utf8PathBuf::from(path), Utf8Path::new("/").join(path)];
    let found =
        candidates.iter().find(|candidate| std::fs::metadata(candidate).is_ok_and(|found| found.is_file()));
    found.cloned().ok_or_else(|| Error::Place(format!("there is no file `{path}`")))
}

/// Whether a file looks like a SQLite database.
pub(in crate::source) fn is_sqlite_file(path: &Utf8Path) -> bool {
    use std::io::Read;
    let mut beginning = [0; 15];
    disk::is_file(path)
        && std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut beginning)).is_ok()
        && &beginning == b"SQLite format 3"
}
