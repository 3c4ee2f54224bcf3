//! Everything that can happen to the engine, with what each command checks and does.
//!
//! Each variant names what it refuses (lowest number given; every command also gives
//! `TimeBackwards`, `TimeOutOfRange`, and, but for `Tick` and `Resume`, `TickDue`) and the
//! effects it appends, in order. "Leave" stands for what happens when a contact leaves its agent:
//! the agent gets a new idle number; if it holds no interrupting contact any more, `Resumed` for
//! each parked one by number; if it holds nothing any more and a request is pending, that takes
//! effect (`AgentState`, then `PreferenceEnded` where it signed out). "Suspend" stands for
//! `Suspended`, if a contact that begins to wait has an absent front end; it is orphaned at the
//! front end's `lost_at` + grace, due at once where that is past. A contact that stops waiting is
//! neither suspended nor orphaned any more. After the change come the `Offered` effects of
//! matching. A state that does not change has no effect.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::channel::{Capacity, Channel};
use crate::definitions::Definitions;
use crate::effect::{EndCause, FailCause, Party};
use crate::ids::{AgentId, ContactId, FrontEndId, Need, OfferId, QueueId, ReasonId, SkillId};
use crate::time::{Nanos, Timestamp};

/// One thing that happens to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Fires due deadlines, at most `limits::TICK_BUDGET`, always the least by (due, kind,
    /// number), those that become due by the firing included; then matches, once. One that fires
    /// nothing is not logged and so changes nothing, not even the time of the last command.
    ///
    /// Kinds and effects: 0 offer expiry (offer number): as `OfferFailed(NoAnswer)`, or, while the
    /// contact's front end is absent, `OfferRevoked(FrontEndAbsent)`, `Requeued(OfferRevoked)`,
    /// suspend · 1 wrap-up end (contact number): `WrapUpOver`, leave · 2 pause end (agent
    /// number): `AgentState` · 3 preference end (contact number): `PreferenceEnded` · 4 step
    /// (contact number): `StepReached` · 5 promotion (contact number): `Promoted` · 6 maximum
    /// wait (contact number): `Ended(Timeout, System)` or `Moved` · 7 callback due (contact
    /// number): `Requeued(CallbackDue)`, suspend · 8 skill return (agent number, then skill
    /// number): `AgentSkills` · 9 orphan (contact number): `Orphaned`, or, once orphaned,
    /// `Ended(Lost, System)` · 10 overflow (queue number): `Overflow`, then `StepReached` by
    /// contact number.
    ///
    /// Preference, step and promotion run while a contact waits or is offered; maximum wait while
    /// it waits (suspended or not). Step, promotion and maximum wait count from origin, and are due
    /// then, one step and one band a deadline; where a contact begins to wait, step and promotions
    /// are chosen anew by time and the queue in force, and a preference already past ends, all
    /// silently; a maximum wait already past is due at once (its due time stays origin + maximum).
    Tick,
    /// A contact enters. See [`Submit`].
    Submit(Submit),
    /// The resident leaves before an answer: waiting, scheduled or offered.
    ///
    /// Refuses `UnknownContact`, `ContactOver`, `WrongState`. Effects: `OfferRevoked(Abandoned)`
    /// if offered, `Abandoned`, `Ended(Abandoned, Caller)`. Counts in B of rule 19.
    Abandon {
        /// The contact.
        contact: ContactId,
    },
    /// A contact ends, in any state.
    ///
    /// Refuses `UnknownContact`, `ContactOver`. Effects: `OfferRevoked(Ended)` if offered,
    /// `Ended(cause, by)`, and from connected or parked `WrapUp`, or leave where the queue's mode
    /// is `None` (a wrap-up of no length: the handle time of rule 19 is measured at once).
    End {
        /// The contact.
        contact: ContactId,
        /// Why.
        cause: EndCause,
        /// Whose doing.
        by: Party,
    },
    /// The agent's leg is lost while the resident stays: connected or parked → waiting, same
    /// queue and key, no wrap-up.
    ///
    /// Refuses `UnknownContact`, `ContactOver`, `WrongState`. Effects: `Requeued(AgentLegLost)`,
    /// suspend, leave.
    Requeue {
        /// The contact.
        contact: ContactId,
    },
    /// Marks a connected contact as on hold. Refuses as `Requeue`, parked too. Effect: `Held`.
    Hold {
        /// The contact.
        contact: ContactId,
    },
    /// Takes the mark off. Refuses as `Hold`. Effect: `Unheld`.
    Unhold {
        /// The contact.
        contact: ContactId,
    },
    /// A connected or parked contact goes to a queue, an agent, or outside. See [`Transfer`].
    Transfer(Transfer),
    /// A waiting or offered contact goes to another queue: same contact, origin, entry number;
    /// step, promotions and deadline by the new queue. No limit of waiting applies.
    ///
    /// Refuses `UnknownContact`, `UnknownQueue`, `ContactOver`, `WrongState`, `QueueClosed`.
    /// Effects: `OfferRevoked(Moved)` if offered, `Moved`, suspend if it was offered.
    Move {
        /// The contact.
        contact: ContactId,
        /// Where to.
        queue: QueueId,
    },
    /// A waiting or offered contact becomes a callback, keeping queue, origin, entry number and
    /// preference; with `at` in the future it is scheduled, and its preference is over.
    ///
    /// Refuses `TimeOutOfRange` (`at` past `TIME_MAX`), `BadDuration` (`at` more than
    /// `DURATION_MAX` away), `UnknownContact`, `ContactOver`, `WrongState`. Effects:
    /// `OfferRevoked(Callback)` if offered, `TurnedCallback` if it was not one, `Scheduled` if
    /// `at` is after `now`, else suspend if it was offered.
    Callback {
        /// The contact.
        contact: ContactId,
        /// When to call; none, or an instant not after `now`, means as soon as an agent is free.
        at: Option<Timestamp>,
    },
    /// The resident did not answer a connected callback: scheduled again after the queue's retry
    /// time, or ended at its last attempt. No wrap-up, no handle time.
    ///
    /// Refuses `UnknownContact`, `ContactOver`, `WrongState` (also for other channels). Effects:
    /// `Scheduled` or `Ended(CallbackFailed, System)`, leave.
    CallbackFailed {
        /// The contact.
        contact: ContactId,
    },
    /// Changes a live contact's priority, in every state.
    ///
    /// Refuses `BadPriority`, `UnknownContact`, `ContactOver`. Effect: `Reprioritised`.
    Prioritise {
        /// The contact.
        contact: ContactId,
        /// The priority, 0..=9.
        prio: u8,
    },
    /// Offers a waiting contact to a named agent, whatever its skills, site and preference.
    ///
    /// Refuses `UnknownContact`, `UnknownAgent`, `ContactOver`, `WrongState`, `NotSignedIn`,
    /// `AgentNotFree` (rule 4 a–c), `FrontEndAbsent` (suspended). Effect: `Offered`.
    OfferTo {
        /// The contact.
        contact: ContactId,
        /// The agent.
        agent: AgentId,
    },
    /// The agent's device rings. Refuses `UnknownOffer`, `OfferOver`. Effect: `OfferRinging`.
    OfferRinging {
        /// The offer.
        offer: OfferId,
    },
    /// The agent answers. Preference is over; the unanswered count returns to 0.
    ///
    /// Refuses `UnknownOffer`, `OfferOver`. Effects: `Connected`, and on an interrupting channel
    /// `Parked` for each of the agent's connected interruptible contacts, by number. Then the
    /// agent gets a new idle number.
    Answer {
        /// The offer.
        offer: OfferId,
    },
    /// The offer failed (rule 9).
    ///
    /// Refuses `UnknownOffer`, `OfferOver`. Effects: `OfferFailed`, `Requeued(OfferFailed)`,
    /// suspend; then the agent gets a new idle number and is paused, or not ready (rona):
    /// `AgentState`, where that changes anything. Rona does not wait for held contacts to leave.
    OfferFailed {
        /// The offer.
        offer: OfferId,
        /// How.
        cause: FailCause,
    },
    /// An agent signs in, not ready; or, signed in already, renews its capacity.
    ///
    /// Signing in sets work, idle, connected and unanswered to 0. Refuses `BadCapacity`,
    /// `UnknownAgent`. Effects: `AgentState`; or `AgentCapacity`.
    SignIn {
        /// The agent.
        agent: AgentId,
        /// What it may hold; none means what its definition says.
        capacity: Option<Capacity>,
    },
    /// An agent signs out, at once or when its last contact leaves. Once it is out, its pause and
    /// pending request are gone; its offer goes with the request: it is rejected without a pause.
    ///
    /// Refuses `UnknownAgent`, `NotSignedIn`. Effects: `OfferFailed(Rejected)`,
    /// `Requeued(OfferFailed)`, suspend if it had an offer (and a new idle number); `AgentState`;
    /// and if it is out now, `PreferenceEnded` by contact number.
    SignOut {
        /// The agent.
        agent: AgentId,
    },
    /// An agent is ready: ends a pause, cancels a pending request, and the unanswered count
    /// returns to 0. From not ready it gets a new idle number.
    ///
    /// Refuses `UnknownAgent`, `NotSignedIn`. Effect: `AgentState`.
    Ready {
        /// The agent.
        agent: AgentId,
    },
    /// An agent is not ready, at once or when its last contact leaves. Its pause stays.
    ///
    /// Refuses `UnknownAgent`, `UnknownReason`, `NotSignedIn`. Effects as `SignOut`.
    NotReady {
        /// The agent.
        agent: AgentId,
        /// For which reason, if one is given.
        reason: Option<ReasonId>,
    },
    /// An agent's desktop is gone: its offer is revoked without blame, and it is not ready
    /// (lost), at once or when its last contact leaves.
    ///
    /// Refuses `UnknownAgent`, `NotSignedIn`. Effects: `OfferRevoked(AgentLost)`,
    /// `Requeued(OfferRevoked)`, suspend if it had an offer; `AgentState`.
    AgentLost {
        /// The agent.
        agent: AgentId,
    },
    /// Sets and unsets skills for good; a temporary level of a named skill is forgotten.
    ///
    /// Refuses `BadLevel`, `TooManyTerms` (`set` and `unset` together), `DuplicateSkill`,
    /// `UnknownAgent`, `UnknownSkill`. Signed out agents too. Effect: `AgentSkills`, where a level
    /// changes or a temporary one is forgotten.
    SetSkills {
        /// The agent.
        agent: AgentId,
        /// Levels to set.
        set: Vec<Need>,
        /// Skills to take away.
        unset: Vec<SkillId>,
    },
    /// Sets skills for a time; each then returns to the level before its first temporary one.
    ///
    /// Refuses `BadLevel`, `BadDuration`, `TooManyTerms`, `DuplicateSkill`, `UnknownAgent`,
    /// `UnknownSkill`. Effect: `AgentSkills`, where `set` is not empty.
    SkillFor {
        /// The agent.
        agent: AgentId,
        /// Levels to set.
        set: Vec<Need>,
        /// For how long.
        length: Nanos,
    },
    /// Sets what a signed-in agent may hold, channel by channel.
    ///
    /// Refuses `BadCapacity`, `UnknownAgent`, `NotSignedIn`. Effect: `AgentCapacity`.
    SetCapacity {
        /// The agent.
        agent: AgentId,
        /// The channels to change; of one channel twice, the last counts.
        set: Vec<(Channel, u8)>,
    },
    /// An agent ends a wrap-up.
    ///
    /// Refuses `UnknownContact`, `UnknownAgent`, `NotWrappingUp`, `WrapUpMandatory`. Effects:
    /// `WrapUpOver`, leave.
    WrapDone {
        /// The agent.
        agent: AgentId,
        /// The ended contact.
        contact: ContactId,
    },
    /// An agent asks for more wrap-up, up to the maximum; its end never moves back.
    ///
    /// Refuses `BadDuration`, `UnknownContact`, `UnknownAgent`, `NotWrappingUp`. Effect:
    /// `WrapUpExtended`.
    WrapExtend {
        /// The agent.
        agent: AgentId,
        /// The ended contact.
        contact: ContactId,
        /// How much more.
        by: Nanos,
    },
    /// Opens a queue. Refuses `UnknownQueue`. Effect: `QueueState`.
    OpenQueue {
        /// The queue.
        queue: QueueId,
    },
    /// Closes a queue; those waiting (suspended ones too; not those offered or scheduled) stay,
    /// end or move.
    ///
    /// Refuses `UnknownQueue`, `WrongState` (move to itself), `QueueClosed` (move to a closed
    /// one). Effects: `QueueState`; by contact number `Ended(QueueClosed, System)` or `Moved`.
    CloseQueue {
        /// The queue.
        queue: QueueId,
        /// What becomes of those that wait.
        waiting: WaitingOnClose,
    },
    /// Replaces all definitions, or nothing.
    ///
    /// Names keep their numbers for ever. Agents get the skills and site of their definition
    /// (temporary ones go); a signed-in agent keeps its capacity. Queues keep whether they are
    /// open, cursor and estimates. Waiting and offered contacts get step, promotions and deadline
    /// anew; live offers stand. Needs for a skill no longer defined are satisfied by nobody.
    ///
    /// Refuses `BadLevel`, `BadDuration` (any; promotion and maximum wait too; not the first
    /// step's 0), `TooManyTerms` (alternatives, or terms of one), `DuplicateSkill` (twice in one
    /// agent; of one skill twice in an alternative the higher level counts, at its first place),
    /// `BadCapacity`, `BadName`, `DuplicateName`, `BadSteps`, `BadPolicy` (a count above
    /// `POLICY_COUNT_MAX`, no callback attempt, `rona_limit` excepted; fixed wrap-up beyond its
    /// maximum; maximum waits that move in a circle), `UnknownQueue`, `UnknownSkill`,
    /// `UnknownSite` (named but not defined), `DefinitionInUse` (a removed queue with live
    /// contacts, a removed agent not signed out), `TooManyDefinitions`. Effect: `Configured`, even
    /// where nothing differs.
    Configure(Box<Definitions>),
    /// A front end is gone. Refuses `UnknownFrontEnd`, `FrontEndAbsent`. Effects: `FrontEnd`,
    /// `Suspended` by contact number.
    FrontEndLost {
        /// The front end.
        front_end: FrontEndId,
    },
    /// A front end is there, for the first time (the next number) or again. Orphaned contacts
    /// are as others again.
    ///
    /// Refuses `UnknownFrontEnd` (beyond the next number), `TooManyFrontEnds`. Effects:
    /// `FrontEnd`, `Unsuspended` by contact number; none when it was there.
    FrontEndBack {
        /// The front end.
        front_end: FrontEndId,
    },
    /// The first command after a restart. Every front end is absent from now on (those already
    /// absent, anew; orphaned contacts stay orphaned, the others get grace from now), and no live
    /// offer or wrap-up ends earlier than now + grace. Applied also while a deadline is due.
    ///
    /// Effects: by front end number `FrontEnd` if it was there; then `Suspended` by contact
    /// number; by offer number `OfferExtended`; by contact number `WrapUpExtended`.
    Resume,
    /// The numbers of `Strategy::Random` start anew from here: a log's first command, so that
    /// whoever reads the log finds the same agents chosen. No effects.
    Seed {
        /// Where they start.
        seed: u64,
    },
}

