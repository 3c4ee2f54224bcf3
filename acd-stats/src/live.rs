//! One contact's way through the queues: what each of its events counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Formatter};
use std::sync::Arc;

use acd_proto::{ContactRef, EventBody, Text};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::agent::AgentFacts;
use crate::book::Statistics;
use crate::queue::Leave;

/// A contact that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Live {
    pub(crate) queue: Arc<str>,
    /// When it entered, and when it entered the queue it is in.
    pub(crate) entered: u64,
    pub(crate) visit: u64,
    pub(crate) place: Place,
    /// Whether it was answered, or has left otherwise: it is counted once.
    pub(crate) counted: bool,
}

/// Where a contact is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Place {
    Waiting,
    /// Offered to that agent, since then.
    Offered(Arc<str>, u64),
    /// Together with that agent, since then.
    Connected(Arc<str>, u64),
    /// A callback that is not due, or between two of the above within one command.
    Elsewhere,
}

/// A contact that ended at an agent, until its handle time is final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Over {
    pub(crate) queue: Arc<str>,
    pub(crate) visit: u64,
    pub(crate) agent: Arc<str>,
    pub(crate) at: u64,
    /// Talk and hold of the last connection.
    pub(crate) talk_us: u64,
    pub(crate) wraps_up: bool,
}

impl Place {
    /// The agent it is together with.
    const fn connected(&self) -> Option<&Arc<str>> {
        if let Self::Connected(agent, _) = self { Some(agent) } else { None }
    }
}

/// Reads live contacts, of which there may be very many: those of a queue share its name.
pub(crate) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<u64, Live>, D::Error> {
    struct Lives;

    impl<'de> Visitor<'de> for Lives {
        type Value = BTreeMap<u64, Live>;

        fn expecting(&self, to: &mut Formatter<'_>) -> fmt::Result {
            to.write_str("live contacts by number")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
            let (mut lives, mut queues) = (BTreeMap::new(), BTreeSet::<Arc<str>>::new());
            while let Some((number, mut live)) = from.next_entry::<u64, Live>()? {
                match queues.get(&live.queue) {
                    Some(queue) => live.queue = Arc::clone(queue),
                    None => drop(queues.insert(Arc::clone(&live.queue))),
                }
                lives.insert(number, live);
            }
            Ok(lives)
        }
    }

    from.deserialize_map(Lives)
}

impl Live {
    const fn leave(&self, at: u64) -> Leave {
        Leave { at, entered: self.visit, wait_us: at.saturating_sub(self.entered) }
    }
}

impl Statistics {
    /// An event of a contact. Contacts whose entry was not seen are left out.
    pub(crate) fn contact<T: Text>(
        &mut self,
        now: u64,
        number: u64,
        of: &ContactRef<T>,
        body: &EventBody<T>,
    ) {
        use EventBody as E;
        match body {
            E::Queued { previous, .. } => {
                of.queue.with(|queue| self.queued(now, number, queue, previous.is_some()));
            }
            E::Offered { agent, resent: false, .. } => agent.with(|agent| {
                let offered = Place::Offered(self.agent_name(agent), now);
                self.moves_to(now, number, offered);
                self.note_agent(agent, now, |facts| facts.offers += 1);
            }),
            E::OfferRevoked { agent, cause, .. } => agent.with(|agent| {
                cause.with(|cause| self.offer_over(now, number, agent, cause));
            }),
            E::Connected { agent, .. } => agent.with(|agent| self.connected(now, number, agent)),
            E::Requeued { cause, .. } => cause.with(|cause| self.requeued(now, number, cause)),
            E::Moved { from_queue, .. } => of.queue.with(|queue| {
                from_queue.with(|from_queue| self.moved(now, number, queue, from_queue));
            }),
            E::Scheduled { .. } => self.moves_to(now, number, Place::Elsewhere),
            E::Abandoned { .. } => {
                if let Some(leave) = self.counts(number, now) {
                    of.queue.with(|queue| self.queue(queue).abandoned(leave));
                }
            }
            E::Transferred { .. } => self.transferred(now, number),
            E::Ended { cause, .. } => cause.with(|cause| self.ended(now, number, cause)),
            E::WrapUp { agent, .. } => {
                if let Some(over) = self.book.over.get_mut(&number) {
                    over.wraps_up = true;
                    agent.with(|agent| self.agent(agent).wraps_up(now, true));
                }
            }
            E::WrapUpOver { handle_ms, .. } => {
                if let Some(over) = self.book.over.remove(&number) {
                    self.agent(&over.agent).wraps_up(now, false);
                    self.handled(now, &over, *handle_ms);
                }
            }
            _ => {}
        }
    }

    /// What becomes of it is counted now; none where it was, or the contact is not known.
    fn counts(&mut self, number: u64, now: u64) -> Option<Leave> {
        let live = self.book.live.get_mut(&number)?;
        (!std::mem::replace(&mut live.counted, true)).then(|| live.leave(now))
    }

    /// Puts a contact somewhere else: queues' depths and agents' hands follow.
    fn moves_to(&mut self, now: u64, number: u64, to: Place) {
        let Some(live) = self.book.live.get_mut(&number) else { return };
        let waits = to == Place::Waiting;
        let takes = to.connected().cloned();
        let from = std::mem::replace(&mut live.place, to);
        if waits != (from == Place::Waiting) {
            let queue = Arc::clone(&live.queue);
            self.queue(&queue).depth.change(now, waits);
        }
        if let Some(agent) = from.connected() {
            self.agent(agent).lets_go(now);
        }
        if let Some(agent) = takes {
            self.agent(&agent).takes(now);
        }
    }

