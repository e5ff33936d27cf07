//! Training in the background.

pub(crate) mod watch;

use std::collections::BTreeMap;

use axum::Json;
use axum::response::IntoResponse;
use domain::training;
use http::{StatusCode, header};
use serde::Serialize;
use serde_json::Value;
use types::{
    Algorithm, CrossValidation, DataSplit, ExperimentName, Fault, JobId, NewTrainingJob, Priority,
    ResponseRule, RunName, SWEEP_TRIALS_MAX, Sweep, SweepMethod, TIME_LIMIT_MAX, TargetTransform, Task,
    TrainingJob, TrainingSpec,
};
use utoipa::ToSchema;

use crate::v1::error::{Problem, ReadProblems, WriteProblems};
use crate::v1::fields::{Input, Wire, wire};
use crate::v1::op::{Body, Op, Path, Query};

/// Largest body, in bytes: room for the row lists of a million rows.
pub(crate) const BODY_MAX: usize = 8 * 1024 * 1024;

/// Experiment of jobs that name none.
const DEFAULT_EXPERIMENT: &str = "Default";

/// Number of jobs in a list if none is asked for, and the most.
const LISTED: (u32, u32) = (100, 1000);

/// Scales of the target by name.
const TRANSFORMS: [(&str, TargetTransform); 3] =
    [("none", TargetTransform::None), ("log", TargetTransform::Log), ("sqrt", TargetTransform::Sqrt)];

/// Ways to sweep by name.
const SWEEPS: [(&str, SweepMethod); 3] =
    [("grid", SweepMethod::Grid), ("random", SweepMethod::Random), ("halving", SweepMethod::Halving)];

/// Tasks by name.
const TASKS: [(&str, Task); 2] = [("regression", Task::Regression), ("classification", Task::Classification)];

wire! {
    /// A request to train.
    #[schema(example = json!({
        "dataset": "automoviles", "target": "precio", "model": "random_forest",
        "params": {"n_estimators": 100, "max_depth": 20}, "experiment": "prediccion_precios_automoviles"
    }))]
    struct CreateTrainingJob {
        /// Name or digest of a stored dataset.
        required dataset: String = Input::text,
        /// Column to predict; all others but `weight` and `excluded` are features.
        required target: String = Input::text,
        /// `auto`, `linear`, `ridge`, `elastic_net`, `logistic`, `knn`, `decision_tree`, `random_forest` or `gradient_boosting`.
        #[schema(value_type = String)]
        required model: &'static str = |input| input.one_of(&Algorithm::NAMES.map(|name| (name, name))),
        /// Parameters of the model by the names of scikit-learn and LightGBM; the others keep their defaults.
        #[schema(value_type = Option<Object>)]
        optional params: Option<Params> = Params::read,
        /// Experiment of the run, created if needed; `Default` if absent.
        optional experiment: Option<ExperimentName> = Input::parsed,
        /// Name of the run; invented if absent.
        optional run_name: Option<RunName> = Input::parsed,
        /// Share of the rows that test, above 0 and below 1; 0.2 if absent.
        optional test_size: Option<f64> = Input::share,
        /// Seed of the choice of test rows; 42 if absent.
        optional random_state: Option<u32> = |input| input.integer_within(0, u32::MAX),
        /// Row lists, instead of `test_size` and `random_state`.
        optional split: Option<Split> = Split::read,
        /// Scale on which the target is learnt: `none`, `log` or `sqrt`; `none` if absent. `auto` chooses its own.
        #[schema(value_type = Option<String>)]
        optional transform: Option<TargetTransform> = |input| input.one_of(&TRANSFORMS),
        /// Parts of the cross-validation that gives predictions their ranges, 2 to 20, or 0 for none; 5 if absent.
        optional folds: Option<u32> = |input| input.integer_within(0, 20),
        /// Columns that are not learnt from.
        optional excluded: Option<Vec<String>> = |input| input.list(Input::text),
        /// `regression` or `classification`; if absent, the model decides if it does only one, and else a target of texts means
        /// classes and one of numbers means numbers.
        #[schema(value_type = Option<String>)]
        optional task: Option<Task> = |input| input.one_of(&TASKS),
        /// Column that says how much each row counts, with numbers from 0; no feature.
        optional weight: Option<String> = Input::text,
        /// Which way the prediction may go as a column of numbers grows, such as `kilometraje=decreasing`; checked once the model
        /// stands. What is usual for the columns of a car if absent.
        #[schema(value_type = Option<Vec<String>>)]
        optional expected: Option<Vec<ResponseRule>> = |input| input.list(Input::parsed),
        /// Values of parameters to try by cross-validation; each candidate becomes a run, and the best the model.
        optional sweep: Option<CreateSweep> = CreateSweep::read,
        /// Whether to measure what more rows would bring, on five growing parts of the training rows; takes about as long as three
        /// fits. For models of numbers; `false` if absent.
        optional learning_curve: Option<bool> = Input::flag,
        /// Place in the queue, -100 to 100: higher is earlier, of equals the oldest is first; 0 if absent.
        #[schema(value_type = Option<i32>, minimum = -100, maximum = 100)]
        optional priority: Option<Priority> = Input::number_or_parsed,
        /// Seconds that it may take once it has begun, 1 to 604800; no limit if absent.
        #[schema(minimum = 1, maximum = 604_800)]
        optional time_limit: Option<u32> = |input| input.integer_within(1, TIME_LIMIT_MAX),
    }
}

