//! What the server says an act would do, in words: it tried the act on a fork of its engine.

use acd_proto::reply::{Expected, Previewed};
use acd_proto::snapshot::Snapshot;

use super::Consequence;
use crate::judge::Severity;
use crate::safe;
use crate::words::agent_name;

/// Events told one by one.
const EVENTS_MAX: usize = 8;

/// The lines of a preview.
pub(super) fn lines(told: &Previewed, snapshot: Option<&Snapshot>) -> Vec<Consequence> {
    let word = |word: &str| safe::text(&word.replace('_', " "));
    let mut lines = vec![calm(safe::text(&told.what))];
    if let (Some(before), Some(state)) = (&told.before, &told.state)
        && before != state
    {
        lines.push(calm(format!("{} -> {}", word(before), word(state))));
    }
    if let Some(pending) = &told.pending {
        let text = format!("{} once its last contact leaves", word(pending));
        lines.push(Consequence { severity: Severity::Warn, text });
    }
    if let Some(reaches) = told.reaches {
        lines.push(calm(format!("{reaches} connections hear it")));
    }
    // What is acted on is told already.
    let again = |event: &&Expected| event.kind == "agent.state" && event.pending == told.pending;
    let events = told.events.iter().filter(|event| told.pending.is_none() || !again(event));
    let known: Vec<_> = events.map(|event| line(event, snapshot)).collect();
    let left = told.more + known.len().saturating_sub(EVENTS_MAX);
    lines.extend(known.into_iter().take(EVENTS_MAX));
    if left > 0 {
        lines.push(calm(format!("and {left} events more")));
    }
    if told.events.is_empty() && told.reaches.is_none() {
        lines.push(calm("nothing would change".into()));
    }
    lines
}

const fn calm(text: String) -> Consequence {
    Consequence { severity: Severity::Calm, text }
}

/// One event that would follow.
fn line(event: &Expected, snapshot: Option<&Snapshot>) -> Consequence {
    let text = |text: &Option<String>| text.as_deref().map(safe::text).unwrap_or_default();
    let (contact, queue) = (text(&event.contact), text(&event.queue));
    let agent = event.agent.as_deref().map(|agent| agent_name(agent, snapshot));
    let agent = agent.unwrap_or_default();
    let cause = text(&event.cause).replace('_', " ");
    let (severity, text) = match event.kind.as_str() {
        "contact.offered" => {
            (Severity::Calm, format!("{contact} of {queue} is offered to {agent}"))
        }
        "contact.offer_revoked" => {
            (Severity::Warn, format!("{contact}: the offer to {agent} is over, {cause}"))
        }
        "contact.requeued" => (Severity::Calm, format!("{contact} waits again in its place")),
        "contact.moved" => (Severity::Calm, format!("{contact} waits in {queue}")),
        "contact.ended" => (Severity::Critical, format!("{contact} of {queue} ends: {cause}")),
        "contact.callback" => (Severity::Calm, format!("{contact} becomes a callback")),
        "contact.wrap_up" => (Severity::Calm, format!("{agent} wraps up {contact}")),
        "agent.state" => {
            let state = text(&event.state).replace('_', " ");
            match event.pending.as_deref() {
                Some(pending) => {
                    let pending = safe::text(&pending.replace('_', " "));
                    (Severity::Calm, format!("{agent}: {pending} once its last contact leaves"))
                }
                None => (Severity::Calm, format!("{agent}: {state}")),
            }
        }
        "queue.state" => (Severity::Calm, format!("{queue}: {}", text(&event.state))),
        kind => {
            let about = [contact, agent, queue].into_iter().find(|about| !about.is_empty());
            let kind = safe::text(&kind.replace(['.', '_'], " "));
            (Severity::Calm, format!("{kind} {}", about.unwrap_or_default()))
        }
    };
    Consequence { severity, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_follow_is_told_in_order() {
        let event = |kind: &str, contact: &str, agent: &str| Expected {
            kind: kind.into(),
            contact: Some(contact.into()),
            queue: Some("roads".into()),
            agent: Some(agent.into()),
            ..Expected::default()
        };
        let told = Previewed {
            what: "force 4432 to ready".into(),
            before: Some("not_ready".into()),
            state: Some("ready".into()),
            events: vec![event("contact.offered", "c-1", "44\x1b[31m32"); 10],
            more: 5,
            ..Previewed::default()
        };
        let lines: Vec<_> = lines(&told, None).into_iter().map(|line| line.text).collect();
        assert_eq!(lines.len(), 2 + EVENTS_MAX + 1);
        assert_eq!(lines[1], "not ready -> ready");
        assert_eq!(lines[2], "c-1 of roads is offered to 44^[[31m32");
        assert_eq!(lines.last().map(String::as_str), Some("and 7 events more"));
    }
}
