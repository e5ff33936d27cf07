//! Answers only under names that are ours, so that a foreign web page cannot reach this server by pointing
//! its own name at it (DNS rebinding).

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{StatusCode, header};

use super::{Door, Ends, Policy, refuse};

/// Demands exactly one `Host`, equal to the authority of the request target, with a name that is ours.
pub(crate) async fn check(State(policy): State<Arc<Policy>>, request: Request, next: Next) -> Response {
    let local = request.extensions().get::<Ends>().map(|ends| ends.local.ip());
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = match (hosts.next().map(|host| host.to_str()), hosts.next()) {
        (Some(Ok(host)), None) if !host.is_empty() => host,
        _ => {
            return refuse(
                Door::of(&request),
                StatusCode::BAD_REQUEST,
                "the request needs exactly one Host header",
            );
        }
    };
    if request.uri().authority().is_some_and(|authority| normalised(authority.as_str()) != normalised(host)) {
        let message = "the request target and the Host header name different servers";
        return refuse(Door::of(&request), StatusCode::BAD_REQUEST, message);
    }
    if !is_ours(host, local, &policy.allowed_hosts) {
        let shown: String = host.chars().take(255).collect();
        let message = format!(
            "the host `{shown}` is not allowed; if it is yours, start the server with --allowed-host {}",
            name_of(&normalised(&shown))
        );
        return refuse(Door::of(&request), StatusCode::FORBIDDEN, &message);
    }
    next.run(request).await
}

/// Lower case, without a dot at the end of the name.
pub(super) fn normalised(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    let name = name_of(&host);
    format!("{}{}", name.strip_suffix('.').unwrap_or(name), &host[name.len()..])
}

/// The part before the port; the brackets of IPv6 addresses stay.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

/// Ports are not compared: a forwarded port is a usual way to reach a server, and a page of another program on
/// this machine is stopped as cross-origin.
fn is_ours(host: &str, local: Option<IpAddr>, allowed: &[String]) -> bool {
    let host = normalised(host);
    let name = name_of(&host);
    if name == "localhost" || allowed.iter().any(|entry| *entry == host || *entry == name) {
        return true;
    }
    // Addresses, unlike names, cannot be pointed elsewhere; the one that the client connected to is ours.
    let address =
        name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name).parse::<IpAddr>();
    address.is_ok_and(|address| {
        address.is_loopback() || local.is_some_and(|local| local.to_canonical() == address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_own_addresses_and_the_list_are_ours() {
        let local = "192.168.1.5".parse().ok();
        let allowed = ["shop.example".to_owned(), "other.example:8443".to_owned()];
        for host in [
            "localhost",
            "LOCALHOST.:5000",
            "127.0.0.1:5000",
            "[::1]:8000",
            "127.0.0.2",
            "192.168.1.5:5000",
            "shop.example",
            "Shop.Example:99",
            "other.example:8443",
        ] {
            assert!(is_ours(host, local, &allowed), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "10.evil.example",
            "192.168.1.6",
            "localhost.evil.example",
            "other.example",
            "notshop.example",
            "shop.example.evil",
            "localhost:x",
            "",
            ":5000",
            "[::2]",
            "127.1",
        ] {
            assert!(!is_ours(host, local, &allowed), "{host}");
        }
    }
}
