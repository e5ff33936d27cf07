//! The doors of models that answer by name: MLflow's scoring protocol and the Open Inference Protocol.
//!
//! Both translate what is asked into [`domain::scoring::Input`] and answer in their own dialect.

mod body;
mod inference;
mod invocations;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use domain::Engine;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest body, in bytes: about ten thousand rows.
const BODY_MAX: usize = 2 * 1024 * 1024;

/// The operations with their documents.
pub(crate) fn operations() -> OpenApiRouter<Engine> {
    OpenApiRouter::new()
        .routes(routes!(invocations::invoke_default))
        .routes(routes!(invocations::invoke))
        .routes(routes!(inference::get_server))
        .routes(routes!(inference::get_model))
        .routes(routes!(inference::is_model_ready))
        .routes(routes!(inference::infer))
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Addresses at which only machines knock, outside the document.
pub(crate) fn probes() -> Router<Engine> {
    Router::new()
        .route("/ping", get(invocations::ping))
        .route("/v2/health/live", get(inference::is_live))
        .route("/v2/health/ready", get(inference::is_ready))
}
