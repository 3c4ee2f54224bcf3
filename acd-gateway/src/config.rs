//! What the adapters' configurations have in common.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::route::Route;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// It holds a password, and others may read it.
    #[error("holds a password, and mode {mode:04o} lets others read it; run `chmod 600 {path}`")]
    Mode {
        /// Its mode.
        mode: u32,
        /// It.
        path: String,
    },
    /// It is not of this form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// A value is wrong.
    #[error("{field}: got {got:?}, want {expected}")]
    Value {
        /// Of what.
        field: &'static str,
        /// It.
        got: String,
        /// What would do.
        expected: &'static str,
    },
}

/// Reads a file that holds a password, which only its owner may read.
pub(crate) fn read_private(path: &Path) -> Result<String, ConfigError> {
    let mode = fs::metadata(path)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(ConfigError::Mode { mode, path: path.display().to_string() });
    }
    Ok(fs::read_to_string(path)?)
}

/// Checks an address.
pub(crate) fn address(field: &'static str, got: &str) -> Result<(), ConfigError> {
    let port = got.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port);
    if port.is_some_and(|port| port.parse::<u16>().is_ok()) {
        return Ok(());
    }
    Err(ConfigError::Value { field, got: got.to_owned(), expected: "HOST:PORT" })
}

/// Checks the routes.
pub(crate) fn routes(routes: &[Route]) -> Result<(), ConfigError> {
    match routes.iter().filter_map(|route| route.prio).find(|prio| *prio > 9) {
        Some(prio) => Err(ConfigError::Value {
            field: "route.prio",
            got: prio.to_string(),
            expected: "0 to 9",
        }),
        None => Ok(()),
    }
}
