//! The city's residents: what they want, of whom, by which channel, in which language.
//!
//! Everything is derived from the definitions it is given: a queue called `parking` has the share
//! of a city's parking office, one called `chat` gets the chats, a skill `lang.es` makes some
//! residents speak Spanish, and expected handle times say which queues take long. Names it does
//! not know get middling numbers.

use acd_core::{
    AgentDefinition, AgentId, Channel, Definitions, Nanos, Need, QueueDefinition, QueueId, SkillId,
    Step, Term, Timestamp, WrapUpPolicy,
};

use crate::day::{self, QUARTER};
use crate::rng::{Purpose, Seed, Stream};

/// Mean of talk, hold and wrap-up over all contacts.
pub const HANDLE_MEAN: Nanos = Nanos::from_secs(270);
/// Standard deviation of a handle time's logarithm.
const HANDLE_SIGMA: f64 = 0.6;
/// Residents in 1,000 who want another language than English.
const OTHER_LANGUAGE: u64 = 125;
/// Skills that begin like this are languages; `lang.en` is what everybody speaks.
const LANGUAGE: &str = "lang.";
const ENGLISH: &str = "lang.en";
/// The level of a language that a resident asks for, where an agent has it.
const LANGUAGE_LEVEL: u8 = 3;
/// Residents in 1,000 who, where a channel has its own queue, ask for somebody who knows their
/// subject; it is asked for where so many agents do.
const ASKS_FOR_SUBJECT: u64 = 350;
const SUBJECT_STAFF: usize = 3;
/// Residents in 1,000 who come back to the agent that knows their case.
const RETURNING: u64 = 30;
/// Callers in 1,000 with a medical or other urgent reason, and their priority.
const URGENT: u64 = 8;
const URGENT_PRIO: u8 = 8;

/// Who a visit is of. The same in every play of the same seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VisitId(pub u64);

/// The bit of a visit's number that says that the storm brought it.
const STORM_BIT: u64 = 1 << 19;
/// Bits of a visit's number below its quarter of an hour.
const PLACE_BITS: u32 = 20;

/// One resident who turns to the city, however often they are handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which one.
    pub visit: VisitId,
    /// When they call, write, or step up to the kiosk.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// Whom they turn to.
    pub queue: QueueId,
    /// Priority 0..=9.
    pub prio: u8,
    /// What they need besides.
    pub needs: Vec<Need>,
    /// The agent that knows their case.
    pub prefer: Vec<AgentId>,
}

/// A queue as its residents know it.
#[derive(Clone, Debug)]
pub(crate) struct Department {
    /// Residents turn to it in proportion to this.
    share: u64,
    /// How they do, by channel number.
    mix: [u64; 6],
    /// Its mean handle time.
    handle: Nanos,
    /// The skill it is about.
    subject: Option<Need>,
    /// Subjects that enough of its agents know.
    subjects: Vec<Need>,
    /// Languages one of its agents speaks, with the number of those.
    languages: Vec<(Need, u64)>,
    /// Agents who qualify for it.
    staff: Vec<AgentId>,
    /// How long an agent may take to answer.
    pub(crate) offer_timeout: Nanos,
    /// How its agents' wrap-up ends.
    pub(crate) wrap_up: WrapUpPolicy,
}

/// A city and its residents.
#[derive(Clone, Debug)]
pub struct City {
    /// Where every draw comes from.
    pub(crate) seed: Seed,
    /// By queue number less one.
    pub(crate) departments: Vec<Department>,
    /// How many agents there are.
    pub(crate) agents: usize,
    /// How many reasons for being not ready there are.
    pub(crate) reasons: usize,
    /// The queue that serves a language as such.
    language_queues: Vec<(SkillId, QueueId)>,
    /// The queue that serves a channel as such, by channel number.
    channel_queues: [Option<QueueId>; 6],
    /// The hour of the storm, if there is one.
    storm: Option<Timestamp>,
}

