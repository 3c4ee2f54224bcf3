//! What clients see happen.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One event. `seq` is gap-free over the whole log; a subscription sees a subset.
///
/// Its texts are shared ones, or another [`Text`](crate::text::Text): who only writes an event
/// borrows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Event<T = Arc<str>> {
    /// Its number.
    pub seq: u64,
    /// The city's time, µs UTC.
    pub ts: u64,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody<T>,
}

/// The contact an event is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContactRef<T = Arc<str>> {
    /// Its id.
    pub contact: T,
    /// Its front end's id of it.
    pub ext: T,
    /// Its queue.
    pub queue: T,
}

/// Declares the events. A contact's carry [`ContactRef`] first.
macro_rules! events {
    (
        $($(#[$cdoc:meta])* $cname:ident = $ctype:literal {
            $($(#[$cfmeta:meta])* $cfield:ident: $cty:ty,)*
        })*
        ;
        $($(#[$doc:meta])* $name:ident = $type:literal {
            $($(#[$fmeta:meta])* $field:ident: $ty:ty,)*
        })*
    ) => {
        /// What happened, by `type`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "type", bound(deserialize = "T: Deserialize<'de>"))]
        pub enum EventBody<T = Arc<str>> {
            $(
                $(#[$cdoc])*
                #[serde(rename = $ctype)]
                $cname {
                    /// The contact.
                    #[serde(flatten)]
                    of: ContactRef<T>,
                    $($(#[$cfmeta])* $cfield: $cty,)*
                },
            )*
            $(
                $(#[$doc])*
                #[serde(rename = $type)]
                $name { $($(#[$fmeta])* $field: $ty,)* },
            )*
            /// A type this version does not know.
            #[serde(other)]
            Unknown,
        }

        impl EventBody {
            /// Every `type` this version gives.
            pub const TYPES: &[&'static str] = &[$($ctype,)* $($type,)*];
        }

        impl<T> EventBody<T> {
            /// The `type` on the wire.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$cname { .. } => $ctype,)*
                    $(Self::$name { .. } => $type,)*
                    Self::Unknown => "unknown",
                }
            }

            /// The contact it is about.
            pub const fn contact(&self) -> Option<&ContactRef<T>> {
                match self {
                    $(Self::$cname { of, .. } => Some(of),)*
                    _ => None,
                }
            }
        }
    };
}

events! {
    /// It waits, new.
    Queued = "contact.queued" {
        /// How it came.
        channel: T,
        /// Its priority.
        prio: u8,
        /// Its front end.
        frontend: T,
        /// Its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pos: Option<u32>,
        /// The contact it continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<T>,
        /// The earlier request to the city that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<T>,
    }
    /// It is reserved for an agent.
    Offered = "contact.offered" {
        /// The offer.
        offer: T,
        /// The agent.
        agent: T,
        /// Who answers: device (the front end dials) or desktop.
        answer_by: T,
        /// What to dial.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dial: Option<T>,
        /// How long the agent has.
        deadline_ms: u64,
        /// How it came.
        channel: T,
        /// The number of a callback.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<T>,
        /// Sent before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        resent: bool,
    }
    /// The device rings.
    OfferRinging = "offer.ringing" {
        /// The offer.
        offer: T,
        /// The agent.
        agent: T,
    }
    /// The offer is over without an answer.
    OfferRevoked = "contact.offer_revoked" {
        /// The offer.
        offer: T,
        /// The agent.
        agent: T,
        /// rejected, busy, unreachable, `no_answer`; abandoned, ended, moved, callback,
        /// `agent_lost`, attended, `front_end_absent`.
        cause: T,
    }
    /// The offer's deadline moved.
    OfferExtended = "contact.offer_extended" {
        /// The offer.
        offer: T,
        /// The agent.
        agent: T,
        /// How long the agent has from now.
        deadline_ms: u64,
    }
    /// Contact and agent are together.
    Connected = "contact.connected" {
        /// The agent.
        agent: T,
        /// The offer answered; none for an attended transfer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<T>,
        /// Wait since entry.
        wait_ms: u64,
        /// What to dial, where no offer did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dial: Option<T>,
    }
    /// It left before an answer.
    Abandoned = "contact.abandoned" {
        /// Wait since entry.
        wait_ms: u64,
    }
    /// It waits again, in its place.
    Requeued = "contact.requeued" {
        /// `offer_failed`, `offer_revoked`, `agent_leg_lost` or `callback_due`.
        cause: T,
        /// Its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pos: Option<u32>,
    }
    /// It goes on elsewhere.
    Transferred = "contact.transferred" {
        /// `queue:NAME`, `agent:NAME` or `outside:NUMBER`.
        to: T,
        /// The contact it goes on as.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<T>,
        /// Transfers so far.
        hops: u8,
    }
    /// It waits in another queue (`queue` is the new one).
    Moved = "contact.moved" {
        /// The old one.
        from_queue: T,
        /// Its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pos: Option<u32>,
    }
    /// It became a callback.
    Callback = "contact.callback" {}
    /// It is not matched until then.
    Scheduled = "contact.scheduled" {
        /// When it waits again, µs UTC.
        until: u64,
    }
    /// Priority or attributes changed.
    Updated = "contact.updated" {
        /// Its priority.
        prio: u8,
        /// All its attributes, where they changed.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attrs: BTreeMap<String, String>,
    }
    /// It rose a band by age.
    Promoted = "contact.promoted" {
        /// How often so far.
        promotions: u8,
    }
    /// Its requirement is now that of this step, counted from 0.
    StepReached = "contact.step" {
        /// The step.
        step: u8,
    }
    /// Its preferred agents are no longer the only ones.
    PreferenceEnded = "contact.preference_ended" {}
    /// The agent set it aside.
    Parked = "contact.parked" {}
    /// The agent took it up again.
    Resumed = "contact.resumed" {}
    /// It hears music.
    Held = "contact.held" {}
    /// It hears the agent again.
    Unheld = "contact.unheld" {}
    /// Its front end is absent.
    Suspended = "contact.suspended" {}
    /// Its front end is back.
    Unsuspended = "contact.unsuspended" {}
    /// Its front end stayed away.
    Orphaned = "contact.orphaned" {}
    /// It is over.
    Ended = "contact.ended" {
        /// hangup, completed, `exit_key`, abandoned, transferred, timeout, withdrawn,
        /// `queue_closed`, `callback_failed`, `lost_by_front_end`, lost.
        cause: T,
        /// caller, agent, supervisor, `front_end` or system.
        by: T,
        /// Who held it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<T>,
        /// Talk and hold.
        talk_ms: u64,
        /// Wait until the answer, or until the end.
        wait_ms: u64,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<T>,
    }
    /// The agent is in wrap-up of it.
    WrapUp = "contact.wrap_up" {
        /// The agent.
        agent: T,
        /// When it ends at the latest, µs UTC.
        until: u64,
    }
    /// The wrap-up's deadline moved.
    WrapUpExtended = "contact.wrap_up_extended" {
        /// The agent.
        agent: T,
        /// When it ends at the latest, µs UTC.
        until: u64,
    }
    /// The wrap-up is over; handle time is final.
    WrapUpOver = "contact.wrap_up_over" {
        /// The agent.
        agent: T,
        /// Talk, hold and wrap-up.
        handle_ms: u64,
        /// What came of it, as the agent says at the end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<T>,
    }
    ;
    /// An agent's state changed.
    AgentState = "agent.state" {
        /// The agent.
        agent: T,
        /// `signed_out`, `not_ready`, ready, or busy while it holds contacts.
        state: T,
        /// Why not ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<T>,
        /// What waits for the last contact to leave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending: Option<T>,
        /// Until when it gets no offers, µs UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        paused_until: Option<u64>,
    }
    /// An agent's skills or capacity changed.
    AgentUpdated = "agent.updated" {
        /// The agent.
        agent: T,
    }
    /// A queue opened or closed.
    QueueState = "queue.state" {
        /// The queue.
        queue: T,
        /// Whether it accepts contacts.
        open: bool,
    }
    /// A queue overflows, or no longer does.
    QueueOverflow = "queue.overflow" {
        /// The queue.
        queue: T,
        /// Whether it does.
        on: bool,
    }
    /// A front end came or went.
    FrontEnd = "frontend.state" {
        /// Its name.
        frontend: T,
        /// Whether it is there.
        present: bool,
    }
    /// The definitions were replaced.
    Config = "config" {
        /// Queues now defined.
        queues: usize,
        /// Agents now defined.
        agents: usize,
    }
    /// A supervisor acted.
    Audit = "audit" {
        /// Number of its line in the audit.
        audit: u64,
        /// Who.
        who: T,
        /// What, in words.
        what: T,
        /// Why.
        reason: T,
    }
    /// A supervisor's word to everybody, or to one queue's agents.
    Broadcast = "broadcast" {
        /// Whose agents; none means all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<T>,
        /// The text.
        text: T,
        /// Who says it.
        who: T,
    }
    /// A front end is asked to let a supervisor hear an agent.
    Listen = "supervise.listen" {
        /// The agent.
        agent: T,
        /// listen, whisper or barge.
        mode: T,
        /// Who listens.
        who: T,
    }
}
