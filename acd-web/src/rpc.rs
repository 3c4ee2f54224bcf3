//! `POST /rpc`: one request of the socket protocol, for programs that only ask now and then.
//!
//! Each is a connection of its own, so that nothing is remembered between two. Only roles that may
//! share a name can do that: an agent's or a front end's connection means that it is there.

use std::net::IpAddr;
use std::sync::Arc;

use acd_proto::{Address, Role};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::bridge;
use crate::door::{Door, Problem};
use crate::listen::Peer;

/// How long the server may take, a delay after a wrong token included.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Bytes of an answer: a snapshot has a row for each contact.
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Who asks.
#[derive(Deserialize)]
pub(crate) struct Who {
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// Asks the server, in the name of who shows a token.
pub(crate) async fn ask(
    State((door, core)): State<(Arc<Door>, Address)>,
    Extension(peer): Extension<Peer>,
    Query(who): Query<Who>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !door.may_ask(&headers) {
        return Problem::origin().into_response();
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok());
    let Some(token) = token.and_then(|shown| shown.strip_prefix("Bearer ")) else {
        return refused(StatusCode::UNAUTHORIZED, "a token is wanted: Authorization: Bearer acd_…");
    };
    let role = who.role.as_deref().unwrap_or("monitor");
    let role = Role::from_name(role)
        .filter(|role| matches!(role, Role::Monitor | Role::Supervisor | Role::Admin));
    let Some(role) = role else {
        return refused(StatusCode::BAD_REQUEST, "`role` must be monitor, supervisor or admin");
    };
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refused(StatusCode::BAD_REQUEST, "the body is no JSON");
    };
    if !request.is_object() {
        return refused(StatusCode::BAD_REQUEST, "the body is not one request: an object");
    }
    let hello = json!({"id": 0, "method": "hello",
        "params": {"proto": 1, "role": role.name(), "name": who.name, "token": token}});
    let from = door.address(peer, &headers);
    match tokio::time::timeout(PATIENCE, answer(&core, from, &hello, &request)).await {
        Ok(Ok((status, text))) => {
            let kind = (header::CONTENT_TYPE, "application/json");
            (status, [kind, (header::CACHE_CONTROL, "no-store")], text).into_response()
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, "a request through the edge ended badly");
            refused(StatusCode::SERVICE_UNAVAILABLE, "the server cannot be reached")
        }
        Err(_) => refused(StatusCode::GATEWAY_TIMEOUT, "the server has not answered in time"),
    }
}

fn refused(status: StatusCode, message: &str) -> Response {
    let error = json!({"error": {"kind": "bad_request", "message": message}});
    (status, axum::Json(error)).into_response()
}

async fn answer(
    core: &Address,
    from: IpAddr,
    hello: &Value,
    request: &Value,
) -> std::io::Result<(StatusCode, String)> {
    match core {
        Address::Unix(path) => {
            let (stream, _) = bridge::stranger(path, from).await?;
            converse(stream, hello, request).await
        }
        Address::Tcp(address) => {
            let mut stream = BufReader::new(TcpStream::connect(address).await?);
            bridge::line(&mut stream, 65_536).await?;
            converse(stream, hello, request).await
        }
    }
}

/// Says hello, asks, and takes the reply; what is told unasked is passed over.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    hello: &Value,
    request: &Value,
) -> std::io::Result<(StatusCode, String)> {
    stream.write_all(format!("{hello}\n").as_bytes()).await?;
    let said = reply(&mut stream).await?;
    if said.contains("\"error\"") && !said.contains("\"session\"") {
        return Ok((StatusCode::FORBIDDEN, said));
    }
    stream.write_all(format!("{request}\n").as_bytes()).await?;
    Ok((StatusCode::OK, reply(&mut stream).await?))
}

async fn reply<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> std::io::Result<String> {
    loop {
        let line = bridge::line(stream, ANSWER_BYTES_MAX).await?;
        if line.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !line.starts_with("{\"method\"") {
            return Ok(line);
        }
    }
}
