//! What is known about the models of runs beyond their scores.

use axum::Json;
use domain::evaluation;
use types::{Evaluation, PairedComparison, RunId};

use crate::v1::error::{Problem, ReadProblems};
use crate::v1::op::{Op, Path};

/// Get what was found out about a run's model
///
/// Where it errs, what it needs, how it answers to each column, whether that can be true, and what its ranges hold. Runs that
/// were trained here and predict a number have it.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/evaluation",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses((status = 200, description = "The evaluation", body = Evaluation), ReadProblems),
)]
pub(crate) async fn get_evaluation(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
) -> Result<Json<Evaluation>, Problem> {
    Ok(Json(evaluation::get(&ctx, &run_id).await?))
}

/// Compare two runs row by row
///
/// On the test rows that both predicted: the mean of the second run's absolute error minus the first one's, with its 95 % interval.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/comparison/{other_id}",
    tag = "runs",
    params(
        ("run_id" = RunId, Path, description = "Identifier of the first run"),
        ("other_id" = RunId, Path, description = "Identifier of the second run"),
    ),
    responses((status = 200, description = "How they differ", body = PairedComparison), ReadProblems),
)]
pub(crate) async fn compare_runs(
    Op(ctx): Op,
    Path((run_id, other_id)): Path<(RunId, RunId)>,
) -> Result<Json<PairedComparison>, Problem> {
    Ok(Json(evaluation::compare(&ctx, &run_id, &other_id).await?))
}
