//! Experiments.

use axum::Json;
use axum::response::IntoResponse;
use domain::experiments;
use http::{StatusCode, header};
use serde::Serialize;
use types::{
    Direction, Experiment, ExperimentId, ExperimentName, ExperimentSummary, Goal, Lifecycle, MetricKey,
    Millis, NewExperiment, Tag,
};
use utoipa::ToSchema;

use super::error::{ListProblems, Problem, ReadProblems, WriteProblems};
use super::fields::{Input, wire};
use super::op::{Body, Op, Path};
use super::runs::log::KeyValue;

wire! {
    /// A new experiment.
    #[schema(example = json!({"name": "prediccion_precios_automoviles"}))]
    struct CreateExperiment {
        /// Unique name, up to 500 bytes.
        required name: ExperimentName = Input::parsed,
        /// Free labels.
        optional tags: Option<Vec<KeyValue>> = Vec::read,
    }
}

/// The experiment that was created.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedExperiment {
    /// Its identifier.
    experiment_id: ExperimentId,
}

wire! {
    /// The metric that ranks the runs of an experiment.
    #[schema(example = json!({"metric": "test_rmse", "direction": "minimize"}))]
    struct SetGoal {
        /// Name of the metric; its last value counts.
        required metric: MetricKey = Input::parsed,
        /// Which way it gets better.
        required direction: Direction = |input| {
            input.one_of(&[("minimize", Direction::Minimize), ("maximize", Direction::Maximize)])
        },
    }
}

/// An experiment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExperimentView {
    /// Identifier; `"0"` is the experiment `Default`.
    experiment_id: ExperimentId,
    /// Unique name.
    name: ExperimentName,
    /// Whether it is deleted.
    lifecycle_stage: Lifecycle,
    /// When it was created.
    creation_time: Millis,
    /// When its name, state or tags last changed.
    last_update_time: Millis,
    /// Free labels.
    tags: Vec<Tag>,
    /// Metric that ranks its runs.
    goal: Goal,
}

impl From<Experiment> for ExperimentView {
    fn from(experiment: Experiment) -> Self {
        Self {
            experiment_id: experiment.id,
            name: experiment.name,
            lifecycle_stage: experiment.lifecycle,
            creation_time: experiment.created_at,
            last_update_time: experiment.updated_at,
            tags: experiment.tags,
            goal: experiment.goal,
        }
    }
}

/// An experiment with a summary of its runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExperimentRow {
    /// The experiment.
    #[serde(flatten)]
    experiment: ExperimentView,
    /// Number of runs that are not deleted.
    run_count: i64,
    /// Start of the newest run.
    last_run_time: Option<Millis>,
    /// Best last value of the goal metric.
    best: Option<f64>,
}

impl From<ExperimentSummary> for ExperimentRow {
    fn from(summary: ExperimentSummary) -> Self {
        Self {
            experiment: summary.experiment.into(),
            run_count: summary.run_count,
            last_run_time: summary.last_run_at,
            best: summary.best,
        }
    }
}

/// All experiments that are not deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExperimentList {
    /// Those with the newest activity first.
    experiments: Vec<ExperimentRow>,
}

/// List experiments
#[utoipa::path(
    get,
    path = "/api/v1/experiments",
    tag = "experiments",
    responses((status = 200, description = "All experiments in use", body = ExperimentList), ListProblems),
)]
pub(crate) async fn list_experiments(Op(ctx): Op) -> Result<Json<ExperimentList>, Problem> {
    let summaries = experiments::list(&ctx).await?;
    Ok(Json(ExperimentList { experiments: summaries.into_iter().map(Into::into).collect() }))
}

/// Create an experiment
#[utoipa::path(
    post,
    path = "/api/v1/experiments",
    tag = "experiments",
    request_body = CreateExperiment,
    responses((status = 201, description = "Created", body = CreatedExperiment), WriteProblems),
)]
pub(crate) async fn create_experiment(
    Op(ctx): Op,
    Body(wire): Body<CreateExperiment>,
) -> Result<impl IntoResponse, Problem> {
    let tags = wire.tags.unwrap_or_default().into_iter().map(KeyValue::into_tag).collect();
    let created = experiments::create(&ctx, NewExperiment { name: wire.name, tags }).await?;
    let location = [(header::LOCATION, format!("/api/v1/experiments/{}", created.id))];
    Ok((StatusCode::CREATED, location, Json(CreatedExperiment { experiment_id: created.id })))
}

/// Get an experiment
#[utoipa::path(
    get,
    path = "/api/v1/experiments/{experiment_id}",
    tag = "experiments",
    params(("experiment_id" = ExperimentId, Path, description = "Identifier of the experiment")),
    responses((status = 200, description = "The experiment", body = ExperimentView), ReadProblems),
)]
pub(crate) async fn get_experiment(
    Op(ctx): Op,
    Path(id): Path<ExperimentId>,
) -> Result<Json<ExperimentView>, Problem> {
    Ok(Json(experiments::get(&ctx, id).await?.into()))
}

/// Choose the metric that ranks the runs of an experiment
///
/// Until it is set, runs are ranked by `test_rmse`, lower is better.
#[utoipa::path(
    put,
    path = "/api/v1/experiments/{experiment_id}/goal",
    tag = "experiments",
    params(("experiment_id" = ExperimentId, Path, description = "Identifier of the experiment")),
    request_body = SetGoal,
    responses((status = 200, description = "The changed experiment", body = ExperimentView), WriteProblems),
)]
pub(crate) async fn set_goal(
    Op(ctx): Op,
    Path(id): Path<ExperimentId>,
    Body(wire): Body<SetGoal>,
) -> Result<Json<ExperimentView>, Problem> {
    let goal = Goal { metric: wire.metric, direction: wire.direction };
    Ok(Json(experiments::set_goal(&ctx, id, goal).await?.into()))
}
