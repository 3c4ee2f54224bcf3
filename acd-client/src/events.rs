//! What the server says unasked, in order.

use std::sync::Arc;

use acd_proto::Event;
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use crate::client::Connection;
use crate::error::Lost;

/// Something the server said unasked.
#[derive(Clone, Debug)]
pub enum Message {
    /// Something happened.
    Event(Box<Event>),
    /// Something without a place in the sequence: `message`, `typing`, `gap`, …
    Notice {
        /// Its name.
        method: String,
        /// Its parameters.
        params: Option<Box<RawValue>>,
    },
}

/// The receiving end of a connection. Dropped, what comes is thrown away.
#[derive(Debug)]
pub struct Events {
    pub(crate) messages: mpsc::Receiver<Message>,
    pub(crate) connection: Arc<Connection>,
}

impl Events {
    /// The next one, or why there will be none any more. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Result<Message, Lost> {
        let Some(message) = self.messages.recv().await else {
            return Err(self.connection.lost());
        };
        if let Message::Event(event) = &message {
            self.connection.seen(event.seq);
        }
        Ok(message)
    }
}
