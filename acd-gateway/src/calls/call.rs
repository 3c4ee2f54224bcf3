//! One caller on the line, and how far it has come.

use acd_proto::request::ContactNew;

use crate::Id;

/// A caller.
#[derive(Debug)]
pub(super) struct Call {
    /// What the server is asked for it, and would be asked again.
    pub(super) request: ContactNew,
    /// When it came, µs UTC.
    pub(super) since: u64,
    /// What the server calls it, once that is known.
    pub(super) contact: Option<Id>,
    /// How far it has come.
    pub(super) stage: Stage,
    /// The newest event about it.
    pub(super) seq: u64,
    /// It has left, and the server's answer to `contact.new` is awaited to say so.
    pub(super) left: bool,
}

/// How far a call has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server does not know it, or has not said so.
    New {
        /// Whether the answer is on its way.
        asked: bool,
    },
    /// It waits.
    Waiting,
    /// It waits, and an agent's telephone is dialled.
    Offered(Offer),
    /// It hears the agent.
    Talking {
        /// The agent's leg.
        leg: Id,
    },
}

/// A telephone that is dialled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// The server's id of it.
    pub(super) id: Id,
    /// The attempt.
    pub(super) leg: Id,
    /// What is known of it.
    pub(super) heard: Heard,
}

/// What is known of a telephone that is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing.
    Nothing,
    /// It rings.
    Ringing,
    /// It was answered; the server is to be told, or was.
    Answered {
        /// Whether the server's answer is on its way.
        told: bool,
    },
}

impl Call {
    pub(super) fn new(request: ContactNew, since: u64) -> Self {
        let stage = Stage::New { asked: false };
        Self { request, since, contact: None, stage, seq: 0, left: false }
    }

    /// The offer that is live.
    pub(super) fn offer(&mut self) -> Option<&mut Offer> {
        match &mut self.stage {
            Stage::Offered(offer) => Some(offer),
            _ => None,
        }
    }

    /// The agent's leg, ringing or not.
    pub(super) fn leg(&self) -> Option<Id> {
        match &self.stage {
            Stage::Offered(Offer { leg, .. }) | Stage::Talking { leg } => Some(leg.clone()),
            _ => None,
        }
    }

    /// Whether it hears an agent.
    pub(super) fn talks(&self) -> bool {
        matches!(self.stage, Stage::Talking { .. })
    }

    /// Whether an agent has answered, as far as the server was told.
    pub(super) fn is_answered(&self) -> bool {
        match &self.stage {
            Stage::Talking { .. } => true,
            Stage::Offered(offer) => offer.heard == Heard::Answered { told: true },
            _ => false,
        }
    }

    /// No answer will come any more.
    pub(super) fn unasked(&mut self) {
        match &mut self.stage {
            Stage::New { asked } => *asked = false,
            Stage::Offered(Offer { heard: Heard::Answered { told }, .. }) => *told = false,
            _ => {}
        }
    }
}
