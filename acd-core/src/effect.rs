//! What happened, one effect a change, in the order made.

use alloc::vec::Vec;

use crate::ids::{AgentId, ContactId, FrontEndId, OfferId, QueueId};
use crate::state::{Pending, Presence};
use crate::time::{Nanos, Timestamp};

/// The caller's buffer of effects. The engine only appends.
pub type Effects = Vec<Effect>;

/// One change, already made in the engine.
///
/// [`Command`](crate::Command) says for each command which effects it appends, in which order.
/// Matching's offers always come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A new contact waits (by submission or transfer).
    Queued {
        /// The contact.
        contact: ContactId,
        /// Where it waits.
        queue: QueueId,
    },
    /// The contact is reserved for the agent until the deadline.
    Offered {
        /// The contact.
        contact: ContactId,
        /// The new offer.
        offer: OfferId,
        /// To whom.
        agent: AgentId,
        /// When it expires.
        until: Timestamp,
    },
    /// The agent's device rings.
    OfferRinging {
        /// The offer.
        offer: OfferId,
    },
    /// The agent's side failed to answer (rule 9); `Requeued` follows.
    OfferFailed {
        /// The contact.
        contact: ContactId,
        /// The offer that is over.
        offer: OfferId,
        /// Who was offered.
        agent: AgentId,
        /// How it failed.
        cause: FailCause,
    },
    /// The offer was taken back without blame.
    OfferRevoked {
        /// The contact.
        contact: ContactId,
        /// The offer that is over.
        offer: OfferId,
        /// Who was offered.
        agent: AgentId,
        /// Why.
        cause: RevokeCause,
    },
    /// A live offer's deadline moved (after a restart).
    OfferExtended {
        /// The offer.
        offer: OfferId,
        /// The new deadline.
        until: Timestamp,
    },
    /// Contact and agent are together.
    Connected {
        /// The contact.
        contact: ContactId,
        /// With whom.
        agent: AgentId,
        /// The offer that was answered; none for an attended transfer.
        offer: Option<OfferId>,
    },
    /// The contact waits again, with its key.
    Requeued {
        /// The contact.
        contact: ContactId,
        /// Why it returned.
        cause: RequeueCause,
    },
    /// The contact became a callback.
    TurnedCallback {
        /// The contact.
        contact: ContactId,
    },
    /// The contact is not matched until the instant (a callback's time or retry).
    Scheduled {
        /// The contact.
        contact: ContactId,
        /// When it waits again.
        until: Timestamp,
    },
    /// The contact waits in another queue.
    Moved {
        /// The contact.
        contact: ContactId,
        /// Where it waits now.
        queue: QueueId,
    },
    /// The contact's priority changed.
    Reprioritised {
        /// The contact.
        contact: ContactId,
        /// The new priority.
        prio: u8,
    },
    /// The contact's band rose by age.
    Promoted {
        /// The contact.
        contact: ContactId,
        /// Promotions so far.
        promotions: u8,
    },
    /// The contact's requirement is now that of this step (counted from 0).
    StepReached {
        /// The contact.
        contact: ContactId,
        /// The step.
        step: u8,
    },
    /// The contact's preferred agents are no longer the only ones eligible.
    PreferenceEnded {
        /// The contact.
        contact: ContactId,
    },
    /// The agent set the contact aside for an interrupting one.
    Parked {
        /// The contact.
        contact: ContactId,
    },
    /// The agent took the parked contact up again.
    Resumed {
        /// The contact.
        contact: ContactId,
    },
    /// The contact hears music.
    Held {
        /// The contact.
        contact: ContactId,
    },
    /// The contact hears the agent again.
    Unheld {
        /// The contact.
        contact: ContactId,
    },
    /// The waiting contact's front end is absent: it keeps its key and is not matched.
    Suspended {
        /// The contact.
        contact: ContactId,
    },
    /// The front end is back: the contact is matched again.
    Unsuspended {
        /// The contact.
        contact: ContactId,
    },
    /// The front end stayed away longer than grace.
    Orphaned {
        /// The contact.
        contact: ContactId,
    },
    /// The resident left before an answer; `Ended` follows.
    Abandoned {
        /// The contact.
        contact: ContactId,
    },
    /// The contact goes on as `next`, or outside when that is none; `Ended` follows.
    Transferred {
        /// The contact that ends.
        contact: ContactId,
        /// The contact it goes on as.
        next: Option<ContactId>,
        /// Transfers in the chain, this one counted.
        hops: u8,
    },
    /// The contact is over. Exactly once.
    Ended {
        /// The contact.
        contact: ContactId,
        /// Who held it.
        agent: Option<AgentId>,
        /// Why.
        cause: EndCause,
        /// Whose doing.
        by: Party,
    },
    /// The agent is in wrap-up of an ended contact.
    WrapUp {
        /// The contact that ended.
        contact: ContactId,
        /// Who wraps up.
        agent: AgentId,
        /// When it ends at the latest.
        until: Timestamp,
    },
    /// The wrap-up's deadline moved.
    WrapUpExtended {
        /// The contact that ended.
        contact: ContactId,
        /// The new deadline.
        until: Timestamp,
    },
    /// The wrap-up is over.
    WrapUpOver {
        /// The contact that ended.
        contact: ContactId,
        /// Who is free of it.
        agent: AgentId,
        /// Connect to here: talk, hold and wrap-up.
        handle: Nanos,
    },
    /// Presence, pending request or pause of an agent changed.
    AgentState {
        /// The agent.
        agent: AgentId,
        /// Its presence now.
        presence: Presence,
        /// What waits for its last contact to leave.
        pending: Option<Pending>,
        /// Until when it gets no offers.
        paused_until: Option<Timestamp>,
    },
    /// Skills of an agent changed, by command or at the end of a temporary one.
    AgentSkills {
        /// The agent.
        agent: AgentId,
    },
    /// Capacity of an agent changed.
    AgentCapacity {
        /// The agent.
        agent: AgentId,
    },
    /// The queue opened or closed.
    QueueState {
        /// The queue.
        queue: QueueId,
        /// Whether it accepts contacts.
        open: bool,
    },
    /// The queue overflows, or no longer does.
    Overflow {
        /// The queue.
        queue: QueueId,
        /// Whether it does.
        on: bool,
    },
    /// The definitions were replaced.
    Configured,
    /// A front end came or went.
    FrontEnd {
        /// The front end.
        front_end: FrontEndId,
        /// Whether it is there.
        present: bool,
    },
}

