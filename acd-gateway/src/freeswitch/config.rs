//! The adapter's configuration: one TOML file.

use std::path::Path;

use serde::Deserialize;

use super::lines::Settings;
use crate::config::{self, ConfigError};
use crate::route::Route;

/// A file such as
///
/// ```toml
/// name = "freeswitch-1"
///
/// [esl]
/// address = "127.0.0.1:8021"
/// password = "…"
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This front end's name at the server.
    #[serde(default = "name")]
    pub name: String,
    /// How to reach FreeSWITCH.
    pub esl: Esl,
    /// What callers hear while they wait, as `uuid_broadcast` takes it.
    #[serde(default = "music")]
    pub music: String,
    /// Where a caller goes whom the server refuses or gives back: `EXTEN XML CONTEXT`.
    #[serde(default = "fallback")]
    pub fallback: String,
    /// The context where transfers to numbers outside go on.
    #[serde(default)]
    pub outside_context: Option<String>,
    /// Which queue a call goes to, besides what the dialplan says.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
}

/// How to reach FreeSWITCH.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Esl {
    /// `listen-ip` and `listen-port` of `event_socket.conf.xml`.
    #[serde(default = "address")]
    pub address: String,
    /// Its password.
    pub password: String,
}

impl std::fmt::Debug for Esl {
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Esl").field("address", &self.address).finish_non_exhaustive()
    }
}

fn name() -> String {
    "freeswitch-1".into()
}

fn music() -> String {
    "local_stream://moh".into()
}

fn fallback() -> String {
    "acd_fallback XML default".into()
}

fn address() -> String {
    "127.0.0.1:8021".into()
}

impl Config {
    /// Reads and checks a file, which only its owner may read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::read(&config::read_private(path)?)
    }

    /// Reads and checks a text.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config::address("esl.address", &config.esl.address)?;
        config::routes(&config.routes)?;
        let line = [
            ("esl.password", &config.esl.password),
            ("music", &config.music),
            ("fallback", &config.fallback),
        ];
        for (field, got) in line {
            if got.is_empty() || got.contains(char::is_control) {
                let (got, expected) = (got.clone(), "a text of one line");
                return Err(ConfigError::Value { field, got, expected });
            }
        }
        Ok(config)
    }

    /// What the translation depends on.
    pub fn settings(&self) -> Settings {
        Settings {
            music: self.music.clone(),
            fallback: self.fallback.clone(),
            outside: self.outside_context.clone(),
            routes: self.routes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_documentation_and_what_is_wrong_is_named() {
        let config = Config::read("esl = { password = \"ClueCon\" }").unwrap();
        assert_eq!((&*config.name, &*config.esl.address), ("freeswitch-1", "127.0.0.1:8021"));
        assert_eq!(config.fallback, "acd_fallback XML default");
        assert!(!format!("{config:?}").contains("ClueCon"), "a password is not shown");
        let said = |text: &str| Config::read(text).unwrap_err().to_string();
        let wrong = said("esl = { password = \"a\\nb\" }");
        assert_eq!(wrong, "esl.password: got \"a\\nb\", want a text of one line");
        assert!(said("").contains("missing field `esl`"));
    }
}
