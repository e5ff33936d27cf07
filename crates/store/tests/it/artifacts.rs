use std::io;
use std::time::Duration;

use bytes::Bytes;
use camino::Utf8Path;
use cuaderno_store::{Error, Store};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use types::{Artifact, ArtifactPath, RunId};

use crate::fixture::*;

fn path(text: &str) -> ArtifactPath {
    ArtifactPath::parse(text).unwrap()
}

fn content(parts: &[&'static str]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    stream::iter(parts.iter().map(|part| Ok(Bytes::from_static(part.as_bytes()))).collect::<Vec<_>>())
}

async fn read(store: &Store, run: &RunId, path: &ArtifactPath) -> io::Result<Option<(Artifact, Vec<u8>)>> {
    match store.read_artifact(run, path).await.map_err(io::Error::other)? {
        None => Ok(None),
        Some((artifact, content)) => {
            let parts: Vec<Bytes> = content.try_collect().await?;
            Ok(Some((artifact, parts.concat())))
        }
    }
}

/// All files below a folder, locks left out.
fn files_below(folder: &Utf8Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in folder.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            files.extend(
                files_below(entry.path()).into_iter().map(|file| format!("{}/{file}", entry.file_name())),
            );
        } else if entry.file_name() != "lock" {
            files.push(entry.file_name().to_owned());
        }
    }
    files.sort();
    files
}

conformance!(a_file_comes_back_with_its_size_and_digest, |store| async move {
    let run = store.given_run(1).await;
    let stored = store.put_artifact(&run, &path("plots/año 1.svg"), content(&["ab", "", "c"])).await?;
    // SHA-256 of "abc", FIPS 180-2, appendix B.1.
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!((stored.size_bytes, stored.sha256.as_str()), (3, sha256));
    assert_eq!(store.artifacts(&run).await?, std::slice::from_ref(&stored));
    assert_eq!(read(&store, &run, &stored.path).await?, Some((stored, b"abc".to_vec())));
    assert_eq!(files_below(&store.options.artifact_root), [format!("0/{run}/artifacts/plots/año 1.svg")]);
    assert_eq!(read(&store, &run, &path("plots")).await?, None);
    assert_eq!(read(&store, &run_id(9), &path("plots/año 1.svg")).await?, None);
    assert_eq!(store.artifacts(&run_id(9)).await?, []);
    Ok(())
});

conformance!(empty_and_large_files_are_files, |store| async move {
    let run = store.given_run(1).await;
    let empty = store.put_artifact(&run, &path("empty"), content(&[])).await?;
    assert_eq!(read(&store, &run, &path("empty")).await?.unwrap().1, b"");
    assert_eq!(empty.size_bytes, 0);
    let part = Bytes::from(vec![7_u8; 300_000]);
    let large = stream::repeat(part).take(20).map(Ok);
    let stored = store.put_artifact(&run, &path("large"), large).await?;
    assert_eq!(stored.size_bytes, 6_000_000);
    assert_eq!(read(&store, &run, &path("large")).await?.unwrap().1, vec![7_u8; 6_000_000]);
    Ok(())
});

conformance!(a_replaced_file_is_new_for_all_and_old_for_those_who_read, |store| async move {
    let run = store.given_run(1).await;
    let a = path("a");
    store.put_artifact(&run, &a, content(&["old"])).await?;
    let (_, old) = store.read_artifact(&run, &a).await?.unwrap();
    for text in ["new", "newer"] {
        let stored = store.put_artifact(&run, &a, content(&[text])).await?;
        assert_eq!(read(&store, &run, &a).await?, Some((stored, text.as_bytes().to_vec())));
    }
    let parts: Vec<Bytes> = old.try_collect().await?;
    assert_eq!(parts.concat(), b"old");
    assert_eq!(files_below(&store.options.artifact_root).len(), 1);
    assert_eq!(store.artifacts(&run).await?.len(), 1);
    Ok(())
});

