//! Agents to draw one by one.

use std::cmp::Reverse;

use acd_proto::snapshot::AgentRow;

use super::{Doing, doing, is_deferred};
use crate::alerts::Rule;
use crate::clock::Real;
use crate::judge::Severity;
use crate::model::{Model, Picture};
use crate::safe;

/// An agent to draw.
#[derive(Clone, Debug)]
pub struct AgentLine {
    /// As front ends say it.
    pub raw: String,
    /// Safe to draw.
    pub id: String,
    /// As people say it, safe to draw.
    pub name: String,
    /// What it does.
    pub doing: Doing,
    /// In words: `busy`, `lunch`, `no answer`; safe to draw.
    pub state: String,
    /// For how long.
    pub for_ms: u64,
    /// What waits for its last contact to leave, safe to draw.
    pub pending: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// Held and capacity of voice, chat and all that nobody sits waiting on.
    pub load: [(u32, u32); 3],
    /// Percent since sign-in.
    pub occupancy: Option<u32>,
    /// Contacts since sign-in.
    pub handled: u32,
    /// `es5 water3`, safe to draw.
    pub skills: String,
    /// Where it sits, safe to draw.
    pub site: String,
}

/// The order of agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentSort {
    /// What is bad first, then by what they do, the longest first.
    State,
    /// Longest in their state.
    Time,
    /// By name.
    Name,
    /// Most occupied.
    Occupancy,
    /// Most contacts.
    Handled,
}

impl AgentSort {
    /// Every order, as `s` goes through them.
    pub const ALL: [Self; 5] =
        [Self::State, Self::Time, Self::Name, Self::Occupancy, Self::Handled];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::State => "STATE",
            Self::Time => "TIME",
            Self::Name => "NAME",
            Self::Occupancy => "OCC",
            Self::Handled => "HANDLED",
        }
    }
}

const CHANNELS: [&[&str]; 3] = [&["voice", "callback"], &["chat", "kiosk"], &["email", "web"]];

impl AgentLine {
    fn new(row: &AgentRow, picture: &Picture, real: Real) -> Self {
        let now = picture.clock.city_us(real);
        let doing = doing(row, now);
        let load = CHANNELS.map(|channels| {
            let of = |channel: &str| channels.contains(&channel);
            let held = row.held.iter().filter(|held| of(&held.channel)).count();
            let capacity = row.capacity.iter().filter(|(channel, _)| of(channel));
            (held as u32, capacity.map(|(_, n)| u32::from(*n)).max().unwrap_or(0))
        });
        let skills: Vec<_> = row
            .skills
            .iter()
            .map(|(skill, level)| format!("{}{level}", safe::text(skill)))
            .collect();
        let forced = row.reason.as_deref().is_some_and(|reason| {
            crate::words::FORCED_REASONS.contains(&reason) && doing == Doing::NotReady
        });
        let call = picture.alerts.severity(Rule::Call, &row.agent);
        let since = since(row, doing);
        Self {
            raw: row.agent.clone(),
            id: safe::text(&row.agent),
            name: safe::text(if row.name.is_empty() { &row.agent } else { &row.name }),
            doing,
            state: state(row, doing),
            for_ms: picture.clock.age_ms(since, real),
            pending: row.pending.as_deref().map(safe::text),
            severity: call.max(if forced { Severity::Warn } else { Severity::Calm }),
            load,
            occupancy: row.occupancy,
            handled: row.connected,
            skills: skills.join(" "),
            site: row.site.as_deref().map(safe::text).unwrap_or_default(),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        let doing = self.doing.name();
        [
            ("agent", &self.id),
            ("name", &self.name),
            ("state", doing),
            ("reason", &self.state),
            ("skill", &self.skills),
            ("site", &self.site),
        ]
    }
}

/// Since when it does that. What it holds tells, as the state itself is older: a conversation
/// before the letters that lie beside it.
fn since(row: &AgentRow, doing: Doing) -> u64 {
    let oldest = |states: &[&str], letters: bool| {
        let held = row.held.iter().filter(|held| states.contains(&held.state.as_str()));
        held.filter(|held| letters || !is_deferred(&held.channel)).map(|held| held.since).min()
    };
    let since = match doing {
        Doing::Ready | Doing::NotReady | Doing::SignedOut => None,
        Doing::Ringing => oldest(&["offered"], true),
        Doing::WrapUp => oldest(&["wrap_up"], true),
        Doing::Busy => oldest(&["connected"], false).or(oldest(&["connected", "parked"], true)),
    };
    since.unwrap_or(row.since)
}

/// What an agent does in words; a reason stands for not being ready.
fn state(row: &AgentRow, doing: Doing) -> String {
    let on = |channels: &[&str]| {
        let connected = |held: &&acd_proto::snapshot::HeldRow| held.state == "connected";
        row.held.iter().filter(connected).any(|held| channels.contains(&held.channel.as_str()))
    };
    match doing {
        Doing::Ready => "ready".into(),
        Doing::Ringing => "ringing".into(),
        Doing::Busy if on(CHANNELS[0]) => "talking".into(),
        Doing::Busy if on(CHANNELS[1]) => "chat".into(),
        Doing::Busy => "busy".into(),
        Doing::WrapUp => "wrap-up".into(),
        Doing::NotReady if row.state == "ready" => "paused".into(),
        Doing::NotReady => match row.reason.as_deref() {
            Some("rona") => "no answer".into(),
            Some("lost") => "desktop lost".into(),
            Some(reason) => safe::text(&reason.replace('_', " ")),
            None => "not ready".into(),
        },
        Doing::SignedOut => "signed out".into(),
    }
}

/// Those one would call upon first come last: they are where they should be.
const fn rank(doing: Doing) -> u8 {
    match doing {
        Doing::NotReady => 0,
        Doing::WrapUp => 1,
        Doing::Busy => 2,
        Doing::Ringing => 3,
        Doing::Ready => 4,
        Doing::SignedOut => 5,
    }
}

/// The agents shown, in the order asked for; those signed out only when asked for by a filter.
pub fn people(model: &Model) -> Vec<AgentLine> {
    let (picture, real) = model.shown();
    let list = &model.lists[crate::screen::Screen::Agents as usize];
    let rows = picture.snapshot.as_ref().and_then(|s| s.agents.as_deref()).unwrap_or_default();
    let mut lines: Vec<_> = rows.iter().map(|row| AgentLine::new(row, picture, real)).collect();
    let all = !list.filter.is_empty();
    lines.retain(|line| {
        (all || line.doing != Doing::SignedOut) && list.filter.passes(&line.fields())
    });
    match AgentSort::ALL[list.sort % AgentSort::ALL.len()] {
        AgentSort::State => lines
            .sort_by_key(|line| (Reverse(line.severity), rank(line.doing), Reverse(line.for_ms))),
        AgentSort::Time => lines.sort_by_key(|line| Reverse(line.for_ms)),
        AgentSort::Name => lines.sort_by(|a, b| a.name.cmp(&b.name)),
        AgentSort::Occupancy => lines.sort_by_key(|line| Reverse(line.occupancy)),
        AgentSort::Handled => lines.sort_by_key(|line| Reverse(line.handled)),
    }
    if list.reversed {
        lines.reverse();
    }
    lines
}
