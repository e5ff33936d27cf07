//! Why something could not be read or written.

use camino::{Utf8Path, Utf8PathBuf};

/// The result of reading or writing.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The place that the user named is none that can be used; the text says what to change.
    #[error("{0}")]
    Place(String),

    /// The place is right, but does not answer now.
    #[error("{0}")]
    Unavailable(String),

    /// One thing cannot be read; the others can. The text says why.
    #[error("{0}")]
    Broken(String),

    /// A file or folder cannot be used.
    #[error("cannot use `{path}`: {source}")]
    Io {
        /// The file or folder.
        path: Utf8PathBuf,
        /// What the system says.
        source: std::io::Error,
    },

    /// The database of the source failed.
    #[error("the database that is read failed: {0}")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// An error of the system about `path`.
    pub(crate) fn io(path: &Utf8Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Whether only one thing is concerned and the rest can go on.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

/// A value of an unexpected kind, or a row that went away, spoils one thing; anything else the whole reading.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Broken(format!("column {index} of the database holds another kind of value: {source}"))
            }
            sqlx::Error::RowNotFound => Self::Broken("it is gone from the database".to_owned()),
            other => Self::Database(other),
        }
    }
}
