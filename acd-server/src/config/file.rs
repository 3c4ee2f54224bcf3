//! The file's form: what `acd config schema` prints, and what TOML is read into.
//!
//! Field names are the file's keys, and their documentation is the schema's. Defaults come from
//! the engine's own definitions, so that a key left out means what the engine means by it.

use std::collections::BTreeMap;

use acd_core::{Capacity, Channel, Definitions, MaxWait, QueueDefinition, Strategy, limits};
use acd_core::{Nanos, WrapUpPolicy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::directory::EntryText;
use super::dispositions::DISPOSITIONS_MAX;
use super::hours::{Follow, TimetableText};
use super::maxima::Limits;
use super::open311::Open311Text;
use super::returning::ReturningText;
use super::scalar::{Age, Length, Listen, Name, Requirement, Title};
use super::web::WebText;

/// The configuration of one city's contact centre.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// What agents may know. Queues and contacts ask for these by name.
    #[serde(default)]
    #[schemars(length(max = limits::SKILLS_MAX))]
    pub(super) skills: Vec<Name>,
    /// Where agents may sit.
    #[serde(default)]
    #[schemars(length(max = limits::SITES_MAX))]
    pub(super) sites: Vec<Name>,
    /// Why agents may be not ready.
    #[serde(default)]
    #[schemars(length(max = limits::REASONS_MAX))]
    pub(super) reasons: Vec<Name>,
    /// What may come of a contact, as agents say it. Left out, any text.
    #[serde(default)]
    #[schemars(length(max = DISPOSITIONS_MAX))]
    pub(super) dispositions: Vec<Title>,
    /// The city.
    pub(super) city: City,
    /// How this server behaves.
    #[serde(default)]
    pub(super) server: Server,
    /// The server's maxima.
    #[serde(default)]
    pub(super) limits: Limits,
    /// Files of more such places, as CSV with the columns title, words, queue, number, hours,
    /// immediate; relative to this file.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub(super) directory_files: Vec<String>,
    /// Places that residents are sent to.
    #[serde(default)]
    pub(super) directory: Vec<EntryText>,
    /// Where the city's requests are looked up. Left out: nowhere.
    pub(super) open311: Option<Open311Text>,
    /// Whoever spoke with a resident last is asked first. Left out: nobody is.
    pub(super) returning: Option<ReturningText>,
    /// The residents' door.
    #[serde(default)]
    pub(super) web: WebText,
    /// When queues may be open.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub(super) timetables: Vec<TimetableText>,
    /// The queues, in the order of their numbers.
    #[serde(default)]
    #[schemars(length(max = limits::QUEUES_MAX))]
    pub(super) queues: Vec<Queue>,
    /// The agents, in the order of their numbers.
    #[serde(default)]
    #[schemars(length(max = limits::AGENTS_MAX))]
    pub(super) agents: Vec<Agent>,
}

/// The city, as people see it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct City {
    /// Its name, for screens and logs.
    pub(super) name: Title,
    /// The IANA name of its time zone, as in "America/Toronto".
    pub(super) time_zone: String,
    /// Starts the numbers of the `random` strategy.
    #[serde(default)]
    #[schemars(range(max = i64::MAX))]
    pub(super) seed: u64,
}

/// How this server behaves.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Server {
    /// Where to listen; nothing means the default Unix socket.
    pub(super) listen: Vec<Listen>,
    /// The file of tokens' hashes, relative to this file; `tokens.toml` beside it if left out.
    pub(super) tokens: Option<String>,
    /// How long a front end may be away before its waiting contacts are orphaned.
    pub(super) grace: Length,
    /// How long an orphaned contact waits before it ends as lost.
    pub(super) orphan_end: Length,
    /// How long the chats of a lost desktop keep their place there before they are requeued.
    pub(super) desk_grace: Length,
    /// How long the value of an `idem` member is remembered.
    pub(super) idem_keep: Length,
}

impl Default for Server {
    fn default() -> Self {
        let definitions = Definitions::default();
        Self {
            listen: Vec::new(),
            tokens: None,
            grace: Length(definitions.grace),
            orphan_end: Length(definitions.orphan_end),
            desk_grace: Length(Nanos::from_secs(60)),
            idem_keep: Length(Nanos::from_secs(600)),
        }
    }
}

