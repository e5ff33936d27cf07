//! `/docs`: Swagger UI, to read the document and try it out.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use domain::Engine;
use http::Uri;
use utoipa_swagger_ui::Config;

use super::{DOCUMENT, asset, page};
use crate::fallback;

/// Swagger UI writes `style` attributes and draws its icons from `data:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cuaderno API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/index.css">
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png" sizes="32x32">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js" charset="utf-8"></script>
<script src="/docs/swagger-ui-standalone-preset.js" charset="utf-8"></script>
<script src="/docs/swagger-initializer.js" charset="utf-8"></script>
</body>
</html>
"#;

/// The page and its files.
pub(super) fn routes() -> Router<Engine> {
    // The validator badge would ask a server of Swagger's makers.
    let config = Config::new([DOCUMENT])
        .use_base_layout()
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    let config = Arc::new(config);
    let show = async || page(POLICY, PAGE);
    Router::new()
        .route("/docs", get(show))
        .route("/docs/", get(show))
        .route("/docs/{*file}", get(async move |uri: Uri| serve(uri.path(), config)))
}

fn serve(path: &str, config: Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(path.trim_start_matches("/docs/"), config) {
        Ok(Some(found)) => {
            let content = match found.bytes {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            asset(found.content_type, content).into_response()
        }
        Ok(None) => fallback::not_found(path, None),
        Err(error) => {
            tracing::error!(error = &*error, "a file of Swagger UI cannot be served");
            fallback::not_found(path, None)
        }
    }
}
