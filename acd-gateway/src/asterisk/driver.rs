//! The adapter's sockets and clock: carries what both sides say to the translation and what follows
//! to them, and comes back when either side was lost.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acd_client::{
    Backoff, Client, ClientError, Continued, Lost, Message, Options, Reply, Update, Watch,
};
use acd_proto::request::{Place, Request, TakeSnapshot};
use acd_proto::snapshot::Snapshot;
use acd_proto::{Address, Role};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use serde_json::Value;

use super::ari::{Command, Event};
use super::config::Config;
use super::http::{Done, Http, HttpError, Lanes};
use super::socket::{Socket, SocketError};
use super::translate::{About, Answer, Id, Input, Output, Translator, transcript};

/// Where the server is, and how to come in.
#[derive(Clone, Debug)]
pub struct ToServer {
    /// Where.
    pub address: Address,
    /// The token, over TCP.
    pub token: Option<String>,
}

/// Why the adapter has ended.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The server refuses this front end, or another took its name.
    #[error("the server: {0}")]
    Server(#[from] ClientError),
    /// Asterisk refuses this user.
    #[error("Asterisk refuses the user or the password of ari.conf (401)")]
    Unauthorized,
    /// Another program has taken the application.
    #[error("another program has taken the application {0:?} of this Asterisk")]
    Replaced(String),
    /// The transcript cannot be written.
    #[error("the transcript: {0}")]
    Record(io::Error),
}

