//! The pages of Cuaderno, their islands, and the server functions behind them.
//!
//! The server draws every page; all of it reads and every form works without JavaScript. What moves is an
//! island: it is drawn on the server (feature `ssr`), too, and taken over in the browser (feature `hydrate`).
//! Pages and components are not compiled for the browser at all.
// A page is one type, as deep as its markup.
#![recursion_limit = "512"]

pub mod address;
pub mod car_form;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod context;
#[cfg(feature = "ssr")]
pub mod dataset_form;
pub mod error;
pub mod i18n;
pub mod islands;
pub mod number_format;
pub mod page_json;
#[cfg(feature = "ssr")]
pub mod pages;
pub mod query;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod runs_view;
pub mod server_fns;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod training_form;

#[cfg(feature = "ssr")]
pub use crate::routes::App;
#[cfg(feature = "ssr")]
pub use crate::shell::shell;

/// Lets the console say where a panic came from. Called before anything else can panic.
#[cfg(feature = "hydrate")]
pub fn report_panics() {
    console_error_panic_hook::set_once();
}
