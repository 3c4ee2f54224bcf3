//! Sockets and clock of an exchange on one TCP connection: carries what both sides say to the
//! translation and what follows to them, and comes back when either side was lost.

use std::io::{self, Write};
use std::time::Duration;

use acd_client::Backoff;
use bytes::BytesMut;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{About, Answer, Exchange, Input, Output, Translator, transcript};
use crate::link::{GatewayError, Link, ToServer, Told, now};

/// How long the exchange may take to let us in, and to say who is there.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often time is told to the translation, and every tenth time to the exchange.
const TICK: Duration = Duration::from_secs(1);
/// How long the exchange may say nothing at all.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// What may wait for an exchange that does not read.
const UNSENT_MAX: usize = 8 * 1024 * 1024;

/// How an exchange's words are bytes.
pub(crate) trait Protocol<X: Exchange> {
    /// What it is called in the log.
    const NAME: &'static str;

    /// Before the first word: lets itself in.
    async fn open(&mut self, connection: &mut Connection) -> Result<(), Fault>;

    /// Takes the next word off the front of what was read; none while it is not whole.
    fn decode(&mut self, input: &mut BytesMut) -> Result<Option<X::Said>, String>;

    /// Appends a word.
    fn encode(&mut self, told: &X::Told, output: &mut BytesMut);

    /// Appends a word that is answered.
    fn ping(&mut self, output: &mut BytesMut);

    /// Whether with this the exchange has said who is there.
    fn is_whole(said: &X::Said) -> bool;
}

/// Why a connection to the exchange is over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It broke.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The exchange has closed it.
    #[error("it closed the connection")]
    Closed,
    /// Nothing came for a while.
    #[error("it is silent")]
    Silent,
    /// Another form than agreed.
    #[error("not understood: {0}")]
    Form(String),
    /// It does not read.
    #[error("it does not read: more than {UNSENT_MAX} bytes wait for it")]
    Unread,
    /// Coming back would not mend it.
    #[error("{0}")]
    Over(GatewayError),
}

/// A connection with what was read and what is to be written.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read and not yet understood.
    pub(crate) input: BytesMut,
    /// What is to be written.
    pub(crate) output: BytesMut,
}

