//! What runs in the browser: it takes over the islands of the page that the server has drawn.
#![warn(missing_docs)]

use wasm_bindgen::prelude::wasm_bindgen;

/// Prepares for the islands. The script that the server puts into every page calls this, once, and then each
/// island's own function.
#[wasm_bindgen]
pub fn hydrate() {
    app::report_panics();
    leptos::mount::hydrate_islands();
}
