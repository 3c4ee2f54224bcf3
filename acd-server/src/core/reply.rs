//! Every result of a request, as one type that can be written, and remembered for its `idem`.

use acd_proto::ErrorBody;
use acd_proto::reply::{
    AgentResult, ContactResult, Done, HelloResult, Pong, Reconciled, Reloaded, Subscribed,
    Supervised, TransferResult,
};
use acd_proto::snapshot::Snapshot;
use serde::Serialize;

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
    Reloaded(Reloaded),
    Snapshot(Box<Snapshot>),
}

impl Reply {
    /// Done, and nothing more to say.
    pub(crate) const fn done() -> Self {
        Self::Done(Done { ok: true })
    }
}
