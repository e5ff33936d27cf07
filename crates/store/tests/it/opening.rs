use camino::Utf8PathBuf;
use cuaderno_store::{Error, Store, StoreOptions};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, PgConnection, Row};
use types::ExperimentId;

use crate::fixture::*;

conformance!(what_was_stored_is_there_after_opening_again, |store| async move {
    let run = store.given_run(1).await;
    store.close().await?;
    let again = Store::open(&store.options).await?;
    assert!(again.run(&run).await?.is_some());
    assert!(again.experiment(ExperimentId::DEFAULT).await?.is_some());
    again.close().await?;
    Ok(())
});

conformance!(two_stores_share_one_database, |store| async move {
    let second = Store::open(&store.options).await?;
    let writers = (0..40).map(|number| {
        let store = if number % 2 == 0 { (*store).clone() } else { second.clone() };
        tokio::spawn(async move { store.insert_run(&new_run(number)).await })
    });
    for write in writers.collect::<Vec<_>>() {
        write.await??;
    }
    assert_eq!(second.search_runs(&all_runs()).await?.runs.len(), 40);
    assert_eq!(store.found(&all_runs()).await.len(), 40);
    second.close().await?;
    Ok(())
});

conformance!(a_newer_schema_is_refused, |store| async move {
    store.close().await?;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9000, description, success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    if store.options.database_url.starts_with("sqlite") {
        let options: SqliteConnectOptions = store.options.database_url.parse()?;
        let mut connection = options.connect().await?;
        sqlx::query(newer).execute(&mut connection).await?;
        connection.close().await?;
    } else {
        let mut connection = PgConnection::connect(&store.options.database_url).await?;
        sqlx::query(newer).execute(&mut connection).await?;
        connection.close().await?;
    }
    for _ in 0..2 {
        let error = Store::open(&store.options).await.unwrap_err();
        assert!(matches!(error, Error::NewerSchema { found: 9000, known: 9..9000 }), "{error:?}");
    }
    Ok(())
});

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_can_open_a_new_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap();
    let options = StoreOptions {
        database_url: format!("sqlite://{root}/new/folder/test.db"),
        artifact_root: root.join("artifacts"),
    };
    let openings = (0..8).map(|_| {
        let options = options.clone();
        tokio::spawn(async move { Store::open(&options).await.unwrap() })
    });
    let stores = futures::future::try_join_all(openings).await.unwrap();
    for (number, store) in (0..).zip(&stores) {
        store.insert_run(&new_run(number)).await.unwrap();
    }
    assert_eq!(stores[0].search_runs(&all_runs()).await.unwrap().runs.len(), 8);
    for store in &stores {
        store.close().await.unwrap();
    }
    // One file is left: the last checkpoint took the log away.
    let left: Vec<String> = root
        .join("new/folder")
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect();
    assert_eq!(left, ["test.db"]);
}

#[tokio::test]
async fn unusable_urls_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap();
    for url in ["mysql://x/y", "", "sqlite::memory:", "postgres://127.0.0.1:x/db"] {
        let options = StoreOptions { database_url: url.to_owned(), artifact_root: root.clone() };
        let error = Store::open(&options).await.unwrap_err();
        assert!(matches!(error, Error::DatabaseUrl(_)), "{url}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_in_place_of_the_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap();
    std::fs::write(root.join("file"), "").unwrap();
    let options =
        StoreOptions { database_url: format!("sqlite://{root}/test.db"), artifact_root: root.join("file") };
    let error = Store::open(&options).await.unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.starts_with(root.join("file"))), "{error:?}");
}

#[tokio::test]
async fn sqlite_is_durable_private_and_recent() {
    on_sqlite(|store| async move {
        let options: SqliteConnectOptions = store.options.database_url.parse()?;
        let mut connection = options.connect().await?;
        let row = sqlx::query("SELECT sqlite_version(), (SELECT journal_mode FROM pragma_journal_mode)")
            .fetch_one(&mut connection)
            .await?;
        let version: String = row.get(0);
        assert!(version.as_str() >= "3.51.3", "{version}");
        assert_eq!(row.get::<String, _>(1), "wal");
        connection.close().await?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = store.options.database_url.trim_start_matches("sqlite://").to_owned();
            let folder = Utf8PathBuf::from(file).parent().unwrap().to_owned();
            for folder in [folder, store.options.artifact_root.join(".incoming")] {
                assert_eq!(std::fs::metadata(&folder)?.permissions().mode() & 0o777, 0o700, "{folder}");
            }
        }
        Ok(())
    })
    .await;
}
