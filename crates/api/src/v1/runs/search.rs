//! Search for runs.

use axum::Json;
use domain::{runs, search};
use serde::Serialize;
use types::{ExperimentId, RunPage, RunQuery, View};
use utoipa::ToSchema;

use super::view::RunView;
use crate::v1::error::{Problem, WriteProblems};
use crate::v1::fields::{Input, wire};
use crate::v1::op::{Body, Op};

/// Size of a page if none is asked for; MLflow's.
const DEFAULT_RESULTS: u32 = 1000;

/// Largest page; MLflow's.
const MAX_RESULTS: u32 = 50_000;

/// Which runs are seen, by MLflow's names.
const VIEWS: [(&str, View); 3] =
    [("ACTIVE_ONLY", View::Active), ("DELETED_ONLY", View::Deleted), ("ALL", View::All)];

wire! {
    /// A search, in MLflow's language.
    #[schema(example = json!({
        "experiment_ids": ["1"], "filter": "metrics.test_r2 > 0.9 AND params.n_estimators = '100'",
        "order_by": ["metrics.test_rmse ASC"], "max_results": 20
    }))]
    struct SearchRuns {
        /// Experiments to look into, as texts or numbers; none means no runs.
        required experiment_ids: Vec<ExperimentId> = |input| input.list(Input::number_or_parsed),
        /// Condition on each run; all runs if absent or empty.
        optional filter: Option<String> = Input::text,
        /// Keys of the order, such as `metrics.test_rmse ASC`; newest first if absent.
        optional order_by: Option<Vec<String>> = |input| input.list(Input::text),
        /// Size of the page, 1 to 50,000; 1000 if absent.
        #[schema(minimum = 1, maximum = 50_000)]
        optional max_results: Option<u32> = |input| input.integer_within(1, MAX_RESULTS),
        /// `next_page_token` of the page before.
        optional page_token: Option<String> = Input::text,
        /// `ACTIVE_ONLY` (if absent), `DELETED_ONLY` or `ALL`.
        #[schema(value_type = Option<String>)]
        optional run_view_type: Option<View> = |input| input.one_of(&VIEWS),
    }
}

impl TryFrom<SearchRuns> for RunQuery {
    type Error = domain::Error;

    fn try_from(wire: SearchRuns) -> Result<Self, domain::Error> {
        let order_by = wire.order_by.unwrap_or_default();
        Ok(Self {
            experiment_ids: wire.experiment_ids,
            filter: search::parse_filter(wire.filter.as_deref().unwrap_or_default())?,
            order_by: order_by.iter().map(|key| search::parse_order_by(key)).collect::<Result<_, _>>()?,
            view: wire.run_view_type.unwrap_or_default(),
            max_results: wire.max_results.unwrap_or(DEFAULT_RESULTS),
            page_token: wire.page_token.filter(|token| !token.is_empty()),
        })
    }
}

/// One page of a search.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunPageView {
    /// Runs in the order asked for.
    runs: Vec<RunView>,
    /// Token of the next page; null on the last.
    next_page_token: Option<String>,
}

impl From<RunPage> for RunPageView {
    fn from(page: RunPage) -> Self {
        Self { runs: page.runs.into_iter().map(Into::into).collect(), next_page_token: page.next_page_token }
    }
}

/// Search for runs
///
/// Filter and order are written in MLflow's search language; the filter also knows `OR`, `NOT`, parentheses and
/// `BETWEEN`.
#[utoipa::path(
    post,
    path = "/api/v1/runs/search",
    tag = "runs",
    request_body = SearchRuns,
    responses((status = 200, description = "One page", body = RunPageView), WriteProblems),
)]
pub(crate) async fn search_runs(
    Op(ctx): Op,
    Body(wire): Body<SearchRuns>,
) -> Result<Json<RunPageView>, Problem> {
    Ok(Json(runs::search(&ctx, wire.try_into()?).await?.into()))
}
