//! Errors as clients see them: stable kinds, codes by range.

use acd_core::Rejection;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $code:literal, $retry:literal;)*) => {
        /// What went wrong, as a stable string.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
            /// A kind this version does not know.
            #[serde(other)]
            Other,
        }

        impl Kind {
            /// Every kind this version gives.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* Self::Other => "other" }
            }

            /// The JSON-RPC code.
            pub const fn code(self) -> i32 {
                match self { $(Self::$variant => $code,)* Self::Other => -32000 }
            }

            /// Whether the same request may succeed later.
            pub const fn retry(self) -> bool {
                match self { $(Self::$variant => $retry,)* Self::Other => false }
            }
        }
    };
}

kinds! {
    /// Not a frame: too large, or a first byte that starts none.
    BadFrame = "bad_frame", -32600, false;
    /// Not JSON, or not UTF-8.
    BadJson = "bad_json", -32700, false;
    /// A member is missing, of the wrong type, or out of range.
    BadParams = "bad_params", -32602, false;
    /// No such method.
    UnknownMethod = "unknown_method", -32601, false;
    /// No such contact.
    UnknownContact = "unknown_contact", -32020, false;
    /// No such offer.
    UnknownOffer = "unknown_offer", -32020, false;
    /// No such agent.
    UnknownAgent = "unknown_agent", -32020, false;
    /// No such queue.
    UnknownQueue = "unknown_queue", -32020, false;
    /// No such skill.
    UnknownSkill = "unknown_skill", -32020, false;
    /// No such site.
    UnknownSite = "unknown_site", -32020, false;
    /// No such reason for being not ready.
    UnknownReason = "unknown_reason", -32020, false;
    /// Not on the list of what may come of a contact of this queue.
    UnknownDisposition = "unknown_disposition", -32020, false;
    /// No such front end.
    UnknownFrontEnd = "unknown_front_end", -32020, false;
    /// The contact has ended.
    ContactOver = "contact_over", -32010, false;
    /// The offer is over.
    OfferOver = "offer_over", -32010, false;
    /// Not possible in this state.
    WrongState = "wrong_state", -32010, false;
    /// The other side answers this offer.
    WrongAnswerer = "wrong_answerer", -32010, false;
    /// The agent is signed out.
    NotSignedIn = "not_signed_in", -32010, false;
    /// The agent cannot take an offer now.
    AgentNotFree = "agent_not_free", -32010, true;
    /// The agent is not in wrap-up of this contact.
    NotWrappingUp = "not_wrapping_up", -32010, false;
    /// The agent holds as many of this channel as it may.
    AtCapacity = "at_capacity", -32010, true;
    /// The contact's front end is absent.
    FrontEndAbsent = "front_end_absent", -32010, true;
    /// A definition still in use was removed.
    DefinitionInUse = "definition_in_use", -32010, true;
    /// A live contact of this front end has this `ext`.
    ExtInUse = "ext_in_use", -32010, false;
    /// The same `idem` came with other parameters.
    IdemMismatch = "idem_mismatch", -32010, false;
    /// The queue is closed.
    QueueClosed = "queue_closed", -32010, true;
    /// As many wait as may.
    QueueFull = "queue_full", -32030, true;
    /// A maximum is reached; `field` names it.
    Limit = "limit", -32030, true;
    /// The chain of transfers is too long.
    TooManyHops = "too_many_hops", -32030, false;
    /// The client does not read.
    Slow = "slow", -32030, true;
    /// The server has more to do than it may take on.
    Overloaded = "overloaded", -32030, true;
    /// This role, or this client, may not.
    NotAllowed = "not_allowed", -32050, false;
    /// Wrap-up may not be ended early.
    WrapUpMandatory = "wrap_up_mandatory", -32050, false;
    /// The token is wrong, or not for this role.
    BadToken = "bad_token", -32050, false;
    /// `hello` has not been said, or was said already.
    HelloFirst = "hello_first", -32050, false;
    /// Something failed in the server; the message says what.
    Internal = "internal", -32603, true;
}

/// The `error` member of a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// By range of the rejection.
    pub code: i32,
    /// One sentence for a person.
    pub message: String,
    /// For a program. Boxed, so that a result which may carry an error stays small.
    pub data: Box<ErrorData>,
}

/// What a program can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorData {
    /// What went wrong.
    pub kind: Kind,
    /// Which member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// What would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The nearest valid name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// The live contact, with `ext_in_use`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Whether the same request may succeed later.
    pub retry: bool,
}

