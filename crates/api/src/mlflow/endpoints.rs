//! The one list of the door's endpoints.

use axum::Router;
use axum::routing::{MethodRouter, get, post};
use domain::Engine;

use super::experiments;

/// Prefixes under which every endpoint is served: that of programs, and its copy for MLflow's browser pages.
const PREFIXES: [&str; 2] = ["/api/", "/ajax-api/"];

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
    Endpoints(Router::new())
        .on("2.0/mlflow/experiments/create", post(experiments::create_experiment))
        .on("2.0/mlflow/experiments/get", get(experiments::get_experiment))
        .on("2.0/mlflow/experiments/get-by-name", get(experiments::get_experiment_by_name))
        .0
}
