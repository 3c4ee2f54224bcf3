//! The text of live chats: passed on, and the newest kept for resume only. Never logged.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;

use crate::limits::{CHAT_BYTES_MAX, CHAT_MESSAGES_MAX};

/// One word of a conversation, as the other side gets it in `message`.
#[derive(Clone, Serialize)]
pub(crate) struct Message {
    /// The contact.
    pub(crate) contact: Arc<str>,
    /// Its front end's id of it.
    pub(crate) ext: Arc<str>,
    /// resident or agent.
    pub(crate) by: &'static str,
    /// The sender's id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Arc<str>>,
    /// The text; none while its sender still writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<Arc<str>>,
    /// Its sender still writes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) typing: bool,
    /// City's time, µs UTC.
    pub(crate) ts: u64,
    /// Sent before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) resent: bool,
}

impl std::fmt::Debug for Message {
    /// Leaves out what was said.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("contact", &self.contact).finish_non_exhaustive()
    }
}

/// The newest messages of one conversation. Most contacts have none, and little room for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chat(Option<Box<Kept>>);

#[derive(Clone, Debug, Default)]
struct Kept {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Chat {
    /// Keeps a message; the oldest go where a maximum is passed.
    pub(crate) fn keep(&mut self, message: Message) {
        let kept = self.0.get_or_insert_default();
        kept.bytes += bytes_of(&message);
        kept.messages.push_back(message);
        while kept.messages.len() > CHAT_MESSAGES_MAX || kept.bytes > CHAT_BYTES_MAX {
            let Some(oldest) = kept.messages.pop_front() else { break };
            kept.bytes -= bytes_of(&oldest);
        }
    }

    /// What is kept, oldest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.0.iter().flat_map(|kept| &kept.messages)
    }
}

fn bytes_of(message: &Message) -> usize {
    message.text.as_ref().map_or(0, |text| text.len())
        + message.id.as_ref().map_or(0, |id| id.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: String) -> Message {
        Message {
            contact: "c-1".into(),
            ext: "1".into(),
            by: "agent",
            id: None,
            text: Some(text.into()),
            typing: false,
            ts: 0,
            resent: false,
        }
    }

    #[test]
    fn only_the_newest_are_kept() {
        let mut chat = Chat::default();
        for n in 0..300 {
            chat.keep(message(n.to_string()));
        }
        assert_eq!(chat.messages().count(), 200);
        assert_eq!(chat.messages().next().and_then(|m| m.text.as_deref()), Some("100"));
        for _ in 0..10 {
            chat.keep(message("x".repeat(16 * 1024)));
        }
        assert_eq!(chat.messages().count(), 4);
        assert!(!format!("{chat:?}").contains('x'), "what was said is in no debug text");
    }
}
