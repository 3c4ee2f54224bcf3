//! What clients ask: one struct a method, and one enum of them all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::method::Method;
use crate::role::Role;

macro_rules! requests {
    ($($variant:ident($params:ty);)*) => {
        /// A request with its parameters.
        #[derive(Clone, Debug, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Request {
            $(#[doc = concat!("See [`Method::", stringify!($variant), "`].")] $variant($params),)*
        }

        impl Request {
            /// Which method it calls.
            pub const fn method(&self) -> Method {
                match self { $(Self::$variant(_) => Method::$variant,)* }
            }

            /// Reads the parameters of `method`.
            pub fn read<'de, D>(method: Method, params: D) -> Result<Self, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                match method {
                    $(Method::$variant => <$params>::deserialize(params).map(Self::$variant),)*
                }
            }
        }
    };
}

requests! {
    Hello(Hello);
    Ping(Empty);
    Bye(Empty);
    Via(Via);
    ContactNew(ContactNew);
    ContactAbandon(OneContact);
    ContactEnd(ContactEnd);
    ContactTransfer(ContactTransfer);
    ContactUpdate(ContactUpdate);
    ContactCallback(ContactCallback);
    ContactCallbackFailed(ContactCause);
    ContactHold(OneContact);
    ContactUnhold(OneContact);
    ContactRequeue(ContactCause);
    ContactGet(OneContact);
    ContactMessage(ContactMessage);
    ContactTyping(OneContact);
    OfferRinging(OneOffer);
    OfferAnswered(OneOffer);
    OfferFailed(OfferFailed);
    OfferAccept(OneOffer);
    OfferReject(OfferReject);
    Reconcile(Reconcile);
    AgentLogin(AgentLogin);
    AgentState(AgentState);
    AgentLogout(OneAgent);
    AgentSkills(AgentSkills);
    AgentCapacity(AgentCapacity);
    AgentWrapDone(AgentWrapDone);
    AgentWrapExtend(AgentWrapExtend);
    Subscribe(Subscribe);
    Snapshot(TakeSnapshot);
    Statistics(AskStatistics);
    Directory(FindPlace);
    Trace(OneContact);
    Supervise(Supervise);
    ConfigReload(Empty);
}

