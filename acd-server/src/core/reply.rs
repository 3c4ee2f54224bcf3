//! Every result of a request, as one type that can be written, and remembered for its `idem`.

use std::sync::Arc;

use acd_proto::reply::{
    AgentResult, ContactResult, Done, HelloResult, Places, Pong, Previewed, Reconciled, Reloaded,
    Subscribed, Supervised, TransferResult,
};
use acd_proto::snapshot::Snapshot;
use acd_proto::{ErrorBody, Id, bin1, encode};
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// What a request gives, or why not.
pub(crate) type Answer = Result<Reply, ErrorBody>;

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Reply {
    Done(Done),
    Hello(Box<HelloResult>),
    Pong(Pong),
    Contact(ContactResult),
    Transfer(TransferResult),
    Agent(AgentResult),
    Reconciled(Reconciled),
    Subscribed(Subscribed),
    Supervised(Supervised),
    Previewed(Box<Previewed>),
    Places(Places),
    Reloaded(Reloaded),
    Snapshot(Box<Snapshot>),
    /// What was answered before.
    Again(Json),
    /// What the log tells.
    Told(Json),
}

/// A result as it was written before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Json(pub(crate) Arc<str>);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(to)
    }
}

impl Reply {
    /// Done, and nothing more to say.
    pub(crate) const fn done() -> Self {
        Self::Done(Done { ok: true })
    }

    /// Appends the reply, in the framing of the request it answers.
    pub(crate) fn write(&self, out: &mut Vec<u8>, to: &Id, replayed: bool) {
        let Some(number) = to.as_binary() else {
            return encode::reply(out, to, self, replayed);
        };
        match self {
            Self::Done(_) => bin1::done(out, number, replayed),
            Self::Pong(pong) => bin1::pong(out, number, pong),
            Self::Contact(contact) => bin1::contact(out, number, contact, replayed),
            Self::Agent(agent) => bin1::agent(out, number, agent, replayed),
            other => bin1::result(out, number, other, replayed),
        }
    }
}
