//! The same as a `queue_log` of Asterisk's `app_queue`, which existing report tools read.
//!
//! ```text
//! 1793511969|1732412.889|roads|4471|CONNECT|12||4
//! └ time, s  └ call      └ queue └ agent └ verb └ what the verb has
//! ```
//!
//! A call is the front end's own id of it, as in its call records. An agent's own lines have the
//! queue `NONE`: agents here belong to no queue, their skills decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_proto::{ContactRef, Event, EventBody, id};

use crate::SECOND_US;

/// Letters of a field that are kept.
const FIELD_MAX: usize = 80;

/// A `queue_log` as it is being made.
#[derive(Clone, Debug, Default)]
pub struct QueueLog {
    lines: Vec<String>,
    calls: BTreeMap<u64, Call>,
    agents: BTreeMap<Arc<str>, Presence>,
    /// By the contact that goes on: the line that says blind, and what it would say attended.
    transfers: BTreeMap<u64, (usize, String)>,
}

/// A live contact.
#[derive(Clone, Debug)]
struct Call {
    name: String,
    entered: u64,
    /// Its place when it entered, and the newest that is known.
    first_place: u32,
    place: u32,
    offered: Option<u64>,
    connected: Option<(Arc<str>, u64)>,
    /// Entry to the newest answer, in s.
    hold_s: u64,
    is_over: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Presence {
    #[default]
    SignedOut,
    Paused,
    There,
}

/// A text as a field: what would end it, or the line, is replaced.
fn field(text: &str) -> String {
    let safe = |letter: char| if letter == '|' || letter.is_control() { '_' } else { letter };
    text.chars().take(FIELD_MAX).map(safe).collect()
}

impl QueueLog {
    /// The lines so far, in order.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Takes an event. Contacts whose entry was not seen are left out.
    pub fn fold(&mut self, event: &Event) {
        if let Some(of) = event.body.contact() {
            let Some(number) = id::parse_contact(&of.contact) else { return };
            if let EventBody::Queued { pos, .. } = &event.body {
                self.enters(event.ts, number.0, of, pos.unwrap_or(1));
            } else if let Some(mut call) = self.calls.remove(&number.0) {
                self.goes_on(event, number.0, &mut call, of);
                if !call.is_over {
                    self.calls.insert(number.0, call);
                }
            }
        } else if let EventBody::AgentState { agent, state, reason, .. } = &event.body {
            let presence = match &**state {
                "signed_out" => Presence::SignedOut,
                "not_ready" => Presence::Paused,
                _ => Presence::There,
            };
            self.is_present(event.ts, agent, presence, reason.as_deref());
        }
    }

    fn write(&mut self, ts: u64, call: &str, queue: &str, agent: &str, rest: &str) {
        let (queue, agent) = (field(queue), field(agent));
        self.lines.push(format!("{}|{call}|{queue}|{agent}|{rest}", ts / SECOND_US));
    }

    fn enters(&mut self, ts: u64, number: u64, of: &ContactRef, place: u32) {
        let ext = field(&of.ext);
        let call = Call {
            name: if ext.is_empty() { field(&of.contact) } else { ext },
            entered: ts,
            first_place: place,
            place,
            offered: None,
            connected: None,
            hold_s: 0,
            is_over: false,
        };
        self.write(ts, &call.name, &of.queue, "NONE", &format!("ENTERQUEUE|||{place}"));
        self.calls.insert(number, call);
    }

