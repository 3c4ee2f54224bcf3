//! What was counted, as the rows that clients and reports are given.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_proto::snapshot::Counts;
use acd_proto::statistics::{
    AgentFigures, AgentStatistics, Figures, Interval, QueueStatistics, Series, Statistics as Told,
};

use crate::agent::{Agent, AgentFacts, Now};
use crate::book::Statistics;
use crate::calendar::{self, Length, Span};
use crate::facts::{FORMULAS, Facts, WAIT_BOUNDS_S};
use crate::histogram::Histogram;
use crate::line::{Line, MINUTES};
use crate::live::Place;
use crate::queue::{Attribution, Queue};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Every queue.
    pub queues: bool,
    /// Every agent.
    pub agents: bool,
    /// Agents together by site.
    pub sites: bool,
    /// All queues together, and all agents together.
    pub total: bool,
    /// Which interval a contact counts in.
    pub by: Attribution,
    /// The day by intervals of this length.
    pub length: Option<Length>,
    /// The last hour minute by minute.
    pub series: bool,
}

/// The little that a snapshot of the present state tells of the past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brief {
    /// By queue.
    pub queues: BTreeMap<Arc<str>, QueueBrief>,
    /// Offers each agent has left unanswered since midnight, where there is any.
    pub no_answers: BTreeMap<Arc<str>, u64>,
}

/// Of one queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueBrief {
    /// The last 15 minutes.
    pub interval: Counts,
    /// Since midnight.
    pub today: Counts,
    /// Waiting at the end of each of the last 15 minutes, and now.
    pub depth: Vec<u32>,
    /// Offers that nobody answered in the last 15 minutes.
    pub no_answers: u64,
    /// How long the longest conversation has been.
    pub longest_call_ms: Option<u64>,
}

/// The present moment of a queue, as the fold knows it.
#[derive(Clone, Copy, Debug, Default)]
struct Present {
    waiting: u32,
    late: u32,
    longest_us: Option<u64>,
    connected: u32,
    longest_call_us: Option<u64>,
}

impl QueueBrief {
    /// Of a queue in which nothing has happened.
    pub fn none() -> Self {
        Self { depth: vec![0; 16], ..Self::default() }
    }
}

impl Statistics {
    /// The present moment of every queue where anybody is.
    fn present(&self, now: u64) -> BTreeMap<Arc<str>, Present> {
        let mut all: BTreeMap<Arc<str>, Present> = BTreeMap::new();
        for live in self.book.live.values() {
            let threshold = self.book.queues.get(&live.queue).map_or(0, |queue| queue.threshold_us);
            let present = all.entry(Arc::clone(&live.queue)).or_default();
            match &live.place {
                Place::Waiting => {
                    let wait = now.saturating_sub(live.entered);
                    present.waiting += 1;
                    present.late += u32::from(wait > threshold);
                    present.longest_us = present.longest_us.max(Some(wait));
                }
                Place::Connected(_, since) => {
                    let call = now.saturating_sub(*since);
                    present.connected += 1;
                    present.longest_call_us = present.longest_call_us.max(Some(call));
                }
                Place::Offered(..) | Place::Elsewhere => {}
            }
        }
        all
    }

    /// What a snapshot needs.
    pub fn brief(&mut self, now: u64) -> Brief {
        let now = now.max(self.newest_us());
        self.until(now);
        let (day, present) = (self.day_of(now), self.present(now));
        let brief = |(name, queue): (&Arc<str>, &Queue)| {
            let line = queue.line(Attribution::Ended);
            let present = present.get(name).copied().unwrap_or_default();
            let interval = line.window(now, 15);
            let brief = QueueBrief {
                interval: interval.counts(),
                today: line.span(day).counts(),
                depth: queue.depth.series(now, 15),
                no_answers: interval.no_answers,
                longest_call_ms: present.longest_call_us.map(|us| us / 1_000),
            };
            (Arc::clone(name), brief)
        };
        let unanswered = |(name, agent): (&Arc<str>, &Agent)| {
            let count = agent.line.span(day).no_answers;
            (count > 0).then(|| (Arc::clone(name), count))
        };
        Brief {
            queues: self.book.queues.iter().map(brief).collect(),
            no_answers: self.book.agents.iter().filter_map(unanswered).collect(),
        }
    }

