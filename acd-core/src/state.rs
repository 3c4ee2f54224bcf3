//! The engine's whole logical content as plain data: what is compared, hashed and stored.

use alloc::string::String;
use alloc::vec::Vec;

use crate::channel::{Capacity, Channel};
use crate::definitions::Definitions;
use crate::ids::{AgentId, ContactId, FrontEndId, Need, OfferId, QueueId, ReasonId, SkillId};
use crate::time::{Nanos, Timestamp};

/// Everything that decides what happens next. Lists are sorted by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Time of the last applied command.
    pub now: Timestamp,
    /// Numbers issued so far.
    pub counters: Counters,
    /// Every name ever defined; index + 1 is the number.
    pub names: Names,
    /// The definitions in force, as configured.
    pub definitions: Definitions,
    /// Front ends that have appeared.
    pub front_ends: Vec<FrontEndRecord>,
    /// Defined queues.
    pub queues: Vec<QueueRecord>,
    /// Defined agents.
    pub agents: Vec<AgentRecord>,
    /// Live contacts.
    pub contacts: Vec<ContactRecord>,
    /// Live offers.
    pub offers: Vec<OfferRecord>,
    /// Running wrap-ups, by contact number.
    pub wrap_ups: Vec<WrapUpRecord>,
}

impl State {
    /// What [`Engine::state_hash`](crate::Engine::state_hash) says of an engine in this state.
    pub fn hash(&self) -> u64 {
        crate::hash::of(self)
    }
}

/// The rising counters. Each is the last number issued, 0 before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Contacts.
    pub contacts: u64,
    /// Offers.
    pub offers: u64,
    /// Entries: contacts that entered with an age of their own.
    pub entries: u64,
    /// Idle numbers.
    pub idle_numbers: u64,
    /// State of splitmix64: the seed, advanced once by each idle number.
    pub random: u64,
}

/// Names by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Skills.
    pub skills: Vec<String>,
    /// Sites.
    pub sites: Vec<String>,
    /// Not-ready reasons.
    pub reasons: Vec<String>,
    /// Queues.
    pub queues: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
}

/// A front end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrontEndRecord {
    /// Its number.
    pub front_end: FrontEndId,
    /// Since when it is absent; none while it is there.
    pub lost_at: Option<Timestamp>,
}

/// A queue's changing part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueRecord {
    /// Its number.
    pub queue: QueueId,
    /// Whether it accepts contacts.
    pub open: bool,
    /// The agent last offered one of its contacts, for `round_robin`.
    pub cursor: Option<AgentId>,
    /// H of rule 19: the running handle time in µs.
    pub handle_us: u64,
    /// W of rule 19: waits in µs (each rounded down). A contact's wait since `entered_at` is added
    /// once: when it first connects, or when it ends without having connected.
    pub waits_us: u64,
    /// B of rule 19: abandons. When it reaches 64, W and B are halved, after W was added to.
    pub abandons: u32,
    /// Whether it overflows (rule 18).
    pub overflowing: bool,
}

/// An agent's changing part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentRecord {
    /// Its number.
    pub agent: AgentId,
    /// Signed out, not ready or ready.
    pub presence: Presence,
    /// A request that waits for the last contact to leave.
    pub pending: Option<Pending>,
    /// Until when it gets no offers.
    pub paused_until: Option<Timestamp>,
    /// What it may hold.
    pub capacity: Capacity,
    /// Its levels, by skill number.
    pub skills: Vec<(SkillId, u8)>,
    /// Skills that return to a former level, by skill number.
    pub temporary: Vec<TemporarySkill>,
    /// Its idle number; 0 before the first.
    pub idle_number: u64,
    /// Whether it held no contact when it got the idle number.
    pub idle_holds_none: bool,
    /// Work × 1000 / (work + idle) when it got the idle number.
    pub idle_occupancy: u16,
    /// Contacts connected since sign-in when it got the idle number.
    pub idle_contacts: u32,
    /// The random number drawn with the idle number.
    pub idle_random: u64,
    /// Contacts connected since sign-in.
    pub connected: u32,
    /// Unanswered offers in a row.
    pub no_answers: u8,
    /// Work since sign-in, up to `State::now`.
    pub work: Nanos,
    /// Idle time since sign-in, up to `State::now`.
    pub idle: Nanos,
}

