//! The server's side of every adapter: a connection that comes back, requests in order, and a look
//! at everything whenever something may have been missed.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acd_client::{
    Backoff, Client, ClientError, Continued, Lost, Message, Options, Reply, Update, Watch,
};
use acd_proto::request::{Place, Request, TakeSnapshot};
use acd_proto::snapshot::{ContactRow, Snapshot};
use acd_proto::{Address, ErrorBody, Event, Role};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use serde_json::Value;

use crate::Id;

/// Where the server is, and how to come in.
#[derive(Clone, Debug)]
pub struct ToServer {
    /// Where.
    pub address: Address,
    /// The token, over TCP.
    pub token: Option<String>,
}

/// Why an adapter has ended.
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
    /// FreeSWITCH refuses the password.
    #[error("FreeSWITCH refuses the password of event_socket.conf.xml")]
    Password,
    /// Asterisk cannot be waited for.
    #[error("ari.listen: {0}")]
    Listen(io::Error),
    /// The transcript cannot be written.
    #[error("the transcript: {0}")]
    Record(io::Error),
}

/// What the server tells.
#[derive(Debug)]
pub(crate) enum Told<A> {
    /// Something happened.
    Event(Box<Event>),
    /// An answer.
    Answered {
        /// To what.
        about: A,
        /// It.
        result: Result<Value, ErrorBody>,
    },
    /// Everything of this front end, once what was missed has come.
    State {
        /// The sequence of events.
        epoch: Id,
        /// The newest event in it.
        seq: u64,
        /// Its contacts.
        contacts: Vec<ContactRow>,
    },
    /// The server is gone: nothing asked will be answered.
    Lost,
}

/// A request being written, and whose it is.
type Sending<A> =
    Pin<Box<dyn Future<Output = (Whose<A>, Result<Reply<Value>, ClientError>)> + Send>>;
/// Answers on their way, in the order of the requests.
type Replies<A> =
    FuturesOrdered<Pin<Box<dyn Future<Output = (Whose<A>, Result<Value, ClientError>)> + Send>>>;

/// Who asked.
enum Whose<A> {
    /// The adapter.
    Of(A),
    /// This file, for the server's state.
    Snapshot,
}

/// The server, as a front end sees it.
pub(crate) struct Link<A> {
    watch: Watch,
    client: Option<Client>,
    /// Events that come again before the server's state may be taken.
    missed: u64,
    unsent: VecDeque<(Whose<A>, Request)>,
    sending: Option<Sending<A>>,
    replies: Replies<A>,
}

impl<A: Send + 'static> Link<A> {
    /// Connects as the front end of this name, and comes back until dropped.
    pub(crate) fn new(name: &str, server: &ToServer) -> Self {
        let mut options = Options::new(Role::Frontend, name);
        options.token.clone_from(&server.token);
        // A place of no sequence: live offers are told again, and a snapshot tells the rest.
        options.resume = Some(Place { epoch: String::new(), seq: 0 });
        let backoff = Backoff { first: Duration::from_millis(50), most: Duration::from_secs(2) };
        let watch = acd_client::watch(server.address.clone(), options, Vec::new(), backoff);
        let (unsent, replies) = (VecDeque::new(), Replies::new());
        Self { watch, client: None, missed: 0, unsent, sending: None, replies }
    }

    /// Asks, after everything that was asked before. Without a server nothing is asked.
    pub(crate) fn ask(&mut self, about: A, request: Request) {
        self.unsent.push_back((Whose::Of(about), request));
    }

    /// What the server tells next. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Result<Told<A>, ClientError> {
        loop {
            self.send_next();
            let told = tokio::select! {
                update = self.watch.next() => match update {
                    Some(update) => self.update(update)?,
                    None => return Err(Lost::Closed.into()),
                },
                (whose, sent) = sent(&mut self.sending) => {
                    self.sending = None;
                    self.sent(whose, sent);
                    None
                }
                Some((whose, answer)) = self.replies.next() => reply(whose, answer)?,
            };
            if let Some(told) = told {
                return Ok(told);
            }
        }
    }

    fn update(&mut self, update: Update) -> Result<Option<Told<A>>, ClientError> {
        match update {
            Update::Connected { client, continued } => {
                tracing::info!(epoch = client.hello().epoch, "connected to the server");
                self.client = Some(client);
                self.missed = match continued {
                    Continued::Resumed(missed) => missed,
                    Continued::First | Continued::Gap => 0,
                };
                self.ask_for_state();
                Ok(None)
            }
            Update::Message(Message::Event(event)) => {
                if self.missed > 0 {
                    self.missed -= 1;
                    self.ask_for_state();
                }
                Ok(Some(Told::Event(event)))
            }
            Update::Message(Message::Notice { method, .. }) => {
                tracing::debug!(method, "a notice");
                Ok(None)
            }
            Update::Lost { why, tries, .. } => {
                tracing::warn!(tries, "no server: {why}");
                self.client = None;
                self.unsent.clear();
                self.sending = None;
                self.replies = Replies::new();
                Ok(Some(Told::Lost))
            }
            Update::Over(why) => Err(why),
        }
    }

    /// Once what was missed has come.
    fn ask_for_state(&mut self) {
        if self.missed == 0 {
            let of = vec!["contacts".into()];
            self.unsent.push_back((Whose::Snapshot, Request::Snapshot(TakeSnapshot { of })));
        }
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

    fn sent(&mut self, whose: Whose<A>, sent: Result<Reply<Value>, ClientError>) {
        match sent {
            Ok(reply) => self
                .replies
                .push_back(Box::pin(async { (whose, reply.await.map(|answer| answer.result)) })),
            // The watch says so too, and then everything is looked at anew.
            Err(error) => tracing::debug!("a request was not sent: {error}"),
        }
    }
}

fn reply<A>(
    whose: Whose<A>,
    answer: Result<Value, ClientError>,
) -> Result<Option<Told<A>>, ClientError> {
    match (whose, answer) {
        (Whose::Of(about), Ok(result)) => Ok(Some(Told::Answered { about, result: Ok(result) })),
        (Whose::Of(about), Err(ClientError::Refused(error))) => {
            Ok(Some(Told::Answered { about, result: Err(error) }))
        }
        (Whose::Snapshot, Ok(result)) => {
            let snapshot: Snapshot = serde_json::from_value(result)?;
            let (epoch, seq) = (snapshot.epoch.into(), snapshot.seq);
            Ok(Some(Told::State { epoch, seq, contacts: snapshot.contacts.unwrap_or_default() }))
        }
        (Whose::Snapshot, Err(ClientError::Refused(error))) => Err(ClientError::Refused(error)),
        (_, Err(error)) => {
            tracing::debug!("no answer: {error}");
            Ok(None)
        }
    }
}

/// The request being written; waits for ever while there is none.
async fn sent<A>(
    sending: &mut Option<Sending<A>>,
) -> (Whose<A>, Result<Reply<Value>, ClientError>) {
    match sending {
        Some(sending) => sending.await,
        None => std::future::pending().await,
    }
}

/// µs UTC.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