    /// Everything that is asked for, as of `now`.
    pub fn told(&mut self, ask: Ask, now: u64) -> Told {
        let now = now.max(self.newest_us());
        self.until(now);
        let day = self.day_of(now);
        let spans = ask.length.map(|length| calendar::intervals(day, length, now, &self.zone));
        let view = View { ask, now, day, spans: spans.as_deref() };
        for agent in self.book.agents.values_mut() {
            agent.count_to(now);
        }
        let present = self.present(now);
        let of = |name: &Arc<str>| present.get(name).copied().unwrap_or_default();
        let queues = ask.queues.then(|| {
            self.listed(day)
                .into_iter()
                .map(|(name, queue)| view.queue(name, queue, of(name)))
                .collect()
        });
        let sites = ask.sites.then(|| {
            let names: std::collections::BTreeSet<_> = self.sites.values().collect();
            let at = |site: &Arc<str>| {
                let there =
                    self.book.agents.iter().filter(|(name, _)| self.sites.get(*name) == Some(site));
                AgentStatistics {
                    site: Some(site.as_ref().into()),
                    ..view.agents(there.map(|(_, a)| a))
                }
            };
            names.into_iter().map(at).collect()
        });
        let agents = ask.agents.then(|| {
            let row = |(name, agent): (&Arc<str>, &Agent)| AgentStatistics {
                agent: Some(name.as_ref().into()),
                site: self.sites.get(name).map(|site| site.as_ref().into()),
                ..view.agents(std::iter::once(agent))
            };
            self.book.agents.iter().map(row).collect()
        });
        Told {
            seq: self.seq(),
            now,
            by: ask.by.name().into(),
            day_from: day.from,
            day_to: day.to,
            wait_bounds_ms: WAIT_BOUNDS_S.map(|bound| bound * 1_000).into(),
            queues,
            agents,
            sites,
            total: ask
                .total
                .then(|| view.total(&self.book.queues.values().collect::<Vec<_>>(), &present)),
            staff: ask.total.then(|| view.agents(self.book.agents.values())),
            ..Told::default()
        }
    }

    /// Queues by their place, then those that are gone, or were never configured, by name.
    pub(crate) fn listed(&self, day: Span) -> Vec<(&Arc<str>, &Queue)> {
        let is_told = |queue: &Queue| {
            queue.place.is_some() || queue.line(Attribution::Ended).span(day) != Facts::default()
        };
        let mut all: Vec<_> = self.book.queues.iter().filter(|(_, queue)| is_told(queue)).collect();
        all.sort_by_key(|(_, queue)| queue.place.unwrap_or(u32::MAX));
        all
    }
}

/// How rows are made.
struct View<'a> {
    ask: Ask,
    now: u64,
    day: Span,
    spans: Option<&'a [Span]>,
}

