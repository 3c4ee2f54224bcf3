//! The city's residents: what they want, of whom, by which channel, in which language.
//!
//! Everything is derived from the definitions it is given: a queue called `parking` has the share
//! of a city's parking office, a skill `lang.es` makes some residents speak Spanish. Names it does
//! not know get middling numbers.

use acd_core::{
    AgentDefinition, AgentId, Channel, Definitions, Nanos, Need, QueueDefinition, QueueId, SkillId,
    Step, Timestamp, WrapUpPolicy,
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
    /// The hour of the storm, if there is one.
    storm: Option<Timestamp>,
}

impl City {
    /// The city that these definitions serve.
    pub fn new(seed: u64, definitions: &Definitions) -> Self {
        let mut departments: Vec<_> =
            definitions.queues.iter().map(|queue| department(queue, definitions)).collect();
        let language_queues = language_queues(definitions);
        for (_, queue) in &language_queues {
            departments[queue.0 as usize - 1].share = 0;
        }
        settle_handle_times(&mut departments);
        Self {
            seed: Seed(seed),
            departments,
            agents: definitions.agents.len(),
            reasons: definitions.reasons.len(),
            language_queues,
            storm: None,
        }
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

    /// How long a contact of this kind takes with wrap-up, the `nth` time somebody answers it.
    pub(crate) fn handle(&self, stream: &mut Stream, queue: QueueId, channel: Channel) -> Nanos {
        let department = self.department(queue);
        let mean = Nanos(department.handle.0 / 1_000 * channel_pace(channel));
        stream.lognormal(mean, HANDLE_SIGMA)
    }

    /// The department behind a queue.
    pub(crate) fn department(&self, queue: QueueId) -> &Department {
        &self.departments[queue.0 as usize - 1]
    }

    /// Another department, drawn by how busy it is; none when there is none.
    pub(crate) fn another(&self, stream: &mut Stream, than: QueueId) -> Option<QueueId> {
        let weights = (1..).zip(&self.departments);
        let weights = weights.map(|(n, d)| if QueueId(n) == than { 0 } else { d.share });
        stream.pick(weights).map(|index| QueueId(index as u32 + 1))
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
        let department = &self.departments[index];
        let channel = match channel {
            Some(channel) => channel,
            None => Channel::ALL[stream.pick(department.mix.into_iter())?],
        };
        let mut queue = QueueId(index as u32 + 1);
        let mut needs = Vec::new();
        if stream.per_mille(OTHER_LANGUAGE)
            && let Some(spoken) = stream.pick(department.languages.iter().map(|(_, n)| *n))
        {
            let need = department.languages[spoken].0;
            match self.language_queues.iter().find(|(skill, _)| *skill == need.skill) {
                Some((_, own)) => queue = *own,
                None => needs.push(need),
            }
        }
        let prio =
            if channel == Channel::Voice && stream.per_mille(URGENT) { URGENT_PRIO } else { 5 };
        let staff = &self.department(queue).staff;
        let mut prefer = Vec::new();
        if stream.per_mille(RETURNING) && !staff.is_empty() {
            prefer.push(staff[stream.below(staff.len() as u64) as usize]);
        }
        Some(Visit { visit, at, channel, queue, prio, needs, prefer })
    }
}

/// What is known of a kind of department: words in its queue's name, its share of contacts in
/// thousandths, its handle time in thousandths of the city's, how residents reach it.
struct Known {
    words: &'static [&'static str],
    share: u64,
    pace: u64,
    mix: [u64; 6],
}

/// Reached by telephone above all: voice, callback, kiosk, chat, email, web.
const BY_PHONE: [u64; 6] = [840, 0, 20, 60, 40, 40];
/// As over the whole city: 54 % by telephone.
const AS_USUAL: [u64; 6] = [540, 0, 40, 140, 120, 160];
/// With forms to fill in and papers to show.
const BY_FORM: [u64; 6] = [440, 0, 90, 130, 160, 180];

const DEPARTMENTS: &[Known] = &[
    Known { words: &["emergenc", "urgent"], share: 40, pace: 800, mix: BY_PHONE },
    Known { words: &["health"], share: 90, pace: 1_100, mix: BY_PHONE },
    Known { words: &["tax", "revenue", "billing"], share: 180, pace: 1_150, mix: AS_USUAL },
    Known { words: &["sanitation", "waste", "garbage"], share: 160, pace: 850, mix: AS_USUAL },
    Known { words: &["parking", "ticket"], share: 120, pace: 950, mix: BY_FORM },
    Known { words: &["permit", "licen", "building"], share: 90, pace: 1_250, mix: BY_FORM },
    Known { words: &["water", "sewer"], share: 90, pace: 1_000, mix: AS_USUAL },
    Known { words: &["road", "street", "works", "traffic"], share: 120, pace: 950, mix: AS_USUAL },
    Known { words: &["general", "information"], share: 140, pace: 850, mix: AS_USUAL },
];
const UNKNOWN: Known = Known { words: &[], share: 60, pace: 1_000, mix: AS_USUAL };