impl City {
    /// The city that these definitions serve.
    pub fn new(seed: u64, definitions: &Definitions) -> Self {
        let mut departments: Vec<_> =
            definitions.queues.iter().map(|queue| department(queue, definitions)).collect();
        let language_queues = language_queues(definitions);
        let channel_queues = channel_queues(definitions);
        let own = language_queues.iter().map(|(_, queue)| *queue);
        for queue in own.chain(channel_queues.into_iter().flatten()) {
            departments[queue.0 as usize - 1].share = 0;
        }
        let mut city = Self {
            seed: Seed(seed),
            departments,
            agents: definitions.agents.len(),
            reasons: definitions.reasons.len(),
            language_queues,
            channel_queues,
            storm: None,
        };
        city.settle_handle_times();
        city
    }

    /// The same city on the day of a storm, which multiplies calls for an hour from `from`.
    #[must_use]
    pub fn with_storm(mut self, from: Timestamp) -> Self {
        self.storm = Some(from);
        self
    }

    /// Everybody who arrives in a quarter of an hour, counted from midnight of the first day, in
    /// order.
    pub fn visits(&self, quarter: u64) -> Vec<Visit> {
        let expected = day::expected_milli(quarter);
        let usual = self.arrivals(quarter, Purpose::Arrivals, expected);
        let mut visits: Vec<Visit> = usual
            .enumerate()
            .filter_map(|(place, at)| {
                let visit = VisitId(quarter << PLACE_BITS | place as u64);
                self.visit(visit, at, None)
            })
            .collect();
        if self.storm.is_some() {
            visits.extend(self.storm_visits(quarter, expected));
            visits.sort_by_key(|visit| (visit.at, visit.visit));
        }
        visits
    }

    /// How long a contact of this queue takes, wrap-up included.
    pub(crate) fn handle(&self, stream: &mut Stream, queue: QueueId) -> Nanos {
        stream.lognormal(self.department(queue).handle, HANDLE_SIGMA)
    }

    /// The department behind a queue.
    pub(crate) fn department(&self, queue: QueueId) -> &Department {
        &self.departments[queue.0 as usize - 1]
    }

    /// Whom a contact is handed on to: a channel's own queue again, where there is one, or another
    /// department, drawn by how busy it is; none when there is none.
    pub(crate) fn another(
        &self,
        stream: &mut Stream,
        than: QueueId,
        channel: Channel,
    ) -> Option<QueueId> {
        let weights = (1..).zip(&self.departments);
        let weights = weights.map(|(n, d)| if QueueId(n) == than { 0 } else { d.share });
        let own = self.channel_queues[channel as usize];
        own.or_else(|| stream.pick(weights).map(|index| QueueId(index as u32 + 1)))
    }

    fn arrivals(
        &self,
        quarter: u64,
        purpose: Purpose,
        expected_milli: u64,
    ) -> impl Iterator<Item = Timestamp> {
        let most = STORM_BIT as usize - 1;
        day::arrivals(self.seed, purpose, quarter, expected_milli).take(most)
    }

    /// The calls that the storm adds to a quarter of an hour.
    fn storm_visits(&self, quarter: u64, expected_milli: u64) -> impl Iterator<Item = Visit> {
        let storm = self.storm.unwrap_or_default();
        let calls = expected_milli * self.call_share_per_mille() / 1_000;
        let more = calls * (day::STORM_PER_MILLE - 1_000) / 1_000;
        let touched = Timestamp(quarter * QUARTER.0) < storm.after(day::HOUR)
            && storm < Timestamp((quarter + 1) * QUARTER.0);
        let arrivals = self.arrivals(quarter, Purpose::Storm, if touched { more } else { 0 });
        arrivals.enumerate().filter_map(move |(place, at)| {
            let inside = at >= storm && at < storm.after(day::HOUR);
            let visit = VisitId(quarter << PLACE_BITS | STORM_BIT | place as u64);
            if inside { self.visit(visit, at, Some(Channel::Voice)) } else { None }
        })
    }

