//! How things look: a style for each meaning, and the characters drawn.
//!
//! Colour is never the only signal: each severity has a marker, and the theme without colours
//! tells the same by attributes. It names no colour at all, because under `NO_COLOR` a change of
//! colour is written as a reset that would drop bold too.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;

use crate::judge::Severity;

/// What a text means, which decides its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ordinary.
    Plain,
    /// Of little weight: zeros, dashes, units.
    Dim,
    /// Headings and totals.
    Strong,
    /// All is well.
    Good,
    /// To be watched.
    Warn,
    /// To be acted on.
    Critical,
    /// Sparklines and bars.
    Bar,
    /// What keys are called.
    Key,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Calm => Self::Plain,
            Severity::Warn => Self::Warn,
            Severity::Critical => Self::Critical,
        }
    }
}

/// The characters drawn, each one column wide.
#[derive(Clone, Debug)]
pub struct Glyphs {
    /// A warning.
    pub warn: &'static str,
    /// A critical state.
    pub critical: &'static str,
    /// A number below its target.
    pub below: &'static str,
    /// Connected.
    pub live: &'static str,
    /// Not connected.
    pub stale: &'static str,
    /// The screen stands still by request.
    pub paused: &'static str,
    /// Agents: ready, ringing, busy, wrap-up, not ready, signed out.
    pub agents: [&'static str; 6],
    /// Between things of one line.
    pub dot: &'static str,
    /// Points at the number before it.
    pub pointer: &'static str,
    /// A bar.
    pub bar: &'static str,
    /// Between groups of columns.
    pub divider: &'static str,
    /// Something was cut off.
    pub ellipsis: &'static str,
    /// Times.
    pub times: &'static str,
    /// Rising and falling order.
    pub order: [&'static str; 2],
    /// Eighths of a sparkline.
    pub ramp: [&'static str; 8],
    /// Frames of panels.
    pub border: border::Set<'static>,
    /// Whether everything must be ASCII.
    pub ascii: bool,
}

const UNICODE: Glyphs = Glyphs {
    warn: "▲",
    critical: "■",
    below: "▼",
    live: "●",
    stale: "✗",
    paused: "‖",
    agents: ["○", "◔", "●", "◐", "◌", "·"],
    dot: "·",
    pointer: "←",
    bar: "█",
    divider: "│",
    ellipsis: "…",
    times: "×",
    order: ["▲", "▼"],
    ramp: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    border: border::PLAIN,
    ascii: false,
};

const ASCII: Glyphs = Glyphs {
    warn: "!",
    critical: "X",
    below: "v",
    live: "*",
    stale: "x",
    paused: "=",
    agents: ["o", "r", "*", "w", "-", "."],
    dot: ".",
    pointer: "<",
    bar: "#",
    divider: "|",
    ellipsis: "~",
    times: "x",
    order: ["^", "v"],
    ramp: ["_", ".", ":", "-", "=", "+", "*", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    ascii: true,
};

/// Styles and characters.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The characters.
    pub glyphs: Glyphs,
    colour: bool,
}

impl Theme {
    /// With or without colours; in Unicode or ASCII.
    pub const fn new(colour: bool, ascii: bool) -> Self {
        Self { glyphs: if ascii { ASCII } else { UNICODE }, colour }
    }

    /// The style of a tone.
    pub const fn style(&self, tone: Tone) -> Style {
        let plain = Style::new();
        match (tone, self.colour) {
            (Tone::Plain, _) | (Tone::Good | Tone::Bar, false) => plain,
            (Tone::Dim, _) => plain.add_modifier(Modifier::DIM),
            (Tone::Strong, _) | (Tone::Warn | Tone::Key, false) => {
                plain.add_modifier(Modifier::BOLD)
            }
            (Tone::Critical, false) => {
                plain.add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED)
            }
            (Tone::Good, true) => plain.fg(Color::Green),
            (Tone::Bar, true) => plain.fg(Color::Cyan),
            (Tone::Key, true) => plain.fg(Color::Cyan).add_modifier(Modifier::BOLD),
            (Tone::Warn, true) => plain.fg(Color::Yellow).add_modifier(Modifier::BOLD),
            (Tone::Critical, true) => plain.fg(Color::LightRed).add_modifier(Modifier::BOLD),
        }
    }

    /// The style of a panel's frame.
    pub const fn frame(&self) -> Style {
        if self.colour { Style::new().fg(Color::DarkGray) } else { Style::new() }
    }

    /// The first line while the connection is lost.
    pub const fn banner(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD)
    }

    /// What the cursor stands on.
    pub const fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The marker of a severity, or a space.
    pub const fn marker(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Calm => " ",
            Severity::Warn => self.glyphs.warn,
            Severity::Critical => self.glyphs.critical,
        }
    }

    /// A series as a sparkline of its newest `columns` values. The scale is the series' own, but
    /// never finer than one contact a step, so that one who waits does not look like a crowd.
    pub fn sparkline(&self, series: &[u32], columns: usize) -> String {
        let shown = &series[series.len().saturating_sub(columns)..];
        let steps = self.glyphs.ramp.len() - 1;
        let full = shown.iter().copied().max().unwrap_or(0).max(steps as u32);
        let step = |value: u32| (u64::from(value) * steps as u64).div_ceil(u64::from(full));
        shown.iter().map(|value| self.glyphs.ramp[step(*value) as usize]).collect()
    }

    /// A safe text in the characters this theme may draw.
    pub fn text(&self, safe: &str) -> String {
        if self.glyphs.ascii { crate::safe::ascii(safe) } else { safe.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sparkline_is_scaled_to_its_peak_but_never_exaggerates() {
        let theme = Theme::new(true, false);
        assert_eq!(theme.sparkline(&[0, 1, 2, 7], 10), "▁▂▃█");
        assert_eq!(theme.sparkline(&[0, 0, 1], 10), "▁▁▂");
        assert_eq!(theme.sparkline(&[0, 10, 100], 10), "▁▂█");
        assert_eq!(theme.sparkline(&[9, 0, 0], 2), "▁▁");
        assert_eq!(theme.sparkline(&[], 4), "");
        assert_eq!(theme.sparkline(&[u32::MAX, 0], 4), "█▁");
        assert_eq!(Theme::new(true, true).sparkline(&[0, 1, 2, 7], 10), "_.:#");
    }

    #[test]
    fn without_colour_no_style_names_one() {
        let mono = Theme::new(false, false);
        let tones = [
            Tone::Plain,
            Tone::Dim,
            Tone::Strong,
            Tone::Good,
            Tone::Warn,
            Tone::Critical,
            Tone::Bar,
            Tone::Key,
        ];
        let styles = tones.map(|tone| mono.style(tone));
        for style in styles.into_iter().chain([mono.frame(), mono.banner(), mono.selected()]) {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_ne!(mono.style(Tone::Warn), mono.style(Tone::Critical));
    }
}
