//! Accepts connections, bounds them, and lets them end well.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use tracing::{debug, warn};

use super::Ends;
use super::stall::{Activity, Watched};

/// Time to send the headers of a request; also how long a kept connection may wait for the next request.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// Most headers of a request.
const HEADERS_MAX: usize = 64;

/// Largest head of a request, and what hyper reads ahead, in bytes.
const HEAD_BYTES: usize = 32 * 1024;

/// Most connections at the same time.
const CONNECTIONS_MAX: usize = 1024;

/// Most connections of one address that is not loopback.
const CONNECTIONS_PER_ADDRESS: usize = 64;

/// File descriptors that are left to the database, artifacts and logs.
const SPARE_DESCRIPTORS: usize = 128;

/// How long an evicted connection gets to be gone before another one is evicted.
const EVICTION_TIME: Duration = Duration::from_millis(50);

/// How long running requests may take after a stop was asked for.
const DRAIN_TIME: Duration = Duration::from_secs(25);

/// Serves until `stop` is cancelled; then lets running requests end, at most [`DRAIN_TIME`] long.
pub(crate) async fn serve(listeners: Vec<TcpListener>, router: Router, stop: CancellationToken) {
    let server = Arc::new(Server {
        router,
        stop: stop.clone(),
        cut: CancellationToken::new(),
        tasks: TaskTracker::new(),
        open: Mutex::default(),
        slots: Arc::new(Semaphore::new(connections_max())),
    });
    let loops: Vec<_> =
        listeners.into_iter().map(|listener| tokio::spawn(server.clone().accept(listener))).collect();
    for accepting in loops {
        // An accept loop ends when `stop` is cancelled; it has no other way out.
        let _ = accepting.await;
    }
    server.tasks.close();
    if timeout(DRAIN_TIME, server.tasks.wait()).await.is_err() {
        warn!(connections = server.tasks.len(), "cutting connections that did not end in time");
        server.cut.cancel();
        server.tasks.wait().await;
    }
}

/// [`CONNECTIONS_MAX`], or what the limit on open files leaves.
fn connections_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let descriptors = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
        .unwrap_or(CONNECTIONS_MAX);
    CONNECTIONS_MAX.min(descriptors.saturating_sub(SPARE_DESCRIPTORS)).max(16)
}

struct Server {
    router: Router,
    stop: CancellationToken,
    /// Ends connections at once.
    cut: CancellationToken,
    tasks: TaskTracker,
    open: Mutex<Open>,
    /// One permit for each connection; it comes back when the socket is closed.
    slots: Arc<Semaphore>,
}

#[derive(Default)]
struct Open {
    next_id: u64,
    connections: HashMap<u64, Entry>,
}

struct Entry {
    address: IpAddr,
    activity: Arc<Activity>,
    evict: CancellationToken,
}

/// A place among the open connections; leaving it is dropping it.
struct Place {
    server: Arc<Server>,
    id: u64,
    activity: Arc<Activity>,
    evict: CancellationToken,
    _slot: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.server.open().connections.remove(&self.id);
    }
}

impl Server {
    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let address = peer.ip().to_canonical();
                    if self.has_enough(address) {
                        debug!(client.ip = %address, "refused a connection: this address has enough");
                        continue;
                    }
                    let slot = tokio::select! {
                        () = self.stop.cancelled() => return,
                        slot = self.slot() => slot,
                    };
                    if let Some(slot) = slot {
                        let place = self.take_place(address, slot);
                        self.tasks.spawn(connection(stream, peer, place));
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    // Out of descriptors or memory: waiting helps, spinning does not.
                    warn!(error = &error as &dyn std::error::Error, "cannot accept connections");
                    sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Whether an address has as many connections as one may have. Programs on this machine may have all.
    fn has_enough(&self, address: IpAddr) -> bool {
        let is_of_address = |entry: &&Entry| entry.address == address;
        !address.is_loopback()
            && self.open().connections.values().filter(is_of_address).count() >= CONNECTIONS_PER_ADDRESS
    }

    /// Waits for a free slot; the connection that has been idle for longest makes room.
    async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            if let Ok(slot) = self.slots.clone().try_acquire_owned() {
                return Some(slot);
            }
            self.evict_idlest();
            if let Ok(slot) = timeout(EVICTION_TIME, self.slots.clone().acquire_owned()).await {
                return slot.ok();
            }
        }
    }

    fn evict_idlest(&self) {
        let open = self.open();
        let entries = open.connections.values().filter(|entry| !entry.evict.is_cancelled());
        let idlest = entries
            .filter_map(|entry| Some((entry.activity.idle_for()?, entry)))
            .max_by_key(|(idle, _)| *idle);
        if let Some((_, entry)) = idlest {
            entry.evict.cancel();
        }
    }

    fn take_place(self: &Arc<Self>, address: IpAddr, slot: OwnedSemaphorePermit) -> Place {
        let (activity, evict) = (Arc::new(Activity::new()), CancellationToken::new());
        let mut open = self.open();
        let id = open.next_id;
        open.next_id += 1;
        open.connections.insert(id, Entry { address, activity: activity.clone(), evict: evict.clone() });
        Place { server: self.clone(), id, activity, evict, _slot: slot }
    }
}

/// Whether the failure concerns only the connection that was to be accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn connection(stream: TcpStream, peer: SocketAddr, place: Place) {
    let Ok(local) = stream.local_addr() else { return };
    // Answers are written in one piece; waiting for more would only delay them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let (server, activity) = (&place.server, &place.activity);
    let service = service_fn(|mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Ends { local, peer });
        request.extensions_mut().insert(api::Peer(peer.ip()));
        let in_flight = activity.begin_request();
        let router = server.router.clone();
        async move {
            let response = router.oneshot(request).await;
            drop(in_flight);
            response
        }
    });
    let io = TokioIo::new(Watched::new(stream, activity.clone()));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME)
            .max_headers(HEADERS_MAX)
            .max_header_size(HEAD_BYTES)
            .max_buf_size(2 * HEAD_BYTES)
            .serve_connection(io, service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = place.evict.cancelled() => return,
        () = server.stop.cancelled() => {
            if activity.is_silent() {
                return;
            }
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                () = server.cut.cancelled() => return,
            }
        }
    };
    if let Err(error) = ended {
        debug!(client.ip = %peer.ip(), error = &error as &dyn std::error::Error, "a connection ended badly");
    }
}