conformance!(uploads_of_one_path_at_once_leave_a_whole_file, |store| async move {
    let run = store.given_run(1).await;
    let uploads = (0..12_u8).map(|number| {
        let (store, run) = (store.clone(), run.clone());
        tokio::spawn(async move {
            let bytes = Bytes::from(vec![number; 1000 + usize::from(number)]);
            store.put_artifact(&run, &path("same"), stream::iter([Ok(bytes)])).await.unwrap();
        })
    });
    futures::future::try_join_all(uploads).await?;
    let (artifact, bytes) = read(&store, &run, &path("same")).await?.unwrap();
    assert_eq!(i64::try_from(bytes.len())?, artifact.size_bytes);
    assert_eq!(files_below(&store.options.artifact_root).len(), 1);
    Ok(())
});

conformance!(an_upload_that_breaks_off_leaves_nothing, |store| async move {
    let run = store.given_run(1).await;
    let broken = content(&["abc"]).chain(stream::iter([Err(io::Error::other("connection lost"))]));
    let result = store.put_artifact(&run, &path("a"), broken).await;
    assert!(matches!(result, Err(Error::Upload(_))), "{result:?}");

    // A caller that stops waiting in the middle.
    let endless = content(&["abc"]).chain(stream::pending());
    let a = path("a");
    let upload = store.put_artifact(&run, &a, endless);
    assert!(tokio::time::timeout(Duration::from_millis(50), upload).await.is_err());

    let unknown = store.put_artifact(&run_id(9), &path("a"), content(&["abc"])).await;
    assert!(matches!(unknown, Err(Error::Missing { what: "run", .. })));

    for _ in 0..200 {
        if files_below(&store.options.artifact_root).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(files_below(&store.options.artifact_root), [""; 0]);
    assert_eq!(store.artifacts(&run).await?, []);
    Ok(())
});

conformance!(a_path_is_a_file_or_a_folder, |store| async move {
    let run = store.given_run(1).await;
    store.put_artifact(&run, &path("a/b/c"), content(&["1"])).await?;
    for taken in ["a", "a/b", "a/b/c/d", "a/b/c/d/e"] {
        let result = store.put_artifact(&run, &path(taken), content(&["2"])).await;
        assert!(matches!(result, Err(Error::PathTaken { .. })), "{taken}: {result:?}");
    }
    for free in ["a.b", "a/b.c", "a0", "a/b/d"] {
        store.put_artifact(&run, &path(free), content(&["3"])).await?;
    }
    let paths: Vec<String> =
        store.artifacts(&run).await?.iter().map(|found| found.path.to_string()).collect();
    assert_eq!(paths, ["a.b", "a/b.c", "a/b/c", "a/b/d", "a0"]);
    Ok(())
});

conformance!(a_removed_file_is_gone_and_its_place_is_never_used_again, |store| async move {
    let run = store.given_run(1).await;
    for name in ["a/b", "a/c/d", "a0", "e"] {
        store.put_artifact(&run, &path(name), content(&["old"])).await?;
    }
    let (_, reading) = store.read_artifact(&run, &path("a/b")).await?.unwrap();
    assert_eq!(store.delete_artifacts(&run, Some(&path("a"))).await?, 2);
    assert_eq!(store.delete_artifacts(&run, Some(&path("a"))).await?, 0);
    let parts: Vec<Bytes> = reading.try_collect().await?;
    assert_eq!(parts.concat(), b"old");
    assert_eq!(read(&store, &run, &path("a/b")).await?, None);
    assert_eq!(files_below(&store.options.artifact_root).len(), 2);

    // What was a folder may be a file, and the other way round.
    store.put_artifact(&run, &path("a"), content(&["file"])).await?;
    assert_eq!(read(&store, &run, &path("a")).await?.unwrap().1, b"file");
    assert!(matches!(
        store.put_artifact(&run, &path("a/b"), content(&["x"])).await,
        Err(Error::PathTaken { .. })
    ));
    assert_eq!(store.delete_artifacts(&run, Some(&path("a"))).await?, 1);
    store.put_artifact(&run, &path("a/b"), content(&["folder again"])).await?;
    assert_eq!(read(&store, &run, &path("a/b")).await?.unwrap().1, b"folder again");

    assert_eq!(store.delete_artifacts(&run, None).await?, 3);
    assert_eq!(store.artifacts(&run).await?, []);
    assert_eq!(files_below(&store.options.artifact_root), [""; 0]);
    let unknown = store.delete_artifacts(&run_id(9), None).await;
    assert!(matches!(unknown, Err(Error::Missing { what: "run", .. })));
    Ok(())
});

conformance!(a_folder_lists_its_files_and_folders, |store| async move {
    let run = store.given_run(1).await;
    for name in ["model/MLmodel", "model/data/model.pkl", "model/data/x", "model.txt", "a", "model-2/y"] {
        store.put_artifact(&run, &path(name), content(&["abc"])).await?;
    }
    let listed = async |folder: Option<&str>| {
        let folder = folder.map(path);
        let entries = store.artifacts_in(&run, folder.as_ref()).await.unwrap();
        entries.into_iter().map(|entry| (entry.path.to_string(), entry.size_bytes)).collect::<Vec<_>>()
    };
    let entry = |path: &str, size| (path.to_owned(), size);
    assert_eq!(
        listed(None).await,
        [entry("a", Some(3)), entry("model", None), entry("model-2", None), entry("model.txt", Some(3))]
    );
    assert_eq!(listed(Some("model")).await, [entry("model/MLmodel", Some(3)), entry("model/data", None)]);
    assert_eq!(listed(Some("a")).await, []);
    assert_eq!(listed(Some("b")).await, []);
    assert_eq!(store.artifact_experiment(&run).await?, Some(types::ExperimentId::DEFAULT));
    assert_eq!(store.artifact_experiment(&run_id(9)).await?, None);
    Ok(())
});

conformance!(names_that_file_systems_refuse_are_stored_under_others, |store| async move {
    let run = store.given_run(1).await;
    let long = "#".repeat(255);
    for name in ["a#1", "a%31", "*?<>|", "~x", "dir.v1/[z]^", &long, &format!("{}/x", "é".repeat(127))] {
        let stored =
            store.put_artifact(&run, &path(name), stream::iter([Ok(name.to_owned().into())])).await?;
        assert_eq!(
            read(&store, &run, &path(name)).await?,
            Some((stored, name.as_bytes().to_vec())),
            "{name}"
        );
    }
    assert_eq!(store.artifacts(&run).await?.len(), 7);
    Ok(())
});

conformance!(damaged_files_are_noticed, |store| async move {
    let run = store.given_run(1).await;
    store.put_artifact(&run, &path("a"), content(&["abc"])).await?;
    let file = store.options.artifact_root.join(format!("0/{run}/artifacts/a"));
    std::fs::write(&file, "abX")?;
    let error = read(&store, &run, &path("a")).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    std::fs::write(&file, "abcd")?;
    assert!(matches!(store.read_artifact(&run, &path("a")).await, Err(Error::Inconsistent(_))));
    std::fs::remove_file(&file)?;
    assert!(matches!(store.read_artifact(&run, &path("a")).await, Err(Error::Inconsistent(_))));
    Ok(())
});

conformance!(what_a_killed_process_left_is_removed_but_not_what_a_living_one_writes, |store| async move {
    let run = store.given_run(1).await;
    let incoming = store.options.artifact_root.join(".incoming");
    // As a killed process leaves it: a folder whose lock nobody holds.
    let dead = incoming.join("0123");
    std::fs::create_dir(&dead)?;
    std::fs::write(dead.join("lock"), "")?;
    std::fs::write(dead.join("half a file"), "abc")?;
    // Killed before it had made its lock.
    std::fs::create_dir(incoming.join("4567"))?;

    let (send, receive) = tokio::sync::oneshot::channel::<()>();
    let waits = content(&["abc"]).chain(stream::once(async move {
        drop(receive.await);
        Ok(Bytes::from_static(b"def"))
    }));
    let upload = tokio::spawn({
        let (store, run) = (store.clone(), run.clone());
        async move { store.put_artifact(&run, &path("a"), waits).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;

    let second = Store::open(&store.options).await?;
    assert!(!dead.exists() && !incoming.join("4567").exists());
    assert_eq!(files_below(&incoming).len(), 1);
    assert!(send.send(()).is_ok());
    upload.await??;
    assert_eq!(read(&second, &run, &path("a")).await?.unwrap().1, b"abcdef");
    second.close().await?;
    Ok(())
});
