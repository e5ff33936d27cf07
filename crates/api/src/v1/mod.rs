//! The JSON door: the tutorial's addresses and `/api/v1`.
//!
//! [`operations`] is the one list of its routes; the OpenAPI document is made from the same list.

mod artifacts;
mod datasets;
mod error;
mod experiments;
mod fields;
mod models;
mod op;
mod runs;
mod training_jobs;
mod valuation;

use axum::extract::DefaultBodyLimit;
use domain::Engine;
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

pub(crate) use error::{Detail, finish};
pub(crate) use op::Path;

/// What the OpenAPI document says besides the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Cuaderno",
        description = "Valuation of used cars, experiment tracking, training and the model registry.\n\n\
            Times are milliseconds since 1970-01-01 UTC. Errors are `{\"detail\": …}`: a list of faults with \
            status 422, a sentence with any other status. Sentences follow `Accept-Language` (`es`, `en`).",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    tags(
        (name = "valuation", description = "What is this car worth?"),
        (name = "experiments", description = "Folders of runs that share a question"),
        (name = "runs", description = "One training or evaluation each: params, metrics, tags, files"),
        (name = "models", description = "The model registry; `champion` of `automoviles` answers `/predict`"),
        (name = "datasets", description = "Tables that models are trained on: what they hold, and what may be wrong with it"),
        (name = "serving", description = "Models that answer by name: MLflow's scoring and the Open Inference Protocol"),
        (name = "training", description = "Training on a stored dataset, in the background"),
    ),
    components(schemas(error::Detail, error::Faults)),
)]
struct Document;

/// All operations of this door, with their documents.
pub(crate) fn operations() -> OpenApiRouter<Engine> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(valuation::predict))
        .routes(routes!(valuation::get_health))
        .routes(routes!(valuation::get_model_info))
        .routes(routes!(experiments::list_experiments, experiments::create_experiment))
        .routes(routes!(experiments::get_experiment))
        .routes(routes!(experiments::set_goal))
        .routes(routes!(runs::create_run))
        .routes(routes!(runs::search::search_runs))
        .routes(routes!(runs::get_run, runs::update_run))
        .routes(routes!(runs::evaluation::get_evaluation))
        .routes(routes!(runs::evaluation::compare_runs))
        .routes(routes!(runs::log::log_metrics))
        .routes(routes!(runs::log::get_metric_history))
        .routes(routes!(runs::log::log_params))
        .routes(routes!(runs::log::set_tags))
        .routes(routes!(artifacts::list_artifacts))
        .routes(routes!(artifacts::download_artifact))
        .routes(routes!(models::list_models))
        .routes(routes!(models::get_model))
        .routes(routes!(models::promote))
        .routes(routes!(models::set_alias))
        .routes(
            routes!(training_jobs::list_training_jobs, training_jobs::create_training_job)
                .layer(DefaultBodyLimit::max(training_jobs::BODY_MAX)),
        )
        .routes(routes!(training_jobs::get_training_job))
        .routes(routes!(datasets::list_datasets))
        .routes(routes!(datasets::upload_dataset).layer(DefaultBodyLimit::max(datasets::BODY_MAX)))
        .routes(routes!(datasets::get_dataset, datasets::update_dataset))
        .routes(routes!(datasets::list_dataset_versions))
        .routes(routes!(datasets::get_dataset_rows))
        .routes(routes!(datasets::get_dataset_profile))
        .routes(routes!(datasets::get_dataset_check_up))
        .routes(routes!(datasets::get_dataset_lineage))
        .routes(routes!(datasets::download_dataset))
        .merge(crate::scoring::operations())
        .layer(DefaultBodyLimit::max(op::BODY_MAX))
}
