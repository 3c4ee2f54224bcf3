//! Events to connections: numbered, encoded once, each to a connection at most once.

use std::cell::OnceCell;
use std::sync::Arc;

use acd_core::OfferId;
use acd_proto::{Event, EventBody, Role, bin1, encode};
use bytes::Bytes;
use serde::Serialize;

use super::Core;
use super::audience::{Agents, Audience};
use super::connection::{Connection, ConnectionId};
use super::ring::Entry;
use crate::mask;

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
    /// Numbers what has happened and sends it to those it concerns.
    pub(crate) fn publish(&mut self) {
        self.journal.flush();
        if !self.outbox.is_empty() {
            let mut outbox = std::mem::take(&mut self.outbox);
            let mut heard = false;
            // A restart tells of everybody who waits, while nobody is there to hear it.
            let lost =
                if self.connections.is_empty() { self.ring.overflow(outbox.len()) } else { 0 };
            let ts = self.now.0 / 1_000;
            for (body, _) in outbox.drain(..lost) {
                let seq = self.ring.pass();
                self.offer_made(&body, seq);
                self.statistics.event(Event { seq, ts, body });
            }
            for (body, audience) in outbox.drain(..) {
                heard |= self.publish_one(body, audience);
            }
            self.outbox = outbox;
            if let Some(read_at) = self.read_at.take_if(|_| heard) {
                self.metrics.request_to_event(read_at.elapsed());
            }
        }
        self.pass_on_chats();
        self.wake_timer();
    }

    /// Returns whether anybody hears of it.
    fn publish_one(&mut self, body: EventBody, audience: Audience) -> bool {
        let seq = self.ring.newest() + 1;
        let ts = self.now.0 / 1_000;
        let offer = self.offer_made(&body, seq);
        let masked = masked(&body).map(|body| encoded(&Event { seq, ts, body }, true));
        let event = Event { seq, ts, body };
        let frame = encoded(&event, true);
        let entry = Entry { frame, masked, line: OnceCell::new(), audience, offer };
        let heard = self.deliver(&event, &entry);
        self.ring.push(entry);
        self.statistics.event(event);
        heard
    }

    /// Remembers which event told of an offer, so that it can be told again.
    fn offer_made(&mut self, body: &EventBody, seq: u64) -> Option<OfferId> {
        let EventBody::Offered { offer, .. } = body else { return None };
        let offer = acd_proto::id::parse_offer(offer).expect("the server wrote it");
        self.desks.offer_told(offer, seq);
        Some(offer)
    }

    fn deliver(&mut self, event: &Event, entry: &Entry) -> bool {
        let seq = event.seq;
        let mut slow = Vec::new();
        let mut heard = false;
        let mut to = |id: ConnectionId, connection: &Connection| {
            if connection.catch_up.is_none() && connection.wants(seq, &entry.audience) {
                heard = true;
                let waiting = {
                    let gate = self.gate_of(&connection.out);
                    connection.out.event_after(&entry.told(connection, Some(event)), gate)
                };
                if waiting > self.config.limits.out_queue_bytes {
                    slow.push(id);
                }
            }
        };
        let unasked = self.unasked(&entry.audience);
        for &id in &unasked {
            if let Some(connection) = self.connections.get(id) {
                to(id, connection);
            }
        }
        for &id in self.connections.watching() {
            if !unasked.contains(&id)
                && let Some(connection) = self.connections.get(id)
            {
                to(id, connection);
            }
        }
        for id in slow {
            self.cut_off_slow(id);
        }
        heard
    }

    /// Connections that hear of it without having asked.
    pub(super) fn unasked(&self, audience: &Audience) -> Vec<ConnectionId> {
        let mut ids = Vec::new();
        ids.extend(audience.front_end.and_then(|id| self.front_ends.connection(id)));
        ids.extend(audience.widget.as_ref().and_then(|name| self.connections.widget(name)));
        match &audience.agents {
            Agents::None => {}
            Agents::One(agent) => ids.extend(self.desks.desktop(*agent)),
            Agents::These(these) => {
                ids.extend(these.iter().filter_map(|&agent| self.desks.desktop(agent)));
            }
            Agents::All => ids.extend(self.desks.desktops()),
        }
        ids
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

impl Entry {
    /// As it was kept; none where its frames are no events.
    pub(super) fn kept(
        frame: Vec<u8>,
        masked: Option<Vec<u8>>,
        audience: Audience,
        offer: Option<OfferId>,
    ) -> Option<Self> {
        decoded(&frame)?;
        let masked = match masked {
            Some(masked) => decoded(&masked).map(|_| Some(masked.into()))?,
            None => None,
        };
        Some(Self { frame: frame.into(), masked, line: OnceCell::new(), audience, offer })
    }

    /// The event as this connection may see it, and in its encoding. A line made while the event
    /// is at hand is kept for the others.
    pub(crate) fn told(&self, to: &Connection, event: Option<&Event>) -> Bytes {
        let masked = self.masked.as_ref().filter(|_| to.role == Role::Monitor);
        let frame = masked.unwrap_or(&self.frame);
        match (to.out.is_binary(), event) {
            (true, _) => frame.clone(),
            (false, Some(event)) if masked.is_none() => {
                self.line.get_or_init(|| encoded(event, false)).clone()
            }
            _ => {
                let line = self.line.get().filter(|_| masked.is_none());
                line.cloned().unwrap_or_else(|| {
                    let event = decoded(frame).expect("what is in the ring are events");
                    encoded(&event, false)
                })
            }
        }
    }
}

/// An event as a binary frame, or as a line.
pub(crate) fn encoded(event: &Event, binary: bool) -> Bytes {
    let mut bytes = Vec::with_capacity(if binary { 128 } else { 384 });
    if binary {
        bin1::event(&mut bytes, event);
    } else {
        encode::event(&mut bytes, event);
    }
    // Exactly as large: what is kept of it for long has no room to spare.
    bytes.into_boxed_slice().into()
}

/// The event of a frame of this server's own.
pub(crate) fn decoded(frame: &[u8]) -> Option<Event> {
    let (frame, _) = bin1::split(frame, usize::MAX).ok()??;
    match bin1::read(frame).ok()? {
        bin1::Message::Event(event) => Some(*event),
        _ => None,
    }
}

/// The event with its numbers masked; none where it has none.
pub(crate) fn masked(body: &EventBody) -> Option<EventBody> {
    let mut copy = match body {
        EventBody::Offered { number: Some(_), .. } | EventBody::Transferred { .. } => body.clone(),
        EventBody::Updated { attrs, .. } if !attrs.is_empty() => body.clone(),
        _ => return None,
    };
    match &mut copy {
        EventBody::Offered { number: Some(number), .. } => *number = mask::number(number).into(),
        EventBody::Updated { attrs, .. } => attrs.clear(),
        EventBody::Transferred { to, .. } => {
            let outside = to.strip_prefix("outside:")?;
            *to = Arc::from(format!("outside:{}", mask::number(outside)));
        }
        _ => {}
    }
    Some(copy)
}
