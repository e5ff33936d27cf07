//! Runs (`mlflow/protos/service.proto`).

pub(super) mod inputs;
pub(super) mod log;
mod view;

use axum::Json;
use domain::{runs, search};
use serde::Serialize;
use types::{ExperimentId, Millis, NewRun, RunId, RunName, RunQuery, RunStatus, RunUpdate, View};

pub(super) use self::view::Point;
use self::view::{RunInfo, RunView};
use super::error::MlflowError;
use super::experiments::experiment_id;
use super::message::{Place, message};
use super::op::{Op, Received};
use super::wire::{Empty, KeyValue, tags};

/// Size of a page if none is asked for.
const DEFAULT_RESULTS: i64 = 1000;

message! {
    struct CreateRun {
        required experiment_id: String,
        plain user_id: String,
        plain run_name: String,
        optional start_time: i64,
        plain tags: Vec<KeyValue>,
    }
}

message! {
    /// `GetRun`, `DeleteRun` and `RestoreRun`: only which run.
    struct WhichRun {
        plain run_id: String,
        plain run_uuid: String,
    }
}

message! {
    struct UpdateRun {
        plain run_id: String,
        plain run_uuid: String,
        optional status: String,
        optional end_time: i64,
        plain run_name: String,
    }
}

message! {
    struct SearchRuns {
        plain experiment_ids: Vec<String>,
        plain filter: String,
        plain run_view_type: String,
        optional max_results: i64,
        plain order_by: Vec<String>,
        plain page_token: String,
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct RunAnswer {
    run: RunView,
}

#[derive(Debug, Serialize)]
pub(crate) struct RunInfoAnswer {
    run_info: RunInfo,
}

#[derive(Debug, Serialize)]
pub(crate) struct RunsAnswer {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<RunView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

/// Reads which run is meant; old clients call it `run_uuid`. A text that is no identifier is that of nothing.
pub(super) fn run_id(run_id: String, run_uuid: String) -> Result<RunId, MlflowError> {
    let text = if run_id.is_empty() { run_uuid } else { run_id };
    if text.is_empty() {
        return Err(Place::Root.field("run_id").missing());
    }
    RunId::parse(&text).map_err(|_| domain::Error::NotFound { what: "run", id: text }.into())
}

/// The view of this name; an unknown one is as good as none.
pub(super) fn view(name: &str) -> View {
    match name {
        "DELETED_ONLY" => View::Deleted,
        "ALL" => View::All,
        _ => View::Active,
    }
}

/// Reads the size of a page, up to 50,000.
pub(super) fn page_size(max_results: i64) -> Result<u32, MlflowError> {
    let place = Place::Root;
    let place = place.field("max_results");
    if max_results > i64::from(runs::MAX_RESULTS) {
        return Err(place.wrong(&max_results.into()));
    }
    let size = u32::try_from(max_results).ok().filter(|size| *size > 0);
    size.ok_or_else(|| {
        MlflowError::invalid(format!(
            "Invalid value {max_results} for parameter 'max_results' supplied. It must be a positive integer"
        ))
    })
}

/// Reads the numbers of experiments.
pub(super) fn experiment_ids(texts: &[String]) -> Result<Vec<ExperimentId>, MlflowError> {
    texts.iter().map(|text| experiment_id(text)).collect()
}

pub(crate) async fn create_run(
    Op(ctx): Op,
    Received(message): Received<CreateRun>,
) -> Result<Json<RunAnswer>, MlflowError> {
    let name = match message.run_name.as_str() {
        "" => None,
        name => Some(Place::Root.field("run_name").parsed(name, RunName::parse)?),
    };
    let new = NewRun {
        experiment_id: experiment_id(&message.experiment_id)?,
        name,
        user: message.user_id,
        started_at: message.start_time.map(Millis),
        tags: tags(message.tags)?,
    };
    let run = runs::create(&ctx, new).await?;
    Ok(Json(RunAnswer { run: run.into() }))
}

pub(crate) async fn get_run(
    Op(ctx): Op,
    Received(message): Received<WhichRun>,
) -> Result<Json<RunAnswer>, MlflowError> {
    let run = runs::get(&ctx, &run_id(message.run_id, message.run_uuid)?).await?;
    Ok(Json(RunAnswer { run: run.into() }))
}

pub(crate) async fn update_run(
    Op(ctx): Op,
    Received(message): Received<UpdateRun>,
) -> Result<Json<RunInfoAnswer>, MlflowError> {
    let name = match message.run_name.as_str() {
        "" => None,
        name => Some(Place::Root.field("run_name").parsed(name, RunName::parse)?),
    };
    let update = RunUpdate {
        status: message.status.as_deref().and_then(RunStatus::from_name),
        ended_at: message.end_time.map(Millis),
        name,
    };
    let run = runs::update(&ctx, &run_id(message.run_id, message.run_uuid)?, update).await?;
    Ok(Json(RunInfoAnswer { run_info: RunInfo::of(&run) }))
}

pub(crate) async fn delete_run(
    Op(ctx): Op,
    Received(message): Received<WhichRun>,
) -> Result<Json<Empty>, MlflowError> {
    runs::delete(&ctx, &run_id(message.run_id, message.run_uuid)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn restore_run(
    Op(ctx): Op,
    Received(message): Received<WhichRun>,
) -> Result<Json<Empty>, MlflowError> {
    runs::restore(&ctx, &run_id(message.run_id, message.run_uuid)?).await?;
    Ok(Json(Empty {}))
}

pub(crate) async fn search_runs(
    Op(ctx): Op,
    Received(message): Received<SearchRuns>,
) -> Result<Json<RunsAnswer>, MlflowError> {
    let order_by = message.order_by.iter().map(|key| search::parse_order_by(key));
    let query = RunQuery {
        experiment_ids: experiment_ids(&message.experiment_ids)?,
        filter: search::parse_filter(&message.filter)?,
        order_by: order_by.collect::<Result<_, _>>()?,
        view: view(&message.run_view_type),
        max_results: page_size(message.max_results.unwrap_or(DEFAULT_RESULTS))?,
        page_token: Some(message.page_token).filter(|token| !token.is_empty()),
    };
    let page = runs::search(&ctx, query).await?;
    let found = page.runs.into_iter().map(RunView::from).collect();
    Ok(Json(RunsAnswer { runs: found, next_page_token: page.next_page_token }))
}
