//! Histories of metrics, whole or in parts. Unknown runs and metrics have no points.

use futures::{Stream, stream};
use types::{MetricKey, MetricPoint, Millis, RunId};

use crate::{Ctx, Error, Result};

/// Largest page of a history; MLflow's.
pub const PAGE_MAX: u32 = 25_000;

/// Most runs whose histories are asked for at once; MLflow's.
pub const RUNS_MAX: usize = 100;

/// Most points of a run in a sample; MLflow's.
pub const SAMPLE_MAX: u32 = 2500;

/// Points that are read from the store at once while a whole history is sent.
const PART: u32 = 10_000;

/// One page of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPage {
    /// Points by step, time and value.
    pub points: Vec<MetricPoint>,
    /// Token of the next page; absent on the last.
    pub next_page_token: Option<String>,
}

/// A point with the run that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPoint {
    /// The run.
    pub run_id: RunId,
    /// The point.
    pub point: MetricPoint,
}

/// Returns a history part by part, by step, time and value: memory stays small however long it is.
pub fn history(
    ctx: Ctx,
    run: RunId,
    key: MetricKey,
) -> impl Stream<Item = Result<Vec<MetricPoint>>> + Send + 'static {
    let begin = Some((ctx, run, key, None));
    stream::try_unfold(begin, |state: Option<(Ctx, RunId, MetricKey, Option<MetricPoint>)>| async move {
        let Some((ctx, run, key, after)) = state else { return Ok(None) };
        let points = ctx.store().metric_points(&run, &key, after, PART).await?;
        let Some(last) = points.last().copied() else { return Ok(None) };
        let next = (points.len() == PART as usize).then_some((ctx, run, key, Some(last)));
        Ok(Some((points, next)))
    })
}

/// Returns one page of a history; `max_results` larger than [`PAGE_MAX`] counts as that.
///
/// # Errors
///
/// `Invalid` if `max_results` is 0; `Rule` if the page token is damaged.
pub async fn history_page(
    ctx: &Ctx,
    run: &RunId,
    key: &MetricKey,
    max_results: u32,
    page_token: Option<&str>,
) -> Result<HistoryPage> {
    if max_results == 0 {
        return Err(Error::invalid_field("max_results", "must be a positive integer"));
    }
    let size = max_results.min(PAGE_MAX);
    let after = page_token.map(read_token).transpose()?;
    // One more than the page tells whether there is another.
    let mut points = ctx.store().metric_points(run, key, after, size + 1).await?;
    let has_more = points.len() > size as usize;
    points.truncate(size as usize);
    let next_page_token = points.last().filter(|_| has_more).map(write_token);
    Ok(HistoryPage { points, next_page_token })
}

/// Returns the first points of several runs, `max_results` in all, run by run in the order of their identifiers.
///
/// # Errors
///
/// `Invalid` if there are more runs than [`RUNS_MAX`].
pub async fn histories(
    ctx: &Ctx,
    mut runs: Vec<RunId>,
    key: &MetricKey,
    max_results: u32,
) -> Result<Vec<RunPoint>> {
    check_count(&runs)?;
    runs.sort_unstable();
    runs.dedup();
    let mut found = Vec::new();
    for run_id in runs {
        let left = max_results.min(PAGE_MAX).saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let points = ctx.store().metric_points(&run_id, key, None, left).await?;
        found.extend(points.into_iter().map(|point| RunPoint { run_id: run_id.clone(), point }));
    }
    Ok(found)
}

/// Returns up to `max_results` points of each run, spread evenly over the steps in `range` (of all if absent).
///
/// # Errors
///
/// `Invalid` if there are more runs than [`RUNS_MAX`], `max_results` is not in 1..=[`SAMPLE_MAX`], or the range is
/// upside down.
pub async fn samples(
    ctx: &Ctx,
    runs: &[RunId],
    key: &MetricKey,
    range: Option<(i64, i64)>,
    max_results: u32,
) -> Result<Vec<RunPoint>> {
    check_count(runs)?;
    if !(1..=SAMPLE_MAX).contains(&max_results) {
        return Err(Error::invalid_field("max_results", format!("must be between 1 and {SAMPLE_MAX}.")));
    }
    if let Some((start, end)) = range
        && start > end
    {
        return Err(Error::Rule(format!(
            "end_step must be greater than start_step. Found start_step={start} and end_step={end}."
        )));
    }
    let mut found = Vec::new();
    for run_id in runs {
        let points = ctx.store().sampled_points(run_id, key, range, max_results).await?;
        found.extend(points.into_iter().map(|point| RunPoint { run_id: run_id.clone(), point }));
    }
    Ok(found)
}

fn check_count(runs: &[RunId]) -> Result<()> {
    if runs.len() > RUNS_MAX {
        let problem = format!("may name at most {RUNS_MAX} runs; there are {}", runs.len());
        return Err(Error::invalid_field("run_ids", problem));
    }
    Ok(())
}

/// Writes where a page ends: step, time and the bits of the value.
fn write_token(point: &MetricPoint) -> String {
    format!("{}_{}_{:x}", point.step, point.timestamp.0, point.value.to_bits())
}

fn read_token(token: &str) -> Result<MetricPoint> {
    let mut parts = token.split('_');
    let point = (|| {
        let step = parts.next()?.parse().ok()?;
        let timestamp = Millis(parts.next()?.parse().ok()?);
        let value = f64::from_bits(u64::from_str_radix(parts.next()?, 16).ok()?);
        parts.next().is_none().then_some(MetricPoint { value, step, timestamp })
    })();
    point.ok_or_else(|| Error::Rule("Invalid page token: ask for the first page again".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_pages_come_back_as_they_were() {
        for value in [0.0, -1.5, f64::INFINITY] {
            let point = MetricPoint { value, step: -3, timestamp: Millis(1_700_000_000_000) };
            assert_eq!(read_token(&write_token(&point)).unwrap(), point);
        }
        let nan = MetricPoint { value: f64::NAN, step: i64::MIN, timestamp: Millis(i64::MAX) };
        assert!(read_token(&write_token(&nan)).unwrap().value.is_nan());
        for broken in ["", "1_2", "1_2_3_4", "a_2_3", "1_2_-1", "99999999999999999999_0_0"] {
            assert!(read_token(broken).is_err(), "{broken}");
        }
    }
}
