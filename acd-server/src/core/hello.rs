//! `hello`: who a connection acts for, whom it replaces, and where it goes on from.

use std::rc::Rc;
use std::sync::Arc;

use acd_core::{Command, FrontEndId, OfferId, limits::FRONT_ENDS_MAX};
use acd_proto::call::Id;
use acd_proto::reply::HelloResult;
use acd_proto::request::Place;
use acd_proto::{ErrorBody, Event, Kind, Role, bin1};

use super::connection::{Actor, CatchUp, CatchUpBy, Connection, ConnectionId};
use super::desks::LiveOffer;
use super::fanout::{Lines, Telling, bye};
use super::fold_offer::offered_event;
use super::reply::Reply;
use super::side::Side;
use super::timers::Timer;
use super::{Core, WIDGETS, names};
use crate::session::Out;

/// Who a connection has proved to be.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) role: Role,
    pub(crate) name: Arc<str>,
}

/// What `resume` gives.
struct Resumed {
    missed: u64,
    gap: bool,
    /// Live offers made up to here are told again at once.
    offers_until: u64,
    catch_up: Option<CatchUp>,
}

impl Core {
    /// Takes a connection in, under a proved identity. Returns whether it was.
    pub(crate) fn hello(
        &mut self,
        id: ConnectionId,
        to: &Id,
        identity: &Identity,
        resume: Option<&Place>,
        out: &Rc<Out>,
    ) -> Result<(), ErrorBody> {
        self.advance();
        let actor = self.actor(identity)?;
        let newest = self.ring.newest();
        self.replace(actor, &identity.name);
        let connection = Connection {
            role: identity.role,
            name: Arc::clone(&identity.name),
            actor,
            out: Rc::clone(out),
            own_after: newest,
            subscriptions: Vec::new(),
            catch_up: None,
        };
        self.connections.insert(id, connection);
        self.ring.set_heard(true);
        self.appears(id, identity, actor)?;
        let resumed = resume.map(|place| self.resume(id, place, newest));
        let result = self.hello_result(id, identity, newest, resumed.as_ref());
        self.reply(id, to, &Ok(Reply::Hello(Box::new(result))), false);
        if let Some(resumed) = resumed {
            self.tell_live_offers_again(id, resumed.offers_until);
            if let Some(connection) = self.connections.get_mut(id) {
                connection.catch_up = resumed.catch_up;
                // What came before `resume` counts as told.
                let own_after = resumed.catch_up.map_or(newest, |catch_up| catch_up.next - 1);
                connection.own_after = own_after;
            }
            self.send_chats_again(id);
        }
        self.publish();
        Ok(())
    }

    fn actor(&self, identity: &Identity) -> Result<Actor, ErrorBody> {
        match identity.role {
            Role::Frontend if *identity.name == *WIDGETS => {
                let message = "this name stands for all widgets";
                Err(ErrorBody::new(Kind::BadParams, message).field("name").got(WIDGETS))
            }
            Role::Frontend => {
                let front_end = self.front_ends.number(&identity.name);
                if front_end.0 as usize > FRONT_ENDS_MAX {
                    let message = "as many front ends have appeared as may";
                    return Err(ErrorBody::new(Kind::Limit, message).field("name"));
                }
                Ok(Actor::FrontEnd(front_end))
            }
            Role::Agent => names::agent(&self.engine, "name", &identity.name).map(Actor::Agent),
            Role::Widget => Ok(Actor::Widget),
            Role::Supervisor | Role::Monitor | Role::Admin => Ok(Actor::Watcher),
        }
    }

    /// The newer connection of a name wins. Watchers may share one.
    fn replace(&mut self, actor: Actor, name: &Arc<str>) {
        let former = match actor {
            Actor::FrontEnd(front_end) => self.front_ends.connection(front_end),
            Actor::Agent(agent) => self.desks.desktop(agent),
            Actor::Widget => self.connections.widget(name),
            Actor::Watcher => None,
        };
        if let Some(connection) = former.and_then(|former| self.connections.remove(former)) {
            tracing::info!(client = %name, "replaced by a newer connection");
            connection.out.close(Some(&bye("replaced")), false);
        }
    }

