//! The one list of the door's endpoints.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, delete, get, patch, post};
use domain::Engine;

use super::artifacts::proxy;
use super::registry::versions;
use super::runs::{inputs, log};
use super::{artifacts, experiments, logged_models, metrics, registry, runs, server};

/// Prefixes under which every endpoint is served: that of programs, and its copy for MLflow's browser pages.
const PREFIXES: [&str; 2] = ["/api/", "/ajax-api/"];

/// Largest batch of metrics, params and tags, in bytes.
const BATCH_BODY_MAX: usize = 1_000_000;

/// Largest list of datasets, in bytes: the profile of one may have 16 MiB.
const INPUTS_BODY_MAX: usize = 24 * 1024 * 1024;

/// Routes that are added under all prefixes.
struct Endpoints(Router<Engine>);

impl Endpoints {
    /// Serves `path`, which begins with MLflow's version of its API, such as `2.0/mlflow/runs/get`.
    fn on(self, path: &str, methods: MethodRouter<Engine>) -> Self {
        let routes = PREFIXES
            .iter()
            .fold(self.0, |routes, prefix| routes.route(&format!("{prefix}{path}"), methods.clone()));
        Self(routes)
    }
}

/// All endpoints.
pub(crate) fn endpoints() -> Router<Engine> {
    let groups = [of_experiments, of_runs, of_logged_models, of_artifacts, of_registry];
    let endpoints = groups.into_iter().fold(Endpoints(Router::new()), |endpoints, group| group(endpoints));
    endpoints
        .on("3.0/mlflow/server-info", get(server::get_server_info))
        .0
        .route("/version", get(server::get_version))
        .route("/get-artifact", get(artifacts::get_artifact))
        .route("/model-versions/get-artifact", get(versions::get_artifact))
}

/// Experiments.
fn of_experiments(endpoints: Endpoints) -> Endpoints {
    endpoints
        .on("2.0/mlflow/experiments/create", post(experiments::create_experiment))
        .on("2.0/mlflow/experiments/get", get(experiments::get_experiment))
        .on("2.0/mlflow/experiments/get-by-name", get(experiments::get_experiment_by_name))
        .on(
            "2.0/mlflow/experiments/search",
            get(experiments::search_experiments).post(experiments::search_experiments),
        )
        .on("2.0/mlflow/experiments/update", post(experiments::update_experiment))
        .on("2.0/mlflow/experiments/delete", post(experiments::delete_experiment))
        .on("2.0/mlflow/experiments/restore", post(experiments::restore_experiment))
        .on("2.0/mlflow/experiments/set-experiment-tag", post(experiments::set_experiment_tag))
        .on("2.0/mlflow/experiments/delete-experiment-tag", post(experiments::delete_experiment_tag))
        .on("2.0/mlflow/experiments/search-datasets", post(experiments::search_datasets))
}

/// Runs and histories of metrics.
fn of_runs(endpoints: Endpoints) -> Endpoints {
    endpoints
        .on("2.0/mlflow/runs/create", post(runs::create_run))
        .on("2.0/mlflow/runs/get", get(runs::get_run))
        .on("2.0/mlflow/runs/update", post(runs::update_run))
        .on("2.0/mlflow/runs/delete", post(runs::delete_run))
        .on("2.0/mlflow/runs/restore", post(runs::restore_run))
        .on("2.0/mlflow/runs/search", post(runs::search_runs))
        .on("2.0/mlflow/runs/log-metric", post(log::log_metric))
        .on("2.0/mlflow/runs/log-parameter", post(log::log_param))
        .on("2.0/mlflow/runs/set-tag", post(log::set_tag))
        .on("2.0/mlflow/runs/delete-tag", post(log::delete_tag))
        .on("2.0/mlflow/runs/log-batch", post(log::log_batch).layer(DefaultBodyLimit::max(BATCH_BODY_MAX)))
        .on("2.0/mlflow/runs/log-model", post(log::log_model))
        .on(
            "2.0/mlflow/runs/log-inputs",
            post(inputs::log_inputs).layer(DefaultBodyLimit::max(INPUTS_BODY_MAX)),
        )
        .on("2.0/mlflow/runs/outputs", post(inputs::log_outputs))
        .on("2.0/mlflow/metrics/get-history", get(metrics::get_metric_history))
        .on("2.0/mlflow/metrics/get-history-bulk", get(metrics::get_metric_history_bulk))
        .on("2.0/mlflow/metrics/get-history-bulk-interval", get(metrics::get_metric_history_bulk_interval))
}

