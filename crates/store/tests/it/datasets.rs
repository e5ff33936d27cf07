use bytes::Bytes;
use cuaderno_store::Error;
use types::{ColumnKind, ColumnProfile, Dataset, DatasetName, Millis};

use crate::fixture::*;

/// SHA-256 of "abc", FIPS 180-2, appendix B.1.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// SHA-256 of nothing.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn dataset(name: &str, digest: &str, created_at: i64) -> Dataset {
    Dataset {
        name: DatasetName::parse(name).unwrap(),
        digest: digest.to_owned(),
        source: "cars.csv".to_owned(),
        row_count: 1,
        columns: vec![ColumnProfile {
            name: "año".to_owned(),
            kind: ColumnKind::Integer,
            missing: 0,
            min: Some(2000.0),
            max: Some(2026.5),
            mean: None,
            levels: vec![("x".to_owned(), 3)],
        }],
        size_bytes: 3,
        created_at: Millis(created_at),
    }
}

conformance!(a_dataset_is_found_by_name_and_by_digest, |store| async move {
    let cars = dataset("cars", ABC, 1);
    store.put_dataset(&cars, Bytes::from_static(b"abc")).await?;
    assert_eq!(store.dataset("cars").await?, Some(cars.clone()));
    assert_eq!(store.dataset(ABC).await?, Some(cars));
    assert_eq!(store.read_dataset(ABC).await?, Some(Bytes::from_static(b"abc")));
    assert_eq!(store.dataset("other").await?, None);
    assert_eq!(store.read_dataset(NOTHING).await?, None);
    assert_eq!(store.read_dataset("../../etc/passwd").await?, None);
    assert!(store.options.artifact_root.join("datasets").join(ABC).is_file());
    Ok(())
});

conformance!(the_same_content_is_kept_once_under_each_name, |store| async move {
    store.put_dataset(&dataset("cars", ABC, 1), Bytes::from_static(b"abc")).await?;
    store.put_dataset(&dataset("cars", ABC, 2), Bytes::from_static(b"abc")).await?;
    store.put_dataset(&dataset("coches", ABC, 3), Bytes::from_static(b"abc")).await?;
    store.put_dataset(&dataset("cars", NOTHING, 4), Bytes::new()).await?;
    let found: Vec<(String, i64)> = store
        .datasets()
        .await?
        .into_iter()
        .map(|dataset| (dataset.name.to_string(), dataset.created_at.0))
        .collect();
    assert_eq!(found, [("cars".to_owned(), 4), ("coches".to_owned(), 3), ("cars".to_owned(), 1)]);
    assert_eq!(store.dataset("cars").await?.unwrap().digest, NOTHING);
    assert_eq!(store.read_dataset(NOTHING).await?, Some(Bytes::new()));
    Ok(())
});

conformance!(content_that_does_not_match_its_digest_is_refused, |store| async move {
    let result = store.put_dataset(&dataset("cars", ABC, 1), Bytes::from_static(b"abd")).await;
    assert!(matches!(result, Err(Error::Inconsistent(_))));
    let result = store.put_dataset(&dataset("cars", "../x", 1), Bytes::from_static(b"abd")).await;
    assert!(matches!(result, Err(Error::Inconsistent(_))));
    assert_eq!(store.datasets().await?, []);

    store.put_dataset(&dataset("cars", ABC, 1), Bytes::from_static(b"abc")).await?;
    std::fs::write(store.options.artifact_root.join("datasets").join(ABC), "abX")?;
    assert!(matches!(store.read_dataset(ABC).await, Err(Error::Inconsistent(_))));
    Ok(())
});
