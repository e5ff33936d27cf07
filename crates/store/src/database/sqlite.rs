//! SQLite: one file in WAL mode, a pool of readers and one writer.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use camino::Utf8PathBuf;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use super::migrations;
use super::writer::Writer;
use crate::files::create_private_folder;
use crate::{Error, Result};

/// How long a statement waits for another process to finish its transaction.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// First version without the bug that can corrupt a database when a WAL file is restarted.
const OLDEST_SOUND: (u32, u32, u32) = (3, 51, 3);

/// Statements that each connection keeps prepared.
const STATEMENTS: usize = 256;

/// Page cache of each connection, in KiB; negative as the pragma wants it.
const CACHE_SIZE: &str = "-16384";

/// The WAL file is cut to this many bytes after a checkpoint.
const WAL_LIMIT: &str = "67108864";

pub(super) async fn open(url: &str) -> Result<(SqlitePool, Writer)> {
    let options = SqliteConnectOptions::from_str(url)
        .map_err(|error| Error::DatabaseUrl(format!("cannot be read: {error}")))?
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", CACHE_SIZE)
        .disable_statement_logging();
    let file = options.get_filename().to_path_buf();
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(Error::DatabaseUrl("must name a file: memory cannot be shared".to_owned()));
    }
    create_folder_of(&file).await?;

    let writing = options
        .clone()
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("journal_size_limit", WAL_LIMIT);
    let mut connection = connect(&writing).await?;
    check_version(&mut connection).await?;
    migrations::migrate_sqlite(&mut connection).await?;

    // Sized for the cores, since a reader computes in its own thread; a few more for those that wait for disk.
    let readers = std::thread::available_parallelism().map_or(4, |cores| 2 * cores.get()).clamp(4, 32);
    let pool = SqlitePoolOptions::new()
        .max_connections(u32::try_from(readers).unwrap_or(4))
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_with(options.read_only(true))
        .await?;
    Ok((pool, Writer::start(connection, writing)))
}

/// Connects; waits while another process is about to create the same database.
///
/// SQLite answers "busy" at once when two connections switch a new file to WAL together: its busy handler is
/// not asked then.
pub(super) async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    const PAUSE: Duration = Duration::from_millis(25);
    let mut waited = Duration::ZERO;
    loop {
        match options.connect().await.map_err(Error::from) {
            Err(Error::Busy) if waited < BUSY_TIMEOUT => {
                tokio::time::sleep(PAUSE).await;
                waited += PAUSE;
            }
            result => return result,
        }
    }
}

async fn create_folder_of(file: &Path) -> Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else {
        return Ok(());
    };
    let folder = Utf8PathBuf::from_path_buf(folder.to_path_buf())
        .map_err(|_| Error::DatabaseUrl("names a folder that is not UTF-8".to_owned()))?;
    create_private_folder(folder).await
}

async fn check_version(connection: &mut SqliteConnection) -> Result<()> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let mut numbers = found.split('.').map(|number| number.parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    if (next(), next(), next()) < OLDEST_SOUND { Err(Error::SqliteVersion { found }) } else { Ok(()) }
}
