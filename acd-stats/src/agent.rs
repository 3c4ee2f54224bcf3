//! One agent: what it did, and how long it was in which state.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use acd_proto::statistics::AgentFigures;
use serde::{Deserialize, Serialize};

use crate::MINUTE_US;
use crate::line::Line;

/// What agents did in a length of time, as plain sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFacts {
    /// Offers made.
    pub offers: u64,
    /// Contacts answered for the first time.
    pub answered: u64,
    /// Of those, within their queues' thresholds.
    pub answered_in_threshold: u64,
    /// Offers left unanswered.
    pub no_answers: u64,
    /// Offers refused.
    pub rejected: u64,
    /// Handle times that became final.
    pub handled: u64,
    /// Those together, in ms.
    pub handle_ms: u64,
    /// Contacts sent elsewhere.
    pub transfers: u64,
    /// Contacts lost back to their queue.
    pub requeues: u64,
    /// Ready and holding nothing, in µs.
    pub ready_us: u64,
    /// Holding a contact, in µs.
    pub busy_us: u64,
    /// In wrap-up and holding nothing, in µs.
    pub wrap_up_us: u64,
    /// Signed in and not ready, in µs.
    pub not_ready_us: u64,
}

impl AddAssign for AgentFacts {
    fn add_assign(&mut self, other: Self) {
        self.offers += other.offers;
        self.answered += other.answered;
        self.answered_in_threshold += other.answered_in_threshold;
        self.no_answers += other.no_answers;
        self.rejected += other.rejected;
        self.handled += other.handled;
        self.handle_ms = self.handle_ms.saturating_add(other.handle_ms);
        self.transfers += other.transfers;
        self.requeues += other.requeues;
        self.ready_us += other.ready_us;
        self.busy_us += other.busy_us;
        self.wrap_up_us += other.wrap_up_us;
        self.not_ready_us += other.not_ready_us;
    }
}

impl AgentFacts {
    /// As clients see them.
    pub(crate) fn figures(&self) -> AgentFigures {
        AgentFigures {
            offers: self.offers,
            answered: self.answered,
            answered_in_threshold: self.answered_in_threshold,
            no_answers: self.no_answers,
            rejected: self.rejected,
            handled: self.handled,
            aht_ms: self.handle_ms.checked_div(self.handled),
            transfers: self.transfers,
            requeues: self.requeues,
            ready_ms: self.ready_us / 1_000,
            busy_ms: self.busy_us / 1_000,
            wrap_up_ms: self.wrap_up_us / 1_000,
            not_ready_ms: self.not_ready_us / 1_000,
            occupancy: self.occupancy(),
        }
    }

    /// Busy and wrap-up over the time signed in and ready, in percent; none of no time.
    #[expect(clippy::cast_precision_loss, reason = "a year's µs stay below 2^53")]
    pub fn occupancy(&self) -> Option<f64> {
        let work = self.busy_us + self.wrap_up_us;
        let all = work + self.ready_us;
        (all > 0).then(|| work as f64 * 100.0 / all as f64)
    }
}

/// What an agent is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Doing {
    #[default]
    SignedOut,
    NotReady,
    Ready,
    Busy,
    WrapUp,
}

impl Doing {
    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::NotReady => "not_ready",
            Self::Ready => "ready",
            Self::Busy => "busy",
            Self::WrapUp => "wrap_up",
        }
    }
}

/// Presence as the events tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Presence {
    #[default]
    SignedOut,
    NotReady,
    Ready,
}

/// One agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Agent {
    pub(crate) line: Line<AgentFacts>,
    presence: Presence,
    /// Why it is not ready.
    pub(crate) reason: Option<Arc<str>>,
    /// Contacts connected to it.
    connected: u32,
    /// Wrap-ups that run.
    wrap_ups: u32,
    /// Until when its time is counted.
    counted_to: u64,
}

impl Agent {
    /// Of whom nothing is known.
    pub(crate) fn new(keeps_all: bool) -> Self {
        Self { line: Line::new(keeps_all), ..Self::default() }
    }

    /// What it is doing.
    pub(crate) const fn doing(&self) -> Doing {
        match self.presence {
            Presence::SignedOut => Doing::SignedOut,
            Presence::NotReady => Doing::NotReady,
            Presence::Ready if self.connected > 0 => Doing::Busy,
            Presence::Ready if self.wrap_ups > 0 => Doing::WrapUp,
            Presence::Ready => Doing::Ready,
        }
    }

