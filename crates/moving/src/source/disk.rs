//! Folders of others: only what lies inside is read, and links are not followed.

use std::fs::{self, File};
use std::io::{self, Read};

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use futures::stream::{BoxStream, StreamExt};
use tokio_util::io::ReaderStream;

use crate::record::{self, Fault, Found, Place};
use crate::{Error, Result};

/// Deepest nesting of folders that is followed.
const DEPTH_MAX: usize = 64;

/// Largest text file that is read whole, in bytes. MLflow's longest value is a dataset's profile of 16 MiB.
const TEXT_MAX: u64 = 128 * 1024 * 1024;

/// Bytes of a file that are read at once.
const PART_BYTES: usize = 256 * 1024;

/// Names of the folders in `folder`, sorted. Links are no folders.
pub(super) fn folders(folder: &Utf8Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in folder.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether there is a folder, not a link to one.
pub(super) fn is_folder(path: &Utf8Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

/// Whether there is a file, not a link to one.
pub(super) fn is_file(path: &Utf8Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

/// Reads a text file.
pub(super) fn text(path: &Utf8Path) -> Result<String> {
    let name = path.file_name().unwrap_or_default();
    if !is_file(path) {
        return Err(Error::Broken(format!("it has no file {name}")));
    }
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(TEXT_MAX + 1).read_to_string(&mut text));
    match read {
        Ok(_) if text.len() as u64 > TEXT_MAX => Err(Error::Broken(format!("its file {name} is too large"))),
        Ok(_) => Ok(text),
        Err(error) => Err(Error::Broken(format!("its file {name} cannot be read: {error}"))),
    }
}

/// All files below a folder, by path. An absent folder has none.
pub(super) fn files_below(folder: &Utf8Path) -> Found<record::File> {
    let mut found = Found::default();
    if is_folder(folder) {
        walk(folder, "", 0, &mut found);
        found.items.sort_unstable_by(|left, right| left.path.cmp(&right.path));
    }
    found
}

fn walk(folder: &Utf8Path, prefix: &str, depth: usize, found: &mut Found<record::File>) {
    let mut fault = |path: &str, why: String| found.faults.push(Fault::new(format!("file `{path}`"), why));
    if depth > DEPTH_MAX {
        return fault(prefix, "is nested too deep".to_owned());
    }
    // Names are read as the system has them, so that one odd name does not hide the others.
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return fault(prefix, format!("its folder cannot be read: {error}")),
    };
    for entry in entries {
        let described = entry.and_then(|entry| Ok((entry.file_name(), entry.metadata()?)));
        let (name, metadata) = match described {
            Ok(described) => described,
            Err(error) => {
                found.faults.push(Fault::new(format!("file `{prefix}`"), format!("cannot be read: {error}")));
                continue;
            }
        };
        let Some(name) = name.to_str() else {
            let path = format!("{prefix}{}", name.to_string_lossy());
            found.faults.push(Fault::new(format!("file `{path}`"), "its name is not UTF-8"));
            continue;
        };
        let path = format!("{prefix}{name}");
        if metadata.is_dir() {
            walk(&folder.join(name), &format!("{path}/"), depth + 1, found);
        } else if metadata.is_file() {
            let place = Place::Disk(folder.join(name));
            found.items.push(record::File { path, size: metadata.len(), place });
        } else {
            found.faults.push(Fault::new(format!("file `{path}`"), "is a link, which is not followed"));
        }
    }
}

/// Opens a file as a stream.
pub(super) async fn stream(path: &Utf8Path) -> Result<BoxStream<'static, io::Result<Bytes>>> {
    let file = tokio::fs::File::open(path).await.map_err(Error::io(path))?;
    Ok(ReaderStream::with_capacity(file, PART_BYTES).boxed())
}

/// Runs work that waits for the disk.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::Unavailable(format!("reading stopped: {error}"))),
    }
}

