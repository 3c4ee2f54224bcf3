//! Contact records: one line a contact, from its entry to the end of its wrap-up.

use std::collections::BTreeMap;

use acd_proto::{Event, EventBody, id};
use serde::Serialize;

/// A contact's life in one record. Lengths are in ms, instants in µs UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its id.
    pub contact: String,
    /// Its front end's id of it.
    pub ext: String,
    /// The contact it continues.
    pub previous: Option<String>,
    /// How it came; `callback` once it became one.
    pub channel: String,
    /// Its front end.
    pub frontend: String,
    /// The queue it entered.
    pub entered_queue: String,
    /// The queue it ended in.
    pub queue: String,
    /// When it entered.
    pub entered: u64,
    /// When it was first answered.
    pub answered: Option<u64>,
    /// When it ended.
    pub ended: Option<u64>,
    /// Entry to the first answer, or to the end.
    pub wait_ms: Option<u64>,
    /// Talk and hold, all connections together.
    pub talk_ms: Option<u64>,
    /// Wrap-up after the end.
    pub wrap_up_ms: Option<u64>,
    /// Who was connected last.
    pub agent: Option<String>,
    /// Offers made.
    pub offers: u32,
    /// How often it waited again.
    pub requeues: u32,
    /// Where it was transferred to.
    pub transferred_to: Option<String>,
    /// Why it ended; absent while it has not.
    pub cause: Option<String>,
    /// Whose doing that was.
    pub by: Option<String>,
    /// What came of it.
    pub disposition: Option<String>,
}

/// Records as they are being made.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// In order of entry.
    all: Vec<Record>,
    /// Those that may still change, by number, and where they are.
    open: BTreeMap<u64, usize>,
}

impl Records {
    /// Takes an event. Contacts whose entry was not seen are left out.
    pub fn fold(&mut self, event: &Event) {
        let Some(of) = event.body.contact() else { return };
        let Some(number) = id::parse_contact(&of.contact).map(|contact| contact.0) else { return };
        if let EventBody::Queued { channel, frontend, previous, .. } = &event.body {
            self.open.insert(number, self.all.len());
            self.all.push(Record {
                contact: of.contact.as_ref().into(),
                ext: of.ext.as_ref().into(),
                previous: previous.as_deref().map(Into::into),
                channel: channel.as_ref().into(),
                frontend: frontend.as_ref().into(),
                entered_queue: of.queue.as_ref().into(),
                queue: of.queue.as_ref().into(),
                entered: event.ts,
                ..Record::default()
            });
        }
        let Some(&index) = self.open.get(&number) else { return };
        let record = &mut self.all[index];
        record.queue = of.queue.as_ref().into();
        if record.take(event) {
            self.open.remove(&number);
        }
    }

    /// All records in order of entry; those of contacts that have not ended have no cause.
    pub fn all(&self) -> &[Record] {
        &self.all
    }
}

impl Record {
    /// Takes an event of its own; says whether it is the last.
    fn take(&mut self, event: &Event) -> bool {
        use EventBody as E;
        match &event.body {
            E::Offered { resent: false, .. } => self.offers += 1,
            E::Requeued { cause, .. } if **cause != *"callback_due" => self.requeues += 1,
            E::Callback { .. } => self.channel = "callback".into(),
            E::Connected { agent, wait_ms, .. } => {
                self.agent = Some(agent.as_ref().into());
                if self.answered.is_none() {
                    self.answered = Some(event.ts);
                    self.wait_ms = Some(*wait_ms);
                }
            }
            E::Transferred { to, .. } => self.transferred_to = Some(to.as_ref().into()),
            E::Ended { cause, by, talk_ms, wait_ms, disposition, .. } => {
                self.ended = Some(event.ts);
                self.cause = Some(cause.as_ref().into());
                self.by = Some(by.as_ref().into());
                self.disposition = disposition.as_deref().map(Into::into);
                self.wait_ms = self.wait_ms.or(Some(*wait_ms));
                self.talk_ms = self.answered.map(|_| *talk_ms);
            }
            E::WrapUpOver { disposition, .. } => {
                self.wrap_up_ms = self.ended.map(|ended| event.ts.saturating_sub(ended) / 1_000);
                if let Some(disposition) = disposition {
                    self.disposition = Some(disposition.as_ref().into());
                }
                return true;
            }
            _ => {}
        }
        false
    }
}
