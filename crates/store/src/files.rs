//! Files of runs and datasets, kept by an object store on a local folder.
//!
//! A new file is written below `.incoming/`, in a folder that its process holds locked. It moves to its place
//! only when it is whole, hashed and on the disk. What a killed process leaves there is removed by the next
//! one that opens the store.
//!
//! `LocalFileSystem` does the syncing: with `with_fsync` it syncs the written file before it is renamed, then
//! the folders on both sides of each rename, and every folder that it had to create. Without it nothing
//! is synced.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use types::{ArtifactOwner, ArtifactPath, ExperimentId};

use crate::{Error, Result};

/// Folder of unfinished files below the root.
const INCOMING: &str = ".incoming";

/// Name of the file whose lock shows that the owner of a folder is alive.
const LOCK: &str = "lock";

/// Bytes that are handed to the disk at once.
const PART_BYTES: usize = 1 << 20;

/// Longest name that common file systems take, in bytes.
const NAME_MAX: usize = 255;

/// Artifacts and datasets.
pub(crate) struct Files {
    objects: Arc<dyn ObjectStore>,
    incoming: String,
    /// Held locked for as long as this process may write.
    _lock: File,
}

/// A whole file that waits to be moved to its place; removed if that never happens.
pub(crate) struct Incoming {
    objects: Arc<dyn ObjectStore>,
    place: Option<Path>,
    pub(crate) size_bytes: i64,
    pub(crate) sha256: String,
}

