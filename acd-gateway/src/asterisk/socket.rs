//! Asterisk's events over a WebSocket that we open.

use std::io;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use super::ari::Event;
use super::http::{Place, Prompt};
use super::remote;
use crate::unread::unread;

/// How often Asterisk is asked whether it is still there.
pub(super) const PING_EVERY: Duration = Duration::from_secs(10);
/// How long it may say nothing at all.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Why there are no events.
#[derive(Debug, thiserror::Error)]
pub(super) enum SocketError {
    /// No connection.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Asterisk refuses, or the connection broke.
    #[error("{0}")]
    WebSocket(#[from] Box<tungstenite::Error>),
    /// Asterisk has closed it.
    #[error("Asterisk closed the WebSocket")]
    Closed,
    /// Nothing came for a while.
    #[error("Asterisk is silent")]
    Silent,
}

/// The events of an application, over a connection of ours or of Asterisk's.
#[derive(Debug)]
pub(super) enum Events {
    /// We have dialled.
    Ours(Box<Socket>),
    /// Asterisk has.
    Theirs(remote::Told),
}

impl Events {
    /// The next event. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Event, SocketError> {
        match self {
            Self::Ours(socket) => socket.next().await,
            Self::Theirs(told) => told.recv().await.unwrap_or(Err(SocketError::Closed)),
        }
    }
}

/// The events of an application.
#[derive(Debug)]
pub(super) struct Socket {
    stream: WebSocketStream<Prompt>,
    ping: Interval,
    heard: Instant,
}

impl Socket {
    /// Opens it; the application is registered by that.
    pub(super) async fn open(place: &Place, app: &str) -> Result<Self, SocketError> {
        let url = format!("ws://{}{}/ari/events?app={app}", place.authority, place.prefix);
        let mut request = url.into_client_request().map_err(Box::new)?;
        let authorization = place.authorization().parse().map_err(io::Error::other)?;
        request.headers_mut().insert("Authorization", authorization);
        let stream = place.connect().await?;
        let opened = tokio_tungstenite::client_async(request, stream);
        let (stream, _) = tokio::time::timeout(SILENCE_MAX, opened)
            .await
            .map_err(|_| SocketError::Silent)?
            .map_err(Box::new)?;
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { stream, ping, heard: Instant::now() })
    }

    /// The next event. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Event, SocketError> {
        loop {
            let message = tokio::select! {
                message = self.stream.next() => message,
                _ = self.ping.tick() => {
                    if self.heard.elapsed() > SILENCE_MAX {
                        return Err(SocketError::Silent);
                    }
                    self.stream.send(Message::Ping("acd".into())).await.map_err(Box::new)?;
                    continue;
                }
            };
            self.heard = Instant::now();
            match message.ok_or(SocketError::Closed)?.map_err(Box::new)? {
                Message::Text(text) => match serde_json::from_str(&text) {
                    Ok(Event::Other) => {}
                    Ok(event) => return Ok(event),
                    Err(error) => {
                        let why = unread(&error, text.len());
                        tracing::warn!("an event that cannot be read: {why}");
                    }
                },
                Message::Close(_) => return Err(SocketError::Closed),
                _ => {}
            }
        }
    }
}
