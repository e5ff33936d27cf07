//! Server functions about runs. Each calls one operation of `domain::runs`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use types::{
    Evaluation, ExperimentId, MetricKey, MetricPoint, PairedComparison, ParamKey, Run, RunId, RunPage,
};

use crate::error::UiError;

/// Rows on one page of the runs table.
#[cfg(feature = "ssr")]
const PAGE_SIZE: u32 = 50;

/// Columns of pixels for which the history of a metric is thinned.
#[cfg(feature = "ssr")]
const CHART_COLUMNS: usize = 240;

/// The metrics and params that runs of an experiment have, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunColumns {
    /// Names of metrics, sorted.
    pub metrics: Vec<MetricKey>,
    /// Names of params, sorted.
    pub params: Vec<ParamKey>,
}

/// One run with its current values.
#[server(prefix = "/ui", endpoint = "runs/get", input = GetUrl)]
pub async fn get_run(run_id: RunId) -> Result<Run, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::runs::get(&ctx, &run_id).await?)
}

/// One page of the runs of an experiment.
///
/// `sort` is `name`, `status`, `start_time`, `metrics.KEY` or `params.KEY`; newest first if it is empty.
#[server(prefix = "/ui", endpoint = "runs/search", input = GetUrl)]
pub async fn search_runs(
    experiment_id: ExperimentId,
    /// Filter in MLflow's search language.
    #[server(default)]
    filter: String,
    #[server(default)] sort: String,
    #[server(default)] descending: bool,
    /// Token of the page before; empty for the first page.
    #[server(default)]
    page_token: String,
) -> Result<RunPage, UiError> {
    let ctx = crate::context::ctx()?;
    let query = types::RunQuery {
        experiment_ids: vec![experiment_id],
        filter: domain::search::parse_filter(&filter)?,
        order_by: vec![order_by(&sort, descending)?],
        view: types::View::Active,
        max_results: PAGE_SIZE,
        page_token: (!page_token.is_empty()).then_some(page_token),
    };
    Ok(domain::runs::search(&ctx, query).await?)
}

#[cfg(feature = "ssr")]
fn order_by(sort: &str, descending: bool) -> domain::Result<types::search::OrderBy> {
    use types::search::{Field, MetricValue, OrderBy, RunAttribute};

    let field = match (sort, sort.split_once('.')) {
        ("", _) => {
            return Ok(OrderBy { field: Field::Attribute(RunAttribute::StartTime), descending: true });
        }
        ("name", _) => Field::Attribute(RunAttribute::RunName),
        ("status", _) => Field::Attribute(RunAttribute::Status),
        ("start_time", _) => Field::Attribute(RunAttribute::StartTime),
        (_, Some(("metrics", key))) => Field::Metric { key: key.to_owned(), which: MetricValue::Last },
        (_, Some(("params", key))) => Field::Param(key.to_owned()),
        _ => {
            let problem = "is not `name`, `status`, `start_time`, `metrics.KEY` or `params.KEY`";
            return Err(domain::Error::invalid_field("sort", problem));
        }
    };
    Ok(OrderBy { field, descending })
}

/// The names of the metrics and params that runs of an experiment have.
#[server(prefix = "/ui", endpoint = "runs/columns", input = GetUrl)]
pub async fn list_columns(experiment_id: ExperimentId) -> Result<RunColumns, UiError> {
    let ctx = crate::context::ctx()?;
    let columns = domain::runs::columns(&ctx, experiment_id).await?;
    Ok(RunColumns { metrics: columns.metrics, params: columns.params })
}

/// The best run of an experiment by its goal.
#[server(prefix = "/ui", endpoint = "runs/best", input = GetUrl)]
pub async fn best_run(experiment_id: ExperimentId) -> Result<Option<RunId>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::runs::best(&ctx, experiment_id).await?)
}

/// Runs in the order asked for.
#[server(prefix = "/ui", endpoint = "runs/compare", input = GetUrl)]
pub async fn compare_runs(#[server(default)] run_ids: Vec<RunId>) -> Result<Vec<Run>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::runs::compare(&ctx, &run_ids).await?)
}

/// What was found out about the model of a run; none if it was not trained here.
#[server(prefix = "/ui", endpoint = "runs/evaluation", input = GetUrl)]
pub async fn get_evaluation(run_id: RunId) -> Result<Option<Evaluation>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::evaluation::find(&ctx, &run_id).await?)
}

/// Whether one of two runs is better on the rows that both were tested on; none if one of them has no predictions of rows.
#[server(prefix = "/ui", endpoint = "runs/compare-rows", input = GetUrl)]
pub async fn compare_rows(first: RunId, second: RunId) -> Result<Option<PairedComparison>, UiError> {
    let ctx = crate::context::ctx()?;
    match domain::evaluation::compare(&ctx, &first, &second).await {
        Ok(compared) => Ok(Some(compared)),
        Err(domain::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The history of a metric, thinned to what a chart can show: the page carries it.
#[server(prefix = "/ui", endpoint = "runs/metric-history", input = GetUrl)]
pub async fn metric_history(run_id: RunId, key: MetricKey) -> Result<Vec<MetricPoint>, UiError> {
    let ctx = crate::context::ctx()?;
    let points = domain::runs::metric_history(&ctx, &run_id, &key).await?;
    Ok(thinned(points))
}

/// Leaves out points that a chart would not show, in order of arrival.
#[cfg(feature = "ssr")]
fn thinned(points: Vec<MetricPoint>) -> Vec<MetricPoint> {
    use std::collections::BTreeSet;

    // Thinning works on places; the number of a point leads back to it.
    #[expect(clippy::cast_precision_loss, reason = "a chart has no 2^53 points")]
    let places: Vec<(f64, f64)> =
        points.iter().enumerate().map(|(nth, point)| (nth as f64, point.value)).collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "numbers of points, from above"
    )]
    let kept: BTreeSet<usize> =
        plot::thin(&places, CHART_COLUMNS).into_iter().map(|(nth, _)| nth as usize).collect();
    let mut nth = 0;
    let mut points = points;
    points.retain(|_| {
        nth += 1;
        kept.contains(&(nth - 1))
    });
    points
}