impl Files {
    /// Opens the folder and removes what dead processes left unfinished.
    pub(crate) async fn open(root: &Utf8Path) -> Result<Self> {
        create_private_folder(root.join(INCOMING)).await?;
        let folder = root.to_owned();
        let (incoming, lock) = blocking(move || claim_incoming(&folder)).await?;
        let objects = LocalFileSystem::new_with_prefix(root)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects), incoming, _lock: lock })
    }

    /// Writes `content` to the incoming folder, hashing it on the way.
    ///
    /// Nothing stays behind if the stream fails or the caller stops waiting.
    pub(crate) async fn receive(
        &self,
        content: impl Stream<Item = io::Result<Bytes>> + Send,
    ) -> Result<Incoming> {
        let name = uuid::Uuid::new_v4().simple().to_string();
        let place = Path::from_iter([INCOMING, &self.incoming, &name]);
        let mut upload = self.objects.put_multipart(&place).await?;
        match write_hashed(upload.as_mut(), content).await {
            Ok((size_bytes, sha256)) => {
                let objects = Arc::clone(&self.objects);
                let incoming = Incoming { objects, place: Some(place), size_bytes, sha256 };
                upload.complete().await?;
                Ok(incoming)
            }
            Err(error) => {
                // The first error is the one to tell; what is left is removed with the folder at the latest.
                drop(upload.abort().await);
                Err(error)
            }
        }
    }

    /// Opens a file for reading; `None` if there is none.
    pub(crate) async fn read(
        &self,
        place: &Path,
    ) -> Result<Option<(u64, BoxStream<'static, io::Result<Bytes>>)>> {
        match self.objects.get(place).await {
            Ok(found) => {
                let size = found.meta.size;
                Ok(Some((size, found.into_stream().map(|part| part.map_err(io::Error::from)).boxed())))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn exists(&self, place: &Path) -> Result<bool> {
        match self.objects.head(place).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a file that no row names any more. If that fails, it only wastes space.
    pub(crate) async fn forget(&self, place: &Path) {
        drop(self.objects.delete(place).await);
    }
}

impl Incoming {
    /// Opens the file for reading.
    pub(crate) async fn open(&self) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        let place =
            self.place.as_ref().ok_or_else(|| Error::inconsistent("a file that was moved".to_owned()))?;
        let found = self.objects.get(place).await?;
        Ok(found.into_stream().map(|part| part.map_err(io::Error::from)).boxed())
    }

    /// Moves the file to its place, replacing what is there.
    pub(crate) async fn move_to(mut self, place: &Path) -> Result<()> {
        if let Some(from) = &self.place {
            self.objects.rename(from, place).await?;
            self.place = None;
        }
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let (Some(place), Ok(runtime)) = (self.place.take(), tokio::runtime::Handle::try_current()) {
            let objects = Arc::clone(&self.objects);
            runtime.spawn(async move { drop(objects.delete(&place).await) });
        }
    }
}

async fn write_hashed(
    upload: &mut dyn MultipartUpload,
    content: impl Stream<Item = io::Result<Bytes>> + Send,
) -> Result<(i64, String)> {
    let mut content = std::pin::pin!(content);
    let mut hash = Sha256::new();
    let mut size: i64 = 0;
    let mut waiting: Vec<Bytes> = Vec::new();
    let mut waiting_bytes = 0;
    while let Some(part) = content.next().await {
        let part = part.map_err(Error::Upload)?;
        hash.update(&part);
        size += i64::try_from(part.len()).unwrap_or(i64::MAX);
        waiting_bytes += part.len();
        waiting.push(part);
        if waiting_bytes >= PART_BYTES {
            waiting_bytes = 0;
            upload.put_part(PutPayload::from_iter(std::mem::take(&mut waiting))).await?;
        }
    }
    if !waiting.is_empty() {
        upload.put_part(PutPayload::from_iter(waiting)).await?;
    }
    Ok((size, hex(&hash.finalize())))
}

/// Passes a file through and ends with an error if it is not what was stored.
pub(crate) fn verified(
    content: BoxStream<'static, io::Result<Bytes>>,
    sha256: String,
) -> BoxStream<'static, io::Result<Bytes>> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the stored file does not match its SHA-256");
    let state = Some((content, Sha256::new(), sha256));
    futures::stream::unfold(state, move |state| async move {
        let (mut content, mut hash, sha256) = state?;
        match content.next().await {
            Some(Ok(part)) => {
                hash.update(&part);
                Some((Ok(part), Some((content, hash, sha256))))
            }
            Some(Err(error)) => Some((Err(error), None)),
            None if hex(&hash.finalize()) == sha256 => None,
            None => Some((Err(damaged()), None)),
        }
    })
    .boxed()
}

/// Where a file is: `<experiment>/<run>/artifacts/<path>` or `<experiment>/models/<model>/artifacts/<path>`, and
/// `artifacts.<n>` in the `n`th generation after it was replaced or removed.
pub(crate) fn artifact_place(
    experiment: ExperimentId,
    owner: &ArtifactOwner,
    generation: i64,
    path: &ArtifactPath,
) -> Result<Path> {
    let owner = match owner {
        ArtifactOwner::Run(id) => id.to_string(),
        ArtifactOwner::Model(id) => format!("models/{id}"),
    };
    let folder = if generation == 0 { "artifacts".to_owned() } else { format!("artifacts.{generation}") };
    let names: Vec<String> = path.as_str().split('/').map(file_name).collect();
    let place = format!("{experiment}/{owner}/{folder}/{}", names.join("/"));
    Path::parse(place).map_err(|error| Error::inconsistent(format!("artifact path `{path}`: {error}")))
}

/// Where the file of a dataset is: `datasets/<digest>`. `None` if the text is no digest.
pub(crate) fn dataset_place(digest: &str) -> Option<Path> {
    let is_digest =
        digest.len() == 64 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_digest.then(|| Path::from_iter(["datasets", digest]))
}

/// The name on disk of one part of an artifact path: the same, unless some file system or `object_store` has
/// a use of its own for one of its characters. Then it is escaped, and if that makes it too long, hashed. The
/// three kinds are told apart by `%` and `~`, so two names never meet.
fn file_name(name: &str) -> String {
    let is_special = |c| matches!(c, '\\' | '/' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%' | '~');
    if !name.contains(is_special) {
        return name.to_owned();
    }
    let escaped: String = name
        .chars()
        .map(|c| if is_special(c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() })
        .collect();
    if escaped.len() <= NAME_MAX { escaped } else { format!("~{}", sha256_hex(name.as_bytes())) }
}

/// SHA-256 of `content`, as 64 hexadecimal digits.
#[must_use]
pub fn sha256_hex(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Creates a folder and those above it, closed to other users of the machine.
pub(crate) async fn create_private_folder(folder: Utf8PathBuf) -> Result<()> {
    blocking(move || {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&folder).map_err(|source| Error::Io { path: folder, source })
    })
    .await
}

/// Makes a folder of our own below the incoming one, with a lock that lasts as long as the process, and
/// removes the folders whose lock nobody holds. Returns its name and the lock.
fn claim_incoming(root: &Utf8Path) -> Result<(String, File)> {
    let incoming = root.join(INCOMING);
    let failed = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    // Keeps others from sweeping between the making of our folder and its lock.
    let gate_path = incoming.join(LOCK);
    let gate = File::create(&gate_path).map_err(failed(&gate_path))?;
    gate.lock().map_err(failed(&gate_path))?;

    for entry in incoming.read_dir_utf8().map_err(failed(&incoming))? {
        let folder = entry.map_err(failed(&incoming))?.into_path();
        let is_abandoned = match File::open(folder.join(LOCK)) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(error) => error.kind() == io::ErrorKind::NotFound && folder.is_dir(),
        };
        if is_abandoned {
            std::fs::remove_dir_all(&folder).map_err(failed(&folder))?;
        }
    }

    let name = uuid::Uuid::new_v4().simple().to_string();
    let folder = incoming.join(&name);
    std::fs::create_dir(&folder).map_err(failed(&folder))?;
    let lock_path = folder.join(LOCK);
    let lock = File::create(&lock_path).map_err(failed(&lock_path))?;
    lock.lock().map_err(failed(&lock_path))?;
    Ok((name, lock))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Error::WriterStopped))
}
