//! The adapter's sockets and clock: carries what both sides say to the translation and what follows
//! to them, and comes back when either side was lost.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use acd_client::Backoff;
use tokio::net::TcpListener;

use super::ari::{Command, Event};
use super::config::Config;
use super::http::{Done, Http, HttpError, Lanes};
use super::remote;
use super::socket::{Events, Socket, SocketError};
use super::translate::{About, Answer, Input, Output, Translator, transcript};
use crate::link::{GatewayError, Link, ToServer, Told, now};

/// Runs until something is wrong that coming back does not mend. While Asterisk is away the
/// server is told so by an ended connection: its callers keep their places and are not offered.
pub async fn run(
    config: &Config,
    server: &ToServer,
    record: Option<Box<dyn Write + Send>>,
) -> Result<(), GatewayError> {
    let (http, door) = match &config.ari.listen {
        None => (Http::new(config.place()), None),
        Some(address) => {
            let door = remote::bind(address).await.map_err(GatewayError::Listen)?;
            tracing::info!(address, "waiting for Asterisk");
            (Http::dialled(config.place()), Some(door))
        }
    };
    let http = Arc::new(http);
    let mut core = Core { translator: Translator::new(config.settings()), record };
    let backoff = Backoff::default();
    let mut tries = 0;
    loop {
        match open(config, &http, door.as_ref()).await {
            Ok((socket, state)) => {
                tries = 0;
                tracing::info!(url = config.ari.url, "connected to Asterisk");
                let session = Session::new(config, server, &http, socket, &mut core);
                let why = session.run(state).await?;
                tracing::warn!("Asterisk is lost: {why}");
                http.over(None);
                core.take(&Input::ServerLost)?;
            }
            Err(SocketError::WebSocket(error)) if is_unauthorized(&error) => {
                return Err(GatewayError::Unauthorized);
            }
            Err(why) => tracing::warn!(url = config.ari.url, "no Asterisk: {why}"),
        }
        tries += 1;
        tokio::time::sleep(backoff.before(tries, 0)).await;
    }
}

/// Whether Asterisk does not know the user.
fn is_unauthorized(error: &tokio_tungstenite::tungstenite::Error) -> bool {
    use tokio_tungstenite::tungstenite::Error;
    matches!(error, Error::Http(answer) if answer.status().as_u16() == 401)
}

/// Events first, then the state, so that nothing falls between them.
async fn open(
    config: &Config,
    http: &Http,
    door: Option<&TcpListener>,
) -> Result<(Events, Input), SocketError> {
    let socket = match door {
        None => Events::Ours(Box::new(Socket::open(&config.place(), &config.ari.app).await?)),
        Some(door) => {
            let (told, asks) = remote::accept(door, &config.place().authorization()).await?;
            http.over(Some(asks));
            Events::Theirs(told)
        }
    };
    let channels = http.get("channels").await.map_err(io::Error::other)?;
    let bridges = http.get("bridges").await.map_err(io::Error::other)?;
    Ok((socket, Input::AriState { channels, bridges }))
}

/// The translation, and the transcript of it.
struct Core {
    translator: Translator,
    record: Option<Box<dyn Write + Send>>,
}

impl Core {
    /// Takes what happens; what follows.
    fn take(&mut self, input: &Input) -> Result<Vec<Output>, GatewayError> {
        let now = now();
        let mut outputs = Vec::new();
        self.translator.take(now, input, &mut outputs);
        if let Some(record) = &mut self.record {
            let text =
                format!("{}\n{}", transcript::input(now, input), transcript::outputs(&outputs));
            record.write_all(text.as_bytes()).map_err(GatewayError::Record)?;
        }
        Ok(outputs)
    }
}

/// While Asterisk is there.
struct Session<'a> {
    core: &'a mut Core,
    app: &'a str,
    socket: Events,
    lanes: Lanes,
    link: Link<About>,
}

impl<'a> Session<'a> {
    fn new(
        config: &'a Config,
        server: &ToServer,
        http: &Arc<Http>,
        socket: Events,
        core: &'a mut Core,
    ) -> Self {
        let lanes = Lanes::new(Arc::clone(http));
        let link = Link::new(&config.name, server);
        Self { core, app: &config.ari.app, socket, lanes, link }
    }

    /// Runs until Asterisk is lost; why it is.
    async fn run(mut self, state: Input) -> Result<SocketError, GatewayError> {
        self.take(&state)?;
        loop {
            tokio::select! {
                event = self.socket.next() => match event {
                    Ok(Event::ApplicationReplaced) => {
                        return Err(GatewayError::Replaced(self.app.to_owned()));
                    }
                    Ok(event) => self.take(&Input::Ari(event))?,
                    Err(why) => return Ok(why),
                },
                told = self.link.next() => self.take(&input(told?))?,
                done = self.lanes.next() => self.done(done)?,
                () = until(self.core.translator.next_deadline()) => self.take(&Input::Tick)?,
            }
        }
    }

    /// Has something translated and carries out what follows.
    fn take(&mut self, input: &Input) -> Result<(), GatewayError> {
        for output in self.core.take(input)? {
            match output {
                Output::Ari { call, command } => self.lanes.send(call, command),
                Output::Ask { request, about } => self.link.ask(about, *request),
            }
        }
        Ok(())
    }

    /// A command was carried out, or not.
    fn done(&mut self, done: Done) -> Result<(), GatewayError> {
        match (done.result, done.command) {
            (Ok(()), _) => Ok(()),
            // It is there already, or gone already.
            (Err(HttpError::Status { status: 404 | 409, .. }), command)
                if !matches!(command, Command::Originate { .. }) =>
            {
                tracing::debug!(command = %command.call(), "too late");
                Ok(())
            }
            (Err(why), command) => {
                tracing::warn!(command = %command.call(), "Asterisk does not: {why}");
                match command {
                    Command::Originate { leg, .. } => self.take(&Input::DialFailed(leg.into())),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// What the server tells, as the translation takes it.
fn input(told: Told<About>) -> Input {
    match told {
        Told::Event(event) => Input::Acd(*event),
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

/// Waits for a time in µs UTC; for ever where there is none.
async fn until(at: Option<u64>) {
    match at {
        Some(at) => tokio::time::sleep(Duration::from_micros(at.saturating_sub(now()))).await,
        None => std::future::pending().await,
    }
}
