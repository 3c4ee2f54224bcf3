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
    /// Was chosen.
    pub chosen: &'static str,
    /// Leads back.
    pub back: &'static str,
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
    chosen: "✓",
    back: "‹",
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
    chosen: ">",
    back: "<",
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

/// Which colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// For a dark terminal.
    #[default]
    Default,
    /// For a light one.
    Light,
    /// Told apart by people who see colours differently: Okabe and Ito's, in the 256 nearest.
    OkabeIto,
    /// None: attributes alone.
    Mono,
}

impl Palette {
    /// Every palette, as `t` goes through them.
    pub const ALL: [Self; 4] = [Self::Default, Self::Light, Self::OkabeIto, Self::Mono];

    /// As people and files call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Light => "light",
            Self::OkabeIto => "okabe-ito",
            Self::Mono => "mono",
        }
    }

    /// The one of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|palette| palette.name() == name)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    const fn colours(self) -> Option<Colours> {
        match self {
            Self::Default => Some(Colours {
                good: Color::Green,
                warn: Color::Yellow,
                critical: Color::LightRed,
                bar: Color::Cyan,
                key: Color::Cyan,
                frame: Color::DarkGray,
            }),
            // Dark shades of the 256 that every terminal with colours has: yellow on white is
            // not to be read.
            Self::Light => Some(Colours {
                good: Color::Indexed(22),
                warn: Color::Indexed(94),
                critical: Color::Indexed(124),
                bar: Color::Indexed(24),
                key: Color::Indexed(24),
                frame: Color::Indexed(245),
            }),
            Self::OkabeIto => Some(Colours {
                good: Color::Indexed(74),
                warn: Color::Indexed(178),
                critical: Color::Indexed(166),
                bar: Color::Indexed(36),
                key: Color::Indexed(74),
                frame: Color::DarkGray,
            }),
            Self::Mono => None,
        }
    }
}

/// The colours of a palette, by what they mean.
#[derive(Clone, Copy, Debug)]
struct Colours {
    good: Color,
    warn: Color,
    critical: Color,
    bar: Color,
    key: Color,
    frame: Color,
}

/// Styles and characters.
#[derive(Clone, Debug)]
pub struct Theme {
    /// The characters.
    pub glyphs: Glyphs,
    palette: Palette,
}

impl Theme {
    /// Of these colours; in Unicode or ASCII.
    pub const fn new(palette: Palette, ascii: bool) -> Self {
        Self { glyphs: if ascii { ASCII } else { UNICODE }, palette }
    }

    /// The style of a tone. Bold and the like say the same where there are no colours.
    pub const fn style(&self, tone: Tone) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let Some(colours) = self.palette.colours() else {
            return match tone {
                Tone::Plain | Tone::Good | Tone::Bar => plain,
                Tone::Dim => plain.add_modifier(Modifier::DIM),
                Tone::Strong | Tone::Warn | Tone::Key => bold,
                Tone::Critical => bold.add_modifier(Modifier::UNDERLINED),
            };
        };
        match tone {
            Tone::Plain => plain,
            Tone::Dim => plain.add_modifier(Modifier::DIM),
            Tone::Strong => bold,
            Tone::Good => plain.fg(colours.good),
            Tone::Bar => plain.fg(colours.bar),
            Tone::Key => bold.fg(colours.key),
            Tone::Warn => bold.fg(colours.warn),
            Tone::Critical => bold.fg(colours.critical),
        }
    }

    /// The style of a panel's frame.
    pub const fn frame(&self) -> Style {
        match self.palette.colours() {
            Some(colours) => Style::new().fg(colours.frame),
            None => Style::new(),
        }
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
        let theme = Theme::new(Palette::Default, false);
        assert_eq!(theme.sparkline(&[0, 1, 2, 7], 10), "▁▂▃█");
        assert_eq!(theme.sparkline(&[0, 0, 1], 10), "▁▁▂");
        assert_eq!(theme.sparkline(&[0, 10, 100], 10), "▁▂█");
        assert_eq!(theme.sparkline(&[9, 0, 0], 2), "▁▁");
        assert_eq!(theme.sparkline(&[], 4), "");
        assert_eq!(theme.sparkline(&[u32::MAX, 0], 4), "█▁");
        assert_eq!(Theme::new(Palette::Default, true).sparkline(&[0, 1, 2, 7], 10), "_.:#");
    }

    #[test]
    fn without_colour_no_style_names_one() {
        let mono = Theme::new(Palette::Mono, false);
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

    #[test]
    fn in_every_palette_what_is_critical_stands_out_from_a_warning_and_from_the_rest() {
        for palette in Palette::ALL {
            let theme = Theme::new(palette, false);
            let [plain, warn, critical] =
                [Tone::Plain, Tone::Warn, Tone::Critical].map(|tone| theme.style(tone));
            assert!(plain != warn && warn != critical && critical != plain, "{palette:?}");
            assert_eq!(Palette::of_name(palette.name()), Some(palette));
        }
        assert_eq!(Palette::Mono.next(), Palette::Default);
    }
}
