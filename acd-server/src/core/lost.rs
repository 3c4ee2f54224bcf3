//! Closed connections and ended leases: what becomes of a front end's contacts and of an agent.

use std::sync::Arc;

use acd_core::{AgentId, Channel, Command, ContactId, ContactState, FrontEndId};

use super::connection::{Actor, ConnectionId};
use super::side::Side;
use super::timers::Timer;
use super::{Core, nanos};

impl Core {
    /// A connection is no more: closed, its lease over, or cut off.
    pub(crate) fn closed(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(id) else { return };
        if self.stopping {
            return;
        }
        self.advance();
        match connection.actor {
            Actor::FrontEnd(front_end) => self.front_end_lost(front_end),
            Actor::Agent(agent) => self.desktop_lost(agent),
            Actor::Widget => {
                let due = Some(self.now.after(self.engine.definitions().grace));
                self.note(Side::Timer { timer: Timer::GiveUp(connection.name), due });
            }
            Actor::Watcher => {}
        }
        self.publish();
    }

    fn front_end_lost(&mut self, front_end: FrontEndId) {
        let name = self.front_ends.name(front_end);
        tracing::warn!(front_end = %name, "front end lost: what waits is suspended");
        self.front_ends.leaves(front_end);
        self.commit(Command::FrontEndLost { front_end }).expect("it was there");
    }

    fn desktop_lost(&mut self, agent: AgentId) {
        let desk = self.desks.get_mut(agent);
        desk.desktop = None;
        if desk.by_front_end.is_none() && self.is_signed_in(agent) {
            let due = Some(self.now.after(nanos(self.config.desk_grace)));
            let beside = Side::Timer { timer: Timer::RequeueChats(agent), due };
            self.commit_with(Command::AgentLost { agent }, Some(beside)).expect("it is signed in");
        }
    }

    /// Lets go of a deadline of the server's own, where it is set.
    pub(super) fn no_timer(&mut self, timer: Timer) {
        if self.timers.is_set(&timer) {
            self.note(Side::Timer { timer, due: None });
        }
    }

    /// Does what is due of the server's own deadlines.
    pub(super) fn fire_timers(&mut self) {
        while let Some((due, timer)) = self.timers.due(self.now).cloned() {
            self.note(Side::Timer { timer: timer.clone(), due: None });
            match timer {
                Timer::RequeueChats(agent) => self.requeue_chats(agent),
                Timer::LoseAgents(front_end) => self.lose_agents(front_end),
                Timer::GiveUp(name) => self.give_up(&name),
                Timer::Hours(queue) => self.hours_change(queue, due),
                Timer::Reopen(queue) => self.reopen(queue),
                Timer::LoseDesk(agent) => {
                    if self.desks.desktop(agent).is_none() {
                        self.desktop_lost(agent);
                    }
                }
            }
        }
    }

    /// The chats of a desktop that stayed away wait again, in their places.
    fn requeue_chats(&mut self, agent: AgentId) {
        for contact in self.engine.held(agent) {
            let chat = self.contacts.get(contact).is_some_and(|c| c.channel == Channel::Chat);
            if chat && let Err(rejection) = self.commit(Command::Requeue { contact }) {
                tracing::error!(?rejection, "a held chat could not be requeued");
            }
        }
    }

    /// The agents that an orphaned front end signed in are lost.
    fn lose_agents(&mut self, front_end: FrontEndId) {
        for agent in self.desks.signed_in_by(front_end) {
            if self.is_signed_in(agent)
                && let Err(rejection) = self.commit(Command::AgentLost { agent })
            {
                tracing::error!(?rejection, "an agent without a front end could not be lost");
            }
        }
    }

    /// The resident closed the window and did not come back: what was not answered is abandoned.
    fn give_up(&mut self, name: &Arc<str>) {
        for contact in self.contacts.of_widget(name) {
            if self.is_unanswered(contact)
                && let Err(rejection) = self.commit(Command::Abandon { contact })
            {
                tracing::error!(?rejection, "a left contact could not be abandoned");
            }
        }
    }

    fn is_unanswered(&self, contact: ContactId) -> bool {
        use ContactState as S;
        self.engine.contact(contact).is_some_and(|record| {
            matches!(record.state, S::Waiting | S::Scheduled { .. } | S::Offered { .. })
        })
    }
}
