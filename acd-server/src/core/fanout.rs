//! Events to connections: each to a connection at most once, in its encoding.

use acd_proto::{Role, bin1, encode};
use bytes::Bytes;
use serde::Serialize;

use super::Core;
use super::audience::{Agents, Audience};
use super::connection::{Actor, Connection, ConnectionId};
use super::ring::{Entry, Ring};

/// The parameters of `bye`.
#[derive(Serialize)]
struct Bye {
    reason: &'static str,
}

/// The line that says why a connection ends.
pub(crate) fn bye(reason: &'static str) -> Bytes {
    notification("bye", &Bye { reason })
}

/// A line said unasked.
pub(crate) fn notification(method: &str, params: &impl Serialize) -> Bytes {
    let mut line = Vec::with_capacity(256);
    encode::notification(&mut line, method, params);
    line.into()
}

impl Core {
    /// Sends what has happened to those it concerns, and has it counted.
    pub(crate) fn publish(&mut self) {
        self.send();
        self.hand_over();
    }

    /// Has counted what was sent. Nobody may wait for anything before that: who asks what was
    /// counted hears of all that was said.
    pub(crate) fn hand_over(&mut self) {
        if !self.ring.uncounted().is_empty() {
            self.statistics.frames(self.ring.uncounted());
            self.ring.counted();
        }
    }

    /// Sends what has happened to those it concerns; who handles more at once has it counted once.
    pub(super) fn send(&mut self) {
        self.journal.flush();
        if self.ring.told() > 0 {
            let heard = self.deliver_told();
            self.ring.published();
            self.ring.set_heard(!self.connections.is_empty());
            if let Some(read_at) = self.read_at.take_if(|_| heard) {
                // Up to the decision: what follows it takes less than the unit of the measure.
                let at = self.decided_at.unwrap_or(read_at);
                self.metrics.request_to_event(at.saturating_duration_since(read_at));
            }
        }
        self.pass_on_chats();
        self.wake_timer();
    }

    /// Returns whether anybody hears of it.
    fn deliver_told(&mut self) -> bool {
        let mut heard = false;
        let mut slow = Vec::new();
        let mut lines = std::mem::take(&mut self.lines);
        let newest = self.ring.newest();
        for seq in newest + 1..=newest + self.ring.told() as u64 {
            let Some(entry) = self.ring.get(seq) else { continue };
            let mut telling = Telling::new(&self.ring, entry, &mut lines);
            self.each_hearer(seq, &entry.audience, |id, connection| {
                heard = true;
                let gate = self.gate_of(&connection.out);
                let waiting = telling.tell(connection, gate);
                if waiting > self.config.limits.out_queue_bytes {
                    slow.push(id);
                }
            });
        }
        self.lines = lines;
        for id in slow {
            self.cut_off_slow(id);
        }
        heard
    }

    /// Those who hear of an event as it happens, each once.
    pub(super) fn each_hearer(
        &self,
        seq: u64,
        audience: &Audience,
        mut tell: impl FnMut(ConnectionId, &Connection),
    ) {
        let mut to = |id: ConnectionId, unasked: bool| {
            let Some(connection) = self.connections.get(id) else { return };
            // Who hears of it unasked has been told already when it also watches.
            let again = !unasked && self.hears_unasked(id, audience);
            if !again
                && connection.catch_up.is_none()
                && connection.wants(seq, audience, &self.names)
            {
                tell(id, connection);
            }
        };
        let front_end = audience.front_end.and_then(|id| self.front_ends.connection(id));
        let widget = audience.widget.as_ref().and_then(|name| self.connections.widget(name));
        for id in [front_end, widget].into_iter().flatten() {
            to(id, true);
        }
        match &audience.agents {
            Agents::None => {}
            Agents::One(agent) => {
                if let Some(id) = self.desks.desktop(*agent) {
                    to(id, true);
                }
            }
            Agents::These(these) => {
                these
                    .iter()
                    .filter_map(|&agent| self.desks.desktop(agent))
                    .for_each(|id| to(id, true));
            }
            Agents::All => self.desks.desktops().for_each(|id| to(id, true)),
        }
        for &id in self.connections.watching() {
            to(id, false);
        }
    }

    /// Whether a connection hears of an event without having asked.
    fn hears_unasked(&self, id: ConnectionId, audience: &Audience) -> bool {
        let Some(connection) = self.connections.get(id) else { return false };
        connection.owns(audience)
            && match connection.actor {
                Actor::FrontEnd(own) => self.front_ends.connection(own) == Some(id),
                Actor::Agent(own) => self.desks.desktop(own) == Some(id),
                Actor::Widget => self.connections.widget(&connection.name) == Some(id),
                Actor::Watcher => false,
            }
    }

    /// A client too slow for what concerns it: told, cut off, counted. It resumes.
    pub(crate) fn cut_off_slow(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else { return };
        if connection.out.is_closing() {
            return;
        }
        self.metrics.slow += 1;
        tracing::warn!(client = %connection.name, role = connection.role.name(), "too slow, cut off");
        connection.out.close(Some(&bye("slow")), true);
    }
}

/// An event on its way to connections: its line is made once, where somebody wants one.
pub(crate) struct Telling<'a> {
    frame: &'a [u8],
    masked: Option<&'a [u8]>,
    lines: &'a mut Lines,
    /// What connections share whose readers are behind.
    shared: [Option<Bytes>; 4],
}

/// Room for the lines of one event; kept for its allocation.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    line: Vec<u8>,
    masked: Vec<u8>,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(ring: &'a Ring, entry: &Entry, lines: &'a mut Lines) -> Self {
        Self::of(ring.frame(entry), ring.masked(entry), lines)
    }

    /// An event that is not in the ring.
    pub(crate) fn of(frame: &'a [u8], masked: Option<&'a [u8]>, lines: &'a mut Lines) -> Self {
        lines.line.clear();
        lines.masked.clear();
        Self { frame, masked, lines, shared: [const { None }; 4] }
    }

    /// Appends the event as this connection may see it, and in its encoding; returns how many
    /// bytes of events wait for its reader.
    pub(crate) fn tell(&mut self, to: &Connection, gate: Option<u64>) -> usize {
        let masked = self.masked.filter(|_| to.role == Role::Monitor);
        let binary = to.out.is_binary();
        let shared = &mut self.shared[usize::from(masked.is_some()) * 2 + usize::from(binary)];
        let frame = masked.unwrap_or(self.frame);
        if binary {
            return to.out.event_after(frame, shared, gate);
        }
        let Lines { line, masked: masked_line } = &mut *self.lines;
        let line = if masked.is_some() { masked_line } else { line };
        if line.is_empty() {
            write_line(line, frame);
        }
        to.out.event_after(line, shared, gate)
    }
}

/// Appends the line of an event's frame.
fn write_line(line: &mut Vec<u8>, frame: &[u8]) {
    let whole = bin1::split(frame, usize::MAX).ok().flatten();
    let (frame, _) = whole.expect("what is in the ring are frames");
    if frame.header.op == bin1::Op::Event as u8 {
        return bin1::event_line(line, frame);
    }
    let event = bin1::read_event(frame).expect("what is in the ring are events");
    encode::event(line, &event);
}

/// Whether these bytes are an event's frame of this server's own.
pub(super) fn is_event(frame: &[u8]) -> bool {
    let Ok(Some((frame, _))) = bin1::split(frame, usize::MAX) else { return false };
    matches!(bin1::read(frame), Ok(bin1::Message::Event(_)))
}
