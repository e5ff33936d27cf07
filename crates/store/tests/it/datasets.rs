use bytes::Bytes;
use cuaderno_store::{Error, Store};
use futures::TryStreamExt;
use types::{
    ColumnKind, ColumnProfile, ColumnUnit, DataFinding, DataFindingKind, Dataset, DatasetInput, DatasetName,
    DatasetReport, Lifecycle, Millis, ModelName, Severity, TableFormat,
};

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
        description: String::new(),
        edits: types::ColumnEdits::default(),
    }
}

fn report(column: &str) -> DatasetReport {
    let kind = DataFindingKind::Empty { column: column.to_owned() };
    DatasetReport {
        format: TableFormat::Parquet,
        columns: Vec::new(),
        findings: vec![DataFinding { severity: Severity::Serious, kind }],
    }
}

async fn put(store: &Store, dataset: &Dataset, content: &'static [u8]) -> Result<(), Error> {
    let content = futures::stream::once(async move { Ok(Bytes::from_static(content)) });
    let incoming = store.receive_dataset(content).await?;
    store.put_dataset(dataset, incoming, &report("x")).await
}

async fn content(store: &Store, digest: &str) -> Result<Option<Vec<u8>>, Error> {
    let Some((_, content)) = store.open_dataset(digest).await? else { return Ok(None) };
    let parts: Vec<Bytes> = content.try_collect().await.map_err(Error::Upload)?;
    Ok(Some(parts.concat()))
}

conformance!(a_dataset_is_found_by_name_and_by_digest, |store| async move {
    let cars = dataset("cars", ABC, 1);
    put(&store, &cars, b"abc").await?;
    assert_eq!(store.dataset("cars").await?, Some(cars.clone()));
    assert_eq!(store.dataset(ABC).await?, Some(cars));
    assert_eq!(content(&store, ABC).await?, Some(b"abc".to_vec()));
    assert_eq!(store.dataset("other").await?, None);
    assert_eq!(content(&store, NOTHING).await?, None);
    assert_eq!(content(&store, "../../etc/passwd").await?, None);
    assert!(store.options.artifact_root.join("datasets").join(ABC).is_file());
    Ok(())
});

conformance!(the_same_content_is_kept_once_under_each_name, |store| async move {
    put(&store, &dataset("cars", ABC, 1), b"abc").await?;
    put(&store, &dataset("cars", ABC, 2), b"abc").await?;
    put(&store, &dataset("coches", ABC, 3), b"abc").await?;
    put(&store, &dataset("cars", NOTHING, 4), b"").await?;
    let found: Vec<(String, i64)> = store
        .datasets()
        .await?
        .into_iter()
        .map(|dataset| (dataset.name.to_string(), dataset.created_at.0))
        .collect();
    assert_eq!(found, [("cars".to_owned(), 4), ("coches".to_owned(), 3), ("cars".to_owned(), 1)]);
    assert_eq!(store.dataset("cars").await?.unwrap().digest, NOTHING);
    assert_eq!(content(&store, NOTHING).await?, Some(Vec::new()));
    Ok(())
});

conformance!(content_that_does_not_match_its_digest_is_refused, |store| async move {
    let result = put(&store, &dataset("cars", ABC, 1), b"abd").await;
    assert!(matches!(result, Err(Error::Inconsistent(_))));
    let result = put(&store, &dataset("cars", "../x", 1), b"abd").await;
    assert!(matches!(result, Err(Error::Inconsistent(_))));
    assert_eq!(store.datasets().await?, []);

    put(&store, &dataset("cars", ABC, 1), b"abc").await?;
    std::fs::write(store.options.artifact_root.join("datasets").join(ABC), "abX")?;
    assert!(content(&store, ABC).await.is_err());
    Ok(())
});

conformance!(what_is_said_about_a_content_holds_under_all_its_names, |store| async move {
    put(&store, &dataset("cars", ABC, 1), b"abc").await?;
    assert_eq!(store.dataset_report(ABC).await?, Some(report("x")));
    assert_eq!(store.dataset_report(NOTHING).await?, None);

    let mut cars = store.dataset("cars").await?.unwrap();
    "From the shop".clone_into(&mut cars.description);
    cars.edits.kinds.insert("año".to_owned(), ColumnKind::Text);
    cars.edits.units.insert("año".to_owned(), ColumnUnit::parse("a").unwrap());
    cars.columns[0].kind = ColumnKind::Text;
    store.update_dataset(&cars, &report("y")).await?;
    put(&store, &dataset("coches", ABC, 2), b"abc").await?;
    let coches = store.dataset("coches").await?.unwrap();
    assert_eq!((&coches.description, &coches.edits), (&cars.description, &cars.edits));
    assert_eq!(store.dataset("cars").await?, store.dataset_versions(&cars.name).await?.pop());
    assert_eq!(store.dataset_versions(&cars.name).await?, [cars]);
    store.put_dataset_report(ABC, &report("z")).await?;
    assert_eq!(store.dataset_report(ABC).await?, Some(report("z")));
    Ok(())
});

conformance!(versions_of_a_name_come_newest_first, |store| async move {
    put(&store, &dataset("cars", ABC, 1), b"abc").await?;
    put(&store, &dataset("cars", NOTHING, 2), b"").await?;
    put(&store, &dataset("other", ABC, 3), b"abc").await?;
    let versions = store.dataset_versions(&DatasetName::parse("cars")?).await?;
    assert_eq!(versions.iter().map(|version| version.digest.as_str()).collect::<Vec<_>>(), [NOTHING, ABC]);
    Ok(())
});

conformance!(lineage_leads_to_runs_and_models, |store| async move {
    let (first, second) = (store.given_run(1).await, store.given_run(2).await);
    let input = |context: &str| DatasetInput {
        name: "cars".to_owned(),
        digest: ABC.to_owned(),
        context: context.to_owned(),
        details: None,
    };
    store.insert_inputs(&first, &[input("training"), input("test")], &[]).await?;
    store.insert_inputs(&second, &[input("training")], &[]).await?;
    let model = ModelName::parse("m")?;
    store.insert_model_version(&model, &first, "forest", Millis(3)).await?;
    let found: Vec<_> = store
        .dataset_lineage(ABC)
        .await?
        .runs
        .into_iter()
        .map(|run| (run.run_id, run.context, run.models))
        .collect();
    let models = vec![("m".to_owned(), 1)];
    assert_eq!(
        found,
        [
            (second.clone(), "training".to_owned(), Vec::new()),
            (first.clone(), "test".to_owned(), models.clone()),
            (first, "training".to_owned(), models),
        ]
    );
    assert!(store.set_run_lifecycle(&second, Lifecycle::Deleted, Millis(9)).await?);
    assert_eq!(store.dataset_lineage(ABC).await?.runs.len(), 2);
    assert_eq!(store.dataset_lineage(NOTHING).await?.runs, []);
    Ok(())
});
