//! EVAPI: one TCP connection to Kamailio, a netstring a word.

use std::io::Write;

use bytes::BytesMut;

use super::config::Config;
use super::lines::Kamailio;
use super::netstring;
use super::wire::{Said, Told};
use crate::calls::Translator;
use crate::calls::driver::{Adapter, Connection, Fault, Protocol};
use crate::link::{GatewayError, ToServer};
use crate::unread::unread;

/// Runs until something is wrong that coming back does not mend.
pub async fn run(
    config: &Config,
    server: &ToServer,
    record: Option<Box<dyn Write + Send>>,
) -> Result<(), GatewayError> {
    let translator = Translator::new(Kamailio::new(config.routes.clone()));
    let (name, address, protocol) = (&config.name, &config.evapi.address, Netstrings);
    Adapter { name, address, server, protocol, translator, record }.run().await
}

/// The words of EVAPI.
pub(super) struct Netstrings;

impl Netstrings {
    /// The next word, of whatever kind.
    pub(super) fn next(input: &mut BytesMut) -> Result<Option<Said>, String> {
        while let Some(word) = netstring::take(input)? {
            match serde_json::from_slice(&word) {
                Ok(said) => return Ok(Some(said)),
                // A `kamailio.cfg` may say more than we know.
                Err(error) => {
                    let why = unread(&error, word.len());
                    tracing::warn!("a word that cannot be read: {why}");
                }
            }
        }
        Ok(None)
    }

    /// Appends a word.
    pub(super) fn put(told: &Told, output: &mut BytesMut) {
        netstring::put(told.to_string().as_bytes(), output);
    }
}

impl Protocol<Kamailio> for Netstrings {
    const NAME: &'static str = "Kamailio";

    async fn open(&mut self, _: &mut Connection) -> Result<(), Fault> {
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Said>, String> {
        Self::next(input)
    }

    fn encode(&mut self, told: &Told, output: &mut BytesMut) {
        Self::put(told, output);
    }

    fn ping(&mut self, output: &mut BytesMut) {
        Self::put(&Told::Ping, output);
    }

    fn is_whole(said: &Said) -> bool {
        matches!(said, Said::Listed { .. })
    }
}