/// Logged models.
fn of_logged_models(endpoints: Endpoints) -> Endpoints {
    endpoints
        .on("2.0/mlflow/logged-models", post(logged_models::create_logged_model))
        .on("2.0/mlflow/logged-models/search", post(logged_models::search_logged_models))
        .on(
            "2.0/mlflow/logged-models/{model_id}",
            get(logged_models::get_logged_model)
                .patch(logged_models::finalize_logged_model)
                .delete(logged_models::delete_logged_model),
        )
        .on("2.0/mlflow/logged-models/{model_id}/params", post(logged_models::log_params))
        .on("2.0/mlflow/logged-models/{model_id}/tags", patch(logged_models::set_tags))
        .on("2.0/mlflow/logged-models/{model_id}/tags/{*key}", delete(logged_models::delete_tag))
        .on("2.0/mlflow/logged-models/{model_id}/artifacts/directories", get(logged_models::list_artifacts))
        .on("2.0/mlflow/logged-models/{model_id}/artifacts/files", get(logged_models::get_artifact))
}

/// Files.
fn of_artifacts(endpoints: Endpoints) -> Endpoints {
    endpoints
        .on("2.0/mlflow/artifacts/list", get(artifacts::list_artifacts))
        .on("2.0/mlflow/upload-artifact", post(artifacts::upload_artifact))
        .on("2.0/mlflow-artifacts/artifacts", get(proxy::list_artifacts))
        .on(
            "2.0/mlflow-artifacts/artifacts/{*path}",
            get(proxy::download_artifact).put(proxy::upload_artifact).delete(proxy::delete_artifact),
        )
        .on("2.0/mlflow-artifacts/mpu/create/{*path}", post(proxy::not_here))
        .on("2.0/mlflow-artifacts/mpu/complete/{*path}", post(proxy::not_here))
        .on("2.0/mlflow-artifacts/mpu/abort/{*path}", post(proxy::not_here))
        .on("2.0/mlflow-artifacts/presigned/{*path}", get(proxy::not_here))
}

/// Registered models and their versions.
fn of_registry(endpoints: Endpoints) -> Endpoints {
    endpoints
        .on("2.0/mlflow/registered-models/create", post(registry::create_registered_model))
        .on("2.0/mlflow/registered-models/get", get(registry::get_registered_model))
        .on("2.0/mlflow/registered-models/update", patch(registry::update_registered_model))
        .on("2.0/mlflow/registered-models/rename", post(registry::rename_registered_model))
        .on("2.0/mlflow/registered-models/delete", delete(registry::delete_registered_model))
        .on("2.0/mlflow/registered-models/search", get(registry::search_registered_models))
        .on(
            "2.0/mlflow/registered-models/get-latest-versions",
            get(versions::get_latest_versions).post(versions::get_latest_versions),
        )
        .on("2.0/mlflow/registered-models/set-tag", post(registry::set_tag))
        .on("2.0/mlflow/registered-models/delete-tag", delete(registry::delete_tag))
        .on(
            "2.0/mlflow/registered-models/alias",
            get(registry::get_by_alias).post(registry::set_alias).delete(registry::delete_alias),
        )
        .on("2.0/mlflow/model-versions/create", post(versions::create_version))
        .on("2.0/mlflow/model-versions/get", get(versions::get_version))
        .on("2.0/mlflow/model-versions/update", patch(versions::update_version))
        .on("2.0/mlflow/model-versions/delete", delete(versions::delete_version))
        .on("2.0/mlflow/model-versions/transition-stage", post(versions::transition_stage))
        .on("2.0/mlflow/model-versions/search", get(versions::search_versions))
        .on("2.0/mlflow/model-versions/get-download-uri", get(versions::get_download_uri))
        .on("2.0/mlflow/model-versions/set-tag", post(versions::set_tag))
        .on("2.0/mlflow/model-versions/delete-tag", delete(versions::delete_tag))
}