    /// Thousandths of contacts that come by telephone.
    fn call_share_per_mille(&self) -> u64 {
        let weigh = |calls_only: bool| -> u64 {
            let of = |d: &Department| {
                let mix =
                    if calls_only { d.mix[Channel::Voice as usize] } else { d.mix.iter().sum() };
                d.share * mix
            };
            self.departments.iter().map(of).sum()
        };
        weigh(true) * 1_000 / weigh(false).max(1)
    }

    /// What one resident wants; none in a city without queues.
    fn visit(&self, visit: VisitId, at: Timestamp, channel: Option<Channel>) -> Option<Visit> {
        let mut stream = self.seed.stream(Purpose::Visit, visit.0, 0);
        let index = stream.pick(self.departments.iter().map(|d| d.share))?;
        let turned_to = &self.departments[index];
        let channel = match channel {
            Some(channel) => channel,
            None => Channel::ALL[stream.pick(turned_to.mix.into_iter())?],
        };
        let own = self.channel_queues[channel as usize];
        let mut queue = own.unwrap_or(QueueId(index as u32 + 1));
        let department = self.department(queue);
        let mut needs = Vec::new();
        if stream.per_mille(OTHER_LANGUAGE)
            && let Some(spoken) = stream.pick(department.languages.iter().map(|(_, n)| *n))
        {
            let need = department.languages[spoken].0;
            let serves = |(skill, _): &&(SkillId, QueueId)| *skill == need.skill && own.is_none();
            match self.language_queues.iter().find(serves) {
                Some((_, of_language)) => queue = *of_language,
                None => needs.push(need),
            }
        } else if own.is_some() && stream.per_mille(ASKS_FOR_SUBJECT) {
            let known = turned_to.subject.filter(|need| department.subjects.contains(need));
            needs.extend(known);
        }
        let is_urgent = channel == Channel::Voice && stream.per_mille(URGENT);
        let prio = if is_urgent { URGENT_PRIO } else { 5 };
        let staff = &self.department(queue).staff;
        let mut prefer = Vec::new();
        if stream.per_mille(RETURNING) && !staff.is_empty() {
            prefer.push(staff[stream.below(staff.len() as u64) as usize]);
        }
        Some(Visit { visit, at, channel, queue, prio, needs, prefer })
    }

    /// Scales the queues' handle times so that all contacts together have the city's mean.
    fn settle_handle_times(&mut self) {
        let (mut weight, mut time) = (0_u128, 0_u128);
        for department in &self.departments {
            let mix: u64 = department.mix.iter().sum();
            for channel in Channel::ALL {
                let share = department.share * department.mix[channel as usize] * 1_000 / mix;
                let own = self.channel_queues[channel as usize];
                let handle = own.map_or(department.handle, |queue| self.department(queue).handle);
                weight += u128::from(share);
                time += u128::from(share) * u128::from(handle.0);
            }
        }
        for department in &mut self.departments {
            let settled = u128::from(department.handle.0) * u128::from(HANDLE_MEAN.0) * weight;
            department.handle =
                settled.checked_div(time).map_or(HANDLE_MEAN, |ns| Nanos(ns as u64));
        }
    }
}

/// What is known of a kind of department: words in its queue's name, its share of contacts in
/// thousandths, how residents reach it.
struct Known {
    words: &'static [&'static str],
    share: u64,
    mix: [u64; 6],
}

/// Reached by telephone above all: voice, callback, kiosk, chat, email, web.
const BY_PHONE: [u64; 6] = [840, 0, 20, 60, 40, 40];
/// As over the whole city: 54 % by telephone.
const AS_USUAL: [u64; 6] = [540, 0, 40, 140, 120, 160];
/// With forms to fill in and papers to show.
const BY_FORM: [u64; 6] = [440, 0, 90, 130, 160, 180];

const DEPARTMENTS: &[Known] = &[
    Known { words: &["emergenc", "urgent"], share: 45, mix: BY_PHONE },
    Known { words: &["health"], share: 90, mix: BY_PHONE },
    Known { words: &["tax", "revenue", "billing"], share: 180, mix: AS_USUAL },
    Known { words: &["sanitation", "waste", "garbage"], share: 160, mix: AS_USUAL },
    Known { words: &["parking", "ticket"], share: 120, mix: BY_FORM },
    Known { words: &["permit", "licen", "building"], share: 90, mix: BY_FORM },
    Known { words: &["water", "sewer"], share: 90, mix: AS_USUAL },
    Known { words: &["road", "street", "works", "traffic"], share: 130, mix: AS_USUAL },
    Known { words: &["general", "information"], share: 140, mix: AS_USUAL },
];
const UNKNOWN: Known = Known { words: &[], share: 60, mix: AS_USUAL };

