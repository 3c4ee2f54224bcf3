//! `/healthz`: the edge lives. `/readyz`: the server behind it answers.

use std::sync::Arc;
use std::time::Duration;

use acd_proto::reply::Pong;
use acd_proto::request::{Empty, Request};
use axum::extract::State;
use axum::http::StatusCode;

use crate::Edge;

/// How long the server may take to answer before it is not ready.
const PATIENCE: Duration = Duration::from_secs(1);

/// Says that this process runs and its threads turn.
pub(crate) async fn lives() -> &'static str {
    "ok\n"
}

/// Asks the server for the time, past its log and everything that it does.
pub(crate) async fn is_ready(State(edge): State<Arc<Edge>>) -> (StatusCode, String) {
    let no = |why: String| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n"));
    let Some(client) = edge.monitor.client() else {
        return no("no connection to the server".to_owned());
    };
    if edge.door.as_ref().is_some_and(|door| !door.is_open()) {
        return no("the residents' door has no connection to the server".to_owned());
    }
    let ping = Request::Ping(Empty {});
    match tokio::time::timeout(PATIENCE, client.request::<Pong>(&ping)).await {
        Ok(Ok(_)) => (StatusCode::OK, "ready\n".to_owned()),
        Ok(Err(error)) => no(error.to_string()),
        Err(_) => no("the server has not answered within 1 s".to_owned()),
    }
}
