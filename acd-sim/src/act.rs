//! What the city's people do and what they see: the words between the world and what carries them,
//! the engine itself or a socket.

use acd_core::{
    AgentId, Channel, ContactId, EndCause, FailCause, FrontEndId, Nanos, OfferId, Party, Presence,
    QueueId, ReasonId, Timestamp, TransferTo,
};

use crate::city::{Visit, VisitId};

/// A front end that brings contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The telephone exchange: voice and callbacks, whose agents have a device.
    Telephone,
    /// The city's web site and mailbox.
    Online,
    /// The kiosks in the city's halls.
    Kiosks,
}

impl Source {
    /// Every front end, by number.
    pub const ALL: [Self; 3] = [Self::Telephone, Self::Online, Self::Kiosks];

    /// Which one brings contacts of this channel.
    pub const fn of(channel: Channel) -> Self {
        match channel {
            Channel::Voice | Channel::Callback => Self::Telephone,
            Channel::Chat | Channel::Email | Channel::Web => Self::Online,
            Channel::Kiosk => Self::Kiosks,
        }
    }

    /// Its name in `hello`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Telephone => "telephone",
            Self::Online => "online",
            Self::Kiosks => "kiosks",
        }
    }

    /// Its number where it is among the first to appear, in order.
    pub const fn front_end(self) -> FrontEndId {
        FrontEndId(self as u32 + 1)
    }
}

/// Who does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// A front end.
    FrontEnd(Source),
    /// An agent, at the desktop.
    Agent(AgentId),
}

/// One thing that somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// When it was meant to happen.
    pub at: Timestamp,
    /// Who does it.
    pub by: Actor,
    /// What.
    pub act: Act,
}

/// What somebody does. Each is one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A contact enters.
    Submit(Visit),
    /// The resident gives up.
    Abandon(ContactId),
    /// The resident wants to be called back, as soon as possible or after a length of time.
    Callback(ContactId, Option<Nanos>),
    /// The resident did not answer the callback.
    CallbackFailed(ContactId),
    /// The device rings.
    Ringing(OfferId),
    /// The offer is answered, by the device or at the desktop.
    Answer(OfferId),
    /// The device was not answered.
    Fail(OfferId, FailCause),
    /// The agent refuses at the desktop.
    Reject(OfferId),
    /// The contact is over.
    End(ContactId, EndCause, Party),
    /// The agent hands the contact on.
    Transfer(ContactId, TransferTo),
    /// The resident hears music.
    Hold(ContactId),
    /// The resident hears the agent again.
    Unhold(ContactId),
    /// The agent's leg is lost.
    Requeue(ContactId),
    /// An agent signs in.
    SignIn,
    /// An agent signs out.
    SignOut,
    /// An agent is ready.
    Ready,
    /// An agent takes a rest.
    NotReady(Option<ReasonId>),
    /// An agent has written down what there was to write.
    WrapDone(ContactId),
    /// An agent needs longer for it.
    WrapExtend(ContactId, Nanos),
}

/// Something that somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A contact's front end sees this of it.
    Contact(ContactId, ContactFact),
    /// An agent sees this at the desktop.
    Desk(AgentId, DeskFact),
}

/// What a front end sees of a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactFact {
    /// It waits in a queue, new; it is this visit's contact now.
    Queued(VisitId, QueueId),
    /// It waits in another queue.
    Moved(QueueId),
    /// It is offered to an agent.
    Offered(OfferId, AgentId),
    /// It waits again.
    Requeued,
    /// It is answered.
    Connected(AgentId),
    /// It is a callback now.
    TurnedCallback,
    /// It is a callback for later.
    Scheduled,
    /// It goes on as this contact, or outside.
    Transferred(Option<ContactId>),
    /// Its agent set it aside.
    Parked,
    /// Its agent took it up again.
    Resumed,
    /// It is over.
    Ended(EndCause),
}

/// What an agent sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskFact {
    /// A contact is offered that the desktop answers.
    Offered(OfferId, ContactId),
    /// What was offered at the desktop no longer is.
    OfferOver,
    /// A contact is over, and there is something to write down until then.
    WrapUp(ContactId, Timestamp),
    /// Its own presence changed, or was said again.
    Presence(Presence),
}