impl ErrorBody {
    /// An error of this kind with a sentence.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            code: kind.code(),
            message: message.into(),
            data: Box::new(ErrorData {
                kind,
                field: None,
                got: None,
                expected: None,
                near: None,
                contact: None,
                retry: kind.retry(),
            }),
        }
    }

    /// The same, naming the member.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.data.field = Some(field.into());
        self
    }

    /// The same, with what was given.
    #[must_use]
    pub fn got(mut self, got: impl Into<String>) -> Self {
        self.data.got = Some(got.into());
        self
    }

    /// The same, with what would do.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.data.expected = Some(expected.into());
        self
    }

    /// The same, with the nearest valid name.
    #[must_use]
    pub fn near(mut self, near: Option<String>) -> Self {
        self.data.near = near;
        self
    }
}

/// The kind and sentence of an engine's refusal.
pub const fn of_rejection(rejection: Rejection) -> (Kind, &'static str) {
    use Rejection as R;
    match rejection {
        R::TimeBackwards => (Kind::Internal, "the server's clock went backwards"),
        R::TimeOutOfRange => (Kind::BadParams, "the instant lies beyond the year 2116"),
        R::BadPriority => (Kind::BadParams, "a priority is 0 to 9"),
        R::BadLevel => (Kind::BadParams, "a skill level is 1 to 10"),
        R::BadDuration => (Kind::BadParams, "a length of time is 1 ms to 366 days"),
        R::BadAge => (Kind::BadParams, "an age is at most 7 days"),
        R::TooManyTerms => (Kind::BadParams, "at most 16 skills can be named"),
        R::TooManyPreferred => (Kind::BadParams, "at most 8 agents can be preferred"),
        R::DuplicateSkill => (Kind::BadParams, "a skill is named twice"),
        R::BadCapacity => (Kind::BadParams, "a capacity is at most 100"),
        R::BadName | R::DuplicateName | R::BadSteps | R::BadPolicy => {
            (Kind::BadParams, "the definitions are not valid")
        }
        R::UnknownContact => (Kind::UnknownContact, "no contact has this id"),
        R::UnknownOffer => (Kind::UnknownOffer, "no offer has this id"),
        R::UnknownAgent => (Kind::UnknownAgent, "no agent has this name"),
        R::UnknownQueue => (Kind::UnknownQueue, "no queue has this name"),
        R::UnknownSkill => (Kind::UnknownSkill, "no skill has this name"),
        R::UnknownSite => (Kind::UnknownSite, "no site has this name"),
        R::UnknownReason => (Kind::UnknownReason, "no reason for not ready has this name"),
        R::UnknownFrontEnd => (Kind::UnknownFrontEnd, "this front end has not appeared"),
        R::TickDue => (Kind::Internal, "a deadline was due first"),
        R::ContactOver => (Kind::ContactOver, "contact is over"),
        R::OfferOver => (Kind::OfferOver, "offer is over"),
        R::WrongState => (Kind::WrongState, "the contact is not in a state that allows this"),
        R::NotSignedIn => (Kind::NotSignedIn, "the agent is signed out"),
        R::AgentNotFree => (Kind::AgentNotFree, "the agent cannot take an offer now"),
        R::NotWrappingUp => (Kind::NotWrappingUp, "the agent is not in wrap-up of this contact"),
        R::QueueClosed => (Kind::QueueClosed, "queue is closed"),
        R::FrontEndAbsent => (Kind::FrontEndAbsent, "the contact's front end is absent"),
        R::AtCapacity => (Kind::AtCapacity, "the agent holds as many of this channel as it may"),
        R::DefinitionInUse => {
            (Kind::DefinitionInUse, "a removed queue has contacts, or a removed agent is signed in")
        }
        R::QueueFull => (Kind::QueueFull, "as many contacts wait in this queue as may"),
        R::TooManyContacts => (Kind::Limit, "as many contacts are live as may"),
        R::TooManyHops => (Kind::TooManyHops, "this contact was transferred 16 times"),
        R::TooManyDefinitions => (Kind::Limit, "more definitions than may be"),
        R::TooManyFrontEnds => (Kind::Limit, "more front ends than may be"),
        R::WrapUpMandatory => {
            (Kind::WrapUpMandatory, "wrap-up in this queue cannot be ended early")
        }
    }
}
