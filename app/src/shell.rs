//! The HTML document around the application.

use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

use crate::App;
use crate::context::set_cookie;
use crate::i18n::{Language, provide_language, use_language};
use crate::islands::Theme;

/// The document. Sets the content security policy of the answer, with the nonce of its scripts.
///
/// `options.site_pkg_dir` is the address of the folder with `cuaderno.js`, `.wasm` and `.css`.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    set_content_security_policy();
    provide_language();
    let language = use_language();
    if language == Language::Es {
        // Whoever has read Spanish pages knows that they exist; the start page offers them no more.
        set_cookie("language", language.tag());
    }
    let theme = Theme::of_request();
    let stylesheet = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);

    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=theme.attribute()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=theme.color_scheme()/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=stylesheet/>
                <AutoReload options=options.clone()/>
                <Islands options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The script that brings islands to life. It runs when the document is there, and loads the front end only for
/// a page that has an island; Leptos' own script would load it for every page, and walk through all of it.
#[component]
fn Islands(
    /// Where the front end is.
    options: LeptosOptions,
) -> impl IntoView {
    // What an island needs is among its own attributes; nothing else of the page is drawn again in the browser.
    if let Some(shared) = Owner::current_shared_context() {
        shared.set_is_hydrating(false);
    }
    let base = format!("/{}/{}", options.site_pkg_dir, options.output_name);
    let script = format!("const base = {base:?};\n{}", include_str!("islands.js"));
    view! { <script type="module" nonce=use_nonce()>{script}</script> }
}

/// Allows what the pages need and nothing else: their own files, and scripts that carry this answer's nonce.
fn set_content_security_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}
