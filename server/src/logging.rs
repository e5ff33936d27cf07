//! Log lines on standard error.

use std::io::{IsTerminal, stderr};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging. A server tells what it does; other commands speak up only when something is wrong.
pub(crate) fn start(config: &LogConfig, verbose: u8, is_server: bool) {
    let level = match (verbose, is_server) {
        (0, false) => LevelFilter::WARN,
        (0, true) | (1, false) => LevelFilter::INFO,
        (1, true) | (2, _) => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let text = match &config.log_filter {
        Some(filter) if verbose == 0 => filter.clone(),
        // The database driver logs every statement, which only the last level asks for.
        _ if verbose < 3 => format!("{level},sqlx=warn,hyper=info"),
        _ => level.to_string(),
    };
    let filter = EnvFilter::builder().with_default_directive(level.into()).parse_lossy(text);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // Fails only if logging was started before.
    let _ = match config.log_format {
        LogFormat::Text => builder.with_ansi(stderr().is_terminal()).with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
