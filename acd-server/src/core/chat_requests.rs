//! Text and typing of live chats, to the other side.

use std::sync::Arc;

use acd_core::ContactId;
use acd_proto::request::{ContactMessage, OneContact};
use acd_proto::{ErrorBody, Kind, id};

use super::Core;
use super::chat::Message;
use super::connection::{Actor, Connection, ConnectionId};
use super::contact_requests::text;
use super::contacts::Contact;
use super::dispatch::Caller;
use super::fanout::notification;
use super::reply::{Answer, Reply};
use crate::limits::CHAT_TEXT_BYTES_MAX;

impl Core {
    pub(crate) fn contact_message(&mut self, caller: &Caller, params: ContactMessage) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        if params.text.len() > CHAT_TEXT_BYTES_MAX {
            let error = ErrorBody::new(Kind::BadParams, "`text` is too long").field("text");
            return Err(error.expected(format!("at most {CHAT_TEXT_BYTES_MAX} bytes")));
        }
        let id = text("id", params.id)?;
        let message = self.message(caller, contact, id, Some(params.text.into()));
        self.pass_on(caller, contact, &message);
        self.known(contact).chat.keep(message);
        Ok(Reply::done())
    }

    pub(crate) fn contact_typing(&mut self, caller: &Caller, params: &OneContact) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        let message = self.message(caller, contact, None, None);
        self.pass_on(caller, contact, &message);
        Ok(Reply::done())
    }

    fn message(
        &mut self,
        caller: &Caller,
        contact: ContactId,
        id: Option<Arc<str>>,
        text: Option<Arc<str>>,
    ) -> Message {
        let ts = self.now.0 / 1_000;
        let of = &self.known(contact).of;
        Message {
            contact: id::contact(of.contact).into(),
            ext: Arc::clone(&of.ext),
            by: if is_agent(caller) { "agent" } else { "resident" },
            id,
            typing: text.is_none(),
            text,
            ts,
            resent: false,
        }
    }

    fn pass_on(&mut self, caller: &Caller, contact: ContactId, message: &Message) {
        let Some(entry) = self.contacts.get(contact) else { return };
        let to = if is_agent(caller) {
            self.resident_side(entry)
        } else {
            // An agent who has not answered yet gets the conversation when it does.
            let holds = entry.connected_at.is_some();
            entry.agent.filter(|_| holds).and_then(|agent| self.desks.desktop(agent))
        };
        self.say(to, message);
    }

    /// The connection that the resident of a contact is behind.
    fn resident_side(&self, entry: &Contact) -> Option<ConnectionId> {
        match &entry.widget {
            Some(name) => self.connections.widget(name),
            None => self.front_ends.connection(entry.front_end),
        }
    }

    fn say(&mut self, to: Option<ConnectionId>, message: &Message) {
        let Some((id, connection)) = to.and_then(|id| Some((id, self.connections.get(id)?))) else {
            return;
        };
        let gate = self.gate_of(&connection.out);
        let waiting = connection.out.notice_after(&notification("message", message), gate);
        if waiting > self.config.limits.out_queue_bytes {
            self.cut_off_slow(id);
        }
    }

    /// An agent who has answered reads what was said before.
    pub(super) fn pass_on_chats(&mut self) {
        for contact in std::mem::take(&mut self.just_connected) {
            let Some(entry) = self.contacts.get(contact) else { continue };
            let to = entry.agent.and_then(|agent| self.desks.desktop(agent));
            for message in kept(entry) {
                self.say(to, &message);
            }
        }
    }

    /// After `resume`: what was said in the live chats of the connection.
    pub(super) fn send_chats_again(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        let own = |(_, entry): &(ContactId, &Contact)| takes_part(connection, entry);
        let messages: Vec<Message> =
            self.contacts.iter().filter(own).flat_map(|(_, entry)| kept(entry)).collect();
        for message in messages {
            self.say(Some(id), &message);
        }
    }
}

/// What was said so far, to be said again.
fn kept(entry: &Contact) -> Vec<Message> {
    let again = |message: &Message| Message { resent: true, ..message.clone() };
    entry.chat.messages().map(again).collect()
}

const fn is_agent(caller: &Caller) -> bool {
    matches!(caller.actor, Actor::Agent(_))
}

/// Whether a connection is one side of the conversation.
fn takes_part(connection: &Connection, entry: &Contact) -> bool {
    match &connection.actor {
        Actor::FrontEnd(own) => entry.front_end == *own,
        Actor::Agent(own) => entry.agent == Some(*own) && entry.connected_at.is_some(),
        Actor::Widget => entry.widget.as_ref() == Some(&connection.name),
        Actor::Watcher => false,
    }
}
