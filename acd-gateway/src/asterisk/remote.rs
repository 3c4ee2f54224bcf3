//! Asterisk dials us: its events, and requests to it, over the one WebSocket that it opens
//! (`type = outbound_websocket` in `ari.conf`, and `websocket_client.conf`).

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::ari::Event;
use super::http::{HttpError, Prompt};
use super::socket::{PING_EVERY, SILENCE_MAX, SocketError};
use crate::kamailio::wire::unescape;
use crate::unread::unread;

/// Events that wait for the translation, and requests that wait for the socket.
const QUEUE_MAX: usize = 16_384;
/// How long a stranger may take for the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// One request, and where its answer goes.
#[derive(Debug)]
pub(super) struct Ask {
    method: String,
    target: String,
    answer: oneshot::Sender<Result<Bytes, HttpError>>,
}

impl Ask {
    /// A request, and its answer to come.
    pub(super) fn new(
        method: &str,
        target: &str,
    ) -> (Self, oneshot::Receiver<Result<Bytes, HttpError>>) {
        let (answer, receiver) = oneshot::channel();
        (Self { method: method.into(), target: target.into(), answer }, receiver)
    }
}

/// Where requests go.
pub(super) type Asks = mpsc::Sender<Ask>;
/// Where events come from; the last word is why there are no more.
pub(super) type Told = mpsc::Receiver<Result<Event, SocketError>>;

/// Waits for Asterisk, and lets in only who knows the user and the password.
#[allow(clippy::result_large_err, reason = "the library asks for this type")]
pub(super) async fn accept(
    listener: &TcpListener,
    authorization: &str,
) -> Result<(Told, Asks), SocketError> {
    loop {
        let (stream, from) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let knows = |request: &Request, response: Response| check(request, response, authorization);
        let opened = tokio_tungstenite::accept_hdr_async(Prompt::new(stream), knows);
        match timeout(HANDSHAKE, opened).await {
            Ok(Ok(stream)) => {
                tracing::info!(%from, "Asterisk has dialled");
                let (events, told) = mpsc::channel(QUEUE_MAX);
                let (asks, asked) = mpsc::channel(QUEUE_MAX);
                tokio::spawn(carry(stream, events, asked));
                return Ok((told, asks));
            }
            Ok(Err(why)) => tracing::warn!(%from, "not let in: {why}"),
            Err(_) => tracing::warn!(%from, "not let in: too slow"),
        }
    }
}

/// Whether a stranger may come in, and the answer.
#[allow(clippy::result_large_err, reason = "the library asks for this type")]
fn check(
    request: &Request,
    mut response: Response,
    authorization: &str,
) -> Result<Response, ErrorResponse> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if header("Authorization") != Some(authorization) {
        let mut refusal = ErrorResponse::new(Some("the username or the password is wrong".into()));
        *refusal.status_mut() = StatusCode::UNAUTHORIZED;
        return Err(refusal);
    }
    let offered = header("Sec-WebSocket-Protocol").unwrap_or_default();
    if offered.split(',').any(|protocol| protocol.trim() == "ari") {
        let ari = "ari".parse().map_err(|_| ErrorResponse::new(None))?;
        response.headers_mut().insert("Sec-WebSocket-Protocol", ari);
    }
    Ok(response)
}

/// A request as Asterisk takes it.
#[derive(Serialize)]
struct RestRequest<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    transaction_id: &'a str,
    request_id: &'a str,
    method: &'a str,
    uri: &'a str,
    query_strings: Vec<Parameter>,
}

/// One parameter of the query.
#[derive(Serialize)]
struct Parameter {
    name: String,
    value: String,
}

/// An answer.
#[derive(Deserialize)]
struct RestResponse {
    request_id: String,
    status_code: u16,
    #[serde(default)]
    message_body: String,
}

/// Carries both ways until the connection or the adapter ends.
async fn carry(
    stream: WebSocketStream<Prompt>,
    events: mpsc::Sender<Result<Event, SocketError>>,
    mut asked: mpsc::Receiver<Ask>,
) {
    let why = follow(stream, &events, &mut asked).await;
    // Nobody may wait for it any more.
    let _ = events.send(Err(why)).await;
}

async fn follow(
    mut stream: WebSocketStream<Prompt>,
    events: &mpsc::Sender<Result<Event, SocketError>>,
    asked: &mut mpsc::Receiver<Ask>,
) -> SocketError {
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut heard, mut next) = (Instant::now(), 0_u64);
    let mut waiting: BTreeMap<String, oneshot::Sender<Result<Bytes, HttpError>>> = BTreeMap::new();
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            ask = asked.recv() => {
                // The adapter has let go of the connection.
                let Some(ask) = ask else { return SocketError::Closed };
                next += 1;
                let id = next.to_string();
                let text = request(&id, &ask);
                waiting.insert(id, ask.answer);
                match stream.send(Message::text(text)).await {
                    Ok(()) => continue,
                    Err(why) => return Box::new(why).into(),
                }
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENCE_MAX {
                    return SocketError::Silent;
                }
                match stream.send(Message::Ping("acd".into())).await {
                    Ok(()) => continue,
                    Err(why) => return Box::new(why).into(),
                }
            }
        };
        heard = Instant::now();
        match message {
            Some(Ok(Message::Text(text))) => {
                if let Ok(answer) = serde_json::from_str::<RestResponse>(&text) {
                    if let Some(waits) = waiting.remove(&answer.request_id) {
                        let _ = waits.send(result(answer));
                    }
                    continue;
                }
                match serde_json::from_str(&text) {
                    Ok(Event::Other) => {}
                    Ok(event) => {
                        if events.send(Ok(event)).await.is_err() {
                            return SocketError::Closed;
                        }
                    }
                    Err(error) => {
                        let why = unread(&error, text.len());
                        tracing::warn!("an event that cannot be read: {why}");
                    }
                }
            }
            Some(Ok(Message::Close(_))) | None => return SocketError::Closed,
            Some(Ok(_)) => {}
            Some(Err(why)) => return Box::new(why).into(),
        }
    }
}

fn request(id: &str, ask: &Ask) -> String {
    let (uri, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let query_strings = pairs
        .map(|(name, value)| Parameter { name: name.into(), value: unescape(value) })
        .collect();
    let (kind, transaction_id, request_id) = ("RESTRequest", "acd", id);
    let request =
        RestRequest { kind, transaction_id, request_id, method: &ask.method, uri, query_strings };
    serde_json::to_string(&request).unwrap_or_default()
}

fn result(answer: RestResponse) -> Result<Bytes, HttpError> {
    if (200..300).contains(&answer.status_code) {
        return Ok(answer.message_body.into());
    }
    let text = answer.message_body.chars().take(200).collect();
    Err(HttpError::Status { status: answer.status_code, text })
}

/// Where Asterisk dials.
pub(super) async fn bind(address: &str) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_query_apart_and_an_answer_its_status() {
        let (ask, _) = Ask::new("POST", "channels/acd~1/moh?mohClass=caf%C3%A9%20x&a=b");
        let expected = r#"{"type":"RESTRequest","transaction_id":"acd","request_id":"7","method":"POST","uri":"channels/acd~1/moh","query_strings":[{"name":"mohClass","value":"café x"},{"name":"a","value":"b"}]}"#;
        assert_eq!(request("7", &ask), expected);
        let said =
            r#"{"type":"RESTResponse","request_id":"7","status_code":404,"message_body":"{}"}"#;
        let answer = serde_json::from_str(said).unwrap();
        assert!(matches!(result(answer), Err(HttpError::Status { status: 404, .. })));
    }
}
