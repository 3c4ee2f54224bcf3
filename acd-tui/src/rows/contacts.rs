//! Contacts of one queue to draw: who waits, and who is with an agent.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use acd_proto::snapshot::ContactRow;

use crate::judge::{self, Severity};
use crate::model::Model;
use crate::safe;
use crate::screen::Screen;

/// A contact to draw; every text is safe.
#[derive(Clone, Debug)]
pub struct ContactLine {
    /// Its id as the server names it.
    pub raw: String,
    /// Its id.
    pub id: String,
    /// How it came.
    pub channel: String,
    /// The caller: name, number, or nothing.
    pub from: String,
    /// Wait so far, or until the answer.
    pub wait_ms: u64,
    /// Its priority.
    pub prio: u8,
    /// `es3 water2`.
    pub needs: String,
    /// queued, scheduled, offered, connected, parked; with what holds it up.
    pub state: String,
    /// A callback whose time has not come.
    pub is_scheduled: bool,
    /// The step that holds, counted from 1.
    pub step: u8,
    /// The agent offered, or held by.
    pub agent: String,
    /// The same with the agent's name.
    pub agent_name: String,
    /// The same as the server names it.
    pub raw_agent: Option<String>,
    /// How bad its wait is.
    pub severity: Severity,
}

/// Agents' names by id.
type Names<'a> = BTreeMap<&'a str, &'a str>;

/// The order of contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactSort {
    /// Longest wait.
    Wait,
    /// Highest priority, then longest wait.
    Priority,
    /// By channel, then longest wait.
    Channel,
}

impl ContactSort {
    /// Every order, as `s` goes through them.
    pub const ALL: [Self; 3] = [Self::Wait, Self::Priority, Self::Channel];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Wait => "WAIT",
            Self::Priority => "PRIO",
            Self::Channel => "CHANNEL",
        }
    }
}

/// Of one queue: who waits, in the order asked for, and who is with an agent, the latest first.
pub fn contacts(model: &Model) -> (Vec<ContactLine>, Vec<ContactLine>) {
    let (picture, _) = model.shown();
    let Some(queue) = queue_shown(model) else { return (Vec::new(), Vec::new()) };
    let list = &model.lists[Screen::Queue as usize];
    let snapshot = picture.snapshot.as_ref();
    let goal_ms = snapshot.and_then(|s| s.queues.as_deref()).unwrap_or_default();
    let goal_ms =
        goal_ms.iter().find(|row| row.queue == queue).map_or(u64::MAX, |r| r.threshold_ms);
    let rows = snapshot.and_then(|s| s.contacts.as_deref()).unwrap_or_default();
    let rows = rows.iter().filter(|row| row.queue == queue);
    let agents = snapshot.and_then(|s| s.agents.as_deref()).unwrap_or_default();
    let names: Names<'_> =
        agents.iter().map(|row| (row.agent.as_str(), row.name.as_str())).collect();
    let lines = rows.map(|row| ContactLine::new(row, model, goal_ms, &names));
    let (mut held, mut waiting): (Vec<_>, Vec<_>) =
        lines.partition(|line| ["connected", "parked"].contains(&line.state.as_str()));
    waiting.retain(|line| list.filter.passes(&line.fields()));
    waiting.sort_by_key(|line| Reverse(line.wait_ms));
    match ContactSort::ALL[list.sort % ContactSort::ALL.len()] {
        ContactSort::Wait => {}
        ContactSort::Priority => waiting.sort_by_key(|line| Reverse(line.prio)),
        ContactSort::Channel => waiting.sort_by(|a, b| a.channel.cmp(&b.channel)),
    }
    if list.reversed {
        waiting.reverse();
    }
    // Callbacks whose time has not come do not wait yet.
    waiting.sort_by_key(|line| line.is_scheduled);
    held.reverse();
    (waiting, held)
}

/// The queue of the queue screen: the one gone into, else the most urgent one.
pub fn queue_shown(model: &Model) -> Option<String> {
    model.queue.clone().or_else(|| super::queues(model).into_iter().next().map(|line| line.raw))
}

/// An agent as people say it, safe to draw.
fn named(agent: &str, names: &Names<'_>) -> String {
    match names.get(agent) {
        Some(name) if !name.is_empty() && *name != agent => {
            format!("{} {}", safe::text(agent), safe::text(name))
        }
        _ => safe::text(agent),
    }
}

impl ContactLine {
    fn new(row: &ContactRow, model: &Model, goal_ms: u64, names: &Names<'_>) -> Self {
        let (picture, real) = model.shown();
        let waits = !["connected", "parked", "scheduled"].contains(&row.state.as_str());
        let grown = if waits { picture.since_snapshot_ms(real) } else { 0 };
        let wait_ms = row.wait_ms.saturating_add(grown);
        let needs: Vec<_> = row
            .needs
            .iter()
            .map(|(skill, level)| format!("{}{level}", safe::text(skill)))
            .collect();
        let number = row.from.as_deref().unwrap_or_default();
        let number = if model.reveal { safe::text(number) } else { safe::masked(number) };
        let from = row.name.as_deref().map_or(number, safe::text);
        let state = if row.suspended { "held up" } else { &row.state };
        Self {
            raw: row.contact.clone(),
            id: safe::text(&row.contact),
            channel: safe::text(&row.channel),
            from,
            wait_ms,
            prio: row.prio,
            needs: needs.join(" "),
            state: safe::text(state),
            is_scheduled: row.state == "scheduled",
            step: row.step + 1,
            agent: row.agent.as_deref().map(safe::text).unwrap_or_default(),
            agent_name: row.agent.as_deref().map(|agent| named(agent, names)).unwrap_or_default(),
            raw_agent: row.agent.clone(),
            severity: if waits { judge::wait(Some(wait_ms), goal_ms) } else { Severity::Calm },
        }
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("contact", &self.id),
            ("channel", &self.channel),
            ("from", &self.from),
            ("need", &self.needs),
            ("state", &self.state),
            ("agent", &self.agent),
        ]
    }
}
