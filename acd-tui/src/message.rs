//! What the model is told: by the server, by the user, by time.

use acd_proto::event::Event;
use acd_proto::reply::Previewed;
use acd_proto::snapshot::Snapshot;
use acd_proto::statistics::Statistics;
use crossterm::event::{KeyEvent, MouseEvent};

use crate::acts::Outcome;
use crate::clock::Real;
use crate::model::{Resumed, Who};
use crate::trace::Trace;

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// The server said hello.
    Connected(Box<Connected>),
    /// The present state.
    Snapshot(Box<Snapshot>),
    /// Something happened.
    Event(Box<Event>),
    /// The connection is lost, or could not be made.
    Disconnected {
        /// Why, in words.
        why: String,
        /// The next attempt's number.
        attempt: u32,
        /// When it comes, from now.
        retry_in: Real,
    },
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has another size, or is ours again.
    Resized,
    /// A moment passed.
    Tick,
    /// A contact's life, or why it cannot be told.
    Traced {
        /// The contact asked about.
        contact: String,
        /// What came of it.
        told: Result<Box<Trace>, String>,
    },
    /// What was counted, or why that cannot be told.
    Counted(Result<Box<Statistics>, String>),
    /// What an act would do, or why it would be refused.
    Previewed {
        /// Of which form.
        idem: String,
        /// What the server says.
        told: Result<Box<Previewed>, String>,
    },
    /// What came of an act.
    Acted {
        /// Which one.
        idem: String,
        /// What came of it.
        outcome: Box<Outcome>,
    },
    /// What came of a copy or a file, in words.
    Said(String),
    /// The mouse did something.
    Mouse(MouseEvent),
}

/// What the server said at hello.
#[derive(Clone, Debug, Default)]
pub struct Connected {
    /// Who is watching whom.
    pub who: Who,
    /// IANA name of the city's time zone.
    pub time_zone: String,
    /// City seconds a real second.
    pub speed: u32,
    /// The city's time, µs UTC.
    pub now: u64,
    /// How it went on, when there was a connection before.
    pub resumed: Option<Resumed>,
}
