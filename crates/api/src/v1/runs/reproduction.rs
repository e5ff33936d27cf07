//! Runs that are trained again.

use axum::Json;
use axum::response::IntoResponse;
use domain::training;
use http::{StatusCode, header};
use types::{Recipe, Reproduction, RunId};

use crate::v1::error::{Problem, ReadProblems, RepeatProblems};
use crate::v1::op::{Op, Path};
use crate::v1::training_jobs::CreatedTrainingJob;

/// Get what a run was trained from
///
/// The digest of the data, the split with its seeds, the parameters, the version of the program, and what `auto` tried within its
/// time: all that is needed to train it again.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/recipe",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses((status = 200, description = "The recipe", body = Recipe), RepeatProblems),
)]
pub(crate) async fn get_recipe(Op(ctx): Op, Path(run_id): Path<RunId>) -> Result<Json<Recipe>, Problem> {
    Ok(Json(training::recipe(&ctx, &run_id).await?))
}

/// Get the training of a run as Python
///
/// A script for scikit-learn, LightGBM and mlflow: the same rows, encoding and parameters. Its figures come close.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/python",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses(
        (status = 200, description = "The script", body = String, content_type = "text/x-python"),
        RepeatProblems,
    ),
)]
pub(crate) async fn get_python(Op(ctx): Op, Path(run_id): Path<RunId>) -> Result<impl IntoResponse, Problem> {
    let script = training::python(&ctx, &run_id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/x-python; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"training.py\""),
    ];
    Ok((headers, script))
}

/// Train a run again
///
/// The job waits for its turn. The new run says at `/api/v1/runs/{run_id}/reproduction` whether every metric is the same to the last
/// bit, as it is on the same version of the program; its tag `cuaderno.reproduces` names this run.
#[utoipa::path(
    post,
    path = "/api/v1/runs/{run_id}/reproduce",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses((status = 202, description = "Taken", body = CreatedTrainingJob), RepeatProblems),
)]
pub(crate) async fn reproduce_run(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
) -> Result<impl IntoResponse, Problem> {
    let job = training::reproduce(&ctx, &run_id).await?;
    let location = [(header::LOCATION, format!("/api/v1/training-jobs/{}", job.status.id))];
    Ok((StatusCode::ACCEPTED, location, Json(CreatedTrainingJob { job_id: job.status.id })))
}

/// Compare a run with the one that it trained again
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}/reproduction",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the newer run")),
    responses((status = 200, description = "All metrics but times, then and now", body = Reproduction), ReadProblems),
)]
pub(crate) async fn get_reproduction(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
) -> Result<Json<Reproduction>, Problem> {
    let found = training::reproduction(&ctx, &run_id).await?;
    let missing = || domain::Error::NotFound { what: "reproduction of run", id: run_id.to_string() };
    Ok(Json(found.ok_or_else(missing)?))
}
