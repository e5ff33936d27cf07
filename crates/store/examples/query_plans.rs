//! Fills a store with 100,000 runs and prints how the database answers the main questions: the source of
//! `docs/query-plans.md`.
//!
//! ```sh
//! cargo run --package cuaderno-store --example query_plans                          # SQLite, in a temporary folder
//! cargo run --package cuaderno-store --example query_plans postgres://localhost/db  # an empty database, or one filled by this program
//! ```

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for people at a terminal")]

use std::time::Instant;

use camino::Utf8PathBuf;
use cuaderno_store::{Store, StoreOptions};
use futures::StreamExt;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Row};
use types::search::{Field, MetricValue, OrderBy};
use types::{
    Batch, Direction, ExperimentId, Goal, Lifecycle, Metric, MetricKey, MetricPoint, MetricSummary, Millis,
    Param, ParamKey, Run, RunId, RunName, RunQuery, RunStatus, Tag, TagKey, View,
};

const RUNS: u32 = 100_000;

const METRICS: [&str; 4] = ["test_mae", "test_r2", "test_rmse", "train_rmse"];

/// Writes that wait together: they share commits.
const AT_ONCE: usize = 256;

/// Single metrics that are logged to measure writing.
const LOGGED: u32 = 10_000;

/// The statements of the store with values in place of the parameters, as it sends them for the first
/// and for a later page.
const QUESTIONS: [(&str, &str); 10] = [
    (
        "A page of runs, newest first",
        "SELECT r.run, r.run_id FROM runs r
        WHERE r.experiment = 0 AND r.deleted = 0
        ORDER BY r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "The page after it",
        "SELECT r.run, r.run_id FROM runs r
        WHERE r.experiment = 0 AND r.deleted = 0
            AND r.started_at_ms <= 99900
            AND (r.started_at_ms < 99900 OR (r.started_at_ms = 99900 AND r.run_id > '0'))
        ORDER BY r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "A page by the last value of a metric, lowest first",
        "SELECT r.run, r.run_id FROM metric_summaries o0 CROSS JOIN runs r
        WHERE o0.experiment = 0 AND o0.metric_key = 3 AND o0.last_is_nan = 0 AND r.run = o0.run AND r.deleted = 0
        ORDER BY o0.last_value, r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "The same, highest first",
        "SELECT r.run, r.run_id FROM metric_summaries o0 CROSS JOIN runs r
        WHERE o0.experiment = 0 AND o0.metric_key = 3 AND o0.last_is_nan = 0 AND r.run = o0.run AND r.deleted = 0
        ORDER BY o0.last_value DESC, r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "A later page by the lowest value of a metric",
        "SELECT r.run, r.run_id FROM metric_summaries o0 CROSS JOIN runs r
        WHERE o0.experiment = 0 AND o0.metric_key = 3 AND o0.min_is_nan = 0 AND r.run = o0.run AND r.deleted = 0
            AND o0.min_value >= 500.0
            AND (o0.min_value > 500.0 OR (o0.min_value = 500.0
                AND (r.started_at_ms < 9 OR (r.started_at_ms = 9 AND r.run_id > '0'))))
        ORDER BY o0.min_value, r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "Runs in which the metric is NaN",
        "SELECT r.run, r.run_id FROM metric_summaries o0 CROSS JOIN runs r
        WHERE o0.experiment = 0 AND o0.metric_key = 3 AND o0.max_is_nan = 1 AND r.run = o0.run AND r.deleted = 0
        ORDER BY r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "Runs without the metric",
        "SELECT r.run, r.run_id FROM runs r
        WHERE r.experiment = 0
            AND NOT EXISTS (SELECT 1 FROM metric_summaries o0 WHERE o0.run = r.run AND o0.metric_key = 3)
            AND r.deleted = 0
        ORDER BY r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "A page by a metric, with a filter on a param and on another metric",
        "SELECT r.run, r.run_id FROM metric_summaries o0 CROSS JOIN runs r
        WHERE o0.experiment = 0 AND o0.metric_key = 3 AND o0.last_is_nan = 0 AND r.run = o0.run AND r.deleted = 0
            AND (EXISTS (SELECT 1 FROM params f WHERE f.run = r.run AND f.key = 'max_depth' AND f.value = '7')
                AND EXISTS (SELECT 1 FROM metric_summaries f WHERE f.run = r.run AND f.metric_key = 2
                    AND f.last_is_nan = 0 AND f.last_value > 0.5))
        ORDER BY o0.last_value, r.started_at_ms DESC, r.run_id LIMIT 101",
    ),
    (
        "The best run of an experiment",
        "SELECT r.run_id FROM metric_summaries s CROSS JOIN runs r
        WHERE s.experiment = 0 AND s.metric_key = (SELECT metric_key FROM metric_keys WHERE key = 'test_rmse')
            AND s.last_is_nan = 0 AND r.run = s.run AND r.deleted = 0 AND r.status = 'FINISHED'
        ORDER BY s.last_value, r.started_at_ms DESC, r.run_id LIMIT 1",
    ),
    (
        "The history of a metric",
        "SELECT p.value, p.is_nan, p.step, p.timestamp_ms FROM metric_points p
        WHERE p.run = (SELECT run FROM runs WHERE run_id = '00000000000000000000000000000007')
            AND p.metric_key = (SELECT metric_key FROM metric_keys WHERE key = 'test_rmse')
        ORDER BY p.step, p.timestamp_ms, p.position",
    ),
];

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_path_buf()).unwrap();
    let url = std::env::args().nth(1).unwrap_or_else(|| format!("sqlite://{root}/plans.db"));
    let options = StoreOptions { database_url: url.clone(), artifact_root: root.join("artifacts") };
    let store = Store::open(&options).await.unwrap();
    fill(&store).await;
    if url.starts_with("sqlite") {
        explain_sqlite(&url).await;
    } else {
        explain_postgres(&url).await;
    }
    measure(&store).await;
    store.close().await.unwrap();
}

