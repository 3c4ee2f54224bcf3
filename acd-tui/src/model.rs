//! What the screen is drawn from: the newest snapshot, the events, the connection, the user's
//! wishes. Plain data; only [`update`](crate::update) changes it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use acd_proto::snapshot::{QueueRow, Snapshot};
use acd_proto::statistics::Statistics;

use crate::acts::Form;
use crate::alerts::{Alerts, Subject, Thresholds};
use crate::ask::{ASKS_MAX, Ask};
use crate::clock::{Clock, Real};
use crate::keys::Keys;
use crate::log::Log;
use crate::screen::{List, Screen};
use crate::theme::Palette;
use crate::trace::Traced;
use crate::window::Window;

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    /// Where the server is, as the user knows it.
    pub address: String,
    /// Real time of the newest message.
    pub real: Real,
    /// The connection.
    pub link: Link,
    /// Who is watching whom.
    pub who: Who,
    /// What the server says, recorded even while the screen stands still.
    pub live: Picture,
    /// What is shown instead while the screen stands still.
    pub frozen: Option<Box<Frozen>>,
    /// The screen shown.
    pub screen: Screen,
    /// Screens to go back to, the last one last.
    pub trail: Vec<Screen>,
    /// What each screen remembers, in the order of [`Screen::ALL`].
    pub lists: [List; Screen::ALL.len()],
    /// The queue of the queue screen.
    pub queue: Option<String>,
    /// Whether events of routine are told too.
    pub all_events: bool,
    /// What lies over the screen.
    pub overlay: Overlay,
    /// What the last key could not do; shown until the next.
    pub complaint: Option<String>,
    /// From which values on something is bad.
    pub thresholds: Thresholds,
    /// What the keys do.
    pub keys: Keys,
    /// The colours.
    pub palette: Palette,
    /// Whether the colours may be changed; not where the user wants none.
    pub may_colour: bool,
    /// Whether what is critical rings.
    pub bell: bool,
    /// Whether callers' numbers are shown whole.
    pub reveal: bool,
    /// Whether acts are allowed.
    pub ops: bool,
    /// Whether a recording is played instead of a server.
    pub replay: bool,
    /// What tells this program's acts from those of others of the same name.
    pub session: String,
    /// Acts asked for so far.
    pub acts: u64,
    /// The length of time that counts are shown of.
    pub window: Window,
    /// When statistics were asked for last.
    pub counted_at: Option<Real>,
    /// The contact of the trace screen.
    pub trace: Option<Traced>,
    /// What is to be done outside.
    pub asks: VecDeque<Ask>,
    /// Where what can be clicked stands, as drawn last.
    pub places: Places,
}

/// Where what can be clicked stands on the terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The tabs: row, first and last column, screen.
    pub tabs: Vec<(u16, u16, u16, Screen)>,
    /// The rows of the screen's list: first and last row of the terminal, and the first one's
    /// place in the list.
    pub rows: Option<(u16, u16, usize)>,
}

/// Who is watching whom.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// The city's name.
    pub city: String,
    /// The watcher's role.
    pub role: String,
    /// The watcher's name.
    pub name: String,
}

/// The connection to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Up.
    Live {
        /// What to say about the resumption, and until when.
        resumed: Option<(Resumed, Real)>,
    },
    /// Not up, or not yet.
    Down {
        /// Since when.
        since: Real,
        /// Why, in words.
        why: String,
        /// The next attempt's number.
        attempt: u32,
        /// When it comes.
        next_at: Real,
    },
}

/// How the connection went on after a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// The newest event.
    pub seq: u64,
    /// Events sent again; none when they were no longer to be had.
    pub events: Option<u64>,
}

/// What the server says.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The city's clock.
    pub clock: Clock,
    /// The newest snapshot.
    pub snapshot: Option<Snapshot>,
    /// When it came.
    pub taken: Real,
    /// The newest statistics, while they are looked at.
    pub counted: Option<Box<Statistics>>,
    /// What happened.
    pub log: Log,
    /// Offers that went unanswered, oldest first; the last 15 minutes.
    pub unanswered: VecDeque<Unanswered>,
    /// What is bad, and since when.
    pub alerts: Alerts,
}

