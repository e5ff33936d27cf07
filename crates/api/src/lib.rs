#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod documents;
mod download;
mod fallback;
mod mlflow;
mod scoring;
mod v1;

use axum::Router;
use axum::middleware;
use axum::routing::any;
use domain::Engine;

pub use fallback::{method_not_allowed, not_found, wants_page};

/// All routes for programs, ready to be merged with others.
///
/// The router has no fallback of its own: answer what it does not know with [`not_found`].
pub fn router(engine: Engine) -> Router {
    let (operations, document) = v1::operations().split_for_parts();
    Router::new()
        .merge(operations)
        .merge(documents::routes(document))
        .merge(mlflow::endpoints())
        .merge(scoring::probes())
        .route("/api/{*rest}", any(fallback::unknown))
        .route("/ajax-api/{*rest}", any(fallback::unknown))
        .method_not_allowed_fallback(fallback::wrong_method)
        .layer(middleware::from_fn(v1::finish))
        .with_state(engine)
}
