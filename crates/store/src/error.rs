//! Why the store could not do something.

use std::io;

use camino::Utf8PathBuf;
use types::InvalidValue;

/// Why the store could not do something. "Not there" is no error: functions answer `None` or `false`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The page token is damaged or belongs to another search.
    #[error("the page token does not belong to this search; ask for the first page again")]
    PageToken,

    /// The search asks for more than the store supports.
    #[error("{0}")]
    Query(&'static str),

    /// A referenced thing does not exist; nothing was stored.
    #[error("{what} `{id}` does not exist")]
    Missing {
        /// Kind of thing, such as `experiment`.
        what: &'static str,
        /// Its name or identifier.
        id: String,
    },

    /// The identifier is taken; nothing was stored.
    #[error("{what} `{id}` already exists")]
    Taken {
        /// Kind of thing, such as `run`.
        what: &'static str,
        /// Its name or identifier.
        id: String,
    },

    /// A text contains the character U+0000, which PostgreSQL cannot keep; nothing was stored.
    #[error("{what} contains the character U+0000")]
    ZeroCharacter {
        /// The field, such as ``value of param `lr` ``.
        what: String,
    },

    /// A folder and a file would have the same path; nothing was stored.
    #[error("`{path}` cannot be stored beside `{taken}`: one would have to be a folder")]
    PathTaken {
        /// The path asked for.
        path: String,
        /// The stored path that is in the way.
        taken: String,
    },

    /// The content of an upload stopped with an error; nothing was stored.
    #[error("the upload broke off")]
    Upload(#[source] io::Error),

    /// Others hold the database for too long. Nothing was stored; trying again is safe.
    #[error("the database is busy; try again")]
    Busy,

    /// The store was closed. Nothing was stored.
    #[error("the store is closed")]
    Closed,

    /// The commit was not confirmed: the change may be stored or not.
    #[error("the database did not confirm the change; it may or may not be stored")]
    OutcomeUnknown(#[source] sqlx::Error),

    /// As [`Self::OutcomeUnknown`], for a task that stopped in between.
    #[error("the task that writes stopped; the change may or may not be stored")]
    WriterStopped,

    /// The database was made by a newer program.
    #[error(
        "the database has schema version {found}, this program knows up to {known}; use the newer program"
    )]
    NewerSchema {
        /// Version in the database.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },

    /// The SQLite that was compiled in is too old.
    #[error("SQLite {found} can corrupt a database in WAL mode; 3.51.3 or newer is needed")]
    SqliteVersion {
        /// Version that was compiled in.
        found: String,
    },

    /// The database URL is unusable.
    #[error("the database URL {0}")]
    DatabaseUrl(String),

    /// Something stored contradicts itself, such as a file that does not match its digest.
    #[error("stored data is damaged: {0}")]
    Inconsistent(String),

    /// A file or folder cannot be used.
    #[error("cannot use `{path}`")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },

    /// Artifact storage failed.
    #[error("artifact storage failed")]
    Artifacts(#[from] object_store::Error),

    /// The database failed. Nothing was stored.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl Error {
    pub(crate) fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent(what.into())
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::PoolClosed => Self::Closed,
            sqlx::Error::Database(database) if is_busy(database.code().as_deref()) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// Whether the code says that another transaction is in the way.
fn is_busy(code: Option<&str>) -> bool {
    match code {
        // PostgreSQL: serialization failure, deadlock, lock not available, too many connections, starting.
        Some("40001" | "40P01" | "55P03" | "53300" | "57P03") => true,
        // SQLite: the low byte is SQLITE_BUSY or SQLITE_LOCKED. Its codes have at most four digits.
        Some(code) if code.len() <= 4 => code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
        _ => false,
    }
}

/// A stored value breaks its own rule.
impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::inconsistent(error.to_string())
    }
}
