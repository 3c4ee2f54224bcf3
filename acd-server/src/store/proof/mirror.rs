//! What a watcher makes of the events: the state that the server must be in, and what it was told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A live contact, by its events.
#[derive(Clone, Debug)]
pub(super) struct Live {
    pub(super) ext: String,
    pub(super) state: &'static str,
    pub(super) offer: Option<String>,
    /// When it was accepted, µs, less the age it brought.
    pub(super) origin: u64,
}

/// Everything that events have told.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirror {
    pub(super) epoch: String,
    pub(super) seq: u64,
    pub(super) live: BTreeMap<String, Live>,
    pub(super) exts: BTreeMap<String, String>,
    pub(super) ended: BTreeSet<String>,
    pub(super) connected: BTreeSet<String>,
    offers: BTreeSet<String>,
    agents: BTreeMap<String, String>,
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

impl Mirror {
    /// Takes an event, which must be the next. `age_ms` is what a contact brought with it.
    pub(super) fn hear(
        &mut self,
        event: &Value,
        age_ms: impl Fn(&str) -> u64,
    ) -> Result<(), String> {
        let seq = event["seq"].as_u64().unwrap_or(0);
        if seq != self.seq + 1 {
            return Err(format!("after event {} came {event}", self.seq));
        }
        self.seq = seq;
        let kind = text(event, "type");
        if kind == "agent.state" {
            self.agents.insert(text(event, "agent"), text(event, "state"));
        }
        let id = text(event, "contact");
        if kind == "contact.queued" {
            let ext = text(event, "ext");
            let origin = event["ts"].as_u64().unwrap_or(0) - age_ms(&ext) * 1_000;
            let live = Live { ext: ext.clone(), state: "queued", offer: None, origin };
            if self.live.insert(id.clone(), live).is_some() || self.ended.contains(&id) {
                return Err(format!("a contact entered twice: {event}"));
            }
            if let Some(other) = self.exts.insert(ext, id) {
                return Err(format!("entered before, as {other}: {event}"));
            }
            return Ok(());
        }
        self.changes(&kind, &id, event)
    }

    fn changes(&mut self, kind: &str, id: &str, event: &Value) -> Result<(), String> {
        let Some(live) = self.live.get_mut(id) else {
            let after = kind == "contact.ended" || kind.starts_with("contact.wrap_up");
            let fits = !kind.starts_with("contact.") || after;
            return if fits { Ok(()) } else { Err(format!("not live: {event}")) };
        };
        match kind {
            "contact.offered" => {
                let offer = text(event, "offer");
                if live.offer.is_some() || live.state != "queued" {
                    return Err(format!("offered twice at once: {event}"));
                }
                if !self.offers.insert(offer.clone()) {
                    return Err(format!("an offer was made twice: {event}"));
                }
                (live.state, live.offer) = ("offered", Some(offer));
            }
            "contact.offer_revoked" | "contact.requeued" => {
                (live.state, live.offer) = ("queued", None);
            }
            "contact.connected" => {
                (live.state, live.offer) = ("connected", None);
                self.connected.insert(id.to_owned());
            }
            "contact.ended" | "contact.abandoned" => {
                self.live.remove(id);
                self.ended.insert(id.to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a snapshot shows just this.
    pub(super) fn compare(&self, snapshot: &Value) -> Result<(), String> {
        if snapshot["seq"].as_u64() != Some(self.seq) {
            return Err(format!("the snapshot is of event {}, not {}", snapshot["seq"], self.seq));
        }
        let now = snapshot["now"].as_u64().unwrap_or(0);
        let mut left = self.live.clone();
        for row in snapshot["contacts"].as_array().ok_or("no rows of contacts")? {
            let Some(live) = left.remove(&text(row, "contact")) else {
                return Err(format!("no event told of it: {row}"));
            };
            let offer = row["offer"].as_str().map(str::to_owned);
            if (row["ext"].as_str(), row["state"].as_str(), offer)
                != (Some(&*live.ext), Some(live.state), live.offer.clone())
            {
                return Err(format!("by the events it is {live:?}: {row}"));
            }
            let (waited, least) =
                (row["wait_ms"].as_u64(), now.saturating_sub(live.origin) / 1_000);
            let is_right = waited.is_some_and(|waited| waited.abs_diff(least) <= 1);
            // Whoever was answered once has the wait until then.
            if !self.connected.contains(&text(row, "contact")) && !is_right {
                return Err(format!("it waits since {least} ms: {row}"));
            }
        }
        if let Some((id, live)) = left.first_key_value() {
            return Err(format!("{id} is lost: {live:?}"));
        }
        for row in snapshot["agents"].as_array().ok_or("no rows of agents")? {
            let told = self.agents.get(&text(row, "agent"));
            let told = told.map_or("signed_out", String::as_str);
            if row["state"] != told {
                return Err(format!("by the events this agent is {told}: {row}"));
            }
        }
        Ok(())
    }
}