    fn appears(
        &mut self,
        id: ConnectionId,
        identity: &Identity,
        actor: Actor,
    ) -> Result<(), ErrorBody> {
        match actor {
            Actor::FrontEnd(front_end) => self.front_end_appears(id, &identity.name, front_end),
            Actor::Agent(agent) => {
                self.desks.get_mut(agent).desktop = Some(id);
                self.desktop_back(agent);
                Ok(())
            }
            Actor::Widget => {
                self.no_timer(Timer::GiveUp(Arc::clone(&identity.name)));
                Ok(())
            }
            Actor::Watcher => Ok(()),
        }
    }

    fn front_end_appears(
        &mut self,
        id: ConnectionId,
        name: &Arc<str>,
        front_end: FrontEndId,
    ) -> Result<(), ErrorBody> {
        self.submit_with(Command::FrontEndBack { front_end }, Side::FrontEnd(Arc::clone(name)))?;
        self.front_ends.connected(front_end, id);
        Ok(())
    }

    fn hello_result(
        &self,
        id: ConnectionId,
        identity: &Identity,
        newest: u64,
        resumed: Option<&Resumed>,
    ) -> HelloResult {
        HelloResult {
            session: format!("s-{:x}", id.0),
            epoch: self.epoch.as_ref().into(),
            seq: newest,
            now: self.now.0 / 1_000,
            durable: self.durability.name().into(),
            role: identity.role.name().into(),
            name: identity.name.as_ref().into(),
            city: self.config.city.name.clone(),
            time_zone: self.config.city.time_zone.clone(),
            speed: self.clock.speed(),
            resumed: resumed.map(|resumed| resumed.missed),
            gap: resumed.filter(|resumed| resumed.gap).map(|_| true),
        }
    }

    /// What a connection has missed of its own.
    fn resume(&self, id: ConnectionId, place: &Place, newest: u64) -> Resumed {
        if !self.has_all_since(place) {
            return Resumed { missed: 0, gap: true, offers_until: newest, catch_up: None };
        }
        let by = CatchUpBy::Resume;
        let catch_up = CatchUp { next: place.seq + 1, missed_until: newest, by };
        let missed = self.count_missed(id, catch_up);
        Resumed { missed, gap: false, offers_until: place.seq, catch_up: Some(catch_up) }
    }

    /// Whether every event after this place is still here.
    pub(crate) fn has_all_since(&self, place: &Place) -> bool {
        place.epoch == *self.epoch
            && place.seq <= self.ring.newest()
            && place.seq + 1 >= self.ring.oldest()
    }

    /// How many missed events a catch-up sends again.
    pub(crate) fn count_missed(&self, id: ConnectionId, catch_up: CatchUp) -> u64 {
        let Some(connection) = self.connections.get(id) else { return 0 };
        let again = |seq: &u64| {
            let entry = self.ring.get(*seq);
            entry.is_some_and(|entry| {
                connection.wants_again(catch_up, *seq, &entry.audience, &self.names)
            })
        };
        (catch_up.next..=catch_up.missed_until).filter(again).count() as u64
    }

    /// Live offers that concern the connection, made up to `until`.
    fn tell_live_offers_again(&self, id: ConnectionId, until: u64) {
        let Some(connection) = self.connections.get(id) else { return };
        let mut offers: Vec<(OfferId, LiveOffer)> = self
            .desks
            .offers()
            .filter(|(_, live)| live.seq > 0 && live.seq <= until)
            .filter(|(_, live)| {
                let contact = self.contacts.get(live.contact);
                contact.is_some_and(|contact| connection.owns(&contact.audience()))
            })
            .collect();
        offers.sort_by_key(|(_, live)| live.seq);
        let mut lines = Lines::default();
        for (offer, live) in offers {
            if let Some(frame) = self.offer_again(offer, live) {
                let gate = self.gate_of(&connection.out);
                Telling::of(&frame, None, &mut lines).tell(connection, gate);
            }
        }
    }

    /// The frame of the event that tells of a live offer again.
    pub(crate) fn offer_again(&self, offer: OfferId, live: LiveOffer) -> Option<Vec<u8>> {
        let left = self.engine.offer(offer)?.until.since(self.now);
        let entry = self.contacts.get(live.contact)?;
        let body = offered_event(entry, offer, live, &self.desks, &self.names, left, true);
        let mut frame = Vec::new();
        bin1::event(&mut frame, &Event { seq: live.seq, ts: live.made_at.0 / 1_000, body });
        Some(frame)
    }
}
