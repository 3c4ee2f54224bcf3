//! The event socket: one TCP connection to FreeSWITCH, over which commands go one after the other.

use std::collections::VecDeque;
use std::io::Write;

use bytes::{BufMut, BytesMut};

use super::config::Config;
use super::lines::FreeSwitch;
use super::wire::{Frame, Said, Told};
use crate::calls::Translator;
use crate::calls::driver::{Adapter, Connection, Fault, Protocol};
use crate::link::{GatewayError, ToServer};

/// Runs until something is wrong that coming back does not mend.
pub async fn run(
    config: &Config,
    server: &ToServer,
    record: Option<Box<dyn Write + Send>>,
) -> Result<(), GatewayError> {
    let translator = Translator::new(FreeSwitch::new(config.settings()));
    let (name, address) = (&config.name, &config.esl.address);
    let protocol = EventSocket::new(config.esl.password.clone());
    Adapter { name, address, server, protocol, translator, record }.run().await
}

/// The frames of the event socket.
pub(super) struct EventSocket {
    password: String,
    /// What was asked and not answered; answers come in order.
    asked: VecDeque<Told>,
}

impl EventSocket {
    /// One for this password.
    pub(super) fn new(password: String) -> Self {
        Self { password, asked: VecDeque::new() }
    }

    /// The next frame.
    async fn frame(connection: &mut Connection) -> Result<Frame, Fault> {
        loop {
            if let Some(frame) = Frame::take(&mut connection.input).map_err(Fault::Form)? {
                return Ok(frame);
            }
            connection.read().await?;
        }
    }
}

impl Protocol<FreeSwitch> for EventSocket {
    const NAME: &'static str = "FreeSWITCH";

    async fn open(&mut self, connection: &mut Connection) -> Result<(), Fault> {
        self.asked.clear();
        let frame = Self::frame(connection).await?;
        if frame.get("Content-Type") != "auth/request" {
            return Err(Fault::Form(format!(
                "{:?} before auth/request",
                frame.get("Content-Type")
            )));
        }
        connection.output.put_slice(format!("auth {}\n\n", self.password).as_bytes());
        let frame = Self::frame(connection).await?;
        match frame.get("Reply-Text") {
            text if text.starts_with("+OK") => Ok(()),
            _ => Err(Fault::Over(GatewayError::Password)),
        }
    }

    fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Said>, String> {
        while let Some(frame) = Frame::take(input)? {
            let said = match frame.get("Content-Type") {
                "text/event-plain" => frame.event(),
                "command/reply" | "api/response" => {
                    let to = self.asked.pop_front().ok_or("an answer to nothing")?;
                    let taken = frame.get("Reply-Text").starts_with("+OK");
                    // A job and a subscription that are taken say no more.
                    let silent = matches!(to, Told::Originate { .. } | Told::Subscribe) && taken;
                    match to {
                        Told::Originate { leg, .. } if !silent => {
                            let text = frame.get("Reply-Text").to_owned();
                            Some(Said::Job { job: leg, text })
                        }
                        to => (!silent).then(|| frame.answer(&to)),
                    }
                }
                "text/disconnect-notice" => return Err("FreeSWITCH says goodbye".into()),
                _ => None,
            };
            if said.is_some() {
                return Ok(said);
            }
        }
        Ok(None)
    }

    fn encode(&mut self, told: &Told, output: &mut BytesMut) {
        output.put_slice(format!("{told}\n\n").as_bytes());
        self.asked.push_back(told.clone());
    }

    fn ping(&mut self, output: &mut BytesMut) {
        self.encode(&Told::Api("echo acd".into()), output);
    }

    fn is_whole(said: &Said) -> bool {
        matches!(said, Said::Listed)
    }
}
