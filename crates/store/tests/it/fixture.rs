//! A fresh store for each test, and short ways to fill it.

use std::ops::Deref;
use std::panic::AssertUnwindSafe;

use camino::Utf8PathBuf;
use cuaderno_store::{BatchOutcome, Store, StoreOptions};
use futures::{Future, FutureExt};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use types::search::{Comparison, Field, Filter, MetricValue, OrderBy, RunAttribute, Test};
use types::{
    Batch, Experiment, ExperimentId, ExperimentName, Lifecycle, Metric, MetricKey, MetricPoint, Millis,
    NewExperiment, Param, ParamKey, Run, RunId, RunName, RunQuery, RunStatus, RunUpdate, Tag, TagKey, View,
};

pub(crate) type TestResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Declares a test that runs once for each database.
macro_rules! conformance {
    ($name:ident, |$store:ident| async move $body:block) => {
        async fn $name($store: crate::fixture::TestStore) -> crate::fixture::TestResult {
            $body
        }

        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::fixture::on_sqlite(super::$name).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                crate::fixture::on_postgres(super::$name).await;
            }
        }
    };
}

pub(crate) use conformance;

/// A store in a place of its own.
#[derive(Clone)]
pub(crate) struct TestStore {
    store: Store,
    pub(crate) options: StoreOptions,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) async fn on_sqlite<F: Future<Output = TestResult>>(body: impl FnOnce(TestStore) -> F) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap();
    let options = StoreOptions {
        database_url: format!("sqlite://{root}/data/test.db"),
        artifact_root: root.join("artifacts"),
    };
    run(options, body).await;
}

