//! Commands to Asterisk over HTTP: connections that are kept, and one command of a call at a time.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::ari::Command;
use super::remote::{Ask, Asks};
use super::translate::Id;

/// How long Asterisk may take for one command.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections that are kept for the next command. Asterisk allows 100 sessions unless told.
const IDLE_MAX: usize = 32;

/// Where Asterisk's HTTP server is, and who we are.
#[derive(Clone, Debug)]
pub struct Place {
    /// `127.0.0.1:8088`.
    pub authority: String,
    /// What comes before `/ari`: nothing, or `http.conf`'s prefix.
    pub prefix: String,
    /// The user of `ari.conf`.
    pub user: String,
    /// Its password.
    pub password: String,
}

impl Place {
    /// The header `Authorization`.
    pub(super) fn authorization(&self) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }

    /// A connection to it.
    pub(super) async fn connect(&self) -> io::Result<Prompt> {
        let stream = tokio::time::timeout(PATIENCE, TcpStream::connect(&self.authority))
            .await
            .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        stream.set_nodelay(true)?;
        Ok(Prompt(stream))
    }
}

/// Why Asterisk could not be asked, or said no.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// No connection.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The connection broke.
    #[error("{0}")]
    Http(#[from] hyper::Error),
    /// Asterisk has not dialled, or the connection has ended.
    #[error("Asterisk is not connected")]
    Gone,
    /// No answer in time.
    #[error("no answer in {} s", PATIENCE.as_secs())]
    Silent,
    /// An answer, with another status than 2xx.
    #[error("{status} {text}")]
    Status {
        /// The status.
        status: u16,
        /// What Asterisk says about it.
        text: String,
    },
    /// Another shape than asked for.
    #[error("{0}")]
    Shape(#[from] serde_json::Error),
}

/// Connections to one Asterisk.
#[derive(Debug)]
pub(super) struct Http {
    place: Place,
    authorization: String,
    idle: Mutex<Vec<SendRequest<Empty<Bytes>>>>,
    /// Where Asterisk dials us: its connection, which takes the requests instead.
    theirs: Option<Mutex<Option<Asks>>>,
}

impl Http {
    /// None yet.
    pub(super) fn new(place: Place) -> Self {
        let authorization = place.authorization();
        Self { place, authorization, idle: Mutex::default(), theirs: None }
    }

    /// One whose requests go over the connections that Asterisk makes.
    pub(super) fn dialled(place: Place) -> Self {
        Self { theirs: Some(Mutex::default()), ..Self::new(place) }
    }

    /// Asterisk has made a connection, or none is there any more.
    pub(super) fn over(&self, asks: Option<Asks>) {
        if let Some(theirs) = &self.theirs {
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = asks;
        }
    }

    /// Asks over Asterisk's connection.
    async fn ask_there(
        theirs: &Mutex<Option<Asks>>,
        method: &str,
        target: &str,
    ) -> Result<Bytes, HttpError> {
        let asks = theirs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asks = asks.ok_or(HttpError::Gone)?;
        let (ask, answer) = Ask::new(method, target);
        asks.send(ask).await.map_err(|_| HttpError::Gone)?;
        let answered = tokio::time::timeout(PATIENCE, answer).await;
        answered.map_err(|_| HttpError::Silent)?.map_err(|_| HttpError::Gone)?
    }

    /// Asks, and gives the body of a 2xx.
    pub(super) async fn call(&self, method: &str, target: &str) -> Result<Bytes, HttpError> {
        if let Some(theirs) = &self.theirs {
            return Self::ask_there(theirs, method, target).await;
        }
        // Asterisk closes a connection that was idle for 15 s, maybe just now: then once more.
        let mut tries = 0;
        loop {
            tries += 1;
            let (sender, kept) = match self.take() {
                Some(sender) if tries == 1 => (sender, true),
                _ => (self.open().await?, false),
            };
            let asked = tokio::time::timeout(PATIENCE, self.ask(sender, method, target));
            match asked.await.map_err(|_| HttpError::Silent)? {
                Err(HttpError::Http(error)) if kept && tries == 1 => {
                    tracing::debug!("a kept connection was closed: {error}");
                }
                done => return done,
            }
        }
    }

    /// `GET` of a resource as rows.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, HttpError> {
        Ok(serde_json::from_slice(&self.call("GET", path).await?)?)
    }

    fn take(&self) -> Option<SendRequest<Empty<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(SendRequest::is_ready)
    }

    async fn open(&self) -> Result<SendRequest<Empty<Bytes>>, HttpError> {
        let stream = TokioIo::new(self.place.connect().await?);
        let (sender, connection) = http1::handshake(stream).await?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn ask(
        &self,
        mut sender: SendRequest<Empty<Bytes>>,
        method: &str,
        target: &str,
    ) -> Result<Bytes, HttpError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/ari/{target}", self.place.prefix))
            .header("Host", &self.place.authority)
            .header("Authorization", &self.authorization)
            .body(Empty::new())
            .map_err(io::Error::other)?;
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if sender.ready().await.is_ok() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_MAX {
                idle.push(sender);
            }
        }
        if status.is_success() {
            return Ok(body);
        }
        let text = String::from_utf8_lossy(&body).chars().take(200).collect();
        Err(HttpError::Status { status: status.as_u16(), text })
    }
}

/// A command that was carried out, or not.
#[derive(Debug)]
pub(super) struct Done {
    lane: Id,
    /// What.
    pub(super) command: Command,
    /// What came of it.
    pub(super) result: Result<(), HttpError>,
}

/// Commands on their way: those of one lane one after the other, lanes beside each other.
#[derive(Debug)]
pub(super) struct Lanes {
    http: Arc<Http>,
    running: JoinSet<Done>,
    waiting: BTreeMap<Id, VecDeque<Command>>,
}

impl Lanes {
    /// Nothing on its way.
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self { http, running: JoinSet::new(), waiting: BTreeMap::new() }
    }

    /// Sends a command when those before it in its lane are done.
    pub(super) fn send(&mut self, lane: Id, command: Command) {
        if let Some(waiting) = self.waiting.get_mut(&lane) {
            waiting.push_back(command);
            return;
        }
        self.waiting.insert(lane.clone(), VecDeque::new());
        self.start(lane, command);
    }

    fn start(&mut self, lane: Id, command: Command) {
        let http = Arc::clone(&self.http);
        self.running.spawn(async move {
            let call = command.call();
            let result = http.call(call.method, &call.target()).await.map(drop);
            Done { lane, command, result }
        });
    }

    /// The next one that is done; waits for ever while none is on its way.
    pub(super) async fn next(&mut self) -> Done {
        match self.running.join_next().await {
            Some(Ok(done)) => {
                match self.waiting.get_mut(&done.lane).and_then(VecDeque::pop_front) {
                    Some(command) => self.start(done.lane.clone(), command),
                    None => drop(self.waiting.remove(&done.lane)),
                }
                done
            }
            Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            None => std::future::pending().await,
        }
    }
}

/// A connection that acknowledges at once. Asterisk's server writes an answer in two parts, and the
/// second waits for the acknowledgement of the first: 40 ms with the kernel's delayed one.
#[derive(Debug)]
pub(super) struct Prompt(TcpStream);

impl Prompt {
    /// Over this one.
    pub(super) fn new(stream: TcpStream) -> Self {
        Self(stream)
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.0).poll_read(context, buffer))?;
        // The kernel forgets it from read to read.
        #[cfg(target_os = "linux")]
        self.0.set_quickack(true)?;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
