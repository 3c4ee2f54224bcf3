//! Agents counted by what they do.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use acd_proto::snapshot::{AgentRow, HeldRow};

use super::DEFERRED;
use crate::clock::Real;
use crate::model::Picture;
use crate::safe;

/// Calls that last longer are counted as long.
pub const LONG_CALL_MS: u64 = 15 * 60_000;

/// What the agents do, each counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agents {
    /// Free for an offer.
    pub ready: u32,
    /// With a live offer, and no contact.
    pub ringing: u32,
    /// With a contact.
    pub busy: u32,
    /// With wrap-up only.
    pub wrap_up: u32,
    /// Signed in and not available, a pause included.
    pub not_ready: u32,
    /// Not there.
    pub signed_out: u32,
    /// Not available by reason, most first; safe to draw.
    pub reasons: Vec<(String, u32)>,
    /// Mean occupancy since sign-in of those signed in, percent.
    pub occupancy: Option<u32>,
    /// Who has been free longest, and how long.
    pub longest_idle: Option<(String, u64)>,
    /// Conversations longer than [`LONG_CALL_MS`].
    pub long_calls: u32,
}

impl Agents {
    /// How many are signed in.
    pub const fn signed_in(&self) -> u32 {
        self.ready + self.ringing + self.busy + self.wrap_up + self.not_ready
    }
}

/// What an agent does, by what matters first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Free.
    Ready,
    /// A device or desktop rings.
    Ringing,
    /// In a conversation.
    Busy,
    /// After-contact work.
    WrapUp,
    /// Signed in, not available.
    NotReady,
    /// Not there.
    SignedOut,
}

impl Doing {
    /// As filters and programs say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Ringing => "ringing",
            Self::Busy => "busy",
            Self::WrapUp => "wrap_up",
            Self::NotReady => "not_ready",
            Self::SignedOut => "signed_out",
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Ringing => "ringing",
            Self::Busy => "busy",
            Self::WrapUp => "wrap-up",
            Self::NotReady => "not ready",
            Self::SignedOut => "signed out",
        }
    }
}

/// What an agent does at the instant `city_us`.
pub fn doing(row: &AgentRow, city_us: u64) -> Doing {
    let holds = |states: &[&str]| row.held.iter().any(|held| states.contains(&held.state.as_str()));
    if holds(&["connected", "parked"]) {
        Doing::Busy
    } else if holds(&["offered"]) {
        Doing::Ringing
    } else if holds(&["wrap_up"]) {
        Doing::WrapUp
    } else {
        match row.state.as_str() {
            "ready" if row.paused_until.is_some_and(|until| until > city_us) => Doing::NotReady,
            "ready" => Doing::Ready,
            "busy" => Doing::Busy,
            "signed_out" => Doing::SignedOut,
            _ => Doing::NotReady,
        }
    }
}

/// Counts the agents.
pub fn agents(picture: &Picture, real: Real) -> Agents {
    let rows = picture.snapshot.as_ref().and_then(|s| s.agents.as_deref()).unwrap_or_default();
    let city_us = picture.clock.city_us(real);
    let mut agents = Agents::default();
    let mut reasons = BTreeMap::<&str, u32>::new();
    let mut idle: Option<(&AgentRow, u64)> = None;
    let (mut occupancy, mut measured) = (0, 0);
    for row in rows {
        match doing(row, city_us) {
            Doing::Ready => {
                agents.ready += 1;
                let idle_ms = picture.clock.age_ms(row.since, real);
                if idle.is_none_or(|(_, longest)| idle_ms > longest) {
                    idle = Some((row, idle_ms));
                }
            }
            Doing::Ringing => agents.ringing += 1,
            Doing::Busy => agents.busy += 1,
            Doing::WrapUp => agents.wrap_up += 1,
            Doing::NotReady => {
                agents.not_ready += 1;
                let paused = row.state == "ready";
                let reason = row.reason.as_deref().unwrap_or("no reason");
                *reasons.entry(if paused { "paused" } else { reason }).or_default() += 1;
            }
            Doing::SignedOut => {
                agents.signed_out += 1;
                continue;
            }
        }
        if let Some(percent) = row.occupancy {
            occupancy += percent;
            measured += 1;
        }
        agents.long_calls += long_calls(row, picture, real);
    }
    agents.occupancy = u32::checked_div(occupancy, measured);
    agents.longest_idle = idle.map(|(row, ms)| (name_of(row), ms));
    agents.reasons = reasons.into_iter().map(|(reason, n)| (safe::text(reason), n)).collect();
    agents.reasons.sort_by_key(|(_, n)| Reverse(*n));
    agents
}

fn long_calls(row: &AgentRow, picture: &Picture, real: Real) -> u32 {
    let is_long = |held: &&HeldRow| {
        held.state == "connected"
            && !DEFERRED.contains(&held.channel.as_str())
            && picture.clock.age_ms(held.since, real) > LONG_CALL_MS
    };
    row.held.iter().filter(is_long).count() as u32
}

fn name_of(row: &AgentRow) -> String {
    safe::text(if row.name.is_empty() { &row.agent } else { &row.name })
}
