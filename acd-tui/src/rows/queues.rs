//! Queues to draw: judged, filtered, sorted, summed.

use std::cmp::{Ordering, Reverse};

use acd_proto::snapshot::{Counts, QueueRow};

use super::Agents;
use crate::clock::Real;
use crate::judge::{self, Severity};
use crate::model::{Model, Picture};
use crate::safe;
use crate::screen::Screen;
use crate::window::Window;

/// The order of queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Critical, then warn; within each, longest wait over threshold.
    Urgency,
    /// Longest wait.
    Longest,
    /// Most waiting.
    Waiting,
    /// Lowest service level.
    Level,
    /// By name.
    Name,
    /// As configured.
    Configured,
}

impl Sort {
    /// Every order, as `s` goes through them.
    pub const ALL: [Self; 6] =
        [Self::Urgency, Self::Longest, Self::Waiting, Self::Level, Self::Name, Self::Configured];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Urgency => "URGENCY",
            Self::Longest => "LONGEST",
            Self::Waiting => "WAIT",
            Self::Level => "SL",
            Self::Name => "NAME",
            Self::Configured => "CONFIG",
        }
    }
}

/// A queue to draw, or the total.
#[derive(Clone, Debug, Default)]
pub struct QueueLine {
    /// As the server names it.
    pub raw: String,
    /// Safe to draw.
    pub name: String,
    /// Whether it accepts contacts.
    pub open: bool,
    /// The worst alert about it.
    pub severity: Severity,
    /// Of the longest wait, as it is.
    pub wait_severity: Severity,
    /// Of the service level, as it is.
    pub level_severity: Severity,
    /// Contacts that wait.
    pub waiting: u32,
    /// Age of the oldest by now.
    pub longest_ms: Option<u64>,
    /// Expected wait; none in a total.
    pub ewt_ms: Option<u64>,
    /// Agents ready.
    pub ready: u32,
    /// Agents with an offer or a contact.
    pub busy: u32,
    /// Agents in wrap-up.
    pub wrap_up: u32,
    /// Agents signed in and not available.
    pub not_ready: u32,
    /// Those by their reason, the commonest first; safe to draw.
    pub reasons: Vec<(String, u32)>,
    /// Threshold of the service level.
    pub threshold_ms: u64,
    /// Its target, percent; none in a total.
    pub target: Option<f64>,
    /// The length of time looked at; the last 15 minutes, where nothing else is said.
    pub interval: Counts,
    /// Since midnight.
    pub today: Counts,
    /// Waiting by minute, and now.
    pub depth: Vec<u32>,
}

impl QueueLine {
    /// Qualified agents signed in.
    pub const fn signed_in(&self) -> u32 {
        self.ready + self.busy + self.wrap_up + self.not_ready
    }

    fn new(row: &QueueRow, picture: &Picture, real: Real, window: Window) -> Self {
        let interval = window.counts(row, picture.counted.as_deref());
        let longest_ms = picture.longest_ms(row, real);
        Self {
            raw: row.queue.clone(),
            name: safe::text(&row.queue),
            open: row.open,
            severity: picture.alerts.of_queue(&row.queue),
            wait_severity: judge::wait(longest_ms, row.threshold_ms),
            level_severity: judge::service_level(&interval, row.target),
            waiting: row.waiting,
            longest_ms,
            ewt_ms: row.ewt_ms,
            ready: row.ready,
            busy: row.busy,
            wrap_up: row.wrap_up,
            not_ready: row.not_ready,
            reasons: reasons(row),
            threshold_ms: row.threshold_ms,
            target: Some(row.target),
            interval,
            today: row.today,
            depth: row.depth.clone(),
        }
    }