    /// Its presence from `now` on.
    pub(crate) fn present(&mut self, now: u64, presence: Presence, reason: Option<Arc<str>>) {
        self.count_to(now);
        self.presence = presence;
        self.reason = reason;
    }

    /// A contact is connected to it.
    pub(crate) fn takes(&mut self, now: u64) {
        self.count_to(now);
        self.connected += 1;
    }

    /// A contact leaves it.
    pub(crate) fn lets_go(&mut self, now: u64) {
        self.count_to(now);
        self.connected = self.connected.saturating_sub(1);
    }

    /// A wrap-up begins, or is over.
    pub(crate) fn wraps_up(&mut self, now: u64, begins: bool) {
        self.count_to(now);
        self.wrap_ups = if begins { self.wrap_ups + 1 } else { self.wrap_ups.saturating_sub(1) };
    }

    /// Counts its time up to `now`, each minute for itself.
    pub(crate) fn count_to(&mut self, now: u64) {
        let doing = self.doing();
        let mut from = self.counted_to;
        self.counted_to = now.max(from);
        if doing == Doing::SignedOut {
            return;
        }
        while from < now {
            let to = now.min((from / MINUTE_US + 1) * MINUTE_US);
            self.line.count(from, |facts| {
                let sum = match doing {
                    Doing::NotReady => &mut facts.not_ready_us,
                    Doing::Ready => &mut facts.ready_us,
                    Doing::Busy => &mut facts.busy_us,
                    Doing::WrapUp => &mut facts.wrap_up_us,
                    Doing::SignedOut => return,
                };
                *sum += to - from;
            });
            from = to;
        }
    }
}

/// How many agents do what, and why those that are not ready are not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Now {
    pub(crate) states: BTreeMap<String, u32>,
    pub(crate) reasons: BTreeMap<String, u32>,
}

impl Now {
    /// One agent more.
    pub(crate) fn add(&mut self, agent: &Agent) {
        let doing = agent.doing();
        *self.states.entry(doing.name().to_owned()).or_insert(0) += 1;
        if doing == Doing::NotReady {
            let reason = agent.reason.as_deref().unwrap_or("none");
            *self.reasons.entry(reason.to_owned()).or_insert(0) += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SECOND_US;

    fn at(s: u64) -> u64 {
        29_000_000 * MINUTE_US + s * SECOND_US
    }

    #[test]
    fn time_is_counted_by_what_the_agent_does() {
        let mut agent = Agent::new(false);
        agent.present(at(0), Presence::NotReady, Some("signed_in".into()));
        agent.present(at(10), Presence::Ready, None);
        agent.takes(at(30));
        agent.lets_go(at(90));
        agent.wraps_up(at(90), true);
        agent.wraps_up(at(110), false);
        agent.count_to(at(120));
        let sum = agent.line.window(at(120), 15);
        assert_eq!(sum.not_ready_us, 10 * SECOND_US);
        assert_eq!(sum.ready_us, 30 * SECOND_US);
        assert_eq!((sum.busy_us, sum.wrap_up_us), (60 * SECOND_US, 20 * SECOND_US));
        let occupancy = sum.occupancy().expect("there was time");
        assert!((occupancy - 8_000.0 / 110.0).abs() < 1e-9, "{occupancy}");
        assert_eq!(agent.line.window(at(119), 1).busy_us, 30 * SECOND_US, "by minute");
        agent.present(at(130), Presence::SignedOut, None);
        agent.count_to(at(9_000));
        assert_eq!(agent.line.window(at(130), 15).ready_us, 40 * SECOND_US);
    }

    #[test]
    fn a_contact_beside_a_wrap_up_is_work_of_the_contact() {
        let mut agent = Agent::new(false);
        agent.present(at(0), Presence::Ready, None);
        agent.wraps_up(at(0), true);
        agent.takes(at(5));
        assert_eq!(agent.doing(), Doing::Busy);
        agent.lets_go(at(9));
        assert_eq!(agent.doing(), Doing::WrapUp);
        agent.wraps_up(at(12), false);
        assert_eq!(agent.doing(), Doing::Ready);
        let sum = agent.line.window(at(12), 1);
        assert_eq!((sum.busy_us, sum.wrap_up_us), (4 * SECOND_US, 8 * SECOND_US));
    }
}
