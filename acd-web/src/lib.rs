//! The edge of `acd`: HTTP for machines that watch the server, beside it and never in its way.
//!
//! **The edge is a client of the server like any other.** It has threads of its own, asks over the
//! socket, and when it is slow or gone nobody else notices. So it may also run as a process of its
//! own, or several times.

mod health;
mod link;
mod listen;
mod metrics;

use std::future::Future;
use std::sync::Arc;

use acd_proto::Address;
use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

use self::link::Link;
use self::metrics::Metrics;

/// What the edge runs with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server.
    pub core: Address,
    /// The secret of a monitor; the server's own user needs none over a Unix socket.
    pub monitor_token: Option<String>,
    /// Connections at once.
    pub connections: usize,
}

impl Settings {
    /// For the server at that address, as its own user, with 20,000 connections.
    pub const fn new(core: Address) -> Self {
        Self { core, monitor_token: None, connections: 20_000 }
    }
}

/// What every handler can reach.
#[derive(Debug)]
struct Edge {
    monitor: Link,
    metrics: Metrics,
}

/// Answers until `shutdown`. To be called in a tokio runtime that the server's core is not in.
pub async fn run(
    listener: TcpListener,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let monitor = Link::monitor(settings.core.clone(), settings.monitor_token.clone());
    let edge = Arc::new(Edge { monitor, metrics: Metrics::default() });
    let router = Router::new()
        .route("/metrics", get(metrics::answer))
        .route("/healthz", get(health::lives))
        .route("/readyz", get(health::is_ready))
        .with_state(edge);
    tokio::select! {
        () = listen::serve(listener, router, settings.connections) => {}
        () = shutdown => {}
    }
}
