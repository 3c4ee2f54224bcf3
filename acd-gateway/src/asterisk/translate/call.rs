//! One caller on the line, and how far it has come.

use acd_proto::request::ContactNew;

use super::Id;

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
    /// When it is told something next, µs UTC.
    pub(super) announce_at: Option<u64>,
    /// What it is told now: the id of that.
    pub(super) playing: Option<String>,
    /// How often it was told something.
    pub(super) said: u32,
    /// The resident's channel; none while a promised call is not dialled.
    pub(super) line: Option<Id>,
    /// The number of a promised call.
    pub(super) number: Option<Id>,
    /// The agent, once there is one.
    pub(super) agent: Option<Id>,
    /// The extension to which the agent sends it, until that is in the agent's place.
    pub(super) sent_to: Option<String>,
    /// What Asterisk has put in the agent's place.
    pub(super) successor: Option<Id>,
    /// The agent's device, while the resident is dialled first.
    pub(super) dial: Option<String>,
}

/// How far a call has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server does not know it, or has not said so.
    New {
        /// Whether the answer is on its way.
        asked: bool,
    },
    /// It hears music.
    Waiting,
    /// It hears music, and an agent's device is dialled.
    Offered(Offer),
    /// The agent has it; it hears music, and the agent's device is dialled.
    Called {
        /// The agent's leg.
        leg: Id,
    },
    /// The agent has it, and the resident who was promised a call is dialled.
    Dialling {
        /// The agent's leg.
        leg: Id,
        /// Whether that is up; else it is dialled when the resident has answered.
        agent_is_there: bool,
    },
    /// It hears the agent.
    Talking {
        /// The agent's leg.
        leg: Id,
    },
}

/// A device that is dialled.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// The server's id of it.
    pub(super) id: Id,
    /// The channel.
    pub(super) leg: Id,
    /// What is known of it.
    pub(super) heard: Heard,
}

/// What is known of a device that is dialled.
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
        let line = Some(request.ext.as_str().into());
        Self {
            request,
            since,
            contact: None,
            stage,
            seq: 0,
            left: false,
            announce_at: None,
            playing: None,
            said: 0,
            line,
            number: None,
            agent: None,
            sent_to: None,
            successor: None,
            dial: None,
        }
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
            Stage::Offered(Offer { leg, .. })
            | Stage::Called { leg }
            | Stage::Dialling { leg, .. }
            | Stage::Talking { leg } => Some(leg.clone()),
            _ => None,
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
