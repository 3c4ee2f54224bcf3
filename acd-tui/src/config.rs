//! The user's file: how the screen looks, what the keys do, from which values on something is bad.
//!
//! ```toml
//! theme = "light"             # default, light, okabe-ito, mono
//! ascii = false               # draw with ASCII characters only
//! mouse = false
//! bell = false                # ring when something becomes critical
//!
//! [keys]                      # names as the help of docs/TERMINAL.md lists them
//! pause = "ctrl-p"
//! quit = ["q", "ctrl-c"]
//!
//! [alerts.default]            # warn, critical; see `alerts`
//! waiting = [20, 40]
//! [alerts.queue.water]
//! longest_wait_s = [60, 120]
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::alerts::{LimitsError, Thresholds};
use crate::keys::{Bound, Keys, KeysError};
use crate::theme::Palette;

/// The largest file that is read.
const BYTES_MAX: u64 = 256 * 1024;

/// What the file says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    theme: Option<String>,
    /// Draw with ASCII characters only.
    pub ascii: bool,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// Whether what is critical rings.
    pub bell: bool,
    keys: BTreeMap<String, Bound>,
    /// From which values on something is bad.
    pub alerts: Thresholds,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {source}", file.display())]
    Read {
        /// Which.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no TOML, or has members that mean nothing.
    #[error("{}: {source}", file.display())]
    Toml {
        /// Which.
        file: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A theme that there is not.
    #[error("theme = {0:?}: expected default, light, okabe-ito or mono")]
    Theme(String),
    /// Keys that cannot be.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// Limits that make no sense.
    #[error(transparent)]
    Limits(#[from] LimitsError),
}

impl File {
    /// Reads and checks a file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let wrong = |source| ConfigError::Read { file: file.to_owned(), source };
        let size = std::fs::metadata(file).map_err(wrong)?.len();
        if size > BYTES_MAX {
            return Err(wrong(io::Error::other(format!("{size} bytes, {BYTES_MAX} at most"))));
        }
        let text = std::fs::read_to_string(file).map_err(wrong)?;
        let read = Self::parse(&text).map_err(|source| ConfigError::Toml {
            file: file.to_owned(),
            source: Box::new(source),
        })?;
        read.palette()?;
        read.keys()?;
        read.alerts.check()?;
        Ok(read)
    }

    fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// The colours it asks for.
    pub fn palette(&self) -> Result<Palette, ConfigError> {
        let name = self.theme.as_deref().unwrap_or("default");
        Palette::of_name(name).ok_or_else(|| ConfigError::Theme(name.to_owned()))
    }

    /// The keys it leaves or binds.
    pub fn keys(&self) -> Result<Keys, ConfigError> {
        let mut keys = Keys::default();
        keys.bind(&self.keys)?;
        Ok(keys)
    }
}

/// Where the file is when nobody names it: `$XDG_CONFIG_HOME/acd/top.toml`, or that of
/// `~/.config`; none where there is none.
pub fn default_file() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")))?;
    Some(home.join("acd/top.toml")).filter(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_in_the_head_of_this_one_is_one() {
        let head: Vec<_> = include_str!("config.rs")
            .lines()
            .skip_while(|line| !line.contains("```toml"))
            .skip(1)
            .take_while(|line| !line.contains("```"))
            .map(|line| line.trim_start_matches("//!"))
            .collect();
        let file = File::parse(&head.join("\n")).expect("it is TOML");
        assert_eq!(file.palette().expect("a theme"), Palette::Light);
        file.keys().expect("keys that are free");
        file.alerts.check().expect("limits");
    }

    #[test]
    fn what_means_nothing_is_named() {
        for text in ["colour = 1", "keys = 1", "[alerts.default]\nwaitin = [1, 2]"] {
            assert!(File::parse(text).is_err(), "{text}");
        }
        let file = File::parse("theme = \"pink\"").expect("it is TOML");
        let error = file.palette().expect_err("no such theme").to_string();
        assert_eq!(error, "theme = \"pink\": expected default, light, okabe-ito or mono");
        let gone = File::load(Path::new("/nowhere/top.toml")).expect_err("no such file");
        assert!(gone.to_string().starts_with("/nowhere/top.toml: "), "{gone}");
    }
}
