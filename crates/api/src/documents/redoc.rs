//! `/redoc`: ReDoc, to read the document like a book.

use aide::redoc::Redoc;
use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use bytes::Bytes;
use domain::Engine;

use super::{asset, page};

/// ReDoc searches in a worker that it makes from a `blob:`, and writes `style` elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cuaderno API</title>
<link rel="icon" href="data:,">
<style>body { margin: 0 }</style>
</head>
<body>
<div id="redoc"></div>
<script src="/redoc/redoc.standalone.js" charset="utf-8"></script>
<script src="/redoc/start.js" charset="utf-8"></script>
</body>
</html>
"#;

/// Fonts of the system, because ReDoc's own come from elsewhere.
const START: &str = r#"const family = "system-ui, sans-serif";
Redoc.init("/openapi.json", {
    theme: { typography: { fontFamily: family, headings: { fontFamily: family }, code: { fontFamily: "ui-monospace, monospace" } } },
}, document.getElementById("redoc"));
"#;

/// The one picture that ReDoc would fetch from its makers' server.
const LOGO: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";

/// Stands for the picture: one transparent pixel.
const NO_LOGO: &str = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

/// The page and its files.
pub(super) fn routes() -> Router<Engine> {
    let bundle = Bytes::from(bundle());
    let show = async || page(POLICY, PAGE);
    Router::new()
        .route("/redoc", get(show))
        .route("/redoc/", get(show))
        .route("/redoc/redoc.standalone.js", get(async move || javascript(bundle)))
        .route("/redoc/start.js", get(async || javascript(Bytes::from_static(START.as_bytes()))))
}

fn javascript(content: Bytes) -> impl IntoResponse {
    asset("text/javascript; charset=utf-8".to_owned(), content)
}

/// ReDoc's script, taken out of the page into which `aide` puts it: a policy can allow a file, but not a script
/// within a page without naming its digest.
fn bundle() -> String {
    let html = Redoc::new("").html();
    let script = html.split_once("<script>").map_or("", |(_, script)| script);
    let bundle = script.rsplit_once("Redoc.init(").map_or(script, |(bundle, _)| bundle);
    let bundle = bundle.rsplit_once("//# sourceMappingURL=").map_or(bundle, |(bundle, _)| bundle);
    bundle.trim().replace(LOGO, NO_LOGO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_whole_and_asks_nobody() {
        let bundle = bundle();
        assert!(bundle.len() > 1_000_000, "{} bytes", bundle.len());
        assert!(bundle.starts_with("/*! For license information"));
        assert!(bundle.ends_with(';'), "{:?}", &bundle[bundle.len() - 40..]);
        assert!(bundle.contains(NO_LOGO));
        assert!(!bundle.contains("cdn.redoc.ly") && !bundle.contains("</script>"));
    }
}
