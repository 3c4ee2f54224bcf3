//! `subscribe`, and events sent again as their reader takes them.

use acd_proto::reply::Subscribed;
use acd_proto::request::Subscribe;
use acd_proto::{ErrorBody, Kind, id};

use super::Core;
use super::connection::{Actor, CatchUp, CatchUpBy, ConnectionId, Topic};
use super::dispatch::Caller;
use super::fanout::{Lines, Telling};
use super::query::{not_yours, owns};
use super::reply::{Answer, Reply};

/// Bytes of events that wait for a reader before it is sent more of what it missed.
const AHEAD_BYTES: usize = 64 * 1024;
/// Events looked at in one turn of a catch-up.
const LOOKED_AT: u64 = 16_384;

impl Core {
    pub(crate) fn subscribe(&mut self, caller: &Caller, params: &Subscribe) -> Answer {
        if params.topics.is_empty() {
            let error = ErrorBody::new(Kind::BadParams, "`topics` names nothing");
            return Err(error.field("topics").expected("queue.*, agent.*, contact.*, config, *"));
        }
        let topics: Vec<Topic> =
            params.topics.iter().map(|text| Topic::parse(text)).collect::<Result<_, _>>()?;
        for topic in &topics {
            self.may_subscribe(caller, topic)?;
        }
        let newest = self.ring.newest();
        let replays = params.since.as_ref().filter(|place| self.has_all_since(place));
        let after = replays.map_or(newest, |place| place.seq);
        let connection = self.connections.get_mut(caller.id).expect("it says this");
        connection.subscribe(topics, after)?;
        let index = connection.subscriptions.len() - 1;
        self.connections.watches(caller.id);
        let by = CatchUpBy::Subscription(index);
        let catch_up = CatchUp { next: after + 1, missed_until: newest, by };
        let replayed = self.count_missed(caller.id, catch_up);
        if let Some(connection) = self.connections.get_mut(caller.id).filter(|_| replayed > 0) {
            connection.catch_up = Some(catch_up);
        }
        Ok(Reply::Subscribed(Subscribed {
            sub: format!("u{}", index + 1),
            from: after + 1,
            replayed,
            gap: params.since.is_some() && replays.is_none(),
        }))
    }

    /// Agents name only themselves, and nobody another's contact.
    fn may_subscribe(&self, caller: &Caller, topic: &Topic) -> Result<(), ErrorBody> {
        match (topic, &caller.actor) {
            (Topic::Agent(Some(name)), Actor::Agent(own)) if *name != self.names.agent(*own) => {
                Err(not_yours("agent"))
            }
            (Topic::Contact(Some(text)), _) => {
                let entry = id::parse_contact(text).and_then(|id| self.contacts.get(id));
                match entry {
                    Some(entry) if !owns(caller, entry) => Err(not_yours("contact")),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Sends more of what a connection missed, as far as it reads. Returns whether it still has
    /// something to catch up with.
    pub(crate) fn catch_up(&mut self, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get(id) else { return false };
        let Some(mut catch_up) = connection.catch_up else { return false };
        let until = catch_up.next.saturating_add(LOOKED_AT);
        let mut fell_behind = false;
        let mut lines = Lines::default();
        while catch_up.next <= self.ring.newest() && catch_up.next < until {
            if connection.out.event_bytes() > AHEAD_BYTES {
                break;
            }
            let Some(entry) = self.ring.get(catch_up.next) else {
                fell_behind = true;
                break;
            };
            if connection.wants_again(catch_up, catch_up.next, &entry.audience, &self.names) {
                let made = entry.offer.as_ref().filter(|_| catch_up.by == CatchUpBy::Resume);
                let live = made.and_then(|offer| Some((*offer, self.desks.offer(*offer)?)));
                let again = live.and_then(|(offer, live)| self.offer_again(offer, live));
                let gate = self.gate_of(&connection.out);
                match again {
                    Some(frame) => Telling::of(&frame, None, &mut lines).tell(connection, gate),
                    None => Telling::new(&self.ring, entry, &mut lines).tell(connection, gate),
                };
            }
            catch_up.next += 1;
        }
        let done = catch_up.next > self.ring.newest();
        if fell_behind {
            self.cut_off_slow(id);
        }
        if let Some(connection) = self.connections.get_mut(id) {
            connection.catch_up = Some(catch_up).filter(|_| !done && !fell_behind);
        }
        !done && !fell_behind
    }
}
