//! Alerts: fired when something stays bad, over when it is clearly good again.
//!
//! *Hold:* what gets worse must stay so for [`HOLD_US`] of the city's time before it counts.
//! *Hysteresis:* what is bad counts as bad until it is better than its limit by a tenth. Without
//! both, a number that wavers about its limit would ring all day. What is bad when the screen
//! opens counts at once: nobody knows for how long it has been so.

mod limits;
mod readings;
mod rule;

pub use limits::{LimitsError, Thresholds};
pub use readings::{Reading, SERVICE_LEVEL_OFFERED_MIN, readings};
pub use rule::{Limits, Rule};

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, VecDeque};

use crate::judge::Severity;

/// How long something must stay bad before it counts: 10 seconds.
pub const HOLD_US: u64 = 10_000_000;
/// How long a muted alert stays so: 15 minutes.
pub const MUTE_US: u64 = 15 * 60_000_000;
/// Changes kept.
const HISTORY_MAX: usize = 500;

/// What an alert is about: a queue or an agent, as the server names it.
pub type Subject = (Rule, String);

/// Something bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// How bad, as it counts.
    pub severity: Severity,
    /// Since when it counts as that, µs UTC.
    pub since: u64,
    /// The newest value, in the rule's unit.
    pub value: u64,
    /// What it is beyond.
    pub limit: u64,
    /// What was said to it, once somebody has seen it.
    pub seen: Option<String>,
    /// Worse than it counts, and since when.
    worse: Option<(Severity, u64)>,
}

/// A change of what counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// When, µs UTC.
    pub ts: u64,
    /// What it is about.
    pub subject: Subject,
    /// How bad it was.
    pub from: Severity,
    /// How bad it is.
    pub to: Severity,
    /// The value by then.
    pub value: u64,
    /// What it is beyond; of one that is over, what it was.
    pub limit: u64,
}

impl Change {
    /// Whether it got worse.
    pub fn is_worse(&self) -> bool {
        self.to > self.from
    }
}

/// Everything watched that is bad, or about to count as bad.
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    watched: BTreeMap<Subject, Alert>,
    /// Until when, µs UTC.
    muted: BTreeMap<Subject, u64>,
    history: VecDeque<Change>,
    begun: bool,
}

impl Alerts {
    /// Takes what is read at `now` of everything watched; what is not read any more is over.
    /// Returns what changed.
    pub fn observe(&mut self, now: u64, readings: impl Iterator<Item = Reading>) -> Vec<Change> {
        let hold = if self.begun { HOLD_US } else { 0 };
        self.begun = true;
        self.muted.retain(|_, until| *until > now);
        let mut before = std::mem::take(&mut self.watched);
        let mut changes = Vec::new();
        for reading in readings {
            let subject = (reading.rule, reading.subject);
            let old = before.remove(&subject);
            let from = old.as_ref().map_or(Severity::Calm, |alert| alert.severity);
            let judged = reading.rule.judge(reading.value, reading.limits, from);
            if judged == Severity::Calm && from == Severity::Calm {
                continue;
            }
            let alert = step(old, &reading.limits, judged, reading.value, now, hold);
            if alert.severity != from {
                changes.push(Change {
                    ts: now,
                    subject: subject.clone(),
                    from,
                    to: alert.severity,
                    value: alert.value,
                    limit: alert.limit,
                });
            }
            if alert.severity > Severity::Calm || alert.worse.is_some() {
                self.watched.insert(subject, alert);
            }
        }
        let gone = before.into_iter().filter(|(_, alert)| alert.severity > Severity::Calm);
        changes.extend(gone.map(|(subject, alert)| Change {
            ts: now,
            subject,
            from: alert.severity,
            to: Severity::Calm,
            value: alert.value,
            limit: alert.limit,
        }));
        for change in &changes {
            self.history.push_front(change.clone());
        }
        self.history.truncate(HISTORY_MAX);
        changes
    }

    /// How bad something counts as.
    pub fn severity(&self, rule: Rule, subject: &str) -> Severity {
        // A lookup by a borrowed pair would need a key type of its own; rows are few.
        self.watched.get(&(rule, subject.to_owned())).map_or(Severity::Calm, |a| a.severity)
    }

    /// How bad the worst about a queue counts as. Long calls are about agents.
    pub fn of_queue(&self, queue: &str) -> Severity {
        let rules = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Call);
        rules.map(|rule| self.severity(rule, queue)).max().unwrap_or_default()
    }

    /// What counts, the worst first, then the oldest.
    pub fn active(&self) -> Vec<(&Subject, &Alert)> {
        let counts = self.watched.iter().filter(|(_, alert)| alert.severity > Severity::Calm);
        let mut active: Vec<_> = counts.collect();
        active.sort_by_key(|(_, alert)| (Reverse(alert.severity), alert.since));
        active
    }

    /// How many queues and agents are to be watched, and to be acted on; each once, by its worst
    /// alert that is not muted.
    pub fn counts(&self) -> (usize, usize) {
        let mut worst = BTreeMap::<(bool, &str), Severity>::new();
        for (subject, alert) in &self.watched {
            if !self.muted.contains_key(subject) {
                let of = worst.entry((subject.0 == Rule::Call, &subject.1)).or_default();
                *of = alert.severity.max(*of);
            }
        }
        let of = |severity| worst.values().filter(|of| **of == severity).count();
        (of(Severity::Warn), of(Severity::Critical))
    }

    /// Changes, newest first.
    pub fn history(&self) -> impl Iterator<Item = &Change> {
        self.history.iter()
    }

    /// Until when an alert is muted, µs UTC.
    pub fn muted_until(&self, subject: &Subject) -> Option<u64> {
        self.muted.get(subject).copied()
    }

    /// Somebody has seen it, and may say something to it.
    pub fn see(&mut self, subject: &Subject, note: &str) {
        if let Some(alert) = self.watched.get_mut(subject) {
            alert.seen = Some(note.to_owned());
        }
    }

    /// Mutes an alert for [`MUTE_US`], or lets it be heard again.
    pub fn mute(&mut self, subject: &Subject, now: u64) {
        if self.muted.remove(subject).is_none() {
            self.muted.insert(subject.clone(), now.saturating_add(MUTE_US));
        }
    }
}