/// How an offer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FailCause {
    /// The agent refused.
    Rejected,
    /// The device was busy.
    Busy,
    /// The device could not be reached.
    Unreachable,
    /// Nobody answered, said by the front end or by the deadline.
    NoAnswer,
}

/// Why an offer was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevokeCause {
    /// The resident left.
    Abandoned,
    /// The contact was ended.
    Ended,
    /// The contact was moved to another queue.
    Moved,
    /// The contact became a callback.
    Callback,
    /// The agent's desktop is gone.
    AgentLost,
    /// The agent was connected to a contact handed over in person.
    Attended,
    /// The deadline came while the contact's front end was absent.
    FrontEndAbsent,
}

/// Why a contact waits again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequeueCause {
    /// Its offer failed.
    OfferFailed,
    /// Its offer was revoked without the contact's doing.
    OfferRevoked,
    /// The agent's leg was lost.
    AgentLegLost,
    /// The callback's time has come.
    CallbackDue,
}

/// Why a contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndCause {
    /// One side hung up.
    Hangup,
    /// The conversation was completed.
    Completed,
    /// The resident left the queue by a key.
    ExitKey,
    /// The resident left before an answer.
    Abandoned,
    /// It went on as another contact, or outside.
    Transferred,
    /// It waited as long as its queue allows.
    Timeout,
    /// A supervisor took it out.
    Withdrawn,
    /// Its queue closed and sent everybody home.
    QueueClosed,
    /// The resident did not answer the last callback.
    CallbackFailed,
    /// Its front end no longer knew it.
    LostByFrontEnd,
    /// Its front end never came back.
    Lost,
}

/// Whose doing an end was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The resident.
    Caller,
    /// The agent.
    Agent,
    /// A supervisor.
    Supervisor,
    /// The front end.
    FrontEnd,
    /// The engine: a deadline, or a queue that closed.
    System,
}
