//! The same conversation over a WebSocket: events out, messages in, a JSON object each.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::inquiry::Inquiry;
use super::stream::{Asked, GAP, Place, STILL_THERE, Told, whose};
use super::{BODY_BYTES_MAX, Door, Problem, link, requests};

/// What a resident says over the socket.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Message {
        text: String,
        #[serde(default)]
        id: Option<String>,
    },
    Typing,
    Leave,
}

/// Opens a socket: by a ticket, once, or by the secret. Who may, and from where, is settled before.
pub(super) async fn open(
    State(door): State<Arc<Door>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let inquiry = whose(&door, &id, &asked, &headers).await?;
    let place = Place::new(&inquiry, asked.last.unwrap_or(0))?;
    let upgrade = upgrade.max_message_size(BODY_BYTES_MAX).max_frame_size(BODY_BYTES_MAX);
    Ok(upgrade.on_upgrade(move |socket| converse(door, inquiry, place, socket)))
}

/// Until either side has gone. One thing at a time: who does not read is not read from.
async fn converse(door: Arc<Door>, inquiry: Arc<Inquiry>, mut place: Place, mut socket: WebSocket) {
    let mut still_there = tokio::time::interval(STILL_THERE);
    still_there.reset();
    loop {
        let sent = tokio::select! {
            told = place.next() => match told {
                Some(Told::Event(_, text)) => socket.send(Message::Text((&*text).into())).await,
                Some(Told::Gap) => socket.send(Message::Text(GAP.into())).await,
                None => return drop(socket.send(Message::Close(None)).await),
            },
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    let answer = answer(&door, &inquiry, text.as_str()).await;
                    socket.send(Message::Text(answer.to_string().into())).await
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                Some(Ok(Message::Binary(_) | Message::Close(_)) | Err(_)) | None => return,
            },
            _ = still_there.tick() => socket.send(Message::Ping("".into())).await,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// Whether what was said is passed on.
async fn answer(door: &Door, inquiry: &Inquiry, text: &str) -> Value {
    let (id, done) = match serde_json::from_str::<Said>(text) {
        Ok(Said::Message { text, id }) => {
            (id.clone(), requests::say(door, inquiry, text, id).await)
        }
        Ok(Said::Typing) => (None, requests::writes(door, inquiry).await),
        Ok(Said::Leave) => {
            link::leave(door, inquiry).await;
            (None, Ok(()))
        }
        Err(_) => {
            (None, Err(Problem::bad("expected an object with `type` message, typing or leave")))
        }
    };
    match done {
        Ok(()) => json!({"type": "accepted", "message_id": id}),
        Err(problem) => json!({"type": "refused", "message_id": id, "error": problem.shown()}),
    }
}
