//! What a supervisor would have been told, from a core that does its log again.

use std::sync::Arc;

use acd_core::Timestamp;
use acd_proto::request::TakeSnapshot;
use acd_proto::snapshot::Snapshot;
use acd_proto::{Event, Role};

use super::Core;
use super::connection::{Actor, ConnectionId};
use super::counting::events;
use super::dispatch::Caller;
use super::reply::Reply;

/// All but what only the process that ran could measure.
const PARTS: [&str; 3] = ["queues", "agents", "contacts"];

impl Core {
    /// How late it is.
    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The number of the newest event.
    pub(crate) const fn newest(&self) -> u64 {
        self.ring.newest()
    }

    /// The state as a watcher of this role would have got it at `at`, or now where that is later.
    pub(crate) fn picture(&mut self, at: Timestamp, role: Role) -> Box<Snapshot> {
        self.now = self.now.max(at);
        let name: Arc<str> = role.name().into();
        let caller = Caller { id: ConnectionId(0), role, name, actor: Actor::Watcher };
        let of = PARTS.map(str::to_owned).to_vec();
        match self.snapshot(&caller, &TakeSnapshot { of }) {
            Ok(Reply::Snapshot(picture)) => picture,
            _ => unreachable!("the parts are those that there are"),
        }
    }

    /// The event of that number, as a watcher of this role would have got it; none where more
    /// came with it than are kept.
    pub(crate) fn event_for(&self, seq: u64, role: Role) -> Option<Event> {
        let entry = self.ring.get(seq)?;
        let masked = self.ring.masked(entry).filter(|_| role == Role::Monitor);
        events(masked.unwrap_or_else(|| self.ring.frame(entry))).next()
    }
}
