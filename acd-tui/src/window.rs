//! The length of time that counts are shown of: 15 minutes and the day come with every snapshot,
//! 5 and 60 minutes are asked for while they are looked at.

use acd_proto::snapshot::{Counts, QueueRow};
use acd_proto::statistics::{Figures, Statistics};

use crate::clock::Real;
use crate::model::Model;
use crate::screen::Screen;

/// The least real time between two questions.
pub const ASK_EVERY: Real = Real::from_secs(2);

/// A length of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// 5 minutes.
    Five,
    /// 15 minutes.
    #[default]
    Fifteen,
    /// An hour.
    Sixty,
    /// Since midnight.
    Day,
}

impl Window {
    /// Every window, the shortest first.
    pub const ALL: [Self; 4] = [Self::Five, Self::Fifteen, Self::Sixty, Self::Day];

    /// As shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Five => "5m",
            Self::Fifteen => "15m",
            Self::Sixty => "60m",
            Self::Day => "day",
        }
    }

    /// Heading of the service level beside its goal.
    pub const fn level_heading(self) -> &'static str {
        match self {
            Self::Five => "5m SL /GOAL",
            Self::Fifteen => "15m SL /GOAL",
            Self::Sixty => "60m SL /GOAL",
            Self::Day => "day SL /GOAL",
        }
    }

    /// The next longer one, or the next shorter; the last one stays.
    #[must_use]
    pub fn step(self, longer: bool) -> Self {
        let at = self as usize;
        let to = if longer { at + 1 } else { at.saturating_sub(1) };
        Self::ALL[to.min(Self::ALL.len() - 1)]
    }

    /// What a queue did in it, where that is known.
    pub fn counts(self, row: &QueueRow, counted: Option<&Statistics>) -> Counts {
        let queues = counted.and_then(|counted| counted.queues.as_deref()).unwrap_or_default();
        let of = || queues.iter().find(|of| of.queue.as_deref() == Some(row.queue.as_str()));
        match self {
            Self::Fifteen => row.interval,
            Self::Day => row.today,
            Self::Five => of().map(|of| counts(&of.m5)).unwrap_or_default(),
            Self::Sixty => of().map(|of| counts(&of.m60)).unwrap_or_default(),
        }
    }
}

fn counts(figures: &Figures) -> Counts {
    Counts {
        entered: figures.entered,
        offered: figures.answered + figures.abandoned,
        answered: figures.answered,
        answered_in_threshold: figures.answered_in_threshold,
        abandoned: figures.abandoned,
        flow_out: figures.flow_out,
        asa_ms: figures.asa_ms,
        service_level: figures.service_level.get("offered").copied().flatten(),
    }
}

/// Whether the screen shows what only the server's statistics tell.
pub fn wants_statistics(model: &Model) -> bool {
    let lists = matches!(model.screen, Screen::Overview | Screen::Queue);
    !model.replay
        && (model.screen == Screen::Queue
            || (lists && matches!(model.window, Window::Five | Window::Sixty)))
}

#[cfg(test)]
mod tests {
    use acd_proto::statistics::QueueStatistics;

    use super::*;

    #[test]
    fn windows_get_longer_and_shorter_and_end() {
        assert_eq!(Window::default().title(), "15m");
        let longest = Window::Five.step(true).step(true).step(true).step(true);
        assert_eq!(longest, Window::Day);
        assert_eq!(Window::Fifteen.step(false).step(false), Window::Five);
    }

    #[test]
    fn counts_come_from_the_snapshot_or_from_the_statistics() {
        let interval = Counts { answered: 15, ..Counts::default() };
        let today = Counts { answered: 99, ..Counts::default() };
        let row = QueueRow { queue: "water".into(), interval, today, ..QueueRow::default() };
        let m5 = Figures {
            answered: 3,
            abandoned: 1,
            service_level: [("offered".into(), Some(75.0))].into(),
            ..Figures::default()
        };
        let water = QueueStatistics { queue: Some("water".into()), m5, ..Default::default() };
        let counted = Statistics { queues: Some(vec![water]), ..Statistics::default() };
        let of = |window: Window, counted| window.counts(&row, counted);
        assert_eq!(of(Window::Fifteen, None).answered, 15);
        assert_eq!(of(Window::Day, None).answered, 99);
        assert_eq!(of(Window::Five, None), Counts::default());
        let five = of(Window::Five, Some(&counted));
        assert_eq!((five.offered, five.service_level), (4, Some(75.0)));
    }
}
