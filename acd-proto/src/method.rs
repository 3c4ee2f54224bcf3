//! The names of the methods.

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $mutates:literal;)*) => {
        /// A method a client can call.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
        }

        impl Method {
            /// Every method.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whether it changes something, so that it may carry `idem`.
            pub const fn mutates(self) -> bool {
                match self { $(Self::$variant => $mutates,)* }
            }

            /// The method of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

methods! {
    /// Says who is there. First on every connection.
    Hello = "hello", false;
    /// Asks for the time; renews a lease.
    Ping = "ping", false;
    /// Closes the connection in order.
    Bye = "bye", false;
    /// A trusted peer speaks for a stranger from here on. Only before `hello`.
    Via = "via", false;
    /// A contact enters.
    ContactNew = "contact.new", true;
    /// The resident left before an answer.
    ContactAbandon = "contact.abandon", true;
    /// The contact is over.
    ContactEnd = "contact.end", true;
    /// The contact goes elsewhere.
    ContactTransfer = "contact.transfer", true;
    /// Changes priority or attributes.
    ContactUpdate = "contact.update", true;
    /// The contact becomes a callback and keeps its place.
    ContactCallback = "contact.callback", true;
    /// The resident did not answer the callback.
    ContactCallbackFailed = "contact.callback_failed", true;
    /// The contact hears music.
    ContactHold = "contact.hold", true;
    /// The contact hears the agent again.
    ContactUnhold = "contact.unhold", true;
    /// The agent's leg is lost, the resident stays.
    ContactRequeue = "contact.requeue", true;
    /// One contact: place, expected wait, state.
    ContactGet = "contact.get", false;
    /// Text to the other side of a chat.
    ContactMessage = "contact.message", true;
    /// The other side sees that this one writes.
    ContactTyping = "contact.typing", false;
    /// The agent's device rings.
    OfferRinging = "offer.ringing", true;
    /// The agent's device was answered.
    OfferAnswered = "offer.answered", true;
    /// The agent's device was not answered.
    OfferFailed = "offer.failed", true;
    /// The agent accepts at the desktop.
    OfferAccept = "offer.accept", true;
    /// The agent refuses.
    OfferReject = "offer.reject", true;
    /// The front end's live contacts after a gap.
    Reconcile = "reconcile", true;
    /// An agent signs in.
    AgentLogin = "agent.login", true;
    /// An agent is ready or not ready.
    AgentState = "agent.state", true;
    /// An agent signs out.
    AgentLogout = "agent.logout", true;
    /// Changes an agent's skills.
    AgentSkills = "agent.skills", true;
    /// Changes what an agent may hold.
    AgentCapacity = "agent.capacity", true;
    /// An agent ends a wrap-up.
    AgentWrapDone = "agent.wrap_done", true;
    /// An agent asks for more wrap-up.
    AgentWrapExtend = "agent.wrap_extend", true;
    /// Asks for events.
    Subscribe = "subscribe", false;
    /// Asks for the present state.
    Snapshot = "snapshot", false;
    /// Asks for what was counted: windows, intervals, every service level.
    Statistics = "statistics", false;
    /// Looks for places that residents are sent to.
    Directory = "directory", false;
    /// One contact's life, every decision explained.
    Trace = "trace", false;
    /// A supervisor acts, with a reason.
    Supervise = "supervise", true;
    /// Applies a changed configuration file.
    ConfigReload = "config.reload", true;
}
