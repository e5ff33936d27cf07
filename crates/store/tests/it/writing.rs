use std::time::Duration;

use cuaderno_store::{BatchOutcome, Error, Store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _};
use types::Batch;

use crate::fixture::*;

conformance!(many_writers_share_commits_and_one_failure_spoils_nothing, |store| async move {
    let taken = store.given_run(1_000).await;
    let writers = (0..200).map(|number| {
        let (store, taken) = (store.clone(), taken.clone());
        tokio::spawn(async move {
            if number % 10 == 5 {
                // Fails in the middle of its transaction, after it has written.
                let mut run = new_run(number);
                run.params = vec![param("p", "1"), param("p", "2")];
                assert!(store.insert_run(&run).await.is_err());
                run.id = taken;
                assert!(matches!(store.insert_run(&run).await, Err(Error::Taken { .. })));
            } else {
                let id = store.given_run(number).await;
                let batch = Batch { metrics: vec![metric("m", f64::from(number), 0)], ..Batch::default() };
                store.log(&id, batch).await;
            }
        })
    });
    futures::future::try_join_all(writers).await?;
    let found = store.found(&all_runs()).await;
    assert_eq!(found.len(), 181);
    assert!(found.iter().all(|number| number % 10 != 5));
    Ok(())
});

conformance!(a_caller_that_leaves_does_not_stop_the_write, |store| async move {
    for number in 0..50 {
        // Polled once: the request is on its way, then the caller is gone.
        let run = new_run(number);
        let write = store.insert_run(&run);
        drop(tokio::time::timeout(Duration::ZERO, write).await);
    }
    // Writes are done in turn on SQLite, so this one comes after all that were queued.
    store.given_run(1_000).await;
    for _ in 0..200 {
        if store.found(&all_runs()).await.len() == 51 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("some writes got lost".into())
});

conformance!(after_closing_nothing_is_written, |store| async move {
    let last = store.given_run(1).await;
    let writes = (2..30).map(|number| {
        let store = store.clone();
        tokio::spawn(async move { store.insert_run(&new_run(number)).await.is_ok() })
    });
    let writes: Vec<_> = writes.collect();
    store.close().await?;
    assert!(matches!(store.run(&last).await, Err(Error::Closed)));
    assert!(matches!(store.insert_run(&new_run(99)).await, Err(Error::Closed)));
    let mut answered = 0;
    for write in writes {
        answered += u32::from(write.await?);
    }
    let reopened = Store::open(&store.options).await?;
    let found = reopened.search_runs(&all_runs()).await?.runs.len();
    assert_eq!(found, 1 + answered as usize);
    reopened.close().await?;
    Ok(())
});

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_wait_for_another_process_and_reads_do_not() {
    on_sqlite(|store| async move {
        let id = store.given_run(1).await;
        let options: SqliteConnectOptions = store.options.database_url.parse()?;
        let mut other = options.connect().await?;
        let transaction = other.begin_with("BEGIN EXCLUSIVE").await?;
        let write = tokio::spawn({
            let (store, id) = (store.clone(), id.clone());
            let batch = Batch { tags: vec![tag("t", "1")], ..Batch::default() };
            async move { store.insert_batch(&id, &batch).await }
        });
        assert!(store.run(&id).await?.is_some());
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!write.is_finished());
        transaction.rollback().await?;
        assert_eq!(write.await??, BatchOutcome::Stored);
        other.close().await?;
        Ok(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_writer_survives_an_error_that_ends_its_transaction() {
    on_sqlite(|store| async move {
        let options: SqliteConnectOptions = store.options.database_url.parse()?;
        let mut other = options.connect().await?;
        // A trigger that ends the whole transaction, as an error of the disk does.
        sqlx::query(
            "CREATE TRIGGER refuse BEFORE INSERT ON runs WHEN NEW.name = 'run 13'
            BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END",
        )
        .execute(&mut other)
        .await?;
        let writes = (0..40).map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.insert_run(&new_run(number)).await.is_ok().then_some(number) })
        });
        let answered: Vec<Option<u32>> = futures::future::try_join_all(writes).await?;
        let mut answered: Vec<u32> = answered.into_iter().flatten().collect();
        answered.sort_unstable();
        assert!(!answered.contains(&13));
        let mut found = store.found(&all_runs()).await;
        found.sort_unstable();
        assert_eq!(found, answered);
        store.given_run(100).await;
        other.close().await?;
        Ok(())
    })
    .await;
}
