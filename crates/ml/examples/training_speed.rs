//! How fast and how good the families are: one line of JSON for each, to compare with `bench/training/peers.py`.
//!
//! `cargo run --release -p cuaderno-ml --example training_speed -- DATA.csv SPLIT.json [REPEATS]` measures on a table with
//! the column `precio`; without arguments on 10,000 rows of the sample. `-- growth` trains boosting on 10,000 to
//! 1,000,000 rows of the sample instead.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a program for measuring"
)]

use std::time::Instant;

use ml::{Cell, Progress, Table};
use serde_json::json;
use types::algorithm::{GradientBoosting, RandomForest, Ridge};
use types::{Algorithm, DataSplit, TargetTransform, TrainingSpec};

struct Silent;
impl Progress for Silent {
    fn report(&self, _fraction: f64, _stage: &str) {}
}

#[derive(serde::Deserialize)]
struct Split {
    train: Vec<u32>,
    test: Vec<u32>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [growth] if growth == "growth" => grow(),
        [csv, split, repeats @ ..] => {
            let table = Table::from_csv(&std::fs::read(csv).unwrap()).unwrap();
            let Split { train, test } = serde_json::from_slice(&std::fs::read(split).unwrap()).unwrap();
            let repeats = repeats.first().map_or(5, |text| text.parse().unwrap());
            measure(&table, &DataSplit::Rows { train, test }, repeats);
        }
        _ => {
            let table = Table::from_csv(ml::sample::used_cars(10_000, 42).as_bytes()).unwrap();
            measure(&table, &DataSplit::default(), 5);
        }
    }
}

fn families() -> Vec<(&'static str, Algorithm, TargetTransform)> {
    let forest = RandomForest {
        max_depth: Some(20),
        min_samples_split: 5,
        min_samples_leaf: 2,
        ..RandomForest::default()
    };
    vec![
        ("random_forest 100/20/5/2", forest.into(), TargetTransform::None),
        ("gradient_boosting 100", GradientBoosting::default().into(), TargetTransform::None),
        ("gradient_boosting 100, log", GradientBoosting::default().into(), TargetTransform::Log),
        ("ridge degree 2, log", Ridge { degree: 2, ..Ridge::default() }.into(), TargetTransform::Log),
    ]
}

fn measure(table: &Table, split: &DataSplit, repeats: u32) {
    for (name, algorithm, transform) in families() {
        let spec = TrainingSpec {
            transform,
            // Only the fit itself is measured.
            cross_validation: types::CrossValidation { folds: 0, ..Default::default() },
            ..TrainingSpec::new("precio", algorithm).with_split(split.clone())
        };
        let prepared = ml::prepare(&spec, table).unwrap();
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        let mut model = None;
        for _ in 0..repeats {
            let (began, used) = (Instant::now(), cpu_seconds());
            model = Some(ml::fit_model(&prepared, &Silent).unwrap());
            wall.push(began.elapsed().as_secs_f64() * 1e3);
            cpu.push((cpu_seconds() - used) * 1e3);
        }
        let model = model.unwrap();
        let report = ml::evaluate(&model, &prepared).unwrap();
        let bytes = model.to_bytes().unwrap();
        let began = Instant::now();
        let loaded = ml::Model::from_bytes(&bytes).unwrap();
        let load_ms = began.elapsed().as_secs_f64() * 1e3;

        let columns = table.columns();
        let places: Vec<usize> = loaded
            .features()
            .iter()
            .map(|feature| columns.iter().position(|column| *column == feature.name).unwrap())
            .collect();
        let rows: Vec<Vec<Cell<'_>>> = (0..table.row_count().min(2_000))
            .map(|row| places.iter().map(|place| table.cell(row, *place).unwrap()).collect())
            .collect();
        let mut sum = 0.0;
        let began = Instant::now();
        for row in &rows {
            sum += loaded.predict_row(row);
        }
        let row_us = began.elapsed().as_secs_f64() * 1e6 / rows.len() as f64;
        // Evaluation predicts every row once.
        let used = cpu_seconds();
        for _ in 0..10 {
            sum += ml::evaluate(&model, &prepared).unwrap().test.rmse;
        }
        let predicted = 10 * (prepared.train_row_count() + prepared.test_row_count());
        let batch_us = (cpu_seconds() - used) * 1e6 / predicted as f64;
        wall.sort_by(f64::total_cmp);
        cpu.sort_by(f64::total_cmp);
        println!(
            "{}",
            json!({
                "program": "cuaderno", "what": name, "threads": rayon::current_num_threads(),
                "fit_ms": wall[wall.len() / 2], "fit_cpu_ms": cpu.iter().sum::<f64>() / cpu.len() as f64,
                "row_us": row_us, "batch_cpu_us": batch_us, "load_ms": load_ms, "file_kb": bytes.len() / 1000,
                "r2": report.test.r2, "rmse": report.test.rmse, "mae": report.test.mae, "sum": sum,
            })
        );
    }
}

fn grow() {
    for rows in [10_000, 100_000, 1_000_000] {
        let csv = ml::sample::used_cars(rows, 42);
        let began = Instant::now();
        let table = Table::from_csv(csv.as_bytes()).unwrap();
        let read_s = began.elapsed().as_secs_f64();
        drop(csv);
        let spec = TrainingSpec {
            transform: TargetTransform::Log,
            ..TrainingSpec::new("precio", GradientBoosting::default())
        };
        let prepared = ml::prepare(&spec, &table).unwrap();
        let (began, used) = (Instant::now(), cpu_seconds());
        let model = ml::fit_model(&prepared, &Silent).unwrap();
        let (fit_s, cpu_s) = (began.elapsed().as_secs_f64(), cpu_seconds() - used);
        let report = ml::evaluate(&model, &prepared).unwrap();
        println!(
            "{}",
            json!({
                "program": "cuaderno", "what": "gradient_boosting 100, log", "rows": rows, "read_s": read_s,
                "fit_s": fit_s, "fit_cpu_s": cpu_s, "peak_mb": peak_mb(), "r2": report.test.r2,
            })
        );
    }
}

/// Processor time of this process, all threads, user and system; in steps of 10 ms on Linux, 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |place: usize| fields.get(place).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// Highest memory of this process so far, in megabytes.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default() / 1e3
}