wire! {
    /// Rows that train and test, counted from 0.
    struct Split {
        /// Rows that train.
        required train: Vec<u32> = |input| input.list(|row| row.integer_within(0, u32::MAX)),
        /// Rows that test.
        required test: Vec<u32> = |input| input.list(|row| row.integer_within(0, u32::MAX)),
    }
}

wire! {
    /// Values of parameters to try.
    #[schema(example = json!({"method": "grid", "values": {"max_depth": [4, 8, 12]}}))]
    struct CreateSweep {
        /// `grid` tries all combinations, `random` draws some, `halving` draws many and measures most of them on few rows.
        #[schema(value_type = String)]
        required method: SweepMethod = |input| input.one_of(&SWEEPS),
        /// Values by parameter. Where they are drawn, `"0.01..0.3"` stands for all numbers between.
        #[schema(value_type = Object)]
        required values: SweepValues = SweepValues::read,
        /// How many candidates are drawn, 1 to 1000; 20 if absent. A grid has as many as it has.
        #[schema(minimum = 1, maximum = 1000)]
        optional trials: Option<u32> = |input| input.integer_within(1, SWEEP_TRIALS_MAX),
        /// Seed of the drawing; 42 if absent.
        optional random_state: Option<u32> = |input| input.integer_within(0, u32::MAX),
    }
}

impl From<CreateSweep> for Sweep {
    fn from(wire: CreateSweep) -> Self {
        Self {
            method: wire.method,
            values: wire.values.0,
            trials: wire.trials.unwrap_or(Self::TRIALS),
            random_state: wire.random_state.unwrap_or(42).into(),
        }
    }
}

/// Values of a sweep by parameter, as texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SweepValues(BTreeMap<String, Vec<String>>);

impl Wire for SweepValues {
    fn read(input: &Input<'_>) -> Option<Self> {
        let values = input.object()?.each(|values| values.list(parameter))?;
        Some(Self(values.into_iter().collect()))
    }
}

/// Parameters of a model, as texts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Wire for Params {
    fn read(input: &Input<'_>) -> Option<Self> {
        let params = input.object()?.each(parameter)?;
        Some(Self(params.into_iter().collect()))
    }
}

