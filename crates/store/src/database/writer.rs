//! The one task that writes to SQLite.
//!
//! Every commit waits for the disk, so requests that arrive meanwhile are collected and share the next one.
//! Each runs in a savepoint of its own: one that fails does not spoil the others. All are answered after the
//! commit, so an answer means that the change survives a power cut.

use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Change, Connection, sqlite};
use crate::{Error, Result};

/// Requests that wait at most; more are told to come back.
const QUEUE: usize = 1024;

/// Requests that share a commit at most.
const BATCH: usize = 256;

/// Handle of the task.
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Request>>,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<Result<()>>>>,
}

impl Writer {
    /// Starts the task with an open connection; `options` are for replacing it.
    pub(super) fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(connection, options, requests, stop.clone()));
        Self { queue, stop, task: Mutex::new(Some(task)) }
    }

    /// Queues `body` and waits for its commit. It runs even if the caller stops waiting.
    pub(super) async fn write<T, F>(&self, body: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(Connection<'c>) -> BoxFuture<'c, Result<Change<T>>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let request = Box::new(Pending { body: Some(body), result: None, reply });
        self.queue.send_timeout(request, sqlite::BUSY_TIMEOUT).await.map_err(|error| match error {
            mpsc::error::SendTimeoutError::Timeout(_) => Error::Busy,
            mpsc::error::SendTimeoutError::Closed(_) => Error::Closed,
        })?;
        answer.await.unwrap_or(Err(Error::WriterStopped))
    }

    /// Lets the task finish what waits, and waits for it.
    pub(super) async fn close(&self) -> Result<()> {
        self.stop.cancel();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        match task {
            Some(task) => task.await.unwrap_or(Err(Error::WriterStopped)),
            None => Ok(()),
        }
    }
}

/// A write whose type of result is hidden, so that the queue can hold all kinds.
trait Request: Send {
    /// Runs the body and keeps its result. Answers whether its changes are to be kept.
    fn run<'c>(&'c mut self, connection: Connection<'c>) -> BoxFuture<'c, bool>;

    /// Answers the caller with the result of the body, or with `failure` instead.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

struct Pending<T, F> {
    body: Option<F>,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Request for Pending<T, F>
where
    T: Send + 'static,
    F: for<'c> FnOnce(Connection<'c>) -> BoxFuture<'c, Result<Change<T>>> + Send + 'static,
{
    fn run<'c>(&'c mut self, connection: Connection<'c>) -> BoxFuture<'c, bool> {
        let body = self.body.take();
        async move {
            let Some(body) = body else { return false };
            // A bug in one request must not take the writer and everybody's requests with it.
            let outcome = AssertUnwindSafe(async move { body(connection).await }).catch_unwind().await;
            let (result, keep) = match outcome {
                Ok(Ok(Change::Keep(value))) => (Ok(value), true),
                Ok(Ok(Change::Undo(value))) => (Ok(value), false),
                Ok(Err(error)) => (Err(error), false),
                Err(_panic) => (Err(Error::WriterStopped), false),
            };
            self.result = Some(result);
            keep
        }
        .boxed()
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let result = match (failure, self.result) {
            // A body that failed by itself says why, whatever happened to the others.
            (_, Some(Err(error))) => Err(error),
            (Some(failure), _) => Err(failure),
            (None, Some(Ok(value))) => Ok(value),
            (None, None) => Err(Error::WriterStopped),
        };
        // The caller may have left; the change is made all the same.
        drop(self.reply.send(result));
    }
}

async fn run(
    connection: SqliteConnection,
    options: SqliteConnectOptions,
    mut requests: mpsc::Receiver<Box<dyn Request>>,
    stop: CancellationToken,
) -> Result<()> {
    let mut connection = Some(connection);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            // Refuses new requests and goes on with those that wait.
            () = stop.cancelled(), if !requests.is_closed() => requests.close(),
            count = requests.recv_many(&mut batch, BATCH) => {
                if count == 0 {
                    break;
                }
                connection = commit_together(connection, &options, &mut batch).await;
            }
        }
    }
    if let Some(mut connection) = connection {
        // Leaves one file behind instead of three. It does nothing while another process reads.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
        connection.close().await?;
    }
    Ok(())
}

/// Runs all requests in one transaction and answers them; empties `batch`. Returns the connection if it is
/// still good.
async fn commit_together(
    connection: Option<SqliteConnection>,
    options: &SqliteConnectOptions,
    batch: &mut Vec<Box<dyn Request>>,
) -> Option<SqliteConnection> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => match sqlite::connect(options).await {
            Ok(connection) => connection,
            Err(error) => {
                answer_all(batch, || again(&error));
                return None;
            }
        },
    };
    match apply(&mut connection, batch).await {
        Ok(()) => {
            batch.drain(..).for_each(|request| request.answer(None));
            Some(connection)
        }
        Err(Failure::NotBegun(error @ Error::Busy)) => {
            answer_all(batch, || again(&error));
            Some(connection)
        }
        Err(Failure::NotBegun(error) | Failure::RolledBack(error)) => {
            answer_all(batch, || again(&error));
            replace(connection).await
        }
        Err(Failure::CommitUnknown(error)) => {
            answer_all(batch, || Error::OutcomeUnknown(copy(&error)));
            replace(connection).await
        }
    }
}

/// Why a whole batch failed.
enum Failure {
    /// The transaction did not begin: nothing happened.
    NotBegun(Error),
    /// SQLite gave up the transaction while a request ran: nothing is stored.
    RolledBack(Error),
    /// The commit failed. After an I/O error its pages may be in the WAL all the same.
    CommitUnknown(sqlx::Error),
}

async fn apply(connection: &mut SqliteConnection, batch: &mut [Box<dyn Request>]) -> Result<(), Failure> {
    // IMMEDIATE takes the write lock now, where waiting for it is possible.
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(|error| Failure::NotBegun(error.into()))?;
    for request in batch {
        let lost = |error: sqlx::Error| Failure::RolledBack(error.into());
        let mut savepoint = transaction.begin().await.map_err(lost)?;
        // An error of the disk may end the whole transaction; then there is no savepoint to return to.
        let ended = if request.run(Connection::Sqlite(&mut savepoint)).await {
            savepoint.commit().await
        } else {
            savepoint.rollback().await
        };
        ended.map_err(lost)?;
    }
    transaction.commit().await.map_err(Failure::CommitUnknown)
}

/// A connection after an error of unknown reach is not used again.
async fn replace(connection: SqliteConnection) -> Option<SqliteConnection> {
    // `close` would commit nothing, but may write: `close_hard` only lets go.
    drop(connection.close_hard().await);
    None
}

fn answer_all(batch: &mut Vec<Box<dyn Request>>, failure: impl Fn() -> Error) {
    batch.drain(..).for_each(|request| request.answer(Some(failure())));
}

/// The same error once more, for the next caller.
fn again(error: &Error) -> Error {
    match error {
        Error::Busy => Error::Busy,
        Error::Database(error) => Error::Database(copy(error)),
        other => Error::Database(sqlx::Error::Protocol(other.to_string())),
    }
}

fn copy(error: &sqlx::Error) -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::other(error.to_string()))
}