/// Runs until something is wrong that coming back does not mend. While Asterisk is away the
/// server is told so by an ended connection: its callers keep their places and are not offered.
pub async fn run(
    config: &Config,
    server: &ToServer,
    record: Option<Box<dyn Write + Send>>,
) -> Result<(), GatewayError> {
    let http = Arc::new(Http::new(config.place()));
    let mut core = Core { translator: Translator::new(config.settings()), record };
    let backoff = Backoff::default();
    let mut tries = 0;
    loop {
        match open(config, &http).await {
            Ok((socket, state)) => {
                tries = 0;
                tracing::info!(url = config.ari.url, "connected to Asterisk");
                let session = Session::new(config, server, &http, socket, &mut core);
                let why = session.run(state).await?;
                tracing::warn!("Asterisk is lost: {why}");
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
async fn open(config: &Config, http: &Http) -> Result<(Socket, Input), SocketError> {
    let socket = Socket::open(&config.place(), &config.ari.app).await?;
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

/// A request being written, and whose it is.
type Sending = Pin<Box<dyn Future<Output = (Whose, Result<Reply<Value>, ClientError>)> + Send>>;
/// Answers on their way, in the order of the requests.
type Replies =
    FuturesOrdered<Pin<Box<dyn Future<Output = (Whose, Result<Value, ClientError>)> + Send>>>;

/// Who asked.
enum Whose {
    /// The translation.
    Of(About),
    /// This file, for the server's state.
    Snapshot,
}

/// While Asterisk is there.
struct Session<'a> {
    core: &'a mut Core,
    app: &'a str,
    socket: Socket,
    lanes: Lanes,
    watch: Watch,
    client: Option<Client>,
    /// Events that come again before the server's state may be taken.
    missed: u64,
    unsent: VecDeque<(Whose, Request)>,
    sending: Option<Sending>,
    replies: Replies,
}

impl<'a> Session<'a> {
    fn new(
        config: &'a Config,
        server: &ToServer,
        http: &Arc<Http>,
        socket: Socket,
        core: &'a mut Core,
    ) -> Self {
        let mut options = Options::new(Role::Frontend, &config.name);
        options.token.clone_from(&server.token);
        // A place of no sequence: live offers are told again, and a snapshot tells the rest.
        options.resume = Some(Place { epoch: String::new(), seq: 0 });
        let backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_secs(2) };
        let watch = acd_client::watch(server.address.clone(), options, Vec::new(), backoff);
        Self {
            core,
            app: &config.ari.app,
            socket,
            lanes: Lanes::new(Arc::clone(http)),
            watch,
            client: None,
            missed: 0,
            unsent: VecDeque::new(),
            sending: None,
            replies: Replies::new(),
        }
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
                update = self.watch.next() => match update {
                    Some(update) => self.update(update)?,
                    None => return Err(ClientError::from(Lost::Closed).into()),
                },
                (whose, sent) = sent(&mut self.sending) => {
                    self.sending = None;
                    self.sent(whose, sent);
                }
                Some((whose, answer)) = self.replies.next() => self.reply(whose, answer)?,
                done = self.lanes.next() => self.done(done)?,
            }
            self.send_next();
        }
    }

    /// Has something translated and carries out what follows.
    fn take(&mut self, input: &Input) -> Result<(), GatewayError> {
        for output in self.core.take(input)? {
            match output {
                Output::Ari { call, command } => self.lanes.send(call, command),
                Output::Ask { request, about } => {
                    self.unsent.push_back((Whose::Of(about), *request));
                }
            }
        }
        Ok(())
    }

    fn update(&mut self, update: Update) -> Result<(), GatewayError> {
        match update {
            Update::Connected { client, continued } => {
                tracing::info!(epoch = client.hello().epoch, "connected to the server");
                self.client = Some(client);
                self.missed = match continued {
                    Continued::Resumed(missed) => missed,
                    Continued::First | Continued::Gap => 0,
                };
                self.ask_for_state();
                Ok(())
            }
            Update::Message(Message::Event(event)) => {
                self.take(&Input::Acd(*event))?;
                if self.missed > 0 {
                    self.missed -= 1;
                    self.ask_for_state();
                }
                Ok(())
            }
            Update::Message(Message::Notice { method, .. }) => {
                tracing::debug!(method, "a notice");
                Ok(())
            }
            Update::Lost { why, tries, .. } => {
                tracing::warn!(tries, "no server: {why}");
                self.lost()
            }
            Update::Over(why) => Err(why.into()),
        }
    }

    /// Once what was missed has come.
    fn ask_for_state(&mut self) {
        if self.missed == 0 {
            let of = vec!["contacts".into()];
            self.unsent.push_back((Whose::Snapshot, Request::Snapshot(TakeSnapshot { of })));
        }
    }

    /// The server is gone: nothing asked will be answered.
    fn lost(&mut self) -> Result<(), GatewayError> {
        self.client = None;
        self.unsent.clear();
        self.sending = None;
        self.replies = Replies::new();
        self.take(&Input::ServerLost)
    }

    fn send_next(&mut self) {
        if self.sending.is_some() {
            return;
        }
        let Some(client) = self.client.clone() else { return };
        if let Some((whose, request)) = self.unsent.pop_front() {
            self.sending =
                Some(Box::pin(async move { (whose, client.send(&request, None).await) }));
        }
    }

    fn sent(&mut self, whose: Whose, sent: Result<Reply<Value>, ClientError>) {
        match sent {
            Ok(reply) => self
                .replies
                .push_back(Box::pin(async { (whose, reply.await.map(|answer| answer.result)) })),
            // The watch says so too, and then everything is looked at anew.
            Err(error) => tracing::debug!("a request was not sent: {error}"),
        }
    }

    fn reply(
        &mut self,
        whose: Whose,
        answer: Result<Value, ClientError>,
    ) -> Result<(), GatewayError> {
        match (whose, answer) {
            (Whose::Of(about), Ok(result)) => {
                let result = serde_json::from_value(result).unwrap_or_default();
                self.take(&Input::Answered { about, answer: Answer::Done(result) })
            }
            (Whose::Of(about), Err(ClientError::Refused(error))) => {
                self.take(&Input::Answered { about, answer: Answer::Refused(error) })
            }
            (Whose::Snapshot, Ok(result)) => {
                let snapshot: Snapshot =
                    serde_json::from_value(result).map_err(ClientError::from)?;
                let (epoch, seq): (Id, u64) = (snapshot.epoch.into(), snapshot.seq);
                let contacts = snapshot.contacts.unwrap_or_default();
                self.take(&Input::ServerState { epoch, seq, contacts })
            }
            (Whose::Snapshot, Err(ClientError::Refused(error))) => {
                Err(ClientError::Refused(error).into())
            }
            (_, Err(error)) => {
                tracing::debug!("no answer: {error}");
                Ok(())
            }
        }
    }

    /// A command was carried out, or not.
    fn done(&mut self, done: Done) -> Result<(), GatewayError> {
        match (done.result, done.command) {
            (Ok(()), _) => Ok(()),
            // It is there already, or gone already.
            (Err(HttpError::Status { status: 404 | 409, .. }), command)
                if !matches!(command, Command::Originate { .. }) =>
            {
                tracing::debug!(?command, "too late");
                Ok(())
            }
            (Err(why), command) => {
                tracing::warn!(?command, "Asterisk does not: {why}");
                match command {
                    Command::Originate { leg, .. } => self.take(&Input::DialFailed(leg.into())),
                    _ => Ok(()),
                }
            }
        }
    }
}

/// The request being written; waits for ever while there is none.
async fn sent(sending: &mut Option<Sending>) -> (Whose, Result<Reply<Value>, ClientError>) {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

/// µs UTC.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
