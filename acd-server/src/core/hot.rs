//! The commonest requests of binary frames, from the frame to the reply without an allocation.

use std::time::Instant;

use acd_core::{AgentId, Command, ContactId, EndCause};
use acd_proto::bin1::{self, Hot};
use acd_proto::reply::Pong;
use acd_proto::{ErrorBody, Kind, Method, encode};

use super::Core;
use super::connection::ConnectionId;
use super::contact_requests::{Entering, ender};
use super::dispatch::{Caller, may, reads_only};

/// What is answered.
#[derive(Clone, Copy, Debug)]
enum Said {
    Done,
    Pong,
    Contact(ContactId),
    Agent(AgentId),
}

impl Core {
    /// As [`handle`](Self::handle), of a request that is read already. What it tells is counted
    /// by the next [`hand_over`](Self::hand_over).
    pub(crate) fn handle_hot(
        &mut self,
        id: ConnectionId,
        number: u64,
        hot: Hot<'_>,
        read_at: Instant,
    ) {
        let Some(caller) = self.caller(id) else { return };
        self.advance_in_turn(read_at);
        self.read_at = self.is_measured.then_some(read_at);
        let said = self.answer_hot(&caller, hot);
        self.reply_hot(id, number, said);
        self.send();
        self.read_at = None;
        self.is_measured = true;
    }

    fn answer_hot(&mut self, caller: &Caller, hot: Hot<'_>) -> Result<Said, ErrorBody> {
        let method = method_of(hot);
        may(caller.role, method)?;
        if !reads_only(method) {
            self.journal_takes()?;
        }
        match hot {
            Hot::Ping => Ok(Said::Pong),
            Hot::ContactNew { ext, channel, queue, prio, from } => {
                let named = Entering { ext, channel, queue, prio, from, ..Entering::default() };
                self.enter(caller, named).map(Said::Contact)
            }
            Hot::ContactAbandon(contact) => {
                let contact = self.own_contact_numbered(caller, contact)?;
                self.submit(Command::Abandon { contact })?;
                Ok(Said::Done)
            }
            Hot::ContactEnd(contact) => {
                let contact = self.own_contact_numbered(caller, contact)?;
                let (cause, by) = (EndCause::Hangup, ender(caller.role));
                self.submit(Command::End { contact, cause, by })?;
                Ok(Said::Done)
            }
            Hot::OfferRinging(offer) => {
                let offer = self.device_offer_numbered(caller, offer)?;
                self.submit(Command::OfferRinging { offer })?;
                Ok(Said::Done)
            }
            Hot::OfferAnswered(offer) => {
                let offer = self.device_offer_numbered(caller, offer)?;
                self.connect(offer).map(Said::Contact)
            }
            Hot::AgentState { state, agent } => {
                let agent = self.own_agent(caller, agent)?;
                self.set_ready(agent, state, None).map(|()| Said::Agent(agent))
            }
            Hot::AgentWrapDone { contact, agent } => {
                let agent = self.own_agent(caller, agent)?;
                let contact = self.known_number(contact)?;
                self.submit(Command::WrapDone { agent, contact })?;
                Ok(Said::Agent(agent))
            }
        }
    }

    /// Refuses what cannot be written down.
    pub(super) fn journal_takes(&self) -> Result<(), ErrorBody> {
        let Some(why) = self.journal.refusal() else { return Ok(()) };
        let message = format!("nothing is accepted that cannot be kept: {why}");
        Err(ErrorBody::new(Kind::Overloaded, message))
    }

    fn reply_hot(&self, id: ConnectionId, number: u64, said: Result<Said, ErrorBody>) {
        let Some(connection) = self.connections.get(id) else { return };
        let gate = self.gate_of(&connection.out);
        connection.out.reply_after(gate, |out| match said {
            Ok(Said::Done) => bin1::done(out, number, false),
            Ok(Said::Pong) => bin1::pong(out, number, &Pong { now: self.now.0 / 1_000 }),
            Ok(Said::Contact(contact)) => {
                let fields = self.contact_fields(contact);
                if fields.write(out, number, false).is_none() {
                    bin1::contact(out, number, &self.contact_result(contact), false);
                }
            }
            Ok(Said::Agent(agent)) => self.write_agent(out, number, agent),
            Err(error) => encode::error(out, &acd_proto::Id::binary(number), &error),
        });
    }
}

const fn method_of(hot: Hot<'_>) -> Method {
    match hot {
        Hot::Ping => Method::Ping,
        Hot::ContactNew { .. } => Method::ContactNew,
        Hot::ContactAbandon(_) => Method::ContactAbandon,
        Hot::ContactEnd(_) => Method::ContactEnd,
        Hot::OfferRinging(_) => Method::OfferRinging,
        Hot::OfferAnswered(_) => Method::OfferAnswered,
        Hot::AgentState { .. } => Method::AgentState,
        Hot::AgentWrapDone { .. } => Method::AgentWrapDone,
    }
}
