//! The edge of `acd`: HTTP for residents and for machines that watch, beside the server and never
//! in its way.
//!
//! **The edge is a client of the server like any other.** It has threads of its own, asks over the
//! socket, and when it is slow or gone nobody else notices. So it may also run as a process of its
//! own, or several times.

mod bridge;
mod door;
mod health;
mod link;
mod listen;
mod metrics;
pub mod open311;
mod pages;
mod rpc;

use std::future::Future;
use std::sync::Arc;

use acd_proto::Address;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use self::door::Door;
pub use self::door::Front;
use self::link::Link;
use self::metrics::Metrics;

/// What the edge runs with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub core: Address,
    /// The secret of a monitor; the server's own user needs none over a Unix socket.
    pub monitor_token: Option<String>,
    /// The secret of the residents' door, a front end of name `web`.
    pub front_end_token: Option<String>,
    /// What residents may do; nothing where none is given.
    pub front: Option<Front>,
    /// Connections at once.
    pub connections: usize,
}

impl Settings {
    /// For the server at that address, as its own user, with 20,000 connections.
    pub const fn new(core: Address) -> Self {
        Self { core, monitor_token: None, front_end_token: None, front: None, connections: 20_000 }
    }
}

/// What every handler can reach.
#[derive(Debug)]
struct Edge {
    monitor: Link,
    metrics: Metrics,
    door: Option<Arc<Door>>,
}

/// Answers until `shutdown`. To be called in a tokio runtime that the server's core is not in.
pub async fn run(
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let monitor = Link::monitor(settings.core.clone(), settings.monitor_token.clone());
    let door = settings.front.clone().map(|front| Door::open(&settings, front));
    let metrics = Metrics::default();
    let edge = Arc::new(Edge { monitor, metrics, door: door.clone() });
    let mut router = Router::new()
        .route("/metrics", get(metrics::answer))
        .route("/healthz", get(health::lives))
        .route("/readyz", get(health::is_ready))
        .with_state(edge);
    if let Some(door) = door {
        let bridge = Router::new().route("/ws", get(bridge::open)).route("/rpc", post(rpc::ask));
        let bridge = bridge.layer(DefaultBodyLimit::max(bridge::FRAME_BYTES_MAX));
        let bridge = bridge.with_state((Arc::clone(&door), settings.core.clone()));
        router = router.merge(door.routes()).merge(pages::routes()).merge(bridge);
    }
    tokio::select! {
        () = listen::serve(listener, router, settings.connections) => {}
        () = shutdown => {}
    }
}
