//! What the server answers: one struct a shape of result.

use serde::{Deserialize, Serialize};

/// Derives for a struct of results. Absent members are left out.
macro_rules! results {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $ty:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
            pub struct $name {
                $($(#[$field_meta])* pub $field: $ty,)*
            }
        )*
    };
}

results! {
    /// The first line of every connection, as `params` of `greeting`.
    Greeting {
        /// Name and version.
        server: String,
        /// Protocol versions.
        proto: Vec<u32>,
        /// Encodings.
        enc: Vec<String>,
    }

    /// Of `hello`.
    HelloResult {
        /// The connection's id.
        session: String,
        /// The log's id.
        epoch: String,
        /// The newest event.
        seq: u64,
        /// The city's time, µs UTC.
        now: u64,
        /// fsync, async or none.
        durable: String,
        /// The role given.
        role: String,
        /// The name given.
        name: String,
        /// The city's name.
        city: String,
        /// IANA name of the city's time zone.
        time_zone: String,
        /// City seconds a real second; 1 but in a demo.
        speed: u32,
        /// Own events sent again after `resume`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resumed: Option<u64>,
        /// Whether some are no longer to be had.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gap: Option<bool>,
    }

    /// Of `ping`.
    Pong {
        /// The city's time, µs UTC.
        now: u64,
    }

    /// Of a request that has nothing more to say.
    Done {
        /// Always true.
        ok: bool,
    }

    /// Of `contact.new`, `contact.get`, and of a transfer to a queue or agent.
    ContactResult {
        /// The contact.
        contact: String,
        /// queued, scheduled, offered, connected, parked; or ended.
        state: String,
        /// Place in its queue, while it waits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pos: Option<u32>,
        /// Expected wait; null when nobody signed in qualifies. While it waits.
        ewt_ms: Option<u64>,
        /// The live offer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer: Option<String>,
        /// The agent offered, or held by.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// Wait so far, or until the answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait_ms: Option<u64>,
    }

    /// Of a transfer outside: no contact goes on.
    TransferResult {
        /// The contact it goes on as.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<ContactResult>,
        /// Transfers so far.
        hops: u8,
    }

    /// Of `agent.*` requests.
    AgentResult {
        /// The agent.
        agent: String,
        /// `signed_out`, `not_ready`, ready, or busy while it holds contacts.
        state: String,
        /// Why not ready.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What waits for the last contact to leave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
    }

    /// Of `reconcile`.
    Reconciled {
        /// Contacts both sides know.
        kept: Vec<KeptContact>,
        /// Contacts ended because the front end no longer has them.
        ended: Vec<String>,
        /// Contacts the server does not know.
        unknown: Vec<String>,
    }

    /// A contact both sides know.
    KeptContact {
        /// The front end's id.
        ext: String,
        /// The contact.
        contact: String,
        /// Its state here.
        state: String,
    }

    /// Of `subscribe`.
    Subscribed {
        /// The subscription's id.
        sub: String,
        /// The first sequence number it covers.
        from: u64,
        /// Events sent again.
        replayed: u64,
        /// Whether some are no longer to be had: take a snapshot.
        gap: bool,
    }

    /// Of `supervise`.
    Supervised {
        /// The act.
        act: String,
        /// Number of its line in the audit.
        audit: u64,
        /// The state afterwards of what was acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// What waits for the last contact to leave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
    }

    /// Of `supervise` with `preview`: what would happen. Nothing has.
    Previewed {
        /// The act.
        act: String,
        /// Always true.
        preview: bool,
        /// The act in words, as the audit would have it.
        what: String,
        /// The state now of what would be acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        /// Its state afterwards.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// What would wait for the last contact to leave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
        /// How many connections would hear it, of what is only told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reaches: Option<usize>,
        /// What would follow, in order: the first ones.
        events: Vec<Expected>,
        /// How many more there would be.
        more: usize,
    }

    /// An event that would follow.
    Expected {
        /// Its type.
        #[serde(rename = "type")]
        kind: String,
        /// The contact it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<String>,
        /// The queue: of the contact then, or the one it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// The agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The agent's state, or whether the queue is open or closed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// What waits for the agent's last contact to leave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pending: Option<String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    }

    /// Of `directory`.
    Places {
        /// Those found, in the configuration's order.
        places: Vec<Place>,
        /// How many more there are.
        more: usize,
    }

    /// A place that residents are sent to.
    Place {
        /// What people call it.
        title: String,
        /// The queue of this centre.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// The number outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Whether somebody answers there now.
        open: bool,
        /// When that changes, as people there write it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        changes: Option<String>,
        /// Whether a resident goes there at once.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        immediate: bool,
    }

    /// Of `config.reload`.
    Reloaded {
        /// Queues now defined.
        queues: usize,
        /// Agents now defined.
        agents: usize,
        /// Settings that only a restart applies.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        at_restart: Vec<String>,
    }
}
