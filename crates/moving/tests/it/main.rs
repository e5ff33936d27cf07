//! MLflow's tables, read on SQLite always and on PostgreSQL if `TEST_POSTGRES_URL` says where one is.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::path::Path;

use cuaderno_moving::record::{Found, Role};
use cuaderno_moving::{Error, Source};
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// The tables as MLflow 3.17 makes them, as far as they are read.
const TABLES: &str = include_str!("tables.sql");

/// Two experiments, two runs, a logged model and a registered one.
const ROWS: &str = include_str!("rows.sql");

async fn everything_is_read(url: &str) {
    let source = Source::open(url, None).await.unwrap();
    let experiments = source.experiments().await.unwrap().items;
    let names: Vec<_> =
        experiments.iter().map(|it| (it.id.as_str(), it.name.as_str(), it.is_deleted)).collect();
    assert_eq!(names, [("0", "Default", false), ("7", "coches", true)]);
    let cars = &experiments[1];
    assert_eq!((cars.created_at, cars.updated_at), (Some(1000), Some(2000)));
    assert_eq!(cars.tags, [("note".to_owned(), "línea".to_owned())]);
    assert_eq!(source.traces(cars).await.unwrap(), 1);

    assert_eq!(source.run_ids(cars).await.unwrap().items, ["run1", "run2"]);
    let run = source.run(cars, "run1").await.unwrap();
    assert_eq!((run.name.as_str(), run.user.as_str(), run.status.as_str()), ("first", "ana", "FINISHED"));
    assert_eq!(
        (run.started_at, run.ended_at, run.deleted_at, run.is_deleted),
        (Some(10), Some(20), None, false)
    );
    assert_eq!(run.params, [("lr".to_owned(), "0.1".to_owned())]);
    assert_eq!(run.tags, [("mlflow.runName".to_owned(), "first".to_owned())]);
    assert_eq!((run.datasets[0].name.as_str(), run.datasets[0].profile.as_deref()), ("cars", None));
    assert_eq!(run.datasets[0].tags, [("mlflow.data.context".to_owned(), "training".to_owned())]);
    let links: Vec<_> = run.models.iter().map(|it| (it.model_id.as_str(), it.role, it.step)).collect();
    assert_eq!(links, [("m-0", Role::Input, 0), ("m-1", Role::Output, 7)]);
    let deleted = source.run(cars, "run2").await.unwrap();
    assert_eq!((deleted.is_deleted, deleted.deleted_at, deleted.ended_at), (true, Some(99), None));
    assert!(matches!(source.run(cars, "nobody").await, Err(Error::Broken(_))));

    let parts: Vec<Found<_>> = source.points(cars, &run).try_collect().await.unwrap();
    let mut points: Vec<_> = parts.into_iter().flat_map(|part| part.items).collect();
    points.sort_by_key(|point| point.step);
    assert!(
        (points[0].value - 0.5).abs() < f64::EPSILON && points[0].key == "loss" && points[0].timestamp == 11
    );
    assert!(points[1].value.is_nan());
    assert_eq!((points[2].value, points[3].value), (f64::INFINITY, f64::NEG_INFINITY));

    let faults = source.files(cars, &run).await.unwrap().faults;
    assert!(faults[0].why.contains("`s3://bucket`"), "{faults:?}");

    assert_eq!(source.logged_model_ids(cars).await.unwrap().items, ["m-1"]);
    let model = source.logged_model(cars, "m-1").await.unwrap();
    assert_eq!((model.name.as_str(), model.status.as_str(), model.created_at), ("model", "READY", Some(5)));
    assert_eq!((model.params.len(), model.tags.len()), (1, 1));
    let parts: Vec<_> = source.model_points(cars, &model).try_collect().await.unwrap();
    assert_eq!(parts[0].items[0].dataset, Some(("cars".to_owned(), "d1g".to_owned())));
    assert_eq!(parts[0].items[0].run_id, "run1");

    let registered = source.registered_models().await.unwrap().items;
    assert_eq!((registered[0].name.as_str(), registered[0].description.as_str()), ("car-model", "words"));
    assert_eq!(registered[0].aliases, [("champion".to_owned(), "2".to_owned())]);
    let version = &registered[0].versions[0];
    assert_eq!((version.version, version.stage.as_str(), registered[0].versions.len()), (2, "Production", 1));
    assert_eq!((version.location.as_str(), version.tags.len()), ("s3://bucket/m", 1));
}

fn statements() -> impl Iterator<Item = String> {
    TABLES.split(';').chain(ROWS.split(';')).map(str::trim).filter(|sql| !sql.is_empty()).map(str::to_owned)
}

#[tokio::test]
async fn tables_of_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mlflow.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for sql in statements() {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    everything_is_read(&format!("sqlite:///{}", file.display())).await;
    // A path is enough, and so is three slashes before an absolute one.
    for url in [file.display().to_string(), format!("sqlite://{}", file.display())] {
        assert!(Source::open(&url, None).await.is_ok(), "{url}");
    }
    assert!(Path::new(&file).exists());
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests are told from outside where PostgreSQL is")]
async fn tables_of_postgres() {
    let Ok(server) = std::env::var("TEST_POSTGRES_URL") else {
        println!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let schema = format!("moving_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    for sql in [format!("CREATE SCHEMA {schema}"), format!("SET search_path TO {schema}")]
        .into_iter()
        .chain(statements())
    {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    let separator = if server.contains('?') { '&' } else { '?' };
    let rest = server.split_once("://").unwrap().1;
    let url = format!("postgresql+psycopg2://{rest}{separator}options[search_path]={schema}");
    let read = tokio::spawn(async move { everything_is_read(&url).await }).await;
    sqlx::query(AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE")))
        .execute(&mut connection)
        .await
        .unwrap();
    read.unwrap();
}