/// What becomes of an alert that is judged anew. Better counts at once, worse after the hold.
fn step(
    old: Option<Alert>,
    limits: &Limits,
    judged: Severity,
    value: u64,
    now: u64,
    hold: u64,
) -> Alert {
    let mut alert = old.unwrap_or(Alert {
        severity: Severity::Calm,
        since: now,
        value,
        limit: 0,
        seen: None,
        worse: None,
    });
    alert.value = value;
    let count = |alert: &mut Alert, severity: Severity| {
        // Who has seen a warning has not seen it become critical.
        if severity > alert.severity {
            alert.seen = None;
        }
        alert.severity = severity;
        alert.since = now;
        alert.worse = None;
        alert.limit = limits.of(severity).unwrap_or(alert.limit);
    };
    match judged.cmp(&alert.severity) {
        Ordering::Greater => {
            // Worse still while it is held does not begin the hold anew.
            let since = alert.worse.map_or(now, |(_, since)| since);
            alert.worse = Some((judged, since));
            if now.saturating_sub(since) >= hold {
                count(&mut alert, judged);
            }
        }
        Ordering::Less => count(&mut alert, judged),
        Ordering::Equal => alert.worse = None,
    }
    alert
}

#[cfg(test)]
mod tests {
    use super::*;
    use Severity::{Calm, Critical, Warn};

    const S: u64 = 1_000_000;

    fn waiting(value: u64) -> Reading {
        Reading { rule: Rule::Waiting, subject: "water".into(), value, limits: Limits::new(10, 20) }
    }

    /// Observes one value a second, and says each change as (second, from, to).
    fn run(values: &[u64]) -> Vec<(u64, Severity, Severity)> {
        let mut alerts = Alerts::default();
        let mut told = Vec::new();
        for (at, value) in values.iter().enumerate() {
            for change in alerts.observe(at as u64 * S, [waiting(*value)].into_iter()) {
                told.push((change.ts / S, change.from, change.to));
            }
        }
        told
    }

    #[test]
    fn what_is_bad_at_first_sight_counts_at_once() {
        assert_eq!(run(&[25]), [(0, Calm, Critical)]);
    }

    #[test]
    fn what_gets_bad_counts_after_ten_seconds() {
        let mut values = vec![0];
        values.extend([11; 11]);
        assert_eq!(run(&values), [(11, Calm, Warn)]);
        values.truncate(11);
        assert_eq!(run(&values), [], "nine seconds are not ten");
    }

    #[test]
    fn a_moment_that_is_good_begins_the_hold_anew() {
        let values = [0, 11, 11, 11, 11, 11, 11, 9, 11, 11, 11, 11, 11, 11];
        assert_eq!(run(&values), []);
    }

    #[test]
    fn what_wavers_about_its_limit_rings_once() {
        let mut values = vec![11];
        values.extend([10, 11].repeat(50));
        assert_eq!(run(&values), [(0, Calm, Warn)]);
        values.push(9);
        assert_eq!(run(&values), [(0, Calm, Warn), (101, Warn, Calm)]);
    }

    #[test]
    fn worse_while_held_counts_as_the_worse() {
        let mut values = vec![0, 11, 11, 11];
        values.extend([30; 8]);
        assert_eq!(run(&values), [(11, Calm, Critical)]);
    }

    #[test]
    fn what_is_read_no_more_is_over() {
        let mut alerts = Alerts::default();
        alerts.observe(0, [waiting(11)].into_iter());
        let changes = alerts.observe(S, std::iter::empty());
        assert_eq!(changes.len(), 1);
        assert!(!changes[0].is_worse() && changes[0].to == Calm);
        assert_eq!(alerts.active(), []);
        assert_eq!(alerts.history().count(), 2);
    }

    #[test]
    fn seen_until_it_gets_worse_and_muted_for_a_quarter() {
        let mut alerts = Alerts::default();
        alerts.observe(0, [waiting(11)].into_iter());
        let subject = (Rule::Waiting, "water".to_owned());
        alerts.see(&subject, "main broken, crew out");
        assert_eq!(alerts.active()[0].1.seen.as_deref(), Some("main broken, crew out"));
        alerts.mute(&subject, 0);
        assert_eq!(alerts.counts(), (0, 0));
        assert_eq!(alerts.of_queue("water"), Warn, "muted is not mended");
        alerts.observe(S, [waiting(30)].into_iter());
        alerts.observe(11 * S, [waiting(30)].into_iter());
        assert_eq!(alerts.active()[0].1.seen, None);
        alerts.observe(MUTE_US, [waiting(30)].into_iter());
        assert_eq!(alerts.counts(), (0, 1));
    }

    #[test]
    fn history_is_bounded() {
        let mut alerts = Alerts::default();
        for at in 0..2 * HISTORY_MAX as u64 {
            let value = if at % 2 == 0 { 25 } else { 0 };
            alerts.observe(at * 2 * HOLD_US, [waiting(value)].into_iter());
            alerts.observe((at * 2 + 1) * HOLD_US, [waiting(value)].into_iter());
        }
        assert_eq!(alerts.history().count(), HISTORY_MAX);
    }
}
