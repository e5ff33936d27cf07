//! Files of the store, as `ml` reads them: from a blocking thread, several times from their start.

use std::io::{self, Read};

use ml::TableFile;
use store::IncomingDataset;
use tokio::runtime::Handle;
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::Ctx;

/// Where the bytes are.
pub(super) enum Source {
    /// Arrived, and not yet a dataset.
    Incoming(IncomingDataset),
    /// The content with this digest.
    Stored(String),
}

/// A file of the store. Reading blocks the thread.
pub(super) struct StoredFile {
    ctx: Ctx,
    source: Source,
    runtime: Handle,
}

impl StoredFile {
    /// Must be called on a runtime, which then does the reading.
    pub(super) fn new(ctx: &Ctx, source: Source) -> Self {
        Self { ctx: ctx.clone(), source, runtime: Handle::current() }
    }

    pub(super) fn into_source(self) -> Source {
        self.source
    }
}

impl TableFile for StoredFile {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        let content = self.runtime.block_on(async {
            match &self.source {
                Source::Incoming(incoming) => incoming.open().await.map(Some),
                Source::Stored(digest) => {
                    self.ctx.store().open_dataset(digest).await.map(|found| found.map(|(_, content)| content))
                }
            }
        });
        let content = content.map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SyncIoBridge::new_with_handle(StreamReader::new(content), self.runtime.clone())))
    }
}