    fn note_agent(&mut self, agent: &str, now: u64, add: impl Fn(&mut AgentFacts)) {
        self.agent(agent).line.count(now, add);
    }

    fn queued(&mut self, now: u64, number: u64, queue: &str, by_transfer: bool) {
        self.queue(queue).entered(now, by_transfer);
        let live = Live {
            queue: self.queue_name(queue),
            entered: now,
            visit: now,
            place: Place::Elsewhere,
            counted: false,
        };
        self.book.live.insert(number, live);
        self.moves_to(now, number, Place::Waiting);
    }

    fn offer_over(&mut self, now: u64, number: u64, agent: &str, cause: &str) {
        let Some(live) = self.book.live.get(&number) else { return };
        let (queue, visit) = (Arc::clone(&live.queue), live.visit);
        match cause {
            "no_answer" => {
                self.queue(&queue).note(now, visit, |facts| facts.no_answers += 1);
                self.note_agent(agent, now, |facts| facts.no_answers += 1);
            }
            "rejected" => self.note_agent(agent, now, |facts| facts.rejected += 1),
            _ => {}
        }
        // Moved or turned into a callback it waits without a word; else that follows.
        let waits = matches!(cause, "moved" | "callback");
        self.moves_to(now, number, if waits { Place::Waiting } else { Place::Elsewhere });
    }

    fn connected(&mut self, now: u64, number: u64, agent: &str) {
        let Some(live) = self.book.live.get(&number) else { return };
        let (queue, offered) = (Arc::clone(&live.queue), live.place.clone());
        if let Place::Offered(_, since) = offered {
            self.queue(&queue).hand_off.record(now.saturating_sub(since) / 1_000);
        }
        self.moves_to(now, number, Place::Connected(self.agent_name(agent), now));
        if let Some(leave) = self.counts(number, now) {
            let in_threshold = self.queue(&queue).answered(leave);
            self.note_agent(agent, now, |facts| {
                facts.answered += 1;
                facts.answered_in_threshold += u64::from(in_threshold);
            });
        }
    }

    fn requeued(&mut self, now: u64, number: u64, cause: &str) {
        let Some(live) = self.book.live.get(&number) else { return };
        let (queue, visit, from) = (Arc::clone(&live.queue), live.visit, live.place.clone());
        if cause != "callback_due" {
            self.queue(&queue).note(now, visit, |facts| facts.requeues += 1);
        }
        if let Place::Connected(agent, _) = &from {
            self.note_agent(agent, now, |facts| facts.requeues += 1);
        }
        self.moves_to(now, number, Place::Waiting);
    }

    fn moved(&mut self, now: u64, number: u64, queue: &str, from_queue: &str) {
        let Some(live) = self.book.live.get(&number) else { return };
        let (leave, counted) = (live.leave(now), live.counted);
        self.moves_to(now, number, Place::Elsewhere);
        if !counted {
            self.queue(from_queue).flowed_out(leave);
            self.queue(queue).entered(now, false);
        }
        let queue = self.queue_name(queue);
        if let Some(live) = self.book.live.get_mut(&number) {
            live.queue = queue;
            live.visit = now;
        }
        self.moves_to(now, number, Place::Waiting);
    }

    fn transferred(&mut self, now: u64, number: u64) {
        let Some(live) = self.book.live.get(&number) else { return };
        let (queue, visit, from) = (Arc::clone(&live.queue), live.visit, live.place.clone());
        self.queue(&queue).note(now, visit, |facts| facts.transfers_out += 1);
        if let Place::Connected(agent, _) = &from {
            self.note_agent(agent, now, |facts| facts.transfers += 1);
        }
    }

    fn ended(&mut self, now: u64, number: u64, cause: &str) {
        if let Some(leave) = self.counts(number, now) {
            let queue = self.book.live.get(&number).map(|live| Arc::clone(&live.queue));
            if let Some(queue) = queue {
                self.queue(&queue).flowed_out(leave);
            }
        }
        self.moves_to_end(now, number, cause);
    }

    /// It is nowhere any more; at an agent, its handle time is still to come.
    fn moves_to_end(&mut self, now: u64, number: u64, cause: &str) {
        self.moves_from_agent(now, number, cause);
        self.moves_to(now, number, Place::Elsewhere);
        self.book.live.remove(&number);
    }

    fn moves_from_agent(&mut self, now: u64, number: u64, cause: &str) {
        let Some(live) = self.book.live.get(&number) else { return };
        // A callback that nobody answered was no conversation.
        let (Place::Connected(agent, since), true) = (&live.place, cause != "callback_failed")
        else {
            return;
        };
        let over = Over {
            queue: Arc::clone(&live.queue),
            visit: live.visit,
            agent: Arc::clone(agent),
            at: now,
            talk_us: now.saturating_sub(*since),
            wraps_up: false,
        };
        self.book.over.insert(number, over);
        self.book.just_ended.push(number);
    }

    /// The handle time of a contact is final.
    pub(crate) fn handled(&mut self, at: u64, over: &Over, handle_ms: u64) {
        self.queue(&over.queue).handled(at, over.visit, handle_ms);
        self.note_agent(&over.agent, at, |facts| {
            facts.handled += 1;
            facts.handle_ms = facts.handle_ms.saturating_add(handle_ms);
        });
    }
}
