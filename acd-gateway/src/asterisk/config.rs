//! The adapter's configuration: one TOML file.

use std::path::Path;

use serde::Deserialize;

use super::http::Place;
use super::translate::{Announce, Callback, Settings};
use crate::config::{self, ConfigError};
use crate::route::Route;

/// A file such as
///
/// ```toml
/// name = "asterisk-1"
///
/// [ari]
/// url = "http://127.0.0.1:8088"
/// user = "acd"
/// password = "…"
///
/// [[route]]
/// called = "311"
/// queue = "general"
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This front end's name at the server.
    #[serde(default = "name")]
    pub name: String,
    /// How to reach Asterisk.
    pub ari: Ari,
    /// The class of `musiconhold.conf` that callers hear.
    #[serde(default = "music")]
    pub music: String,
    /// The keys with which a waiting caller leaves for the dialplan's next line; none unless set.
    #[serde(default)]
    pub exit_keys: String,
    /// The context where transfers to numbers outside go on.
    #[serde(default)]
    pub outside_context: Option<String>,
    /// What waiting callers are told; nothing without it.
    #[serde(default)]
    pub announce: Option<Announce>,
    /// How residents are called who were promised it; without it they are not.
    #[serde(default)]
    pub callback: Option<Callback>,
    /// A supervisor's telephone, to listen in.
    #[serde(default = "listen")]
    pub listen: String,
    /// Which queue a call goes to.
    #[serde(default, rename = "route")]
    pub routes: Vec<Route>,
}

/// How to reach Asterisk.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ari {
    /// Where its HTTP server is: `http://HOST:PORT`, with `http.conf`'s prefix if it has one.
    #[serde(default = "url")]
    pub url: String,
    /// Where Asterisk dials us instead, `HOST:PORT`: an `outbound_websocket` of `ari.conf` whose
    /// `websocket_client.conf` has our user and password.
    #[serde(default)]
    pub listen: Option<String>,
    /// The user of `ari.conf`.
    #[serde(default = "app")]
    pub user: String,
    /// Its password.
    pub password: String,
    /// The application's name in `Stasis(acd,…)`.
    #[serde(default = "app")]
    pub app: String,
}

impl std::fmt::Debug for Ari {
    /// Leaves the password out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ari")
            .field("url", &self.url)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

fn name() -> String {
    "asterisk-1".into()
}

fn listen() -> String {
    "PJSIP/{who}".into()
}

fn music() -> String {
    "default".into()
}

fn url() -> String {
    "http://127.0.0.1:8088".into()
}

fn app() -> String {
    "acd".into()
}

impl Config {
    /// Reads and checks a file, which only its owner may read.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::read(&config::read_private(path)?)
    }

    /// Reads and checks a text.
    pub fn read(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        let wrong = |field, got: &str, expected| {
            Err(ConfigError::Value { field, got: got.to_owned(), expected })
        };
        if split(&config.ari.url).is_none() {
            return wrong("ari.url", &config.ari.url, "http://HOST:PORT");
        }
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if config.ari.app.is_empty() || !config.ari.app.chars().all(is_plain) {
            return wrong("ari.app", &config.ari.app, "letters, digits, `-`, `_` and `.`");
        }
        if let Some(key) = config.exit_keys.chars().find(|key| !"0123456789*#".contains(*key)) {
            return wrong("exit_keys", &key.to_string(), "keys of a telephone: 0 to 9, * and #");
        }
        if let Some(announce) = &config.announce
            && !(1..=86_400).contains(&announce.every_s)
        {
            return wrong("announce.every_s", &announce.every_s.to_string(), "1 to 86400");
        }
        if let Some(callback) = &config.callback
            && !callback.endpoint.contains("{number}")
        {
            return wrong("callback.endpoint", &callback.endpoint, "such as PJSIP/{number}@trunk");
        }
        if let Some(listen) = &config.ari.listen {
            config::address("ari.listen", listen)?;
        }
        config::routes(&config.routes)?;
        Ok(config)
    }

    /// Where Asterisk is.
    pub fn place(&self) -> Place {
        let (authority, prefix) = split(&self.ari.url).unwrap_or_default();
        let (user, password) = (self.ari.user.clone(), self.ari.password.clone());
        Place { authority, prefix, user, password }
    }

    /// What the translation depends on.
    pub fn settings(&self) -> Settings {
        Settings {
            app: self.ari.app.clone(),
            music: self.music.clone(),
            routes: self.routes.clone(),
            exit_keys: self.exit_keys.clone(),
            outside: self.outside_context.clone(),
            announce: self.announce.clone(),
            callback: self.callback.clone(),
            listen: self.listen.clone(),
        }
    }
}

/// Authority and path of a URL.
fn split(url: &str) -> Option<(String, String)> {
    let uri: hyper::Uri = url.parse().ok().filter(|_| url.starts_with("http://"))?;
    let authority = uri.authority()?;
    authority.port()?;
    Some((authority.to_string(), uri.path().trim_end_matches('/').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_documentation() {
        let config = Config::read("[ari]\npassword = \"p\"").unwrap();
        assert_eq!((config.name.as_str(), config.music.as_str()), ("asterisk-1", "default"));
        let place = config.place();
        assert_eq!((place.authority.as_str(), place.prefix.as_str()), ("127.0.0.1:8088", ""));
        assert_eq!(place.authorization(), "Basic YWNkOnA=");
        assert!(!format!("{config:?}").contains("\"p\""), "a password is not shown");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let said = |text: &str| Config::read(text).unwrap_err().to_string();
        let url = said("[ari]\npassword = \"p\"\nurl = \"https://pbx\"");
        assert_eq!(url, "ari.url: got \"https://pbx\", want http://HOST:PORT");
        let app = said("[ari]\npassword = \"p\"\napp = \"a b\"");
        assert_eq!(app, "ari.app: got \"a b\", want letters, digits, `-`, `_` and `.`");
        assert!(said("[ari]\npasword = \"p\"").contains("unknown field `pasword`"));
        let keys = said("exit_keys = \"1x\"\n[ari]\npassword = \"p\"");
        assert_eq!(keys, "exit_keys: got \"x\", want keys of a telephone: 0 to 9, * and #");
    }
}
