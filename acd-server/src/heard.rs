//! A log's events once more, for reports: the same lines as when they happened.

use std::path::Path;

use crate::config::Config;
use crate::run::RunError;

pub use crate::core::counting::Told;

/// Reads the log in `data` from as far back as it goes, and gives everything that is counted to
/// `heard` in the order in which it happened. Changes nothing; the server may be writing meanwhile.
///
/// Events have the numbers that clients saw. Contacts that were there before the oldest record
/// are told of from their next event on.
pub fn hear(
    data: &Path,
    config: &Config,
    heard: impl FnMut(Told) + 'static,
) -> Result<(), RunError> {
    crate::store::hear(data, config, Box::new(heard))
}
