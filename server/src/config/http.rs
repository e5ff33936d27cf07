//! How the server listens and whom it answers.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How the server listens and whom it answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct HttpConfig {
    /// Addresses to listen on; `127.0.0.1:5000` and `127.0.0.1:8000` if none is given.
    #[serde(deserialize_with = "super::list")]
    pub(crate) listen: Vec<ListenAddress>,

    /// Names under which browsers may reach the server, beside loopback names and the addresses that it
    /// listens on; `name` for every port or `name:port`.
    #[serde(deserialize_with = "super::list")]
    pub(crate) allowed_host: Vec<String>,

    /// Origins of web pages that may call the JSON API, such as `https://shop.example`; none by default.
    #[serde(deserialize_with = "super::list")]
    pub(crate) cors_origin: Vec<String>,

    /// Listen beyond loopback although everybody who reaches the server may do everything.
    pub(crate) insecure_no_auth: bool,
}

/// An address with a port; `localhost` stands for `127.0.0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub(crate) struct ListenAddress(pub(crate) SocketAddr);

impl ListenAddress {
    /// The two addresses of the tutorial that this program answers to.
    pub(crate) const DEFAULTS: [Self; 2] = [Self::loopback(5000), Self::loopback(8000)];

    const fn loopback(port: u16) -> Self {
        Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    }
}

/// Why a text is no address.
#[derive(Debug, thiserror::Error)]
#[error("is not an address with a port, such as `127.0.0.1:5000` or `[::1]:5000`")]
pub(crate) struct NotAnAddress;

impl FromStr for ListenAddress {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        match text.strip_prefix("localhost:") {
            Some(port) => port.parse().map(Self::loopback).map_err(|_| NotAnAddress),
            None => text.parse().map(Self).map_err(|_| NotAnAddress),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<ListenAddress> for String {
    fn from(address: ListenAddress) -> Self {
        address.to_string()
    }
}
