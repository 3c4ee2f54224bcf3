//! Events as a supervisor would tell them: one short English line each, or silence.
//!
//! *Notable* is what differs from the plan: somebody left, nobody answered, a front end is gone, a
//! supervisor acted. *Routine* is the rest a supervisor may want to follow. What only programs
//! need (offers, holds, wrap-up, promotions) makes no line.

use std::sync::Arc;

use acd_proto::event::{ContactRef, Event, EventBody};
use acd_proto::snapshot::{AgentRow, Snapshot};

use crate::acts::About;
use crate::alerts::{Change, Rule};
use crate::format::duration;
use crate::judge::{self, Severity};
use crate::safe;

/// Reasons an agent does not give itself: it did not answer, or its desktop is gone.
pub const FORCED_REASONS: [&str; 2] = ["rona", "lost"];

/// One line of the events panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, µs UTC.
    pub ts: u64,
    /// How bad.
    pub severity: Severity,
    /// Whether it differs from the plan.
    pub notable: bool,
    /// The queue it is about, as the server names it.
    pub queue: Option<Arc<str>>,
    /// What it says, safe to draw.
    pub text: String,
    /// Lines of one kind about one subject.
    pub group: String,
    /// How many of the group this line stands for.
    pub times: u32,
    /// Its number in the log, given there.
    pub number: u64,
    /// What it tells of, to go to.
    pub about: About,
}

/// The line of an event; none for what only programs need.
pub fn line(event: &Event, snapshot: Option<&Snapshot>) -> Option<Line> {
    let told = tell(&event.body, snapshot)?;
    let queue = event.body.contact().map(|of| of.queue.clone()).or_else(|| match &event.body {
        EventBody::QueueState { queue, .. } => Some(queue.clone()),
        _ => None,
    });
    let subject = told.subject.or(queue.as_deref()).unwrap_or_default();
    Some(Line {
        ts: event.ts,
        severity: told.severity,
        notable: told.notable,
        group: format!("{} {} {subject}", event.body.kind(), told.severity.name()),
        text: told.text,
        about: about(&event.body),
        queue,
        times: 1,
        number: 0,
    })
}

/// What an event tells of.
fn about(body: &EventBody) -> About {
    let contact = body.contact();
    let agent = match body {
        EventBody::AgentState { agent, .. }
        | EventBody::Connected { agent, .. }
        | EventBody::OfferRevoked { agent, .. }
        | EventBody::Listen { agent, .. } => Some(agent),
        _ => None,
    };
    let queue = match body {
        EventBody::QueueState { queue, .. } => Some(queue),
        _ => contact.map(|of| &of.queue),
    };
    About {
        contact: contact.map(|of| of.contact.as_ref().into()),
        agent: agent.map(|agent| agent.as_ref().into()),
        queue: queue.map(|queue| queue.as_ref().into()),
    }
}

/// The line that an alert fired, got better or is over.
pub fn alert(change: &Change, snapshot: Option<&Snapshot>) -> Line {
    let (rule, subject) = &change.subject;
    let (name, queue) = match rule {
        Rule::Call => (agent_name(subject, snapshot), None),
        _ => (safe::text(subject), Some(subject.as_str().into())),
    };
    let about = match rule {
        Rule::Call => About { agent: Some(subject.clone()), ..About::default() },
        _ => About { queue: Some(subject.clone()), ..About::default() },
    };
    let text = match (change.is_worse(), change.to) {
        (false, Severity::Calm) => {
            format!("{name}: over: {} {}", rule.title(), rule.show(change.value))
        }
        _ => format!("{name}: {}", rule.sentence(change.value, change.limit)),
    };
    Line {
        ts: change.ts,
        severity: change.to,
        notable: true,
        queue,
        text,
        group: format!("alert {} {} {subject}", rule.name(), change.to.name()),
        times: 1,
        number: 0,
        about,
    }
}

/// An agent as people say it: `4471 ortiz`.
pub fn agent_name(id: &str, snapshot: Option<&Snapshot>) -> String {
    let rows: &[AgentRow] = snapshot.and_then(|s| s.agents.as_deref()).unwrap_or_default();
    match rows.iter().find(|row| row.agent == id) {
        Some(row) if !row.name.is_empty() && row.name != id => {
            format!("{} {}", safe::text(id), safe::text(&row.name))
        }
        _ => safe::text(id),
    }
}

/// What is said of an event.
struct Told<'a> {
    notable: bool,
    severity: Severity,
    text: String,
    /// What lines of the same kind are joined by, when it is not the queue.
    subject: Option<&'a str>,
}

impl<'a> Told<'a> {
    const fn routine(text: String) -> Self {
        Self { notable: false, severity: Severity::Calm, text, subject: None }
    }

    const fn notable(severity: Severity, text: String) -> Self {
        Self { notable: true, severity, text, subject: None }
    }

    const fn about(mut self, subject: &'a str) -> Self {
        self.subject = Some(subject);
        self
    }
}

