//! The adapter's configuration: one TOML file.

use std::path::Path;

use serde::Deserialize;

use crate::config::{self, ConfigError};
use crate::route::Route;

/// A file such as
///
/// ```toml
/// name = "kamailio-1"
///
/// [evapi]
/// address = "127.0.0.1:8448"
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This front end's name at the server.
    #[serde(default = "name")]
    pub name: String,
    /// How to reach Kamailio.
    #[serde(default)]
    pub evapi: Evapi,
    /// Which queue a call goes to, besides what `kamailio.cfg` says.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
}

/// How to reach Kamailio.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Evapi {
    /// `bind_addr` of the module `evapi`.
    pub address: String,
}

impl Default for Evapi {
    fn default() -> Self {
        Self { address: "127.0.0.1:8448".into() }
    }
}

fn name() -> String {
    "kamailio-1".into()
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::read(&std::fs::read_to_string(path)?)
    }

    /// Reads and checks a text.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config::address("evapi.address", &config.evapi.address)?;
        config::routes(&config.routes)?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_defaults_of_the_documentation_and_wrong_ones_are_named() {
        let config = Config::read("").unwrap();
        assert_eq!((&*config.name, &*config.evapi.address), ("kamailio-1", "127.0.0.1:8448"));
        let said = |text: &str| Config::read(text).unwrap_err().to_string();
        let address = said("evapi = { address = \"pbx\" }");
        assert_eq!(address, "evapi.address: got \"pbx\", want HOST:PORT");
        let prio = said("[[route]]\nqueue = \"general\"\nprio = 10");
        assert_eq!(prio, "route.prio: got \"10\", want 0 to 9");
    }
}