/// Fills a doc comment and derives for a struct of parameters. Absent members are left out.
macro_rules! params {
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

params! {
    /// No parameters.
    Empty {}

    /// For whom a trusted peer speaks.
    Via {
        /// The stranger's address.
        address: String,
    }

    /// Who is there.
    Hello {
        /// Protocol version: 1.
        #[serde(default)]
        proto: Option<u32>,
        /// What the client is.
        role: Option<Role>,
        /// Its name; of an agent, the agent's.
        #[serde(default)]
        name: Option<String>,
        /// Its secret. Unix peers of the server's user need none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<String>,
        /// A lease of 1000..=60000 ms; none means that only the closed connection tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease_ms: Option<u64>,
        /// Encoding of events: `json` or `bin1`, which allows binary frames too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        enc: Option<String>,
        /// Where to go on from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<Place>,
    }

    /// A place in the sequence of events.
    Place {
        /// The log's id.
        epoch: String,
        /// The last sequence number seen.
        seq: u64,
    }

    /// One contact.
    OneContact {
        /// The contact.
        contact: String,
    }

    /// One contact and why.
    ContactCause {
        /// The contact.
        contact: String,
        /// Free text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    }

    /// One offer.
    OneOffer {
        /// The offer.
        offer: String,
    }

    /// One agent; without a name, the agent that says it.
    OneAgent {
        /// The agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
    }

    /// A contact enters.
    ContactNew {
        /// The front end's own id, unique among its live contacts.
        ext: String,
        /// voice, callback, kiosk, chat, email or web.
        channel: String,
        /// The queue's name.
        queue: String,
        /// Priority 0..=9; 5 when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prio: Option<u8>,
        /// Least level by skill.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        needs: BTreeMap<String, u8>,
        /// Agents that alone are eligible at first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        prefer: Vec<String>,
        /// For how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prefer_ms: Option<u64>,
        /// Wait already served elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        age_ms: Option<u64>,
        /// The caller's number or address.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// The caller's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// A city request this is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>,
        /// An earlier contact this continues.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<String>,
        /// Whatever the front end wants carried along.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attrs: BTreeMap<String, String>,
    }

    /// The contact is over.
    ContactEnd {
        /// The contact.
        contact: String,
        /// caller, agent, `front_end` or system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// hangup, completed, `exit_key`, …
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<String>,
    }

    /// The contact goes elsewhere.
    ContactTransfer {
        /// The contact.
        contact: String,
        /// Where to.
        to: TransferTarget,
        /// Needs of the new contact; absent means the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needs: Option<BTreeMap<String, u8>>,
        /// Whether its age goes with it; true when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        keep_age: Option<bool>,
        /// Whether the agent has taken it over in person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attended: Option<bool>,
    }

    /// A queue, an agent (with a queue if wanted), or outside.
    TransferTarget {
        /// A queue.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// An agent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// A number outside.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outside: Option<String>,
    }

    /// Changes priority or attributes.
    ContactUpdate {
        /// The contact.
        contact: String,
        /// Priority 0..=9.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prio: Option<u8>,
        /// Attributes to set.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attrs: BTreeMap<String, String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// The contact becomes a callback.
    ContactCallback {
        /// The contact.
        contact: String,
        /// The number to call; absent means where it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// When, in µs UTC; absent means as soon as an agent is free.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    }

    /// Text to the other side.
    ContactMessage {
        /// The contact.
        contact: String,
        /// The sender's id of the message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// The text.
        text: String,
    }

    /// The agent's device was not answered.
    OfferFailed {
        /// The offer.
        offer: String,
        /// `no_answer`, busy, unreachable or rejected.
        cause: String,
    }

    /// The agent refuses.
    OfferReject {
        /// The offer.
        offer: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// The front end's live contacts.
    Reconcile {
        /// All of them.
        live: Vec<LiveContact>,
    }

    /// One live contact of a front end.
    LiveContact {
        /// The front end's id.
        ext: String,
        /// waiting, ringing or connected.
        state: String,
    }

    /// An agent signs in.
    AgentLogin {
        /// The agent; absent means the one that says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// What the front end dials.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<String>,
        /// Capacity by channel; absent channels as defined.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        capacity: BTreeMap<String, u8>,
    }

    /// An agent is ready or not ready.
    AgentState {
        /// The agent; absent means the one that says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// ready or `not_ready`.
        state: String,
        /// A reason of the configuration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }

    /// Changes an agent's skills.
    AgentSkills {
        /// The agent.
        agent: String,
        /// Level by skill.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<String, u8>,
        /// Skills to take away.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unset: Vec<String>,
    }

    /// Changes what an agent may hold.
    AgentCapacity {
        /// The agent; absent means the one that says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// Capacity by channel.
        set: BTreeMap<String, u8>,
    }

    /// An agent ends a wrap-up.
    AgentWrapDone {
        /// The agent; absent means the one that says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The ended contact.
        contact: String,
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<String>,
    }

    /// An agent asks for more wrap-up.
    AgentWrapExtend {
        /// The agent; absent means the one that says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The ended contact.
        contact: String,
        /// How much more.
        ms: u64,
    }

    /// Asks for events.
    Subscribe {
        /// `queue.*`, `queue.water`, `agent.*`, `agent.4471`, `contact.*`, `contact.c-9a02`,
        /// `config`, `*`.
        topics: Vec<String>,
        /// Where to go on from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Place>,
    }

    /// Asks for the present state.
    TakeSnapshot {
        /// queues, agents, contacts, engine, decisions, choices; absent means all but the last two.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        of: Vec<String>,
    }

    /// What was counted.
    AskStatistics {
        /// queues, agents, sites, total; absent means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        of: Vec<String>,
        /// Which interval a contact counts in: `ended` (when absent) or `entered`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// The day by intervals: `15m`, `30m`, `60m` or `day`; absent means without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interval: Option<String>,
        /// Whether the last hour comes minute by minute.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        series: bool,
    }

    /// Looks for places that residents are sent to.
    FindPlace {
        /// Words or parts of words; every one must be found. Absent means all places.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        find: Option<String>,
    }

    /// A supervisor acts.
    Supervise {
        /// `force_state`, prioritise, move, withdraw, `offer_to`, callback, `open_queue`,
        /// `close_queue`, `follow_hours`, `skill_for`, broadcast, listen.
        act: String,
        /// Why. Asked for every act; a preview needs none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
        /// Only says what would happen.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        preview: bool,
        /// The contact acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<String>,
        /// The agent acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The queue acted on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<String>,
        /// The queue moved to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// ready, `not_ready` or `signed_out`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<String>,
        /// The reason of the configuration that goes with `not_ready`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state_reason: Option<String>,
        /// Priority 0..=9.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prio: Option<u8>,
        /// The number to call back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
        /// Level by skill, for a time.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<String, u8>,
        /// For how long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
        /// What becomes of those that wait: keep, end or move.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiting: Option<String>,
        /// The text of a broadcast.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// listen, whisper or barge.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
    }
}
