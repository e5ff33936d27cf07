//! Which addresses the server listens on.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tracing::warn;

use crate::config::{HttpConfig, ListenAddress};

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// Accounts do not exist yet, so whoever reaches the server may do everything.
    #[error(
        "`{0}` can be reached from other machines, and everybody who reaches the server may do everything, \
         because there are no accounts yet. Listen on a loopback address such as 127.0.0.1:5000, or accept it \
         with --insecure-no-auth"
    )]
    BeyondLoopback(SocketAddr),

    #[error("cannot listen on `{address}`: {error}. Choose another address with --listen")]
    Taken { address: SocketAddr, error: io::Error },

    #[error(
        "cannot listen on 127.0.0.1:5000 ({first}) nor on 127.0.0.1:8000 ({second}). Choose an address with --listen"
    )]
    BothTaken { first: io::Error, second: io::Error },
}

/// Opens the sockets: all that were asked for, or at least one of the two defaults.
///
/// # Errors
///
/// Says which address cannot be used, why, and what to do.
pub(crate) async fn bind(config: &HttpConfig) -> Result<Vec<TcpListener>, ListenError> {
    if config.listen.is_empty() {
        return bind_defaults().await;
    }
    let mut listeners = Vec::new();
    for ListenAddress(address) in config.listen.iter().copied() {
        if !address.ip().to_canonical().is_loopback() && !config.insecure_no_auth {
            return Err(ListenError::BeyondLoopback(address));
        }
        let listener =
            TcpListener::bind(address).await.map_err(|error| ListenError::Taken { address, error })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

async fn bind_defaults() -> Result<Vec<TcpListener>, ListenError> {
    let [first, second] = ListenAddress::DEFAULTS;
    match (TcpListener::bind(first.0).await, TcpListener::bind(second.0).await) {
        (Ok(first), Ok(second)) => Ok(vec![first, second]),
        (Err(error), Ok(free)) => {
            warn!("{first} is taken ({error}); listening on {second} only");
            Ok(vec![free])
        }
        (Ok(free), Err(error)) => {
            warn!("{second} is taken ({error}); listening on {first} only");
            Ok(vec![free])
        }
        (Err(first), Err(second)) => Err(ListenError::BothTaken { first, second }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(listen: &str, insecure_no_auth: bool) -> HttpConfig {
        HttpConfig { listen: vec![listen.parse().unwrap()], insecure_no_auth, ..HttpConfig::default() }
    }

    #[tokio::test]
    async fn other_machines_are_let_in_only_on_purpose() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            let refused = bind(&config(address, false)).await.unwrap_err();
            assert!(matches!(refused, ListenError::BeyondLoopback(_)), "{address}");
        }
        assert!(bind(&config("0.0.0.0:0", true)).await.is_ok());
        assert!(bind(&config("127.0.0.1:0", false)).await.is_ok());
    }

    #[tokio::test]
    async fn an_address_that_was_asked_for_must_be_free() {
        let taken = bind(&config("127.0.0.1:0", false)).await.unwrap();
        let address = taken[0].local_addr().unwrap().to_string();
        assert!(matches!(bind(&config(&address, false)).await.unwrap_err(), ListenError::Taken { .. }));
    }
}