    fn goes_on(&mut self, event: &Event, number: u64, call: &mut Call, of: &ContactRef) {
        use EventBody as E;
        let (ts, queue) = (event.ts, &*of.queue);
        match &event.body {
            E::Offered { resent: false, .. } => call.offered = Some(ts),
            E::OfferRevoked { agent, cause, .. } => {
                let rang_ms =
                    call.offered.take().map_or(0, |since| ts.saturating_sub(since)) / 1_000;
                let failed = ["no_answer", "rejected", "busy", "unreachable"].contains(&&**cause);
                let verb = if failed { "RINGNOANSWER" } else { "RINGCANCELED" };
                self.write(ts, &call.name, queue, agent, &format!("{verb}|{rang_ms}"));
            }
            E::Connected { agent, offer, .. } => {
                let rang_s =
                    call.offered.take().map_or(0, |since| ts.saturating_sub(since)) / SECOND_US;
                call.hold_s = ts.saturating_sub(call.entered) / SECOND_US;
                call.connected = Some((Arc::clone(agent), ts));
                let rest = format!("CONNECT|{}||{rang_s}", call.hold_s);
                self.write(ts, &call.name, queue, agent, &rest);
                if let (Some((line, attended)), None) = (self.transfers.remove(&number), offer) {
                    self.lines[line] = attended;
                }
            }
            E::Requeued { pos, .. } => {
                call.place = pos.unwrap_or(call.place);
                if call.connected.is_some() {
                    self.completes(ts, call, queue, "COMPLETEAGENT");
                    let rest = format!("ENTERQUEUE|||{}", call.place);
                    self.write(ts, &call.name, queue, "NONE", &rest);
                }
            }
            E::Moved { from_queue, pos, .. } => {
                let out = format!("WITHDRAW|{}|moved to {}", call.left(ts), field(queue));
                self.write(ts, &call.name, from_queue, "NONE", &out);
                call.place = pos.unwrap_or(1);
                let rest = format!("ENTERQUEUE|||{}", call.place);
                self.write(ts, &call.name, queue, "NONE", &rest);
            }
            E::Transferred { to, next, .. } => {
                self.is_transferred(ts, call, queue, (to, next.as_deref()));
            }
            E::Ended { cause, by, .. } => {
                call.is_over = true;
                self.ends(ts, call, queue, (cause, by));
            }
            _ => {}
        }
    }

    fn completes(&mut self, ts: u64, call: &mut Call, queue: &str, verb: &str) {
        let Some((agent, since)) = call.connected.take() else { return };
        let talk_s = ts.saturating_sub(since) / SECOND_US;
        let rest = format!("{verb}|{}|{talk_s}|{}", call.hold_s, call.first_place);
        self.write(ts, &call.name, queue, &agent, &rest);
    }

    /// Blind, until the other agent is seen to be connected without an offer.
    fn is_transferred(
        &mut self,
        ts: u64,
        call: &mut Call,
        queue: &str,
        (to, next): (&str, Option<&str>),
    ) {
        let (kind, target) = to.split_once(':').unwrap_or(("queue", to));
        let (kind, target) = (field(kind), field(target));
        let next = next.and_then(id::parse_contact);
        let line = self.lines.len();
        let mut attended = call.clone();
        self.completes(ts, &mut attended, queue, &format!("ATTENDEDTRANSFER|{kind}|{target}"));
        let attended = self.lines.pop().filter(|_| self.lines.len() == line);
        self.completes(ts, call, queue, &format!("BLINDTRANSFER|{target}|{kind}"));
        if let (Some(next), Some(attended)) = (next, attended) {
            self.transfers.insert(next.0, (line, attended));
        }
    }

    fn ends(&mut self, ts: u64, call: &mut Call, queue: &str, (cause, by): (&str, &str)) {
        if cause == "transferred" {
            return;
        }
        if call.connected.is_some() {
            let verb = if by == "agent" { "COMPLETEAGENT" } else { "COMPLETECALLER" };
            return self.completes(ts, call, queue, verb);
        }
        let left = call.left(ts);
        let rest = match cause {
            "timeout" => format!("EXITWITHTIMEOUT|{left}"),
            "exit_key" => format!("EXITWITHKEY||{left}"),
            "queue_closed" => format!("EXITEMPTY|{left}"),
            "withdrawn" => format!("WITHDRAW|{left}|{by}"),
            _ => format!("ABANDON|{left}"),
        };
        self.write(ts, &call.name, queue, "NONE", &rest);
    }

    fn is_present(&mut self, ts: u64, agent: &Arc<str>, now: Presence, reason: Option<&str>) {
        let before = self.agents.insert(Arc::clone(agent), now).unwrap_or_default();
        let mut say = |rest: &str| self.write(ts, "NONE", "NONE", agent, rest);
        let pause = format!("PAUSE|{}", field(reason.unwrap_or_default()));
        match (before, now) {
            (Presence::SignedOut, Presence::Paused) => {
                say("ADDMEMBER|");
                say(&pause);
            }
            (Presence::SignedOut, Presence::There) => say("ADDMEMBER|"),
            (_, Presence::SignedOut) if before != now => say("REMOVEMEMBER|"),
            (Presence::There, Presence::Paused) => say(&pause),
            (Presence::Paused, Presence::There) => say("UNPAUSE|"),
            _ => {}
        }
    }
}

impl Call {
    /// Place, first place, and seconds waited, of one that leaves without an answer.
    fn left(&self, ts: u64) -> String {
        let waited_s = ts.saturating_sub(self.entered) / SECOND_US;
        format!("{}|{}|{waited_s}", self.place, self.first_place)
    }
}