/// A channel's handle time in thousandths of its department's: chats run side by side and longer.
const fn channel_pace(channel: Channel) -> u64 {
    match channel {
        Channel::Voice | Channel::Callback | Channel::Email => 1_000,
        Channel::Kiosk => 900,
        Channel::Chat => 1_300,
        Channel::Web => 800,
    }
}

fn department(queue: &QueueDefinition, definitions: &Definitions) -> Department {
    let is_known = |known: &&Known| known.words.iter().any(|word| queue.name.contains(word));
    let known = DEPARTMENTS.iter().find(is_known).unwrap_or(&UNKNOWN);
    let staff = (1..).zip(&definitions.agents);
    let staff = staff.filter(|(_, agent)| queue.steps.iter().any(|step| fits(agent, step)));
    let staff: Vec<(AgentId, &AgentDefinition)> = staff.map(|(n, a)| (AgentId(n), a)).collect();
    let level_of = |agent: &AgentDefinition, name: &str| {
        agent.skills.iter().find(|term| term.skill == name).map_or(0, |term| term.level)
    };
    let languages = (1..).zip(&definitions.skills);
    let languages = languages.filter(|(_, name)| name.starts_with(LANGUAGE) && *name != ENGLISH);
    let languages = languages.filter_map(|(n, name)| {
        let levels = || staff.iter().map(|(_, agent)| level_of(agent, name)).filter(|l| *l > 0);
        let level = levels().max()?.min(LANGUAGE_LEVEL);
        let speakers = levels().filter(|have| *have >= level).count() as u64;
        Some((Need { skill: SkillId(n), level }, speakers))
    });
    Department {
        share: known.share,
        mix: known.mix,
        handle: Nanos(HANDLE_MEAN.0 / 1_000 * known.pace),
        languages: languages.collect(),
        staff: staff.iter().map(|(id, _)| *id).collect(),
        offer_timeout: queue.offer_timeout,
        wrap_up: queue.wrap_up,
    }
}

/// Whether the agent satisfies a step as written.
fn fits(agent: &AgentDefinition, step: &Step) -> bool {
    let has = |skill: &str, level: u8| {
        agent.skills.iter().any(|term| term.skill == skill && term.level >= level)
    };
    let sits = step.sites.is_empty() || agent.site.as_ref().is_some_and(|s| step.sites.contains(s));
    sits && step.alternatives.iter().any(|all| all.iter().all(|term| has(&term.skill, term.level)))
}

/// Queues each of whose requirements begin with a language serve that language as such.
fn language_queues(definitions: &Definitions) -> Vec<(SkillId, QueueId)> {
    let mut found = Vec::new();
    for (queue, definition) in (1..).zip(&definitions.queues) {
        let Some(first) = definition.steps.first() else { continue };
        for (skill, name) in (1..).zip(&definitions.skills) {
            let asks = |all: &Vec<acd_core::Term>| all.iter().any(|term| term.skill == *name);
            let is_language = name.starts_with(LANGUAGE) && name != ENGLISH;
            if is_language && first.alternatives.iter().all(asks) {
                found.push((SkillId(skill), QueueId(queue)));
            }
        }
    }
    found
}

/// Scales the departments' handle times so that all contacts together have the city's mean.
fn settle_handle_times(departments: &mut [Department]) {
    let (mut weight, mut time) = (0_u128, 0_u128);
    for department in departments.iter() {
        for channel in Channel::ALL {
            let share = u128::from(department.share * department.mix[channel as usize]);
            let mix: u64 = department.mix.iter().sum();
            let mean = department.handle.0 / 1_000 * channel_pace(channel);
            weight += share * 1_000 / u128::from(mix);
            time += share * 1_000 / u128::from(mix) * u128::from(mean);
        }
    }
    if time == 0 {
        return;
    }
    for department in departments {
        let settled = u128::from(department.handle.0) * u128::from(HANDLE_MEAN.0) * weight / time;
        department.handle = Nanos(settled as u64);
    }
}
