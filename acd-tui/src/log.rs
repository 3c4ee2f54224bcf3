//! The lines of the events panel: bounded, newest first, repetitions joined.

use std::collections::VecDeque;

use crate::words::Line;

/// Lines kept of each kind.
const LINES_MAX: usize = 300;
/// Notable lines of one group within this time become one line with a count.
const JOIN_US: u64 = 60_000_000;
/// How far back a line is looked for to join.
const JOIN_LINES: usize = 8;

/// What was told so far. Notable lines are kept apart, so that routine cannot push them out.
#[derive(Clone, Debug, Default)]
pub struct Log {
    notable: VecDeque<Line>,
    all: VecDeque<Line>,
    /// Lines so far.
    pushed: u64,
}

impl Log {
    /// Adds a line.
    pub fn push(&mut self, mut line: Line) {
        self.pushed += 1;
        line.number = self.pushed;
        if line.notable {
            self.push_notable(line.clone());
        }
        self.all.push_front(line);
        self.all.truncate(LINES_MAX);
    }

    /// Newest first: everything, or only what is notable.
    pub fn lines(&self, all: bool) -> impl Iterator<Item = &Line> {
        if all { self.all.iter() } else { self.notable.iter() }
    }

    fn push_notable(&mut self, mut line: Line) {
        let same = |old: &Line| old.group == line.group && old.ts + JOIN_US >= line.ts;
        if let Some(at) = self.notable.iter().take(JOIN_LINES).position(same)
            && let Some(old) = self.notable.remove(at)
        {
            line.times = old.times.saturating_add(1);
        }
        self.notable.push_front(line);
        self.notable.truncate(LINES_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::acts::About;
    use crate::judge::Severity;

    fn line(s: u64, group: &str, notable: bool) -> Line {
        Line {
            ts: s * 1_000_000,
            severity: Severity::Warn,
            notable,
            queue: None,
            text: format!("{group} at {s}"),
            group: group.into(),
            times: 1,
            number: 0,
            about: About::default(),
        }
    }

    fn notable(log: &Log) -> Vec<(&str, u32)> {
        log.lines(false).map(|line| (line.text.as_str(), line.times)).collect()
    }

    #[test]
    fn repetitions_within_a_minute_are_joined() {
        let mut log = Log::default();
        for (s, group) in [(0, "left water"), (10, "left parking"), (30, "left water")] {
            log.push(line(s, group, true));
        }
        assert_eq!(notable(&log), [("left water at 30", 2), ("left parking at 10", 1)]);
        log.push(line(91, "left water", true));
        assert_eq!(notable(&log)[0], ("left water at 91", 1));
        assert_eq!(log.lines(true).count(), 4, "the whole story stays whole");
    }

    #[test]
    fn routine_does_not_push_out_what_is_notable() {
        let mut log = Log::default();
        log.push(line(0, "gone", true));
        for s in 0..2 * LINES_MAX as u64 {
            log.push(line(s, "routine", false));
        }
        assert_eq!(notable(&log), [("gone at 0", 1)]);
        assert_eq!(log.lines(true).count(), LINES_MAX);
    }
}