/// A contact that enters.
///
/// Refuses `BadPriority`, `BadLevel`, `BadDuration`, `BadAge`, `TooManyTerms`,
/// `TooManyPreferred`, `DuplicateSkill`, `UnknownAgent`, `UnknownQueue`, `UnknownSkill`,
/// `UnknownFrontEnd`, `QueueClosed`, `FrontEndAbsent`, `QueueFull` (unless an agent is eligible at
/// once), `TooManyContacts`. Effect: `Queued`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// Who brings it.
    pub front_end: FrontEndId,
    /// How it came.
    pub channel: Channel,
    /// Where to.
    pub queue: QueueId,
    /// Priority 0..=9; 5 is usual.
    pub prio: u8,
    /// What it needs besides the queue's terms; any order, no skill twice.
    pub needs: Vec<Need>,
    /// Agents that alone are eligible at first; none signed in, or empty, means no preference.
    pub prefer: Vec<AgentId>,
    /// For how long; none means the queue's `prefer_for`.
    pub prefer_for: Option<Nanos>,
    /// Wait already served elsewhere; origin is now less this.
    pub age: Nanos,
}

/// A connected or parked contact that goes on elsewhere.
///
/// It ends (`Transferred`), by `Party::Agent`, with the wrap-up of its queue; unless it goes
/// outside, a new contact continues it: same front end, channel, priority and needs (unless given
/// anew), step and promotions as at entry, and with `keep_age` the same origin and entry number.
/// To an agent that agent is preferred for 30 s.
///
/// Refuses `BadLevel`, `TooManyTerms`, `DuplicateSkill`, `UnknownContact`, `UnknownAgent`,
/// `UnknownQueue`, `UnknownSkill`, `ContactOver`, `WrongState`, `NotSignedIn`, `QueueClosed`,
/// `AtCapacity` (attended; the transferred contact still counted), `TooManyHops` (outside too).
/// `QueueClosed` where the new contact's queue is closed, be it the old one's. An attended
/// transfer to its own agent leaves a pending request waiting.
/// Effects: `Transferred`, `Ended(Transferred, Agent)`, `WrapUp` or leave, then for the new
/// contact `Queued`, suspend; or, attended: where the agent has an offer
/// `OfferRevoked(Attended)`, `Requeued(OfferRevoked)`, suspend; `Queued` (without suspend),
/// `Connected`, and as for `Answer` from there on (also the agent's unanswered count).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The contact.
    pub contact: ContactId,
    /// Where to.
    pub to: TransferTo,
    /// Needs of the new contact; none means the same.
    pub needs: Option<Vec<Need>>,
    /// Whether origin and entry number go with it.
    pub keep_age: bool,
}

/// The target of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferTo {
    /// A queue.
    Queue(QueueId),
    /// An agent.
    Agent {
        /// The agent.
        agent: AgentId,
        /// The queue the new contact belongs to; none means the old one's.
        queue: Option<QueueId>,
        /// Whether the agent has taken it over in person already.
        attended: bool,
    },
    /// Another centre.
    Outside,
}

/// What becomes of those that wait in a queue that closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingOnClose {
    /// They stay and are served.
    Keep,
    /// They end.
    End,
    /// They move.
    Move(QueueId),
}