fn tell<'a>(body: &'a EventBody, snapshot: Option<&Snapshot>) -> Option<Told<'a>> {
    let told = match body {
        EventBody::AgentState { agent, state, reason, pending, .. } => {
            return tell_agent(agent, state, reason.as_deref(), pending.as_deref(), snapshot);
        }
        EventBody::QueueState { queue, open: true } => {
            Told::notable(Severity::Calm, format!("{} opened", safe::text(queue)))
        }
        EventBody::QueueState { queue, open: false } => {
            let text = format!("{} closed: it takes no new contacts", safe::text(queue));
            Told::notable(Severity::Calm, text)
        }
        EventBody::FrontEnd { frontend, present: true } => {
            let text = format!("front end {} is connected", safe::text(frontend));
            Told::notable(Severity::Calm, text).about(frontend)
        }
        EventBody::FrontEnd { frontend, present: false } => {
            let name = safe::text(frontend);
            let text = format!("front end {name} is gone: its waiting contacts keep their places");
            Told::notable(Severity::Critical, text).about(frontend)
        }
        EventBody::Config { queues, agents } => {
            let text = format!("new configuration: {queues} queues, {agents} agents");
            Told::notable(Severity::Calm, text)
        }
        EventBody::Audit { audit, who, what, reason } => {
            let (who, did, reason) = (safe::text(who), safe::text(what), safe::text(reason));
            let text = format!("{who}: {did} (reason: {reason})  audit {audit}");
            // Acts are told one by one, however close together.
            Told::notable(Severity::Calm, text).about(what)
        }
        EventBody::Broadcast { queue, text, who } => {
            let whom = queue.as_deref().map_or_else(|| "everybody".into(), safe::text);
            let text = format!("{} to {whom}: {}", safe::text(who), safe::text(text));
            Told::notable(Severity::Calm, text)
        }
        EventBody::Listen { agent, mode, who } => {
            let agent = agent_name(agent, snapshot);
            Told::routine(format!("{}: {} on {agent}", safe::text(who), safe::text(mode)))
        }
        _ => return tell_contact(body.contact()?, body, snapshot),
    };
    Some(told)
}

fn tell_agent<'a>(
    agent: &'a str,
    state: &str,
    reason: Option<&str>,
    pending: Option<&str>,
    snapshot: Option<&Snapshot>,
) -> Option<Told<'a>> {
    let name = agent_name(agent, snapshot);
    let forced = reason.is_some_and(|reason| FORCED_REASONS.contains(&reason));
    let text = match (state, reason, pending) {
        (_, _, Some(pending)) => format!("{name} will be {} after this contact", said(pending)),
        ("not_ready", Some("rona"), _) => format!("{name} not ready: did not answer"),
        ("not_ready", Some("lost"), _) => format!("{name} not ready: desktop lost"),
        ("not_ready", Some(reason), _) => format!("{name} not ready: {}", safe::text(reason)),
        ("busy", ..) => return None,
        _ => format!("{name} {}", said(state)),
    };
    // An offer that went unanswered is told already, as an event of its own.
    let told = if forced && reason != Some("rona") {
        Told::notable(Severity::Warn, text)
    } else {
        Told::routine(text)
    };
    Some(told.about(agent))
}

fn tell_contact<'a>(
    of: &'a ContactRef,
    body: &'a EventBody,
    snapshot: Option<&Snapshot>,
) -> Option<Told<'a>> {
    use Severity::{Calm, Critical, Warn};
    let (contact, queue) = (safe::text(&of.contact), safe::text(&of.queue));
    let told = match body {
        EventBody::Connected { agent, wait_ms, .. } => {
            let severity = judge::wait(Some(*wait_ms), threshold(&of.queue, snapshot));
            let (agent, waited) = (agent_name(agent, snapshot), duration(*wait_ms));
            let text = format!("{queue}: {contact} to {agent} after {waited}");
            Told { severity, ..Told::routine(text) }
        }
        EventBody::Abandoned { wait_ms, .. } => {
            Told::notable(Warn, format!("{queue}: {contact} left after {}", duration(*wait_ms)))
        }
        EventBody::OfferRevoked { agent, cause, .. } => {
            return tell_failed_offer(of, agent, cause, snapshot);
        }
        EventBody::Requeued { cause, .. } if &**cause == "agent_leg_lost" => {
            Told::notable(Warn, format!("{queue}: {contact} lost its agent, waits again first"))
        }
        EventBody::Transferred { to, .. } => {
            let to = safe::text(to.strip_prefix("queue:").unwrap_or(to));
            Told::routine(format!("{queue}: {contact} transferred to {to}"))
        }
        EventBody::Moved { from_queue, .. } => {
            let from = safe::text(from_queue);
            Told::notable(Calm, format!("{contact} moved from {from} to {queue}"))
        }
        EventBody::Callback { .. } => {
            Told::routine(format!("{queue}: {contact} will be called back, keeps its place"))
        }
        EventBody::Suspended { .. } => {
            Told::notable(Warn, format!("{queue}: {contact} held while its front end is gone"))
        }
        EventBody::Orphaned { .. } => {
            let text = format!("{queue}: {contact} orphaned, its front end stayed away");
            Told::notable(Critical, text)
        }
        EventBody::Ended { cause, wait_ms, .. } => {
            let (how, waited) = (unusual_end(cause)?, duration(*wait_ms));
            Told::notable(Warn, format!("{queue}: {contact} {how}, after {waited}"))
        }
        _ => return None,
    };
    Some(told)
}