/// An offer that went unanswered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unanswered {
    /// When, µs UTC.
    pub ts: u64,
    /// Whose contact it was.
    pub queue: Arc<str>,
}

/// A picture that stands still.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// The picture.
    pub picture: Picture,
    /// Since when.
    pub at: Real,
}

/// What lies over the screen and gets the keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The table of keys; what of it is looked for.
    Help {
        /// What is typed, once it is looked for.
        looked_for: Option<String>,
    },
    /// The acts there are.
    Acts,
    /// An act being asked for.
    Act(Box<Form>),
    /// A line being typed.
    Line {
        /// What for.
        purpose: Purpose,
        /// What is typed.
        typed: String,
    },
}

/// What a line is typed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// What is shown, after `/`; and what it said before.
    Filter {
        /// What it said before.
        before: String,
    },
    /// Where to go, after `:`.
    Command,
    /// What to say to an alert.
    Note(Subject),
}

impl Model {
    /// Nothing is known yet; the connection to `address` is being made.
    pub fn new(address: &str) -> Self {
        Self {
            address: crate::safe::text(address),
            real: Real::ZERO,
            link: Link::Down {
                since: Real::ZERO,
                why: String::new(),
                attempt: 1,
                next_at: Real::ZERO,
            },
            who: Who::default(),
            live: Picture::default(),
            frozen: None,
            screen: Screen::Overview,
            trail: Vec::new(),
            lists: Default::default(),
            queue: None,
            all_events: false,
            overlay: Overlay::None,
            complaint: None,
            thresholds: Thresholds::default(),
            keys: Keys::default(),
            palette: Palette::default(),
            may_colour: true,
            bell: false,
            reveal: false,
            ops: false,
            replay: false,
            session: "top".into(),
            acts: 0,
            window: Window::default(),
            counted_at: None,
            trace: None,
            asks: VecDeque::new(),
            places: Places::default(),
        }
    }

    /// Wants something done outside.
    pub fn ask(&mut self, ask: Ask) {
        if self.asks.len() == ASKS_MAX {
            self.asks.pop_front();
        }
        self.asks.push_back(ask);
    }

    /// What the screen shown remembers.
    pub fn list(&self) -> &List {
        &self.lists[self.screen as usize]
    }

    /// What the screen shown remembers.
    pub fn list_mut(&mut self) -> &mut List {
        &mut self.lists[self.screen as usize]
    }

    /// What is shown, and as of which real time.
    pub fn shown(&self) -> (&Picture, Real) {
        match &self.frozen {
            Some(frozen) => (&frozen.picture, frozen.at),
            None => (&self.live, self.real),
        }
    }

    /// Whether the numbers shown are old.
    pub const fn is_stale(&self) -> bool {
        matches!(self.link, Link::Down { .. })
    }
}

/// A snapshot stands for so long; the next one is late then.
const FRESH_FOR: Duration = Duration::from_millis(1_500);

impl Picture {
    /// How much of the city's time waits have grown since the snapshot, in milliseconds. While it
    /// is fresh they are what it says: where the city's time is compressed, a second is a minute,
    /// and by then most of those who wait are answered.
    pub fn since_snapshot_ms(&self, real: Real) -> u64 {
        if self.silent_for(real) < FRESH_FOR {
            return 0;
        }
        self.snapshot.as_ref().map_or(0, |snapshot| self.clock.age_ms(snapshot.now, real))
    }

    /// A queue's longest wait by now: it keeps growing between snapshots, and without them.
    pub fn longest_ms(&self, row: &QueueRow, real: Real) -> Option<u64> {
        row.longest_ms.map(|ms| ms.saturating_add(self.since_snapshot_ms(real)))
    }

    /// Real time since the newest snapshot.
    pub const fn silent_for(&self, real: Real) -> Duration {
        real.saturating_sub(self.taken)
    }
}
