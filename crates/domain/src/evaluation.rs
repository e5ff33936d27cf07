//! What is known about models beyond their scores: where they err, how they answer, and which of two is better.

use std::fmt::Write as _;

use ml::Model;
use types::{ArtifactPath, Evaluation, PairedComparison, RowPrediction, Run, RunId};

use crate::{Ctx, Error, Result, artifacts, runs};

/// Artifact path of a run's [`Evaluation`], as JSON.
pub const PATH: &str = "evaluation.json";

/// Artifact path of the predictions of a run's test rows, as CSV: `row,real,predicted,low,high`.
pub const PREDICTIONS_PATH: &str = "test_predictions.csv";

/// Largest file that is read whole, in bytes: a client may have written it.
const FILE_MAX: u64 = 256 * 1024 * 1024;

/// Returns what the training found out about the model of a run.
///
/// # Errors
///
/// `NotFound` if the run does not exist or has no evaluation; `Rule` if its file is none.
pub async fn get(ctx: &Ctx, run_id: &RunId) -> Result<Evaluation> {
    runs::get(ctx, run_id).await?;
    find(ctx, run_id).await?.ok_or_else(|| Error::not_found("evaluation of run", run_id))
}

/// As [`get`], with `None` for a run that has no evaluation.
///
/// # Errors
///
/// `Rule` if its file is none.
pub async fn find(ctx: &Ctx, run_id: &RunId) -> Result<Option<Evaluation>> {
    let Some(bytes) = artifacts::read_whole(ctx, run_id, &ArtifactPath::parse(PATH)?, FILE_MAX).await? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| Error::Rule(format!("`{PATH}` of run `{run_id}` is no evaluation: {error}")))
}

/// Compares the errors of two runs, row by row.
///
/// # Errors
///
/// `NotFound` if a run does not exist or has no predictions of test rows; `Rule` if its file of them is broken.
pub async fn compare(ctx: &Ctx, first: &RunId, second: &RunId) -> Result<PairedComparison> {
    let (first_run, second_run) = tokio::try_join!(runs::get(ctx, first), runs::get(ctx, second))?;
    let (first_rows, second_rows) = tokio::try_join!(predictions(ctx, first), predictions(ctx, second))?;
    let is_same_data = data(&first_run).is_some() && data(&first_run) == data(&second_run);
    let numbers = |rows: &[RowPrediction]| {
        let mut numbers: Vec<u32> = rows.iter().map(|row| row.row).collect();
        numbers.sort_unstable();
        numbers
    };
    Ok(PairedComparison {
        // Rows of other data have the same numbers and nothing else in common.
        difference: is_same_data.then(|| ml::paired_difference(&first_rows, &second_rows)).flatten(),
        is_same_rows: is_same_data && numbers(&first_rows) == numbers(&second_rows),
    })
}

/// Digest of the data that a run learnt from.
fn data(run: &Run) -> Option<&str> {
    run.inputs.iter().find(|input| input.context == "training").map(|input| input.digest.as_str())
}

async fn predictions(ctx: &Ctx, run_id: &RunId) -> Result<Vec<RowPrediction>> {
    let path = ArtifactPath::parse(PREDICTIONS_PATH)?;
    let bytes = artifacts::read_whole(ctx, run_id, &path, FILE_MAX).await?;
    let bytes = bytes.ok_or_else(|| Error::not_found("test predictions of run", run_id))?;
    let broken = |line: usize| {
        Error::Rule(format!(
            "line {line} of `{PREDICTIONS_PATH}` of run `{run_id}` is not `row,real,predicted,…` in numbers"
        ))
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| broken(1))?;
    text.lines()
        .enumerate()
        .skip(1)
        .map(|(nth, line)| row_prediction(line).ok_or_else(|| broken(nth + 1)))
        .collect()
}

fn row_prediction(line: &str) -> Option<RowPrediction> {
    let mut cells = line.split(',');
    Some(RowPrediction {
        row: cells.next()?.parse().ok()?,
        real: cells.next()?.parse().ok()?,
        predicted: cells.next()?.parse().ok()?,
    })
}

/// The file that [`compare`] reads. The last two columns are the ends of the range that the model gives, and empty if it
/// gives none.
pub(crate) fn predictions_file(rows: &[RowPrediction], model: &Model) -> Vec<u8> {
    let mut text = String::from("row,real,predicted,low,high\n");
    for row in rows {
        let _ = write!(text, "{},{},{}", row.row, row.real, row.predicted);
        let _ = match model.range(row.predicted, types::RANGE_COVERAGE) {
            Some((low, high)) => writeln!(text, ",{low},{high}"),
            None => writeln!(text, ",,"),
        };
    }
    text.into_bytes()
}
