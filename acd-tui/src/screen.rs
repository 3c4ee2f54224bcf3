//! The screens that work. Each has its digit; digits are kept for screens alone.

/// A screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// All queues, the agents, what happened.
    Overview,
}

impl Screen {
    /// Every screen, in the order of the tabs.
    pub const ALL: [Self; 1] = [Self::Overview];

    /// The digit that shows it.
    pub const fn digit(self) -> char {
        match self {
            Self::Overview => '1',
        }
    }

    /// As on its tab.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
        }
    }

    /// The screen of a digit.
    pub fn of_digit(digit: char) -> Option<Self> {
        Self::ALL.into_iter().find(|screen| screen.digit() == digit)
    }
}
