//! Who may say what: one table of method and role.

use serde::{Deserialize, Serialize};

use crate::method::Method;

/// What a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A telephone exchange, or another source of contacts; offers on behalf of devices.
    Frontend,
    /// One agent's desktop: itself only.
    Agent,
    /// Reads all, acts with a reason.
    Supervisor,
    /// Reads, with numbers masked.
    Monitor,
    /// Changes the configuration; may do what a supervisor may.
    Admin,
    /// One contact only.
    Widget,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Frontend, Self::Agent, Self::Supervisor, Self::Monitor, Self::Admin, Self::Widget];

    /// The name used in files and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Frontend => "frontend",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Monitor => "monitor",
            Self::Admin => "admin",
            Self::Widget => "widget",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Whether a connection of `role` may say `method`. A yes may still be narrowed to its own
/// contacts or its own agent.
pub const fn allows(role: Role, method: Method) -> bool {
    use Method as M;
    use Role as R;
    match method {
        M::Hello | M::Ping | M::Bye => true,
        // Before `hello`, when nobody has a role.
        M::Via => false,
        M::ContactNew => matches!(role, R::Frontend | R::Widget),
        M::ContactAbandon | M::ContactGet | M::ContactCallback => {
            matches!(role, R::Frontend | R::Widget | R::Supervisor | R::Admin)
        }
        M::ContactEnd | M::ContactMessage | M::ContactTyping => {
            matches!(role, R::Frontend | R::Agent | R::Widget)
        }
        M::ContactTransfer
        | M::ContactHold
        | M::ContactUnhold
        | M::ContactRequeue
        | M::ContactCallbackFailed => matches!(role, R::Frontend | R::Agent),
        M::ContactUpdate => matches!(role, R::Frontend | R::Supervisor | R::Admin),
        M::OfferRinging | M::OfferAnswered | M::OfferFailed | M::Reconcile => {
            matches!(role, R::Frontend)
        }
        M::OfferAccept | M::OfferReject => matches!(role, R::Agent),
        M::AgentLogin | M::AgentState | M::AgentLogout => matches!(role, R::Frontend | R::Agent),
        M::AgentWrapDone | M::AgentWrapExtend => matches!(role, R::Frontend | R::Agent),
        M::AgentSkills => matches!(role, R::Supervisor | R::Admin),
        M::AgentCapacity => matches!(role, R::Agent | R::Supervisor | R::Admin),
        M::Subscribe | M::Snapshot | M::Directory => !matches!(role, R::Widget),
        M::Trace | M::Statistics => matches!(role, R::Supervisor | R::Monitor | R::Admin),
        M::Supervise => matches!(role, R::Supervisor | R::Admin),
        M::ConfigReload => matches!(role, R::Admin),
    }
}