pub(crate) async fn on_postgres<F: Future<Output = TestResult>>(body: impl FnOnce(TestStore) -> F) {
    let Some(server) = postgres_url() else { return };
    let folder = tempfile::tempdir().unwrap();
    let schema = format!("test_{}", uuid::Uuid::new_v4().simple());
    execute(&server, format!("CREATE SCHEMA {schema}")).await;
    let separator = if server.contains('?') { '&' } else { '?' };
    let options = StoreOptions {
        database_url: format!("{server}{separator}options[search_path]={schema}"),
        artifact_root: Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap(),
    };
    let result = AssertUnwindSafe(run(options, body)).catch_unwind().await;
    execute(&server, format!("DROP SCHEMA {schema} CASCADE")).await;
    if let Err(panic) = result {
        std::panic::resume_unwind(panic);
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told from outside where PostgreSQL is")]
fn postgres_url() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

async fn execute(server: &str, sql: String) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn run<F: Future<Output = TestResult>>(options: StoreOptions, body: impl FnOnce(TestStore) -> F) {
    let store = Store::open(&options).await.unwrap();
    let test = TestStore { store: store.clone(), options };
    body(test).await.unwrap();
    store.close().await.unwrap();
}

/// The run identifier made of this number.
pub(crate) fn run_id(number: u32) -> RunId {
    RunId::from_bits(u128::from(number))
}

pub(crate) fn key(text: &str) -> MetricKey {
    MetricKey::parse(text).unwrap()
}

pub(crate) fn metric(name: &str, value: f64, step: i64) -> Metric {
    Metric { key: key(name), point: point(value, step, step * 10) }
}

pub(crate) fn point(value: f64, step: i64, timestamp: i64) -> MetricPoint {
    MetricPoint { value, step, timestamp: Millis(timestamp) }
}

pub(crate) fn param(key: &str, value: &str) -> Param {
    Param { key: ParamKey::parse(key).unwrap(), value: value.to_owned() }
}

pub(crate) fn tag(key: &str, value: &str) -> Tag {
    Tag { key: TagKey::parse(key).unwrap(), value: value.to_owned() }
}

/// A running run of the experiment `Default` that began at `number` milliseconds.
pub(crate) fn new_run(number: u32) -> Run {
    Run {
        id: run_id(number),
        experiment_id: ExperimentId::DEFAULT,
        name: RunName::parse(&format!("run {number}")).unwrap(),
        status: RunStatus::Running,
        lifecycle: Lifecycle::Active,
        user: "ana".to_owned(),
        started_at: Millis(i64::from(number)),
        ended_at: None,
        metrics: Vec::new(),
        params: Vec::new(),
        tags: Vec::new(),
        inputs: Vec::new(),
        models: Vec::new(),
    }
}

/// A search of the experiment `Default` for all active runs.
pub(crate) fn all_runs() -> RunQuery {
    RunQuery {
        experiment_ids: vec![ExperimentId::DEFAULT],
        filter: None,
        order_by: Vec::new(),
        view: View::Active,
        max_results: 1000,
        page_token: None,
    }
}

pub(crate) fn by_metric(name: &str, which: MetricValue, descending: bool) -> OrderBy {
    OrderBy { field: Field::Metric { key: name.to_owned(), which }, descending }
}

pub(crate) fn by(field: Field, descending: bool) -> OrderBy {
    OrderBy { field, descending }
}

pub(crate) fn compare(field: Field, test: Test) -> Filter {
    Filter::Compare { field, test }
}

pub(crate) fn last(name: &str) -> Field {
    Field::Metric { key: name.to_owned(), which: MetricValue::Last }
}

pub(crate) fn attribute(attribute: RunAttribute) -> Field {
    Field::Attribute(attribute)
}

pub(crate) fn number(comparison: Comparison, value: f64) -> Test {
    Test::Number(comparison, value)
}

pub(crate) fn text(value: &str) -> Test {
    Test::Text { negated: false, value: value.to_owned() }
}

pub(crate) fn like(pattern: &str) -> Test {
    Test::Like { case_sensitive: true, pattern: pattern.to_owned() }
}

pub(crate) fn ilike(pattern: &str) -> Test {
    Test::Like { case_sensitive: false, pattern: pattern.to_owned() }
}

impl TestStore {
    /// Stores [`new_run`].
    pub(crate) async fn given_run(&self, number: u32) -> RunId {
        let run = new_run(number);
        self.insert_run(&run).await.unwrap();
        run.id
    }

    /// Stores a finished run with these metrics.
    pub(crate) async fn given_finished(&self, number: u32, metrics: &[(&str, f64)]) -> RunId {
        let id = self.given_run(number).await;
        let batch = Batch {
            metrics: metrics.iter().map(|(name, value)| metric(name, *value, 0)).collect(),
            ..Batch::default()
        };
        self.log(&id, batch).await;
        let update = RunUpdate { status: Some(RunStatus::Finished), ..RunUpdate::default() };
        assert!(self.update_run(&id, &update).await.unwrap());
        id
    }

    pub(crate) async fn log(&self, id: &RunId, batch: Batch) {
        assert_eq!(self.insert_batch(id, &batch).await.unwrap(), BatchOutcome::Stored);
    }

    pub(crate) async fn given_experiment(&self, name: &str) -> Experiment {
        let new = NewExperiment { name: ExperimentName::parse(name).unwrap(), tags: Vec::new() };
        self.insert_experiment(&new, Millis(1)).await.unwrap().unwrap()
    }

    /// The numbers of the runs that a search finds, in its order.
    pub(crate) async fn found(&self, query: &RunQuery) -> Vec<u32> {
        self.search_runs(query).await.unwrap().runs.iter().map(number_of).collect()
    }

    /// The numbers of the runs that fit a filter, sorted.
    pub(crate) async fn fitting(&self, filter: Filter) -> Vec<u32> {
        let mut found = self.found(&RunQuery { filter: Some(filter), ..all_runs() }).await;
        found.sort_unstable();
        found
    }
}

/// The number that [`run_id`] was made of.
pub(crate) fn number_of(run: &Run) -> u32 {
    u32::from_str_radix(&run.id.as_str()[24..], 16).unwrap()
}