/// A skill set for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemporarySkill {
    /// The skill.
    pub skill: SkillId,
    /// The level it returns to; 0 means none.
    pub former: u8,
    /// When.
    pub until: Timestamp,
}

/// Whether an agent takes contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// Not there.
    SignedOut,
    /// There, but not for contacts.
    NotReady(NotReadyReason),
    /// There for contacts.
    Ready,
}

/// Why an agent is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotReadyReason {
    /// It has just signed in.
    SignedIn,
    /// It asked without a reason.
    Unspecified,
    /// It asked, for a reason.
    Given(ReasonId),
    /// It left offers unanswered.
    Rona,
    /// Its desktop is gone.
    Lost,
}

/// A request that takes effect when an agent's last contact leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pending {
    /// To be not ready.
    NotReady(NotReadyReason),
    /// To sign out.
    SignOut,
}

/// A live contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRecord {
    /// Its number.
    pub contact: ContactId,
    /// Who brought it.
    pub front_end: FrontEndId,
    /// How it came.
    pub channel: Channel,
    /// Where it waits or was answered.
    pub queue: QueueId,
    /// Its priority, 0..=9.
    pub prio: u8,
    /// What it needs itself, by skill name.
    pub needs: Vec<Need>,
    /// Agents that alone are eligible, as named; empty when the preference is over.
    pub prefer: Vec<AgentId>,
    /// Until when; none when the preference is over.
    pub prefer_until: Option<Timestamp>,
    /// Entry time less age credit, in ns; may lie before 0.
    pub origin: i64,
    /// Its place among equal deadlines.
    pub entry: u64,
    /// When this contact came to be.
    pub entered_at: Timestamp,
    /// Bands risen by age.
    pub promotions: u8,
    /// The step that holds, counted from 0.
    pub step: u8,
    /// Where it is in its life.
    pub state: ContactState,
    /// Whether it hears music while connected or parked.
    pub held: bool,
    /// Whether its wait is in the estimate's W already.
    pub wait_counted: bool,
    /// Whether its front end stayed away longer than grace.
    pub orphaned: bool,
    /// When it is orphaned, or, once it is, ends. Only while suspended.
    pub orphan_at: Option<Timestamp>,
    /// First contact of the chain of transfers; itself when there is none.
    pub first: ContactId,
    /// The contact it continues.
    pub previous: Option<ContactId>,
    /// Transfers so far.
    pub hops: u8,
    /// Failed callbacks.
    pub attempts: u8,
}

/// Where a live contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContactState {
    /// For an agent. Suspended while its front end is absent.
    Waiting,
    /// A callback that is not matched until the instant.
    Scheduled {
        /// When it waits.
        until: Timestamp,
    },
    /// Reserved for an agent.
    Offered {
        /// By this offer.
        offer: OfferId,
    },
    /// Together with an agent.
    Connected {
        /// The agent.
        agent: AgentId,
        /// Since when.
        since: Timestamp,
    },
    /// Set aside by its agent.
    Parked {
        /// The agent.
        agent: AgentId,
        /// Since when it was connected.
        since: Timestamp,
    },
}

/// A live offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferRecord {
    /// Its number.
    pub offer: OfferId,
    /// The contact.
    pub contact: ContactId,
    /// The agent.
    pub agent: AgentId,
    /// When it expires.
    pub until: Timestamp,
    /// Whether the device rings.
    pub ringing: bool,
}

/// A running wrap-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapUpRecord {
    /// The ended contact.
    pub contact: ContactId,
    /// Who wraps up.
    pub agent: AgentId,
    /// The ended contact's channel, whose slot it keeps.
    pub channel: Channel,
    /// The ended contact's queue, for the handle time.
    pub queue: QueueId,
    /// When the contact connected.
    pub connected_at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The latest `until` an extension can set.
    pub latest: Timestamp,
    /// Whether the agent may not end it early.
    pub mandatory: bool,
}