/// A routing entry with one policy.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["name"]))]
pub(super) struct Queue {
    /// Its name in requests.
    pub(super) name: Name,
    /// What people call it; its name if left out.
    pub(super) title: Option<Title>,
    /// What share of its contacts is to be answered within which time.
    pub(super) service_level: ServiceLevel,
    /// When it is open; always if left out.
    pub(super) hours: Option<Follow>,
    /// How an agent is chosen among those who qualify.
    #[serde(with = "StrategyName")]
    #[schemars(with = "StrategyName")]
    pub(super) strategy: Strategy,
    /// The time within which contacts want an answer: their order across queues.
    pub(super) objective: Length,
    /// Requirements over time. Left out, every agent qualifies.
    #[schemars(length(min = 1, max = limits::STEPS_MAX))]
    pub(super) steps: Vec<Step>,
    /// How long an agent may take to answer an offer.
    pub(super) offer_timeout: Length,
    /// How long the agents that a contact prefers are the only ones.
    pub(super) prefer_for: Length,
    /// How long an agent is left alone after an offer that failed.
    pub(super) pause: Pause,
    /// Unanswered offers in a row after which the agent is not ready; 0 means never.
    pub(super) rona_limit: u8,
    /// What happens after a contact.
    pub(super) wrap_up: WrapUp,
    /// What may come of its contacts, in place of the city's list; any text if empty.
    #[schemars(length(max = DISPOSITIONS_MAX))]
    pub(super) dispositions: Option<Vec<Title>>,
    /// When contacts rise above others; never if left out.
    pub(super) promote: Option<Promote>,
    /// The longest wait; without end if left out.
    pub(super) max_wait: Option<LongestWait>,
    /// Contacts that may wait.
    #[schemars(range(max = limits::CONTACTS_MAX))]
    pub(super) max_waiting: u32,
    /// The handle time assumed until some have been measured.
    pub(super) expected_handle: Length,
    /// What happens when a resident does not answer a callback.
    pub(super) callback: Callback,
    /// When contacts ask for less because too many wait; never if left out.
    pub(super) overflow: Option<Overflow>,
}

impl Default for Queue {
    fn default() -> Self {
        let queue = QueueDefinition::named("");
        Self {
            name: Name::default(),
            title: None,
            service_level: ServiceLevel::default(),
            hours: None,
            strategy: queue.strategy,
            objective: Length(queue.objective),
            steps: vec![Step::default()],
            offer_timeout: Length(queue.offer_timeout),
            prefer_for: Length(queue.prefer_for),
            pause: Pause::default(),
            rona_limit: queue.rona_limit,
            wrap_up: WrapUp::default(),
            dispositions: None,
            promote: None,
            max_wait: None,
            max_waiting: queue.max_waiting,
            expected_handle: Length(queue.expected_handle),
            callback: Callback::default(),
            overflow: None,
        }
    }
}

/// How an agent is chosen; ties go to who is idle longest.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(remote = "Strategy", rename_all = "snake_case")]
pub(super) enum StrategyName {
    /// Agents that hold nothing first, then the longest idle.
    LongestIdle,
    /// The highest level of the requirement's first term.
    BestSkill,
    /// The lowest share of work since sign-in.
    LeastOccupied,
    /// The fewest contacts since sign-in.
    FewestContacts,
    /// The next agent in order after the last one offered.
    RoundRobin,
    /// By lot.
    Random,
}

/// A goal: so many percent answered within a threshold.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ServiceLevel {
    /// The time.
    pub(super) threshold: Length,
    /// The share.
    #[schemars(range(min = 1, max = 100))]
    pub(super) target_percent: u8,
}

impl Default for ServiceLevel {
    /// Toronto 311's published goal: 80 % within 75 s.
    fn default() -> Self {
        Self { threshold: Length(Nanos::from_secs(75)), target_percent: 80 }
    }
}

/// One stage of a queue's requirement.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Step {
    /// The wait from which it holds. The first is 0s; they rise.
    pub(super) after: Age,
    /// The agent must satisfy one of these. Left out, every agent does.
    #[schemars(length(min = 1, max = limits::ALTERNATIVES_MAX))]
    pub(super) any_of: Vec<Requirement>,
    /// The agent must sit at one of these. Left out, anywhere.
    pub(super) sites: Vec<Name>,
    /// Skills that a contact's own needs no longer ask for.
    pub(super) drops: Vec<Name>,
}

impl Default for Step {
    fn default() -> Self {
        Self {
            after: Age::default(),
            any_of: vec![Requirement::default()],
            sites: Vec::new(),
            drops: Vec::new(),
        }
    }
}

/// How long an agent is left alone after an offer that failed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Pause {
    /// The agent refused.
    pub(super) rejected: Length,
    /// The device was busy.
    pub(super) busy: Length,
    /// The device could not be reached.
    pub(super) unreachable: Length,
    /// Nobody answered.
    pub(super) no_answer: Length,
}

impl Default for Pause {
    fn default() -> Self {
        let queue = QueueDefinition::named("");
        Self {
            rejected: Length(queue.pause_rejected),
            busy: Length(queue.pause_busy),
            unreachable: Length(queue.pause_unreachable),
            no_answer: Length(queue.pause_no_answer),
        }
    }
}

