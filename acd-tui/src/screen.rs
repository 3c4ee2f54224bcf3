//! The screens that work, and what each remembers. Digits are kept for screens alone.

use crate::filter::Filter;

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    /// All queues, the agents, what happened.
    Overview,
    /// One queue: who waits in it.
    Queue,
    /// Every agent.
    Agents,
    /// One contact's life, every decision explained.
    Trace,
    /// The server itself.
    Engine,
    /// What is bad, and what was.
    Alerts,
    /// Everything that happened.
    Log,
}

/// What a screen's list is like: kept while other screens are shown.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// What the cursor stands on, by its name or id.
    pub selected: Option<String>,
    /// What is shown.
    pub filter: Filter,
    /// Which order, of those the screen has.
    pub sort: usize,
    /// The other way round.
    pub reversed: bool,
}

impl Screen {
    /// Every screen, in the order of the tabs.
    pub const ALL: [Self; 7] = [
        Self::Overview,
        Self::Queue,
        Self::Agents,
        Self::Trace,
        Self::Engine,
        Self::Alerts,
        Self::Log,
    ];

    /// The digit that shows it. Each keeps its own, whichever others work.
    pub const fn digit(self) -> char {
        match self {
            Self::Overview => '1',
            Self::Queue => '2',
            Self::Agents => '3',
            Self::Trace => '4',
            Self::Engine => '5',
            Self::Alerts => '6',
            Self::Log => '8',
        }
    }

    /// As on its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Queue => "Queue",
            Self::Agents => "Agents",
            Self::Trace => "Trace",
            Self::Engine => "Engine",
            Self::Alerts => "Alerts",
            Self::Log => "Log",
        }
    }

    /// As arguments and programs say it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Queue => "queue",
            Self::Agents => "agents",
            Self::Trace => "trace",
            Self::Engine => "engine",
            Self::Alerts => "alerts",
            Self::Log => "log",
        }
    }

    /// The screen of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.name() == name)
    }

    /// The screen of a digit.
    pub fn of_digit(digit: char) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.digit() == digit)
    }
}
