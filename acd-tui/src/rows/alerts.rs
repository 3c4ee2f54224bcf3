//! Alerts to draw.

use std::cmp::Reverse;

use crate::alerts::{Rule, Subject};
use crate::judge::Severity;
use crate::model::Model;
use crate::screen::Screen;
use crate::{safe, words};

/// An alert to draw; every text but `id` is safe.
#[derive(Clone, Debug)]
pub struct AlertLine {
    /// What the cursor remembers it by.
    pub id: String,
    /// What it is about.
    pub about: Subject,
    /// How bad it is.
    pub severity: Severity,
    /// The queue, or the agent as people say it.
    pub subject: String,
    /// What is wrong.
    pub sentence: String,
    /// The time from which it counts.
    pub since: String,
    /// For how long.
    pub for_ms: u64,
    /// What was said to it, and until when it is muted.
    pub note: String,
    /// Whether it is muted.
    pub muted: bool,
    /// Whether somebody has seen it.
    pub is_seen: bool,
}

/// The order of alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertSort {
    /// The worst first; of those what nobody has seen, then the oldest.
    Severity,
    /// The newest first.
    Since,
    /// By queue or agent.
    Subject,
}

impl AlertSort {
    /// Every order, as `s` goes through them.
    pub const ALL: [Self; 3] = [Self::Severity, Self::Since, Self::Subject];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Severity => "SEVERITY",
            Self::Since => "SINCE",
            Self::Subject => "OF",
        }
    }
}

/// The alerts shown, in the order asked for.
pub fn alerts(model: &Model) -> Vec<AlertLine> {
    let (picture, real) = model.shown();
    let clock = &picture.clock;
    let list = &model.lists[Screen::Alerts as usize];
    let filter = &list.filter;
    let lines = picture.alerts.active().into_iter().map(|(about, alert)| {
        let (rule, subject) = about;
        let muted = picture.alerts.muted_until(about);
        let seen = alert.seen.as_deref().map(|note| match note {
            "" => "seen".to_owned(),
            note => format!("seen: {}", safe::text(note)),
        });
        let muted_until = muted.map(|until| format!("muted to {}", clock.show(until, "%H:%M")));
        let notes: Vec<_> = seen.into_iter().chain(muted_until).collect();
        AlertLine {
            id: format!("{} {subject}", rule.name()),
            about: about.clone(),
            severity: alert.severity,
            subject: match rule {
                Rule::Call => words::agent_name(subject, picture.snapshot.as_ref()),
                _ => safe::text(subject),
            },
            sentence: rule.sentence(alert.value, alert.limit),
            since: clock.show(alert.since, "%H:%M:%S"),
            for_ms: clock.age_ms(alert.since, real),
            note: notes.join(", "),
            muted: muted.is_some(),
            is_seen: alert.seen.is_some(),
        }
    });
    let fields = |line: &AlertLine| {
        filter.passes(&[
            ("of", &line.subject),
            ("rule", line.about.0.name()),
            ("what", &line.sentence),
        ])
    };
    let mut lines: Vec<_> = lines.filter(|line| fields(line)).collect();
    match AlertSort::ALL[list.sort % AlertSort::ALL.len()] {
        AlertSort::Severity => {
            lines.sort_by_key(|line| (Reverse(line.severity), line.muted || line.is_seen));
        }
        AlertSort::Since => lines.sort_by_key(|line| line.for_ms),
        AlertSort::Subject => lines.sort_by(|a, b| a.subject.cmp(&b.subject)),
    }
    if list.reversed {
        lines.reverse();
    }
    lines
}
