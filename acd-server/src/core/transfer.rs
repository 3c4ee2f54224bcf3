//! Transfers: to a queue, to an agent, outside.

use std::sync::Arc;

use acd_core::{Command, ContactId, Transfer, TransferTo};
use acd_proto::reply::TransferResult;
use acd_proto::request::{ContactTransfer, TransferTarget};
use acd_proto::{ErrorBody, Kind};

use super::contact_requests::text;
use super::dispatch::Caller;
use super::reply::{Answer, Reply};
use super::side::Side;
use super::{Core, names};

impl Core {
    pub(crate) fn contact_transfer(&mut self, caller: &Caller, params: &ContactTransfer) -> Answer {
        let contact = self.own_contact(caller, &params.contact)?;
        let (to, words) = self.target(&params.to, params.attended.unwrap_or(false))?;
        let needs = match &params.needs {
            Some(needs) => Some(names::needs(&self.engine, "needs", needs)?),
            None => None,
        };
        let keep_age = params.keep_age.unwrap_or(true);
        let hops = self.hops(contact) + 1;
        self.entered = None;
        let command = Command::Transfer(Transfer { contact, to, needs, keep_age });
        self.submit_with(command, Side::TransferTo(words))?;
        let next = self.entered.take().map(|next| self.contact_result(next));
        Ok(Reply::Transfer(TransferResult { next, hops }))
    }

    fn hops(&self, contact: ContactId) -> u8 {
        self.engine.contact(contact).map_or(0, |record| record.hops)
    }

    /// The engine's target, and the words that tell of it.
    fn target(
        &self,
        to: &TransferTarget,
        attended: bool,
    ) -> Result<(TransferTo, Arc<str>), ErrorBody> {
        let wrong = |message: &str| {
            let error = ErrorBody::new(Kind::BadParams, message).field("to");
            Err(error.expected("a queue, an agent (with a queue if wanted), or outside"))
        };
        let queue = match &to.queue {
            Some(name) => Some(names::queue(&self.engine, "to.queue", name)?),
            None => None,
        };
        match (&to.agent, &to.outside, queue) {
            (Some(name), None, queue) => {
                let agent = names::agent(&self.engine, "to.agent", name)?;
                let words = format!("agent:{name}").into();
                Ok((TransferTo::Agent { agent, queue, attended }, words))
            }
            (None, _, _) if attended => wrong("only an agent takes a contact over in person"),
            (None, None, Some(queue)) => {
                let words = format!("queue:{}", self.names.queue(queue)).into();
                Ok((TransferTo::Queue(queue), words))
            }
            (None, Some(number), None) => {
                text("to.outside", Some(number.clone()))?;
                Ok((TransferTo::Outside, format!("outside:{number}").into()))
            }
            (None, None, None) => wrong("`to` names nothing"),
            _ => wrong("`to` names more than one target"),
        }
    }
}