    fn fields(&self) -> [(&'static str, &str); 3] {
        let open = if self.open { "yes" } else { "no" };
        [("queue", &self.raw), ("open", open), ("severity", self.severity.name())]
    }

    /// Longest wait in thousandths of the threshold.
    fn lateness(&self) -> u64 {
        self.longest_ms.unwrap_or(0).saturating_mul(1_000) / self.threshold_ms.max(1)
    }
}

/// Why agents of a queue are not ready, the commonest reason first.
fn reasons(row: &QueueRow) -> Vec<(String, u32)> {
    let mut reasons: Vec<(String, u32)> =
        row.not_ready_by.iter().map(|(reason, count)| (safe::text(reason), *count)).collect();
    reasons.sort_by_key(|(_, count)| Reverse(*count));
    reasons
}

/// The queues shown, in the order asked for.
pub fn queues(model: &Model) -> Vec<QueueLine> {
    let (picture, real) = model.shown();
    let mut lines = queues_in(picture, real, model.window);
    let list = &model.lists[Screen::Overview as usize];
    lines.retain(|line| list.filter.passes(&line.fields()));
    sort(&mut lines, Sort::ALL[list.sort % Sort::ALL.len()], list.reversed);
    lines
}

/// Every queue, as configured, by its last 15 minutes.
pub fn all_queues(picture: &Picture, real: Real) -> Vec<QueueLine> {
    queues_in(picture, real, Window::Fifteen)
}

/// Every queue, as configured, by the counts of a length of time.
pub fn queues_in(picture: &Picture, real: Real, window: Window) -> Vec<QueueLine> {
    let rows = picture.snapshot.as_ref().and_then(|s| s.queues.as_deref()).unwrap_or_default();
    rows.iter().map(|row| QueueLine::new(row, picture, real, window)).collect()
}

/// Sorts stably: what is equal stays as configured.
pub fn sort(lines: &mut [QueueLine], by: Sort, reversed: bool) {
    let order = |a: &QueueLine, b: &QueueLine| -> Ordering {
        match by {
            Sort::Urgency => {
                let key =
                    |line: &QueueLine| Reverse((line.severity, line.lateness(), line.waiting));
                key(a).cmp(&key(b))
            }
            Sort::Longest => b.longest_ms.cmp(&a.longest_ms),
            Sort::Waiting => b.waiting.cmp(&a.waiting),
            Sort::Level => {
                let level = |line: &QueueLine| line.interval.service_level.unwrap_or(f64::MAX);
                level(a).total_cmp(&level(b))
            }
            Sort::Name => a.raw.cmp(&b.raw),
            Sort::Configured => Ordering::Equal,
        }
    };
    lines.sort_by(order);
    if reversed {
        lines.reverse();
    }
}

/// The sum of the queues shown. Agents are counted once each, however many queues they serve.
pub fn total(lines: &[QueueLine], agents: &Agents) -> QueueLine {
    let mut total = QueueLine {
        name: "TOTAL".into(),
        open: true,
        waiting: lines.iter().map(|line| line.waiting).sum(),
        ready: agents.ready,
        busy: agents.busy + agents.ringing,
        wrap_up: agents.wrap_up,
        not_ready: agents.not_ready,
        interval: sum(lines.iter().map(|line| &line.interval)),
        today: sum(lines.iter().map(|line| &line.today)),
        ..QueueLine::default()
    };
    let minutes = lines.iter().map(|line| line.depth.len()).max().unwrap_or(0);
    total.depth = vec![0; minutes];
    for line in lines {
        for (sum, depth) in total.depth.iter_mut().rev().zip(line.depth.iter().rev()) {
            *sum = sum.saturating_add(*depth);
        }
    }
    total
}

/// Counts of several queues. The mean wait is weighted by answers, the level is of all offered.
#[expect(clippy::cast_precision_loss, reason = "a day's counts stay far below 2^53")]
fn sum<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    let mut total = Counts::default();
    let mut waited_ms = 0_u64;
    for counts in counts {
        total.entered += counts.entered;
        total.offered += counts.offered;
        total.answered += counts.answered;
        total.answered_in_threshold += counts.answered_in_threshold;
        total.abandoned += counts.abandoned;
        total.flow_out += counts.flow_out;
        let sum_ms = counts.asa_ms.unwrap_or(0).saturating_mul(counts.answered);
        waited_ms = waited_ms.saturating_add(sum_ms);
    }
    total.asa_ms = waited_ms.checked_div(total.answered);
    total.service_level = (total.offered > 0)
        .then(|| total.answered_in_threshold as f64 * 100.0 / total.offered as f64);
    total
}