async fn fill(store: &Store) {
    if store.run(&run(RUNS - 1).id).await.unwrap().is_some() {
        println!("{RUNS} runs are there already\n");
        return;
    }
    let start = Instant::now();
    futures::stream::iter(0..RUNS)
        .for_each_concurrent(AT_ONCE, |number| async move { store.insert_run(&run(number)).await.unwrap() })
        .await;
    println!("{RUNS} runs stored in {:.1} s\n", start.elapsed().as_secs_f64());
}

/// A run with four metrics, five params and a tag. One in 500 has NaN, one in 200 lacks the metric, one in 100
/// is deleted.
fn run(number: u32) -> Run {
    // Knuth's multiplicative hash: values without an order, the same every time.
    let value = f64::from(number.wrapping_mul(2_654_435_761) >> 12) / 1024.0;
    let summary = |(index, key): (u32, &&str)| {
        let value = if number % 500 == 3 { f64::NAN } else { value / f64::from(index + 1) };
        let at = |step, value| MetricPoint { value, step, timestamp: Millis(i64::from(number)) };
        MetricSummary {
            key: MetricKey::parse(key).unwrap(),
            last: at(9, value),
            first: at(0, value + 3.0),
            min: at(7, value - 1.0),
            max: at(1, value + 4.0),
            count: 4,
        }
    };
    Run {
        id: RunId::from_bits(u128::from(number)),
        experiment_id: ExperimentId::DEFAULT,
        name: RunName::parse(&format!("run-{number}")).unwrap(),
        status: if number.is_multiple_of(10) { RunStatus::Failed } else { RunStatus::Finished },
        lifecycle: if number % 100 == 1 { Lifecycle::Deleted } else { Lifecycle::Active },
        user: "ana".to_owned(),
        started_at: Millis(i64::from(number)),
        ended_at: Some(Millis(i64::from(number) + 50)),
        metrics: (0..).zip(&METRICS).filter(|_| number % 200 != 5).map(summary).collect(),
        params: ["max_depth", "n_estimators", "random_state", "target", "test_size"]
            .map(|key| Param { key: ParamKey::parse(key).unwrap(), value: (number % 20).to_string() })
            .to_vec(),
        tags: vec![Tag { key: TagKey::parse("source").unwrap(), value: "example".to_owned() }],
        inputs: Vec::new(),
        models: Vec::new(),
    }
}

