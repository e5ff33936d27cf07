//! Runs: create, look at, change.

pub(crate) mod evaluation;
pub(crate) mod log;
pub(crate) mod reproduction;
pub(crate) mod search;
mod view;

use axum::Json;
use axum::response::IntoResponse;
use domain::runs;
use http::{StatusCode, header};
use serde::Serialize;
use types::{ExperimentId, Millis, NewRun, RunId, RunName, RunStatus, RunUpdate};
use utoipa::ToSchema;

use self::log::KeyValue;
use self::view::RunView;
use super::error::{Problem, ReadProblems, WriteProblems};
use super::fields::{Input, wire};
use super::op::{Body, Op, Path};

wire! {
    /// A new run; it begins in the state `RUNNING`.
    #[schema(example = json!({"experiment_id": "1", "run_name": "forest-100"}))]
    struct CreateRun {
        /// Experiment that the run belongs to.
        required experiment_id: ExperimentId = Input::number_or_parsed,
        /// Name for people; invented if absent.
        optional run_name: Option<RunName> = Input::parsed,
        /// When it began, in milliseconds since 1970; now if absent.
        optional start_time: Option<i64> = Input::integer,
        /// Who started it.
        optional user: Option<String> = Input::text,
        /// Labels.
        optional tags: Option<Vec<KeyValue>> = Vec::read,
    }
}

impl From<CreateRun> for NewRun {
    fn from(wire: CreateRun) -> Self {
        Self {
            experiment_id: wire.experiment_id,
            name: wire.run_name,
            user: wire.user.unwrap_or_default(),
            started_at: wire.start_time.map(Millis),
            tags: wire.tags.unwrap_or_default().into_iter().map(KeyValue::into_tag).collect(),
        }
    }
}

/// The run that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedRun {
    /// Its identifier.
    run_id: RunId,
}

/// The states of a run, by MLflow's names.
const STATUSES: [(&str, RunStatus); 5] = [
    ("RUNNING", RunStatus::Running),
    ("SCHEDULED", RunStatus::Scheduled),
    ("FINISHED", RunStatus::Finished),
    ("FAILED", RunStatus::Failed),
    ("KILLED", RunStatus::Killed),
];

wire! {
    /// What changes in a run; absent fields stay.
    #[schema(example = json!({"status": "FINISHED"}))]
    struct UpdateRun {
        /// New state.
        optional status: Option<RunStatus> = |input| input.one_of(&STATUSES),
        /// When it ended, in milliseconds since 1970; now if absent and the new state is a final one.
        optional end_time: Option<i64> = Input::integer,
        /// New name.
        optional run_name: Option<RunName> = Input::parsed,
    }
}

impl From<UpdateRun> for RunUpdate {
    fn from(wire: UpdateRun) -> Self {
        Self { status: wire.status, ended_at: wire.end_time.map(Millis), name: wire.run_name }
    }
}

/// Create a run
#[utoipa::path(
    post,
    path = "/api/v1/runs",
    tag = "runs",
    request_body = CreateRun,
    responses((status = 201, description = "Created", body = CreatedRun), WriteProblems),
)]
pub(crate) async fn create_run(
    Op(ctx): Op,
    Body(wire): Body<CreateRun>,
) -> Result<impl IntoResponse, Problem> {
    let run = runs::create(&ctx, wire.into()).await?;
    let location = [(header::LOCATION, format!("/api/v1/runs/{}", run.id))];
    Ok((StatusCode::CREATED, location, Json(CreatedRun { run_id: run.id })))
}

/// Get a run
///
/// Returns the run with its latest metrics, parameters and tags.
#[utoipa::path(
    get,
    path = "/api/v1/runs/{run_id}",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    responses((status = 200, description = "The run", body = RunView), ReadProblems),
)]
pub(crate) async fn get_run(Op(ctx): Op, Path(run_id): Path<RunId>) -> Result<Json<RunView>, Problem> {
    Ok(Json(runs::get(&ctx, &run_id).await?.into()))
}

/// Change the state or the name of a run
#[utoipa::path(
    patch,
    path = "/api/v1/runs/{run_id}",
    tag = "runs",
    params(("run_id" = RunId, Path, description = "Identifier of the run")),
    request_body = UpdateRun,
    responses((status = 200, description = "The changed run", body = RunView), WriteProblems),
)]
pub(crate) async fn update_run(
    Op(ctx): Op,
    Path(run_id): Path<RunId>,
    Body(wire): Body<UpdateRun>,
) -> Result<Json<RunView>, Problem> {
    Ok(Json(runs::update(&ctx, &run_id, wire.into()).await?.into()))
}