/// What happens after a contact.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WrapUp {
    /// Which way it ends.
    pub(super) mode: WrapUpModeName,
    /// How long a fixed one lasts; 30s if left out.
    pub(super) length: Option<Length>,
    /// Whether the agent must sit a fixed one out; not if left out.
    pub(super) mandatory: Option<bool>,
    /// The longest it may last, extensions included.
    pub(super) maximum: Length,
}

impl WrapUp {
    /// How long a fixed one lasts when the file does not say.
    pub(super) const DEFAULT_LENGTH: Nanos = Nanos::from_secs(30);
}

impl Default for WrapUp {
    fn default() -> Self {
        Self {
            mode: WrapUpModeName::Fixed,
            length: None,
            mandatory: None,
            maximum: Length(WrapUpPolicy::default().maximum),
        }
    }
}

/// The ways a wrap-up ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WrapUpModeName {
    /// There is none.
    None,
    /// After a length of time.
    Fixed,
    /// When the agent says, at the latest at the maximum.
    Manual,
}

/// When contacts rise above others.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Promote {
    /// The wait after which a contact rises one band, and again each such wait.
    pub(super) after: Length,
    /// The bands it may rise; 1 if left out.
    #[serde(default = "one")]
    #[schemars(range(max = limits::POLICY_COUNT_MAX))]
    pub(super) bands: u8,
}

fn one() -> u8 {
    1
}

/// The longest a contact waits.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LongestWait {
    /// The wait.
    pub(super) after: Length,
    /// The queue it then moves to; left out, it ends.
    pub(super) move_to: Option<Name>,
}

impl LongestWait {
    /// As the engine takes it.
    pub(super) fn policy(&self) -> MaxWait {
        use acd_core::MaxWaitAction::{End, Move};
        let action = self.move_to.as_ref().map_or(End, |Name(queue)| Move(queue.clone()));
        MaxWait { after: self.after.0, action }
    }
}

/// When contacts ask for less because too many wait.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Overflow {
    /// The expected or the longest wait from which on the queue overflows.
    pub(super) join: Length,
    /// What both must be below for it to end.
    pub(super) leave: Length,
    /// The step at which its contacts then stand at least, counted from 0.
    #[schemars(range(min = 1, max = limits::STEPS_MAX))]
    pub(super) step: u8,
}

/// What happens when a resident does not answer a callback.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Callback {
    /// The time to the next attempt.
    pub(super) retry: Length,
    /// The attempts after which the contact ends.
    #[schemars(range(min = 1, max = limits::POLICY_COUNT_MAX))]
    pub(super) attempts: u8,
}

impl Default for Callback {
    fn default() -> Self {
        let queue = QueueDefinition::named("");
        Self { retry: Length(queue.callback_retry), attempts: queue.callback_attempts }
    }
}

/// Somebody who answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Agent {
    /// Its identification, as front ends and desktops say it.
    pub(super) id: Name,
    /// The person's name; the identification if left out.
    pub(super) name: Option<Title>,
    /// Where it sits.
    pub(super) site: Option<Name>,
    /// What it knows, and how well.
    #[serde(default)]
    pub(super) skills: BTreeMap<String, Level>,
    /// Contacts it may hold at once, by channel, when it signs in without saying.
    #[serde(default)]
    pub(super) capacity: ChannelCapacity,
}

/// How well an agent knows a skill.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Level(#[schemars(range(min = 1, max = limits::LEVEL_MAX))] pub(super) u8);

/// Contacts an agent may hold at once, by channel.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ChannelCapacity {
    /// Telephone calls.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) voice: u8,
    /// Calls back to residents.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) callback: u8,
    /// Conversations at kiosks.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) kiosk: u8,
    /// Live text conversations.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) chat: u8,
    /// Letters by electronic mail.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) email: u8,
    /// Forms from the web.
    #[schemars(range(max = limits::CAPACITY_MAX))]
    pub(super) web: u8,
}

impl Default for ChannelCapacity {
    fn default() -> Self {
        let capacity = Capacity::default();
        Self {
            voice: capacity[Channel::Voice],
            callback: capacity[Channel::Callback],
            kiosk: capacity[Channel::Kiosk],
            chat: capacity[Channel::Chat],
            email: capacity[Channel::Email],
            web: capacity[Channel::Web],
        }
    }
}

impl ChannelCapacity {
    /// As the engine takes it.
    pub(super) fn capacity(self) -> Capacity {
        let mut capacity = Capacity::default();
        for (channel, most) in [
            (Channel::Voice, self.voice),
            (Channel::Callback, self.callback),
            (Channel::Kiosk, self.kiosk),
            (Channel::Chat, self.chat),
            (Channel::Email, self.email),
            (Channel::Web, self.web),
        ] {
            capacity[channel] = most;
        }
        capacity
    }
}