/// Where the files of runs and models may be: `<experiment>/<run>/artifacts` or `<run>/artifacts` below one of the
/// folders that the user named. Built from identifiers only; what a source says about places is not used.
#[derive(Debug, Clone, Default)]
pub(super) struct ArtifactFolders(pub(super) Vec<Utf8PathBuf>);

impl ArtifactFolders {
    /// The files of what is called `name` (a run, or `models/<model>`) in an experiment.
    pub(super) fn files(&self, experiment: &str, name: &str) -> Found<record::File> {
        let is_plain = |text: &str| {
            !text.is_empty()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        if !is_plain(experiment) || !name.split('/').all(is_plain) {
            return Found::default();
        }
        for root in &self.0 {
            for folder in [root.join(experiment).join(name), root.join(name)] {
                let found = files_below(&folder.join("artifacts"));
                if !found.items.is_empty() || !found.faults.is_empty() {
                    return found;
                }
            }
        }
        Found::default()
    }
}

fn scheme(uri: &str) -> &str {
    uri.split_once(":/").map_or("", |(scheme, _)| scheme)
}

/// Whether an address means a folder of the machine on which it was written; one letter is a drive.
pub(super) fn is_local(uri: &str) -> bool {
    let scheme = scheme(uri);
    scheme.len() <= 1 || scheme == "file"
}

/// What to say about files that are somewhere else; `None` if the place that the source names is one of those that
/// were looked at.
pub(super) fn elsewhere(uri: &str, is_artifact_folder_given: bool) -> Option<Fault> {
    let (scheme, is_local) = (scheme(uri), is_local(uri));
    if uri.is_empty() || is_artifact_folder_given && (is_local || scheme == "mlflow-artifacts") {
        return None;
    }
    // The last names are those of the run; what comes before is the same for all.
    let common = match uri.trim_end_matches('/').rsplitn(4, '/').nth(3) {
        Some(before) if uri.trim_end_matches('/').ends_with("/artifacts") => before,
        _ => uri,
    };
    let why = if is_local || scheme == "mlflow-artifacts" {
        format!("the source keeps them in `{common}`; name that folder with --artifacts")
    } else {
        format!(
            "the source keeps them in `{common}`, which is not on this disk; copy it and name the copy with --artifacts"
        )
    };
    Some(Fault::new("artifacts", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_that_could_leave_a_folder_find_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir_all(root.join("inside/1/r/artifacts")).unwrap();
        fs::create_dir_all(root.join("secret/artifacts")).unwrap();
        fs::write(root.join("inside/1/r/artifacts/a.txt"), "a").unwrap();
        fs::write(root.join("secret/artifacts/key"), "k").unwrap();
        let folders = ArtifactFolders(vec![root.join("inside")]);
        assert_eq!(folders.files("1", "r").items.len(), 1);
        for (experiment, name) in [("..", "secret"), ("1", "../../secret"), ("", "../secret"), ("1/..", "r")]
        {
            assert_eq!(folders.files(experiment, name), Found::default(), "{experiment} {name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_told_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs::create_dir(root.join("a")).unwrap();
        fs::write(root.join("a/real.txt"), "x").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("a/link.txt")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("a/folder")).unwrap();
        let found = files_below(&root.join("a"));
        assert_eq!(found.items.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["real.txt"]);
        assert_eq!(found.faults.len(), 2);
        assert!(text(&root.join("a/link.txt")).is_err());
        assert_eq!(folders(root).unwrap(), ["a"]);
    }

    #[test]
    fn files_in_another_place_are_told_with_what_to_do() {
        let told = |uri, given| elsewhere(uri, given).map(|fault| fault.why);
        assert_eq!(told("", false), None);
        assert_eq!(told("file:///x/mlruns/1/abc/artifacts", true), None);
        assert!(told("/x/mlruns/1/abc/artifacts", false).unwrap().contains("`/x/mlruns`; name"));
        assert!(
            told("s3://bucket/path/1/abc/artifacts", true).unwrap().contains("`s3://bucket/path`, which")
        );
    }
}
