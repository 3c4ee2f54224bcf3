//! What is read of a snapshot.

use std::collections::BTreeMap;

use acd_proto::snapshot::{AgentRow, QueueRow, Snapshot};

use super::{Limits, Rule, Thresholds};
use crate::model::Unanswered;
use crate::rows::is_deferred;

/// A service level of fewer contacts is not judged: one caller more would change it by ten points.
pub const SERVICE_LEVEL_OFFERED_MIN: u64 = 10;

/// One value of one thing watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What is watched.
    pub rule: Rule,
    /// The queue or agent.
    pub subject: String,
    /// In the rule's unit.
    pub value: u64,
    /// What it is judged by.
    pub limits: Limits,
}

/// Everything that has a limit.
pub fn readings<'a>(
    snapshot: &'a Snapshot,
    unanswered: &'a [Unanswered],
    thresholds: &'a Thresholds,
) -> impl Iterator<Item = Reading> + 'a {
    let mut failed = BTreeMap::<&str, u64>::new();
    for offer in unanswered {
        *failed.entry(&offer.queue).or_default() += 1;
    }
    let queues = snapshot.queues.as_deref().unwrap_or_default().iter().flat_map(move |row| {
        let failed = failed.get(row.queue.as_str()).copied().unwrap_or(0);
        of_queue(row, failed).into_iter().flatten().map(|(rule, value)| Reading {
            rule,
            subject: row.queue.clone(),
            value,
            limits: thresholds.of_queue(rule, row),
        })
    });
    let agents = snapshot.agents.as_deref().unwrap_or_default().iter();
    let calls = agents.filter_map(|row| {
        let value = call_ms(row, snapshot.now)?;
        let limits = thresholds.call();
        Some(Reading { rule: Rule::Call, subject: row.agent.clone(), value, limits })
    });
    queues.chain(calls)
}

#[expect(clippy::cast_sign_loss, reason = "percentages")]
fn of_queue(row: &QueueRow, failed: u64) -> [Option<(Rule, u64)>; 5] {
    let judged = row.interval.offered >= SERVICE_LEVEL_OFFERED_MIN;
    let level = row.interval.service_level.filter(|_| judged);
    [
        Some((Rule::LongestWait, row.longest_ms.unwrap_or(0))),
        Some((Rule::Waiting, row.waiting.into())),
        level.map(|percent| (Rule::ServiceLevel, (percent * 100.0) as u64)),
        // A closed queue needs nobody.
        row.open.then_some((Rule::Ready, row.ready.into())),
        Some((Rule::NoAnswer, failed)),
    ]
}

/// How long the agent's longest conversation has lasted; none without one.
fn call_ms(row: &AgentRow, now: u64) -> Option<u64> {
    let calls = row.held.iter().filter(|held| held.state == "connected");
    let calls = calls.filter(|held| !is_deferred(&held.channel));
    calls.map(|held| now.saturating_sub(held.since) / 1_000).max()
}

#[cfg(test)]
mod tests {
    use acd_proto::snapshot::{Counts, HeldRow};

    use super::*;

    #[test]
    fn a_queue_and_an_agent_are_read() {
        let held = |channel: &str, since| HeldRow {
            channel: channel.into(),
            state: "connected".into(),
            since,
            ..HeldRow::default()
        };
        let interval = Counts { offered: 10, service_level: Some(79.5), ..Counts::default() };
        let queue = QueueRow {
            queue: "water".into(),
            open: true,
            waiting: 3,
            longest_ms: Some(5_000),
            threshold_ms: 20_000,
            target: 80.0,
            interval,
            ..QueueRow::default()
        };
        let agent = AgentRow {
            agent: "4471".into(),
            held: vec![held("email", 0), held("voice", 1_000_000)],
            ..AgentRow::default()
        };
        let mut snapshot = Snapshot {
            now: 61_000_000,
            queues: Some(vec![queue]),
            agents: Some(vec![agent]),
            ..Snapshot::default()
        };
        let offer = Unanswered { ts: 0, queue: "water".into() };
        let thresholds = Thresholds::default();
        let read = |snapshot: &Snapshot| -> Vec<_> {
            let readings = readings(snapshot, std::slice::from_ref(&offer), &thresholds);
            readings.map(|reading| (reading.rule, reading.value)).collect()
        };
        let mut expected = vec![
            (Rule::LongestWait, 5_000),
            (Rule::Waiting, 3),
            (Rule::ServiceLevel, 7_950),
            (Rule::Ready, 0),
            (Rule::NoAnswer, 1),
            (Rule::Call, 60_000),
        ];
        assert_eq!(read(&snapshot), expected);
        let queues = snapshot.queues.as_mut().expect("it has queues");
        queues[0].interval.offered = 9;
        queues[0].open = false;
        expected.retain(|(rule, _)| !matches!(rule, Rule::ServiceLevel | Rule::Ready));
        assert_eq!(read(&snapshot), expected, "few contacts, and a closed queue");
    }
}
