//! What the server writes down beside the engine's commands, and what it does to its tables.
//!
//! **Every lasting change of the server's tables is the fold of an engine's effect, or one of
//! these.** Whether it happens now or is read again from the log, it goes through the same lines.
//! Variants are only ever appended, and none changes: a log is read for ever.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::{AgentId, ContactId, FrontEndId, Timestamp};
use serde::{Deserialize, Serialize};

use super::audience::Written;
use super::audit::Deed;
use super::contacts::Newcomer;
use super::statistics::Goal;
use super::timers::Timer;
use super::{Core, plain};

/// The version that is written.
const VERSION: u8 = 1;

/// One thing that the server knows and the engine does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Side {
    /// With `Seed`: the log begins.
    Began {
        /// The id of its sequence of events.
        epoch: Arc<str>,
    },
    /// With `Configure`: the queues' goals.
    Goals(Vec<Goal>),
    /// With `FrontEndBack`: who it is.
    FrontEnd(Arc<str>),
    /// With `Submit`: who comes.
    Newcomer(Newcomer),
    /// With `Transfer`: where to.
    TransferTo(Arc<str>),
    /// With `SignIn`: what to dial, and who signed the agent in where no desktop did.
    SignIn {
        #[serde(with = "plain")]
        agent: AgentId,
        device: Option<Arc<str>>,
        #[serde(with = "plain")]
        by_front_end: Option<FrontEndId>,
    },
    /// With `Callback`: whom to call.
    Number {
        #[serde(with = "plain")]
        contact: ContactId,
        number: Option<Arc<str>>,
    },
    /// With `End`: what came of it.
    Disposition {
        #[serde(with = "plain")]
        contact: ContactId,
        text: Option<Arc<str>>,
    },
    /// With `WrapDone`: what came of it, as its agent says.
    Disposed {
        #[serde(with = "plain")]
        contact: ContactId,
        #[serde(with = "plain")]
        agent: AgentId,
        text: Option<Arc<str>>,
    },
    /// What a contact is about; told where nothing else tells of it.
    Attrs {
        #[serde(with = "plain")]
        contact: ContactId,
        attrs: BTreeMap<String, String>,
        tell: bool,
    },
    /// A deadline of the server's own is set, or no more.
    Timer {
        timer: Timer,
        #[serde(with = "plain")]
        due: Option<Timestamp>,
    },
    /// A supervisor acted.
    Acted(Deed),
    /// A supervisor said something: the event as JSON, and to whom.
    Told { event: String, audience: Written },
    /// The first result under an idempotency key, as JSON.
    Remembered { client: Arc<str>, idem: Box<str>, digest: u64, result: Arc<str> },
    /// With `Resume`: the server has started again.
    Restarted,
}

/// What puts a table back as it was, where the engine refuses the command.
#[derive(Debug)]
pub(super) enum Undo {
    Nothing,
    Put(Side),
}

/// Why a record cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SideError {
    /// It was written by a program newer than this.
    #[error("server's side of version {0}; this program reads up to version {VERSION}")]
    Version(u8),
    /// The bytes are none of ours.
    #[error("server's side: {0}")]
    Bytes(postcard::Error),
}

/// Appends to a record's side; its first byte is the version.
pub(super) fn encode(side: &Side, to: &mut Vec<u8>) {
    let bytes = std::mem::take(to);
    *to = postcard::to_extend(side, bytes).expect("plain data, and memory is no IO");
}

/// Begins a record's side.
pub(super) fn begin(to: &mut Vec<u8>) {
    to.push(VERSION);
}

/// What a record's side says, in order.
pub(super) fn decode(bytes: &[u8]) -> Result<Vec<Side>, SideError> {
    let mut sides = Vec::new();
    let Some((&version, mut rest)) = bytes.split_first() else { return Ok(sides) };
    if version != VERSION {
        return Err(SideError::Version(version));
    }
    while !rest.is_empty() {
        let (side, after) = postcard::take_from_bytes(rest).map_err(SideError::Bytes)?;
        sides.push(side);
        rest = after;
    }
    Ok(sides)
}

impl Side {
    /// Whether the engine's command must find it done.
    pub(super) const fn comes_first(&self) -> bool {
        matches!(
            self,
            Self::FrontEnd(_)
                | Self::Newcomer(_)
                | Self::TransferTo(_)
                | Self::SignIn { .. }
                | Self::Number { .. }
                | Self::Disposition { .. }
                | Self::Disposed { .. }
        )
    }
}

impl Core {
    /// Does what the command in hand must find done.
    pub(super) fn before(&mut self, side: Side) -> Undo {
        match side {
            Side::FrontEnd(name) => self.front_ends.appears(&name),
            Side::Newcomer(newcomer) => self.newcomer = Some(newcomer),
            Side::TransferTo(words) => self.transfer_to = Some(words),
            Side::SignIn { agent, device, by_front_end } => {
                let desk = self.desks.get_mut(agent);
                let device = std::mem::replace(&mut desk.device, device);
                let by_front_end = std::mem::replace(&mut desk.by_front_end, by_front_end);
                return Undo::Put(Side::SignIn { agent, device, by_front_end });
            }
            Side::Number { contact, number } => {
                let Some(entry) = self.contacts.get_mut(contact) else { return Undo::Nothing };
                let number = std::mem::replace(&mut entry.number, number);
                return Undo::Put(Side::Number { contact, number });
            }
            Side::Disposition { contact, text } => {
                let Some(entry) = self.contacts.get_mut(contact) else { return Undo::Nothing };
                let text = std::mem::replace(&mut entry.disposition, text);
                return Undo::Put(Side::Disposition { contact, text });
            }
            Side::Disposed { contact, agent, text } => {
                let Some(former) = self.contacts.disposed(contact, agent, text) else {
                    return Undo::Nothing;
                };
                return Undo::Put(Side::Disposed { contact, agent, text: former });
            }
            other => debug_assert!(false, "{other:?} comes after its command"),
        }
        Undo::Nothing
    }

    /// Puts back what the refused command in hand found done.
    pub(super) fn undo(&mut self, undo: Undo) {
        self.newcomer = None;
        self.transfer_to = None;
        if let Undo::Put(side) = undo {
            self.before(side);
        }
    }

    /// Does what follows a command, or stands alone.
    pub(super) fn after(&mut self, side: Side) {
        match side {
            Side::Began { epoch } => self.epoch = epoch,
            Side::Goals(goals) => self.statistics.configure(self.engine.definitions(), goals),
            Side::Attrs { contact, attrs, tell } => self.attrs_change(contact, attrs, tell),
            Side::Timer { timer, due: Some(due) } => self.timers.set(due, timer),
            Side::Timer { timer, due: None } => self.timers.cancel(&timer),
            Side::Acted(act) => self.acted(&act),
            Side::Told { event, audience } => {
                let audience = audience.read(&self.engine, &self.names);
                if let (Ok(body), Some(audience)) = (serde_json::from_str(&event), audience) {
                    self.ring.tell_read(self.now.0 / 1_000, body, audience);
                }
            }
            Side::Remembered { client, idem, digest, result } => {
                self.idem.remember(&client, &idem, digest, result, self.now);
            }
            Side::Restarted => self.restarted(),
            first => debug_assert!(false, "{first:?} comes before its command"),
        }
    }
}