impl View<'_> {
    fn queue(&self, name: &Arc<str>, queue: &Queue, present: Present) -> QueueStatistics {
        let line = queue.line(self.ask.by);
        let row = self.rows(&[line], &[&queue.depth], present);
        QueueStatistics {
            queue: Some(name.as_ref().into()),
            threshold_ms: Some(queue.threshold_us / 1_000),
            target: (queue.target_percent > 0).then(|| f64::from(queue.target_percent)),
            waits: queue.waits.told(),
            abandon_waits: queue.abandon_waits.told(),
            handle: queue.handle.told(),
            hand_off: queue.hand_off.told(),
            ..row
        }
    }

    fn total(&self, queues: &[&Queue], present: &BTreeMap<Arc<str>, Present>) -> QueueStatistics {
        let mut all = Present::default();
        for one in present.values() {
            all.waiting += one.waiting;
            all.late += one.late;
            all.connected += one.connected;
            all.longest_us = all.longest_us.max(one.longest_us);
            all.longest_call_us = all.longest_call_us.max(one.longest_call_us);
        }
        let lines: Vec<_> = queues.iter().map(|queue| queue.line(self.ask.by)).collect();
        let depths: Vec<_> = queues.iter().map(|queue| &queue.depth).collect();
        let together = |of: fn(&Queue) -> &Histogram| {
            let mut sum = Histogram::default();
            for queue in queues {
                sum.add(of(queue));
            }
            sum.told()
        };
        QueueStatistics {
            waits: together(|queue| &queue.waits),
            abandon_waits: together(|queue| &queue.abandon_waits),
            handle: together(|queue| &queue.handle),
            hand_off: together(|queue| &queue.hand_off),
            ..self.rows(&lines, &depths, all)
        }
    }

    /// What is said of one queue and of several alike.
    fn rows(
        &self,
        lines: &[&Line<Facts>],
        depths: &[&crate::queue::Depth],
        present: Present,
    ) -> QueueStatistics {
        let with_now = |facts: Facts| {
            figures(&facts.with_waiting(u64::from(present.waiting), u64::from(present.late)))
        };
        let window = |minutes| with_now(sum(lines, |line| line.window(self.now, minutes)));
        let interval = |&span: &Span| {
            let facts = sum(lines, |line| line.span(span));
            Interval { from: span.from, to: span.to, figures: figures(&facts) }
        };
        QueueStatistics {
            waiting: present.waiting,
            waiting_late: present.late,
            longest_ms: present.longest_us.map(|us| us / 1_000),
            connected: present.connected,
            longest_call_ms: present.longest_call_us.map(|us| us / 1_000),
            m5: window(5),
            m15: window(15),
            m60: window(60),
            today: with_now(sum(lines, |line| line.span(self.day))),
            intervals: self.spans.map(|spans| spans.iter().map(interval).collect()),
            series: self.ask.series.then(|| self.series(lines, depths)),
            ..QueueStatistics::default()
        }
    }

    fn series(&self, lines: &[&Line<Facts>], depths: &[&crate::queue::Depth]) -> Series {
        let mut minutes = vec![Facts::default(); MINUTES as usize];
        for line in lines {
            for (sum, facts) in minutes.iter_mut().zip(line.minutes(self.now, MINUTES)) {
                *sum += facts;
            }
        }
        let mut depth = vec![0; MINUTES as usize + 1];
        for of in depths {
            for (sum, waiting) in depth.iter_mut().zip(of.series(self.now, MINUTES)) {
                *sum += waiting;
            }
        }
        Series {
            depth,
            entered: minutes.iter().map(|facts| facts.queued).collect(),
            answered: minutes.iter().map(|facts| facts.answered).collect(),
            abandoned: minutes.iter().map(|facts| facts.abandoned).collect(),
        }
    }

    fn agents<'q>(&self, agents: impl Iterator<Item = &'q Agent>) -> AgentStatistics {
        let agents: Vec<&Agent> = agents.collect();
        let lines: Vec<&Line<AgentFacts>> = agents.iter().map(|agent| &agent.line).collect();
        let mut now = Now::default();
        for agent in &agents {
            now.add(agent);
        }
        let figures = |of: &dyn Fn(&Line<AgentFacts>) -> AgentFacts| -> AgentFigures {
            sum(&lines, of).figures()
        };
        let interval = |&span: &Span| Interval {
            from: span.from,
            to: span.to,
            figures: figures(&|line| line.span(span)),
        };
        AgentStatistics {
            now: now.states,
            not_ready: now.reasons,
            m5: figures(&|line| line.window(self.now, 5)),
            m15: figures(&|line| line.window(self.now, 15)),
            m60: figures(&|line| line.window(self.now, 60)),
            today: figures(&|line| line.span(self.day)),
            intervals: self.spans.map(|spans| spans.iter().map(interval).collect()),
            ..AgentStatistics::default()
        }
    }
}

fn sum<F: Default + std::ops::AddAssign>(lines: &[&Line<F>], of: impl Fn(&Line<F>) -> F) -> F {
    let mut sum = F::default();
    for line in lines {
        sum += of(line);
    }
    sum
}

/// Facts as clients see them, with the service level by every formula.
pub(crate) fn figures(facts: &Facts) -> Figures {
    let levels = FORMULAS.iter().map(|(name, formula)| ((*name).to_owned(), formula(facts)));
    let lost = Facts { answered_in_threshold: facts.abandoned, ..*facts };
    Figures {
        entered: facts.queued,
        answered: facts.answered,
        answered_in_threshold: facts.answered_in_threshold,
        abandoned: facts.abandoned,
        abandoned_in_threshold: facts.abandoned_in_threshold,
        abandoned_short: facts.abandoned_short,
        flow_out: facts.flow_out,
        flow_out_in_threshold: facts.flow_out_in_threshold,
        handled: facts.handled,
        asa_ms: facts.asa_ms(),
        aht_ms: facts.aht_ms(),
        abandoned_percent: crate::facts::offered(&lost),
        transfers_in: facts.transfers_in,
        transfers_out: facts.transfers_out,
        requeues: facts.requeues,
        no_answers: facts.no_answers,
        waits: facts.waits.into(),
        service_level: levels.collect(),
    }
}