fn department(queue: &QueueDefinition, definitions: &Definitions) -> Department {
    let is_known = |known: &&Known| known.words.iter().any(|word| queue.name.contains(word));
    let known = DEPARTMENTS.iter().find(is_known).unwrap_or(&UNKNOWN);
    let staff = (1..).zip(&definitions.agents);
    let staff = staff.filter(|(_, agent)| queue.steps.iter().any(|step| fits(agent, step)));
    let staff: Vec<(AgentId, &AgentDefinition)> = staff.map(|(n, a)| (AgentId(n), a)).collect();
    let levels = |name: &str| {
        let level = |agent: &AgentDefinition| {
            agent.skills.iter().find(|term| term.skill == name).map(|term| term.level)
        };
        staff.iter().filter_map(|(_, agent)| level(agent)).collect::<Vec<u8>>()
    };
    let first = queue.steps.first().and_then(|step| step.alternatives.first()?.first());
    let mut about = Department {
        share: known.share,
        mix: known.mix,
        handle: queue.expected_handle,
        subject: None,
        subjects: Vec::new(),
        languages: Vec::new(),
        staff: staff.iter().map(|(id, _)| *id).collect(),
        offer_timeout: queue.offer_timeout,
        wrap_up: queue.wrap_up,
    };
    for (skill, name) in (1..).map(SkillId).zip(&definitions.skills) {
        let levels = levels(name);
        if first.is_some_and(|term| term.skill == *name) {
            about.subject = Some(Need { skill, level: 1 });
        }
        if is_foreign(name) {
            let level = levels.iter().max().map_or(0, |most| LANGUAGE_LEVEL.min(*most));
            let speakers = levels.iter().filter(|have| **have >= level).count() as u64;
            about.languages.push((Need { skill, level }, speakers));
        } else if levels.len() >= SUBJECT_STAFF {
            about.subjects.push(Need { skill, level: 1 });
        }
    }
    about.languages.retain(|(_, speakers)| *speakers > 0);
    about
}

fn is_foreign(skill: &str) -> bool {
    skill.starts_with(LANGUAGE) && skill != ENGLISH
}

/// Whether the agent satisfies a step as written.
fn fits(agent: &AgentDefinition, step: &Step) -> bool {
    let has = |skill: &str, level: u8| {
        agent.skills.iter().any(|term| term.skill == skill && term.level >= level)
    };
    let sits = step.sites.is_empty() || agent.site.as_ref().is_some_and(|s| step.sites.contains(s));
    sits && step.alternatives.iter().any(|all| all.iter().all(|term| has(&term.skill, term.level)))
}

/// Queues each of whose requirements name a language serve that language as such.
fn language_queues(definitions: &Definitions) -> Vec<(SkillId, QueueId)> {
    let mut found = Vec::new();
    for (queue, definition) in (1..).map(QueueId).zip(&definitions.queues) {
        let Some(first) = definition.steps.first() else { continue };
        for (skill, name) in (1..).map(SkillId).zip(&definitions.skills) {
            let asks = |all: &Vec<Term>| all.iter().any(|term| term.skill == *name);
            if is_foreign(name) && first.alternatives.iter().all(asks) {
                found.push((skill, queue));
            }
        }
    }
    found
}

/// Queues that have the name of a channel serve that channel as such.
fn channel_queues(definitions: &Definitions) -> [Option<QueueId>; 6] {
    Channel::ALL.map(|channel| {
        let is_named = |queue: &QueueDefinition| queue.name == channel.name();
        let index = definitions.queues.iter().position(is_named)?;
        Some(QueueId(index as u32 + 1))
    })
}