/// How a contact ended, where that is not what ends are like.
fn unusual_end(cause: &str) -> Option<&'static str> {
    Some(match cause {
        "timeout" => "waited as long as the queue allows",
        "withdrawn" => "withdrawn by a supervisor",
        "queue_closed" => "sent home, the queue closed",
        "callback_failed" => "could not be called back",
        "lost_by_front_end" => "is no longer known to its front end",
        "lost" => "lost with its front end",
        "exit_key" => "left the queue by a key",
        _ => return None,
    })
}

fn tell_failed_offer<'a>(
    of: &'a ContactRef,
    agent: &'a str,
    cause: &str,
    snapshot: Option<&Snapshot>,
) -> Option<Told<'a>> {
    let did = match cause {
        "no_answer" => "did not answer",
        "rejected" => "refused",
        "busy" => "was busy for",
        "unreachable" => "could not be reached for",
        _ => return None,
    };
    let name = agent_name(agent, snapshot);
    let (contact, queue) = (safe::text(&of.contact), safe::text(&of.queue));
    let text = format!("{name} {did} {contact}, first again in {queue}");
    Some(Told::notable(Severity::Warn, text).about(agent))
}

/// A state as people say it.
fn said(state: &str) -> String {
    safe::text(&state.replace('_', " "))
}

/// A queue's threshold; without limit where the queue is not known yet.
fn threshold(queue: &str, snapshot: Option<&Snapshot>) -> u64 {
    let rows = snapshot.and_then(|s| s.queues.as_deref()).unwrap_or_default();
    rows.iter().find(|row| row.queue == queue).map_or(u64::MAX, |row| row.threshold_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of() -> ContactRef {
        ContactRef { contact: "c-9a02".into(), ext: "1".into(), queue: "spanish".into() }
    }

    fn snapshot() -> Snapshot {
        let agent = AgentRow { agent: "4471".into(), name: "ortiz".into(), ..AgentRow::default() };
        let queue = acd_proto::snapshot::QueueRow {
            queue: "spanish".into(),
            threshold_ms: 20_000,
            ..Default::default()
        };
        Snapshot { agents: Some(vec![agent]), queues: Some(vec![queue]), ..Snapshot::default() }
    }

    #[track_caller]
    fn check(body: EventBody, expected: Option<(bool, Severity, &str)>) {
        let line = line(&Event { seq: 1, ts: 5, body }, Some(&snapshot()));
        let got = line.as_ref().map(|line| (line.notable, line.severity, line.text.as_str()));
        assert_eq!(got, expected);
    }

    #[test]
    fn contacts_are_told_by_what_happened_to_them() {
        check(
            EventBody::Connected {
                of: of(),
                agent: "4471".into(),
                offer: None,
                wait_ms: 46_600,
                dial: None,
            },
            Some((false, Severity::Critical, "spanish: c-9a02 to 4471 ortiz after 0:46")),
        );
        check(
            EventBody::Abandoned { of: of(), wait_ms: 80_000 },
            Some((true, Severity::Warn, "spanish: c-9a02 left after 1:20")),
        );
        check(
            EventBody::OfferRevoked {
                of: of(),
                offer: "o-1".into(),
                agent: "4471".into(),
                cause: "no_answer".into(),
            },
            Some((
                true,
                Severity::Warn,
                "4471 ortiz did not answer c-9a02, first again in spanish",
            )),
        );
        check(EventBody::Promoted { of: of(), promotions: 1 }, None);
    }

    #[test]
    fn agents_are_told_by_name() {
        let state = |state: &str, reason: Option<&str>| EventBody::AgentState {
            agent: "4471".into(),
            state: state.into(),
            reason: reason.map(Into::into),
            pending: None,
            paused_until: None,
        };
        check(
            state("not_ready", Some("lunch")),
            Some((false, Severity::Calm, "4471 ortiz not ready: lunch")),
        );
        check(
            state("not_ready", Some("rona")),
            Some((false, Severity::Calm, "4471 ortiz not ready: did not answer")),
        );
        check(state("signed_out", None), Some((false, Severity::Calm, "4471 ortiz signed out")));
        check(state("busy", None), None);
    }

    #[test]
    fn nothing_a_client_says_reaches_the_terminal_raw() {
        let body = EventBody::Broadcast {
            queue: None,
            text: "\x1b[2Jall gone\x07\u{202e}".into(),
            who: "eve\r".into(),
        };
        check(body, Some((true, Severity::Calm, "eve^M to everybody: ^[[2Jall gone^G\u{fffd}")));
    }
}
