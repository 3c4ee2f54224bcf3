//! Questions about one contact, and whose it is.

use acd_core::{AgentId, ContactId, ContactState};
use acd_proto::bin1::{AgentFields, ContactFields};
use acd_proto::reply::{AgentResult, ContactResult};
use acd_proto::request::OneContact;
use acd_proto::{ErrorBody, Id, Kind, Method, id};

use super::Core;
use super::connection::{Actor, ConnectionId};
use super::contacts::Contact;
use super::dispatch::{Caller, may};
use super::names::short;
use super::reply::{Answer, Reply};

/// A contact's state as clients see it.
pub(crate) const fn state_word(state: ContactState) -> &'static str {
    match state {
        ContactState::Waiting => "queued",
        ContactState::Scheduled { .. } => "scheduled",
        ContactState::Offered { .. } => "offered",
        ContactState::Connected { .. } => "connected",
        ContactState::Parked { .. } => "parked",
    }
}

/// The refusal of what belongs to somebody else.
pub(crate) fn not_yours(what: &str) -> ErrorBody {
    ErrorBody::new(Kind::NotAllowed, format!("this {what} is not yours"))
}

impl Core {
    /// The live contact of that id, if the caller may act on it.
    pub(crate) fn own_contact(&self, caller: &Caller, text: &str) -> Result<ContactId, ErrorBody> {
        let contact = self.number_of_contact(text)?;
        self.own_live_contact(caller, contact)
    }

    /// As [`own_contact`](Self::own_contact), by number.
    pub(super) fn own_contact_numbered(
        &self,
        caller: &Caller,
        contact: ContactId,
    ) -> Result<ContactId, ErrorBody> {
        let contact = self.known_number(contact)?;
        self.own_live_contact(caller, contact)
    }

    fn own_live_contact(
        &self,
        caller: &Caller,
        contact: ContactId,
    ) -> Result<ContactId, ErrorBody> {
        let Some(entry) = self.contacts.get(contact) else {
            let over = ErrorBody::new(Kind::ContactOver, "contact is over");
            return Err(over.field("contact").got(id::contact(contact)));
        };
        if owns(caller, entry) { Ok(contact) } else { Err(not_yours("contact")) }
    }

    /// The contact that a connection wants to be told of, and the record that all it can have
    /// heard of lies before.
    pub(crate) fn may_trace(
        &mut self,
        id: ConnectionId,
        text: &str,
    ) -> Result<(ContactId, u64), ErrorBody> {
        let unknown = || ErrorBody::new(Kind::HelloFirst, "say `hello` first");
        may(self.caller(id).ok_or_else(unknown)?.role, Method::Trace)?;
        self.advance();
        Ok((self.number_of_contact(text)?, self.journal.all()))
    }

    /// The number of a contact that is, or was.
    fn number_of_contact(&self, text: &str) -> Result<ContactId, ErrorBody> {
        let known = id::parse_contact(text).and_then(|contact| self.known_number(contact).ok());
        known.ok_or_else(|| unknown_contact(text))
    }

    /// The number of a contact that is, or was, if there is one.
    pub(super) fn known_number(&self, contact: ContactId) -> Result<ContactId, ErrorBody> {
        if contact.0 <= self.engine.counters().contacts {
            return Ok(contact);
        }
        Err(unknown_contact(&id::contact(contact)))
    }

    /// The number of a contact that an agent wraps up, or did.
    pub(crate) fn wrapped_contact(&self, text: &str) -> Result<ContactId, ErrorBody> {
        self.number_of_contact(text)
    }

    pub(crate) fn contact_get(&self, caller: &Caller, params: &OneContact) -> Answer {
        match self.own_contact(caller, &params.contact) {
            Ok(contact) => Ok(Reply::Contact(self.contact_result(contact))),
            Err(error) if error.data.kind == Kind::ContactOver => {
                let contact = params.contact.clone();
                let result = ContactResult { contact, state: "ended".into(), ..Default::default() };
                Ok(Reply::Contact(result))
            }
            Err(error) => Err(error),
        }
    }

    /// Place, expected wait and state of a contact.
    pub(crate) fn contact_result(&self, contact: ContactId) -> ContactResult {
        let fields = self.contact_fields(contact);
        ContactResult {
            contact: id::contact(contact),
            state: fields.state.into(),
            pos: fields.pos,
            ewt_ms: fields.ewt_ms,
            offer: fields.offer.map(id::offer),
            agent: fields.agent.map(Into::into),
            wait_ms: fields.wait_ms,
        }
    }

    /// As [`contact_result`](Self::contact_result), borrowed.
    pub(super) fn contact_fields(&self, contact: ContactId) -> ContactFields<'_> {
        let Some(record) = self.engine.contact(contact) else {
            let (pos, ewt_ms, wait_ms, offer, agent) = (None, None, None, None, None);
            return ContactFields { contact, state: "ended", pos, ewt_ms, wait_ms, offer, agent };
        };
        let entry = self.contacts.get(contact);
        let agent = entry.and_then(|entry| entry.agent);
        ContactFields {
            contact,
            state: state_word(record.state),
            pos: self.engine.position(contact),
            ewt_ms: self.engine.expected_wait_us(contact).map(|us| us / 1_000),
            offer: entry.and_then(|entry| entry.offer),
            agent: agent.map(|agent| self.names.agent_text(agent)),
            wait_ms: entry.map(|entry| self.wait_with_age_ms(entry, record.origin)),
        }
    }

    /// Wait so far, or until the answer, what was served elsewhere included.
    pub(crate) fn wait_with_age_ms(&self, entry: &Contact, origin: i64) -> u64 {
        let before_ns = entry.entered_at.signed().saturating_sub(origin).max(0).cast_unsigned();
        entry.wait(self.now).0.saturating_add(before_ns) / 1_000_000
    }

    /// As [`agent_result`](Self::agent_result), as a frame.
    pub(super) fn write_agent(&self, out: &mut Vec<u8>, number: u64, agent: AgentId) {
        let told = self.agent_state(agent);
        let fields = AgentFields {
            agent: self.names.agent_text(agent),
            state: told.state,
            reason: told.reason.as_deref(),
            pending: told.pending,
        };
        if fields.write(out, number, false).is_none() {
            self.agent_result(agent).write(out, &Id::binary(number), false);
        }
    }

    /// What an agent's requests give.
    pub(crate) fn agent_result(&self, agent: AgentId) -> Reply {
        let told = self.agent_state(agent);
        Reply::Agent(AgentResult {
            agent: self.names.agent(agent).as_ref().into(),
            state: told.state.into(),
            reason: told.reason.as_deref().map(Into::into),
            pending: told.pending.map(Into::into),
        })
    }
}

fn unknown_contact(text: &str) -> ErrorBody {
    let unknown = ErrorBody::new(Kind::UnknownContact, "no contact has this id");
    unknown.field("contact").got(short(text))
}

/// Whether the caller may act on, and see, this contact.
pub(crate) fn owns(caller: &Caller, entry: &Contact) -> bool {
    match &caller.actor {
        Actor::FrontEnd(own) => entry.front_end == *own,
        Actor::Agent(own) => entry.agent == Some(*own),
        Actor::Widget => entry.widget.as_ref() == Some(&caller.name),
        Actor::Watcher => true,
    }
}