/// A parameter in Python's spelling: numbers, flags, texts and null.
fn parameter(input: &Input<'_>) -> Option<String> {
    match input.value() {
        Value::Null => Some("None".to_owned()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => input.fault("str type expected", "type_error.str"),
    }
}

impl TryFrom<CreateTrainingJob> for NewTrainingJob {
    type Error = domain::Error;

    fn try_from(wire: CreateTrainingJob) -> Result<Self, domain::Error> {
        let params = wire.params.map(|params| params.0).unwrap_or_default();
        let split = match (wire.split, wire.test_size, wire.random_state) {
            (Some(split), None, None) => DataSplit::Rows { train: split.train, test: split.test },
            (None, test_size, random_state) => DataSplit::Random {
                test_size: test_size.unwrap_or(0.2),
                random_state: random_state.unwrap_or(42).into(),
            },
            (Some(_), _, _) => {
                let told = "give either `split` or `test_size` and `random_state`, not both";
                return Err(domain::Error::Rule(told.to_owned()));
            }
        };
        let algorithm = Algorithm::from_params(wire.model, &params).map_err(|invalid| {
            domain::Error::Faults(vec![Fault::of_field("params", invalid.to_string(), "value_error")])
        })?;
        Ok(Self {
            experiment: match wire.experiment {
                Some(experiment) => experiment,
                None => ExperimentName::parse(DEFAULT_EXPERIMENT)?,
            },
            run_name: wire.run_name,
            dataset: wire.dataset,
            priority: wire.priority.unwrap_or_default(),
            time_limit_seconds: wire.time_limit,
            spec: TrainingSpec {
                transform: wire.transform.unwrap_or_default(),
                excluded: wire.excluded.unwrap_or_default(),
                task: wire.task,
                weight: wire.weight,
                expected: wire.expected.unwrap_or_default(),
                sweep: wire.sweep.map(Sweep::from),
                learning_curve: wire.learning_curve.unwrap_or_default(),
                cross_validation: CrossValidation {
                    folds: wire.folds.unwrap_or(CrossValidation::default().folds),
                    ..CrossValidation::default()
                },
                ..TrainingSpec::new(wire.target, algorithm).with_split(split)
            },
        })
    }
}

/// The job that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedTrainingJob {
    /// Its identifier.
    pub(crate) job_id: JobId,
}

/// Training jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrainingJobList {
    /// The newest first.
    training_jobs: Vec<TrainingJob>,
}

wire! {
    /// How many are listed.
    struct Listed {
        /// 1 to 1000; 100 if absent.
        optional limit: Option<u32> = |input| input.integer_within(1, LISTED.1),
    }
}

/// List training jobs
#[utoipa::path(
    get,
    path = "/api/v1/training-jobs",
    tag = "training",
    params(("limit" = Option<u32>, Query, description = "How many, 1 to 1000; 100 if absent", minimum = 1, maximum = 1000)),
    responses((status = 200, description = "The newest jobs", body = TrainingJobList), ReadProblems),
)]
pub(crate) async fn list_training_jobs(
    Op(ctx): Op,
    Query(listed): Query<Listed>,
) -> Result<Json<TrainingJobList>, Problem> {
    let limit = listed.limit.unwrap_or(LISTED.0);
    Ok(Json(TrainingJobList { training_jobs: training::list(&ctx, limit).await? }))
}

/// Train a model
///
/// The job waits for its turn; ask for its state under the address in `Location`, or follow it at `…/events`. Should a worker
/// die, the job is begun again, three times at most.
#[utoipa::path(
    post,
    path = "/api/v1/training-jobs",
    tag = "training",
    request_body = CreateTrainingJob,
    responses((status = 202, description = "Taken", body = CreatedTrainingJob), WriteProblems),
)]
pub(crate) async fn create_training_job(
    Op(ctx): Op,
    Body(wire): Body<CreateTrainingJob>,
) -> Result<impl IntoResponse, Problem> {
    let job = training::submit(&ctx, wire.try_into()?).await?;
    let location = [(header::LOCATION, format!("/api/v1/training-jobs/{}", job.status.id))];
    Ok((StatusCode::ACCEPTED, location, Json(CreatedTrainingJob { job_id: job.status.id })))
}

/// Get a training job
///
/// `run_id` is there from the moment that training begins; `error` says why a job failed.
#[utoipa::path(
    get,
    path = "/api/v1/training-jobs/{job_id}",
    tag = "training",
    params(("job_id" = JobId, Path, description = "Identifier of the job")),
    responses((status = 200, description = "The job", body = TrainingJob), ReadProblems),
)]
pub(crate) async fn get_training_job(
    Op(ctx): Op,
    Path(job_id): Path<JobId>,
) -> Result<Json<TrainingJob>, Problem> {
    Ok(Json(training::get(&ctx, &job_id).await?))
}
