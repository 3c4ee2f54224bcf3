//! Front ends by name and number, and the connections that speak for them.

use std::collections::BTreeMap;
use std::sync::Arc;

use acd_core::FrontEndId;

use super::connection::ConnectionId;

/// The front end that all widgets are contacts of. No client may take this name.
pub(crate) const WIDGETS: &str = "widget";

/// A front end that has appeared.
#[derive(Debug)]
pub(crate) struct FrontEnd {
    pub(crate) name: Arc<str>,
    /// The connection that speaks for it.
    pub(crate) connection: Option<ConnectionId>,
}

/// Front ends; the index + 1 is the number.
#[derive(Debug, Default)]
pub(crate) struct FrontEnds {
    all: Vec<FrontEnd>,
    by_name: BTreeMap<Arc<str>, FrontEndId>,
}

impl FrontEnds {
    /// The number of that name, or the one it gets when it appears.
    pub(crate) fn number(&self, name: &str) -> FrontEndId {
        self.by_name.get(name).copied().unwrap_or(FrontEndId(self.all.len() as u32 + 1))
    }

    /// A front end has said `hello`, or all widgets' has been made: its name gets a number.
    pub(crate) fn appears(&mut self, name: &Arc<str>) {
        let id = self.number(name);
        if id.0 as usize > self.all.len() {
            self.all.push(FrontEnd { name: Arc::clone(name), connection: None });
            self.by_name.insert(Arc::clone(name), id);
        }
    }

    /// This connection speaks for it.
    pub(crate) fn connected(&mut self, id: FrontEndId, connection: ConnectionId) {
        if let Some(front_end) = self.all.get_mut((id.0 as usize).wrapping_sub(1)) {
            front_end.connection = Some(connection);
        }
    }

    /// Names by number.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.all.iter().map(|front_end| &front_end.name)
    }

    /// The front end of that number.
    pub(crate) fn get(&self, id: FrontEndId) -> Option<&FrontEnd> {
        self.all.get((id.0 as usize).checked_sub(1)?)
    }

    /// Its name.
    pub(crate) fn name(&self, id: FrontEndId) -> Arc<str> {
        Arc::clone(&self.get(id).expect("a number given has appeared").name)
    }

    /// As [`name`](Self::name), borrowed.
    pub(crate) fn text(&self, id: FrontEndId) -> &str {
        &self.get(id).expect("a number given has appeared").name
    }

    /// The connection that speaks for it.
    pub(crate) fn connection(&self, id: FrontEndId) -> Option<ConnectionId> {
        self.get(id)?.connection
    }

    /// Nobody speaks for it any more.
    pub(crate) fn leaves(&mut self, id: FrontEndId) {
        if let Some(front_end) = self.all.get_mut((id.0 as usize).wrapping_sub(1)) {
            front_end.connection = None;
        }
    }
}
