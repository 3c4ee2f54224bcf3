//! Takes HTTP connections in: so many at once, and none that dawdles over its request's head.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How long the head of a request may take.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// The largest head of a request that is read; hyper wants no less than 8 KiB.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) std::net::SocketAddr);

/// Serves for ever, one task a connection.
pub(crate) async fn serve(listener: TcpListener, router: Router, connections: usize) {
    let places = Arc::new(Semaphore::new(connections));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, address)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    converse(stream, Peer(address), router).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of descriptors, mostly: what is open must close first.
                tracing::error!(%error, "an HTTP connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, peer: Peer, router: Router) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    // Said of each request: a layer of its own would be a copy of every route for each connection.
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        service.call(request)
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "an HTTP connection ended badly");
    }
}