async fn explain_sqlite(url: &str) {
    let options: SqliteConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for (title, sql) in QUESTIONS {
        println!("{title}\n");
        let plan = format!("EXPLAIN QUERY PLAN {sql}");
        let rows = sqlx::query(AssertSqlSafe(plan)).fetch_all(&mut connection).await.unwrap();
        for row in rows {
            println!("    {}", row.get::<String, _>("detail"));
        }
        println!();
    }
}

async fn explain_postgres(url: &str) {
    let mut connection = <PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    sqlx::query("ANALYZE").execute(&mut connection).await.unwrap();
    for (title, sql) in QUESTIONS {
        println!("{title}\n");
        let plan = format!("EXPLAIN (COSTS OFF) {sql}");
        let rows = sqlx::query(AssertSqlSafe(plan)).fetch_all(&mut connection).await.unwrap();
        for row in rows {
            println!("    {}", row.get::<String, _>(0));
        }
        println!();
    }
}

/// Times the functions of the store itself, the details of the runs included: the best of five.
async fn measure(store: &Store) {
    let metric = |which, descending| {
        vec![OrderBy { field: Field::Metric { key: "test_rmse".to_owned(), which }, descending }]
    };
    let param = vec![OrderBy { field: Field::Param("max_depth".to_owned()), descending: false }];
    for (title, order_by) in [
        ("newest first", Vec::new()),
        ("by last test_rmse", metric(MetricValue::Last, false)),
        ("by last test_rmse, descending", metric(MetricValue::Last, true)),
        ("by min test_rmse", metric(MetricValue::Min, false)),
        ("by max test_rmse, descending", metric(MetricValue::Max, true)),
        ("by param max_depth (no index)", param),
    ] {
        let mut query = RunQuery {
            experiment_ids: vec![ExperimentId::DEFAULT],
            filter: None,
            order_by,
            view: View::Active,
            max_results: 100,
            page_token: None,
        };
        let (first, page) = best_of_five(|| store.search_runs(&query)).await;
        query.page_token = page.unwrap().next_page_token;
        let (second, _) = best_of_five(|| store.search_runs(&query)).await;
        println!("page of 100 runs, {title}: {first:.1} ms, the next page {second:.1} ms");
    }
    // Steps that are not there yet, should the database have been used before.
    let loss = MetricKey::parse("loss").unwrap();
    let logged = store.metric_history(&RunId::from_bits(0), &loss).await.unwrap().len();
    let first = u32::try_from(logged).unwrap() * LOGGED;
    let start = Instant::now();
    futures::stream::iter(first..first + LOGGED)
        .for_each_concurrent(AT_ONCE, |step| async move {
            let point = MetricPoint { value: 1.0, step: i64::from(step), timestamp: Millis(0) };
            let metric = Metric { key: MetricKey::parse("loss").unwrap(), point };
            let batch = Batch { metrics: vec![metric], ..Batch::default() };
            store.insert_batch(&RunId::from_bits(u128::from(step % 64)), &batch).await.unwrap();
        })
        .await;
    let rate = f64::from(LOGGED) / start.elapsed().as_secs_f64();
    println!("single metrics of 64 runs, {AT_ONCE} callers at once: {rate:.0} each second");
    let goal = Goal { metric: MetricKey::parse("test_rmse").unwrap(), direction: Direction::Minimize };
    let (time, _) = best_of_five(|| store.best_run(ExperimentId::DEFAULT, &goal)).await;
    println!("best run: {time:.1} ms");
    let (time, _) = best_of_five(|| store.experiment_summaries()).await;
    println!("experiment summaries: {time:.1} ms");
    let (time, _) = best_of_five(|| store.metric_keys(ExperimentId::DEFAULT)).await;
    println!("metric keys: {time:.1} ms");
    let (time, _) = best_of_five(|| store.param_keys(ExperimentId::DEFAULT)).await;
    println!("param keys: {time:.1} ms");
}

/// The shortest of five times, in milliseconds, and the last result.
async fn best_of_five<T, F: Future<Output = T>>(ask: impl Fn() -> F) -> (f64, T) {
    let mut best = f64::INFINITY;
    loop {
        let mut last = None;
        for _ in 0..5 {
            let start = Instant::now();
            last = Some(ask().await);
            best = best.min(start.elapsed().as_secs_f64() * 1000.0);
        }
        if let Some(result) = last {
            return (best, result);
        }
    }
}
