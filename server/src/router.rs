//! The one place where the doors are put side by side.

use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use domain::Engine;
use http::{Method, StatusCode, Uri, header};
use leptos::config::{Env, LeptosOptions};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use tower::service_fn;

use crate::http::{Policy, protect};
use crate::site;

/// Everything that the server answers.
pub(crate) fn router(engine: Engine, policy: Policy) -> Router {
    let options = LeptosOptions::builder()
        .output_name(site::OUTPUT_NAME)
        .site_pkg_dir(site::PACKAGE_ADDRESS.as_str())
        .env(Env::PROD)
        .build();
    let provide_engine = {
        let engine = engine.clone();
        move || provide_context(engine.clone())
    };
    let page = {
        let options = options.clone();
        move || app::shell(options.clone())
    };

    let pages = Router::new()
        .leptos_routes_with_context(
            &options,
            generate_route_list(app::App),
            provide_engine.clone(),
            page.clone(),
        )
        .with_state(options.clone());
    let unknown_page = leptos_axum::render_app_async_with_context(
        move || {
            provide_context(options.clone());
            provide_engine();
        },
        page,
    );
    let unknown = service_fn(move |request: Request| {
        let unknown_page = unknown_page.clone();
        async move { Ok::<_, Infallible>(answer_unknown(request, unknown_page).await) }
    });
    protect(pages.merge(api::router(engine)).fallback_service(unknown), policy)
}

/// A file of the site, or "not found" in the dialect of whoever asks.
async fn answer_unknown<F>(request: Request, page: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads && let Some(file) = site::answer(path, request.headers()) {
        return file;
    }
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if !reads || !api::wants_page(path, accept) {
        return api::not_found(path, accept);
    }
    if let Some(address) = without_slash(request.uri()) {
        return Redirect::permanent(&address).into_response();
    }
    let mut response = page(request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// The address of a page that was asked for with a slash behind it; `None` for any other.
fn without_slash(uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/')?;
    // `//host` and `/\host` would lead to another machine.
    let is_ours = path.len() > 1 && path.starts_with('/') && !path[1..].starts_with(['/', '\\']);
    if !is_ours || path.ends_with('/') {
        return None;
    }
    Some(uri.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_lose_their_slash() {
        let without = |address: &str| without_slash(&address.parse().unwrap());
        assert_eq!(without("/value/").as_deref(), Some("/value"));
        assert_eq!(without("/es/valorar/?marca=Kia").as_deref(), Some("/es/valorar?marca=Kia"));
        for address in ["/", "/value", "//host/", "//host//", "/value//", "/a//"] {
            assert_eq!(without(address), None, "{address}");
        }
    }
}
