//! What runs in the browser: it takes over the page that the server has rendered.
#![warn(missing_docs)]
// A page is one type, as deep as its markup.
#![recursion_limit = "512"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Makes the page interactive. The script that the server puts into every page calls this, once.
#[wasm_bindgen]
pub fn hydrate() {
    app::report_panics();
    leptos::mount::hydrate_body(app::App);
    app::mark_hydrated();
}
