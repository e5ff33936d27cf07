//! Everything between a socket and a handler: connections, and what is checked on every request.

mod body_limit;
pub(crate) mod connections;
mod cors;
mod csrf;
mod door;
mod error_body;
mod headers;
mod host;
pub(crate) mod listeners;
mod panics;
mod request_id;
mod stall;
mod target;
mod time_limit;
mod trace;
mod uploads;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

pub(crate) use door::{Door, refuse};

use crate::config::HttpConfig;

/// Whom the server answers.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Names beside loopback names and own addresses; lower case, with or without a port.
    allowed_hosts: Vec<String>,
    /// Foreign origins that may call the JSON API.
    cors_origins: Vec<String>,
}

impl Policy {
    /// Takes the lists of the settings, in the form in which they are compared.
    pub(crate) fn new(config: &HttpConfig) -> Self {
        let allowed_hosts = config.allowed_host.iter().map(|host| host::normalised(host)).collect();
        let cors_origins = config.cors_origin.iter().map(|origin| cors::normalised(origin)).collect();
        Self { allowed_hosts, cors_origins }
    }

    fn allows_origin(&self, origin: &str) -> bool {
        self.cors_origins.iter().any(|allowed| allowed == origin)
    }
}

/// The two ends of a connection; every request carries it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    /// Our address.
    pub(crate) local: SocketAddr,
    /// The client's address.
    pub(crate) peer: SocketAddr,
}

/// Puts the checks around the routes; the last one here is the first that a request meets.
pub(crate) fn protect(router: Router, policy: Policy) -> Router {
    let policy = Arc::new(policy);
    router
        .layer(from_fn(time_limit::enforce))
        .layer(from_fn(body_limit::enforce))
        .layer(from_fn_with_state(policy.clone(), csrf::check))
        .layer(from_fn_with_state(policy.clone(), cors::answer))
        .layer(from_fn(error_body::fill))
        .layer(from_fn(target::check))
        .layer(from_fn_with_state(policy, host::check))
        .layer(from_fn(panics::catch))
        .layer(from_fn(headers::add))
        .layer(from_fn(trace::record))
        .layer(from_fn(request_id::assign))
}
