//! Makes sure that a changed site ends up in the release binary.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Debug builds read the site from disk when it is asked for; only optimised ones embed it.
    let is_debug = std::env::var_os("PROFILE").is_some_and(|profile| profile == "debug");
    if !is_debug {
        let site = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site"));
        // A path that does not exist counts as changed every time, so the folder is made if need be.
        if site.is_dir() || std::fs::create_dir_all(site).is_ok() {
            println!("cargo:rerun-if-changed={}", site.display());
        }
    }
}
