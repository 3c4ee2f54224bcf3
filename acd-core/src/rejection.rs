//! Every way the engine says no, numbered by precedence.

/// Why a command was refused. A refused command changes nothing.
///
/// Ranges: 1xx malformed, 2xx unknown number, 3xx wrong state, 4xx limits, 5xx not allowed.
/// When several apply, the lowest is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Rejection {
    /// `now` lies before the last applied command.
    TimeBackwards = 101,
    /// `now`, or an instant in the command, lies beyond `limits::TIME_MAX`.
    TimeOutOfRange = 102,
    /// A priority is not in 0..=9.
    BadPriority = 103,
    /// A skill level is not in 1..=10.
    BadLevel = 104,
    /// A length of time is shorter than 1 ms or longer than 366 days.
    BadDuration = 105,
    /// The age credit is longer than 7 days.
    BadAge = 106,
    /// More needs, terms or alternatives than `limits` allows.
    TooManyTerms = 107,
    /// More than 8 preferred agents.
    TooManyPreferred = 108,
    /// One skill is named twice in one list, or both set and unset.
    DuplicateSkill = 109,
    /// A capacity is above `limits::CAPACITY_MAX`.
    BadCapacity = 110,
    /// A defined name is empty or longer than `limits::NAME_BYTES_MAX`.
    BadName = 111,
    /// Two definitions of one kind share a name.
    DuplicateName = 112,
    /// Steps: none, too many, the first not at 0, not rising, or one without an alternative.
    BadSteps = 113,
    /// A policy number is out of range, or maximum waits move contacts in a circle.
    BadPolicy = 114,

    /// No contact ever had this number.
    UnknownContact = 201,
    /// No offer ever had this number.
    UnknownOffer = 202,
    /// No agent of this number, or name, is defined.
    UnknownAgent = 203,
    /// No queue of this number, or name, is defined.
    UnknownQueue = 204,
    /// No skill of this number, or name, is defined.
    UnknownSkill = 205,
    /// No site of this name is defined.
    UnknownSite = 206,
    /// No not-ready reason of this number is defined.
    UnknownReason = 207,
    /// No front end of this number has appeared.
    UnknownFrontEnd = 208,

    /// A deadline is due: apply `Tick` first.
    TickDue = 301,
    /// The contact has ended.
    ContactOver = 302,
    /// The offer was answered, failed or revoked already.
    OfferOver = 303,
    /// The contact is not in a state in which this is possible.
    WrongState = 304,
    /// The agent is signed out.
    NotSignedIn = 305,
    /// The agent cannot take an offer now (rule 4 a–c).
    AgentNotFree = 306,
    /// The agent is not in wrap-up of this contact.
    NotWrappingUp = 307,
    /// The queue is closed to new contacts, moves and transfers.
    QueueClosed = 308,
    /// The front end is absent.
    FrontEndAbsent = 309,
    /// The agent holds as many contacts of this channel as it may.
    AtCapacity = 310,
    /// A removed queue still has contacts, or a removed agent is signed in.
    DefinitionInUse = 311,

    /// The contact would wait where `max_waiting` wait already.
    QueueFull = 401,
    /// `limits::CONTACTS_MAX` contacts are live.
    TooManyContacts = 402,
    /// The chain of transfers is as long as `limits::HOPS_MAX`.
    TooManyHops = 403,
    /// More definitions of one kind than `limits` allows, removed ones counted.
    TooManyDefinitions = 404,
    /// More front ends than `limits::FRONT_ENDS_MAX`.
    TooManyFrontEnds = 405,

    /// Wrap-up of this queue is mandatory: the agent may not end it early.
    WrapUpMandatory = 501,
}

impl Rejection {
    /// Its number; the hundreds are its range.
    pub const fn number(self) -> u16 {
        self as u16
    }
}