impl Connection {
    /// Connects.
    pub(crate) async fn connect(address: &str) -> Result<Self, Fault> {
        let connected = timeout(PATIENCE, TcpStream::connect(address)).await;
        let stream = connected.map_err(|_| Fault::Silent)??;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: BytesMut::new(), output: BytesMut::new() })
    }

    /// Writes what the kernel takes, and reads more. Dropping the future loses nothing.
    pub(crate) async fn read(&mut self) -> Result<(), Fault> {
        self.flush()?;
        loop {
            tokio::select! {
                readable = self.stream.readable() => {
                    readable?;
                    match self.stream.try_read_buf(&mut self.input) {
                        Ok(0) => return Err(Fault::Closed),
                        Ok(_) => break,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                writable = self.stream.writable(), if !self.output.is_empty() => {
                    writable?;
                    self.flush()?;
                }
            }
        }
        // The kernel forgets it from read to read; without it the exchange's next word waits 40 ms
        // for the acknowledgement of this one.
        #[cfg(target_os = "linux")]
        self.stream.set_quickack(true)?;
        Ok(())
    }

    /// Writes what the kernel takes.
    fn flush(&mut self) -> Result<(), Fault> {
        while !self.output.is_empty() {
            match self.stream.try_write(&self.output) {
                Ok(written) => drop(self.output.split_to(written)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        if self.output.len() > UNSENT_MAX { Err(Fault::Unread) } else { Ok(()) }
    }
}

/// What an adapter runs with.
pub(crate) struct Adapter<'a, X, P> {
    /// This front end's name at the server.
    pub(crate) name: &'a str,
    /// Where the exchange is.
    pub(crate) address: &'a str,
    pub(crate) server: &'a ToServer,
    pub(crate) protocol: P,
    pub(crate) translator: Translator<X>,
    /// Where the transcript goes.
    pub(crate) record: Option<Box<dyn Write + Send>>,
}

impl<X: Exchange, P: Protocol<X>> Adapter<'_, X, P> {
    /// Runs until something is wrong that coming back does not mend. While the exchange is away the
    /// server is told so by an ended connection: its callers keep their places and are not offered.
    pub(crate) async fn run(mut self) -> Result<(), GatewayError> {
        let backoff = Backoff::default();
        let mut tries = 0;
        loop {
            match self.session(&mut tries).await {
                Fault::Over(error) => return Err(error),
                why => tracing::warn!(address = self.address, "no {}: {why}", P::NAME),
            }
            self.take(&Input::ServerLost, &mut BytesMut::new(), None).map_err(over)?;
            tries += 1;
            tokio::time::sleep(backoff.before(tries, 0)).await;
        }
    }

    /// Connects and runs until the exchange is lost; why it is.
    async fn session(&mut self, tries: &mut u32) -> Fault {
        let opened = timeout(PATIENCE, self.open()).await.unwrap_or(Err(Fault::Silent));
        match opened {
            Ok(connection) => {
                *tries = 0;
                tracing::info!(address = self.address, "connected to {}", P::NAME);
                match self.follow(connection).await {
                    Ok(never) => match never {},
                    Err(fault) => fault,
                }
            }
            Err(fault) => fault,
        }
    }

    /// Connects and hears who is there.
    async fn open(&mut self) -> Result<Connection, Fault> {
        let mut connection = Connection::connect(self.address).await?;
        self.protocol.open(&mut connection).await?;
        self.take(&Input::Begin, &mut connection.output, None)?;
        loop {
            while let Some(said) =
                self.protocol.decode(&mut connection.input).map_err(Fault::Form)?
            {
                let whole = P::is_whole(&said);
                self.take(&Input::Exchange(said), &mut connection.output, None)?;
                if whole {
                    return Ok(connection);
                }
            }
            connection.read().await?;
        }
    }

    async fn follow(
        &mut self,
        mut connection: Connection,
    ) -> Result<std::convert::Infallible, Fault> {
        let mut link = Link::new(self.name, self.server);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard, mut beats) = (Instant::now(), 0_u32);
        loop {
            while let Some(said) =
                self.protocol.decode(&mut connection.input).map_err(Fault::Form)?
            {
                self.take(&Input::Exchange(said), &mut connection.output, Some(&mut link))?;
            }
            tokio::select! {
                read = connection.read() => {
                    read?;
                    heard = Instant::now();
                }
                told = link.next() => {
                    let told = told.map_err(|why| Fault::Over(why.into()))?;
                    self.take(&input(told), &mut connection.output, Some(&mut link))?;
                }
                _ = ticks.tick() => {
                    if heard.elapsed() > SILENCE_MAX {
                        return Err(Fault::Silent);
                    }
                    beats = beats.wrapping_add(1);
                    if beats.is_multiple_of(10) {
                        self.protocol.ping(&mut connection.output);
                    }
                    self.take(&Input::Tick, &mut connection.output, Some(&mut link))?;
                }
            }
        }
    }

    /// Has something translated and carries out what follows.
    fn take(
        &mut self,
        input: &Input<X::Said>,
        output: &mut BytesMut,
        mut link: Option<&mut Link<About>>,
    ) -> Result<(), Fault> {
        let now = now();
        let mut outputs = Vec::new();
        self.translator.take(now, input, &mut outputs);
        if let Some(record) = &mut self.record
            && !(matches!(input, Input::Tick) && outputs.is_empty())
        {
            let text =
                format!("{}\n{}", transcript::input(now, input), transcript::outputs(&outputs));
            let written = record.write_all(text.as_bytes());
            written.map_err(|error| Fault::Over(GatewayError::Record(error)))?;
        }
        for next in outputs {
            match (next, &mut link) {
                (Output::Exchange(told), _) => self.protocol.encode(&told, output),
                (Output::Ask { request, about }, Some(link)) => link.ask(about, *request),
                // Without a server nothing is asked.
                (Output::Ask { .. }, None) => {}
            }
        }
        Ok(())
    }
}

/// Only what ends an adapter comes here.
fn over(fault: Fault) -> GatewayError {
    match fault {
        Fault::Over(error) => error,
        other => GatewayError::Record(io::Error::other(other)),
    }
}

/// What the server tells, as the translation takes it.
fn input<S>(told: Told<About>) -> Input<S> {
    match told {
        Told::Event(event) => Input::Acd(event),
        Told::Answered { about, result: Ok(result) } => {
            let result = serde_json::from_value(result).unwrap_or_default();
            Input::Answered { about, answer: Answer::Done(result) }
        }
        Told::Answered { about, result: Err(error) } => {
            Input::Answered { about, answer: Answer::Refused(error) }
        }
        Told::State { epoch, seq, contacts } => Input::ServerState { epoch, seq, contacts },
        Told::Lost => Input::ServerLost,
    }
}
