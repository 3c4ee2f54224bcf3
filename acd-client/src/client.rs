//! The handle of a connection: requests out, replies back.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use acd_proto::reply::{Done, Greeting, HelloResult, Subscribed};
use acd_proto::request::{Empty, Hello, Place, Request, Subscribe};
use acd_proto::{Address, Incoming, PROTOCOL_VERSION, Role, bin1, encode, incoming};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;

use crate::PENDING_MAX;
use crate::driver::{self, Outgoing, RawReply, Reader};
use crate::error::{ClientError, Lost};
use crate::events::Events;

/// Requests that wait to be written; the next `send` waits.
const OUTGOING_MAX: usize = 256;

/// How requests, replies and events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// One JSON object a line.
    #[default]
    Json,
    /// Binary frames.
    Bin1,
}

impl Encoding {
    /// The name in `hello`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Bin1 => "bin1",
        }
    }
}

/// Who connects, and how.
#[derive(Clone, PartialEq)]
pub struct Options {
    /// What the client is.
    pub role: Role,
    /// Its name; of an agent, the agent's.
    pub name: String,
    /// Its secret. Over a Unix socket the server's user needs none.
    pub token: Option<String>,
    /// A lease of 1000..=60000 ms, kept alive without further ado.
    pub lease_ms: Option<u64>,
    /// How messages are written; a server that does not know `bin1` is a stranger.
    pub encoding: Encoding,
    /// The last event of an earlier connection: what came after is sent again.
    pub resume: Option<Place>,
    /// Events held for a slow consumer before the client stops reading.
    pub events: usize,
    /// How long connecting, greeting and hello may take, each.
    pub patience: Duration,
}

impl Options {
    /// As JSON, without token, lease and resume; 1024 events held, 5 s of patience.
    pub fn new(role: Role, name: impl Into<String>) -> Self {
        Self {
            role,
            name: name.into(),
            token: None,
            lease_ms: None,
            encoding: Encoding::Json,
            resume: None,
            events: 1024,
            patience: Duration::from_secs(5),
        }
    }

    fn hello(&self) -> Request {
        Request::Hello(Hello {
            proto: Some(PROTOCOL_VERSION),
            role: Some(self.role),
            name: Some(self.name.clone()),
            token: self.token.clone(),
            lease_ms: self.lease_ms,
            enc: (self.encoding != Encoding::Json).then(|| self.encoding.name().to_owned()),
            resume: self.resume.clone(),
        })
    }
}

impl fmt::Debug for Options {
    /// Shows that there is a token, never which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("role", &self.role)
            .field("name", &self.name)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .field("lease_ms", &self.lease_ms)
            .field("encoding", &self.encoding)
            .field("resume", &self.resume)
            .finish_non_exhaustive()
    }
}

/// What both handles of a connection share; the last one dropped closes it.
#[derive(Debug)]
pub(crate) struct Connection {
    outgoing: mpsc::Sender<Outgoing>,
    next_id: AtomicU64,
    reader: AbortHandle,
    lost: Arc<OnceLock<Lost>>,
    /// The last event taken.
    seq: AtomicU64,
}

impl Connection {
    pub(crate) fn lost(&self) -> Lost {
        self.lost.get().cloned().unwrap_or(Lost::Closed)
    }

    pub(crate) fn seen(&self, seq: u64) {
        self.seq.store(seq, Ordering::Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// A connection that has said hello. Clones share it.
#[derive(Clone, Debug)]
pub struct Client {
    connection: Arc<Connection>,
    /// Of requests, once `hello` has been answered.
    encoding: Encoding,
    greeting: Arc<Greeting>,
    hello: Arc<HelloResult>,
}

impl Client {
    /// Connects and says hello.
    pub async fn connect(
        address: &Address,
        options: &Options,
    ) -> Result<(Self, Events), ClientError> {
        let refused = |source| ClientError::Connect { address: address.clone(), source };
        let late = |_| refused(std::io::ErrorKind::TimedOut.into());
        match address {
            Address::Unix(path) => {
                let stream = tokio::time::timeout(options.patience, UnixStream::connect(path));
                Self::over(stream.await.map_err(late)?.map_err(refused)?, options).await
            }
            Address::Tcp(socket) => {
                let stream = tokio::time::timeout(options.patience, TcpStream::connect(socket));
                let stream = stream.await.map_err(late)?.map_err(refused)?;
                stream.set_nodelay(true).map_err(refused)?;
                Self::over(stream, options).await
            }
        }
    }

    /// Says hello over a stream that is connected already.
    pub async fn over<S>(stream: S, options: &Options) -> Result<(Self, Events), ClientError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (read_half, write_half) = tokio::io::split(stream);
        let mut socket = BufReader::with_capacity(64 * 1024, read_half);
        let greeting = tokio::time::timeout(options.patience, greeting(&mut socket))
            .await
            .map_err(|_| ClientError::Stranger("no greeting came".to_owned()))??;
        let encoding = options.encoding.name();
        if options.encoding != Encoding::Json && !greeting.enc.iter().any(|enc| enc == encoding) {
            return Err(ClientError::Stranger(format!("it does not know the encoding {encoding}")));
        }

        let lease = options.lease_ms.map(Duration::from_millis);
        let lost = Arc::new(OnceLock::new());
        let (outgoing, requests) = mpsc::channel(OUTGOING_MAX);
        let (pending, replies) = mpsc::channel(PENDING_MAX);
        let (sender, messages) = mpsc::channel(options.events.max(1));
        tokio::spawn(driver::write(write_half, requests, pending, lease));
        let reader = Reader {
            socket,
            pending: replies,
            messages: sender,
            outgoing: outgoing.downgrade(),
            lease,
            lost: Arc::clone(&lost),
        };
        let connection = Arc::new(Connection {
            outgoing,
            next_id: AtomicU64::new(1),
            reader: tokio::spawn(reader.run()).abort_handle(),
            lost,
            seq: AtomicU64::new(0),
        });

        let mut client = Self {
            connection: Arc::clone(&connection),
            encoding: Encoding::Json,
            greeting: Arc::new(greeting),
            hello: Arc::default(),
        };
        let hello = options.hello();
        let hello: HelloResult = tokio::time::timeout(options.patience, client.request(&hello))
            .await
            .map_err(|_| ClientError::Stranger("no answer to hello came".to_owned()))??;
        let resumed = options.resume.as_ref().filter(|_| hello.gap != Some(true));
        connection.seen(resumed.map_or(hello.seq, |place| place.seq));
        client.hello = Arc::new(hello);
        client.encoding = options.encoding;
        Ok((client, Events { messages, connection }))
    }

    /// What the server said first.
    pub fn greeting(&self) -> &Greeting {
        &self.greeting
    }

    /// What the server answered to hello.
    pub fn hello(&self) -> &HelloResult {
        &self.hello
    }

    /// The place of the last event taken, to resume from.
    pub fn place(&self) -> Place {
        let seq = self.connection.seq.load(Ordering::Relaxed);
        Place { epoch: self.hello.epoch.clone(), seq }
    }

    /// Asks and waits for the reply.
    pub async fn request<T: DeserializeOwned>(&self, request: &Request) -> Result<T, ClientError> {
        Ok(self.send(request, None).await?.await?.result)
    }

    /// Asks under an idempotency key: asked again within 10 minutes, even over another
    /// connection of the same name, it is not carried out twice.
    pub async fn request_once<T: DeserializeOwned>(
        &self,
        request: &Request,
        idem: &str,
    ) -> Result<Answer<T>, ClientError> {
        self.send(request, Some(idem)).await?.await
    }

    /// Asks without waiting for the reply, so that many requests can be on their way: the replies
    /// come in the order of the requests. Waits only for room.
    pub async fn send<T: DeserializeOwned>(
        &self,
        request: &Request,
        idem: Option<&str>,
    ) -> Result<Reply<T>, ClientError> {
        let method = request.method().name();
        self.post(|out, id| match self.encoding {
            Encoding::Json => encode::request(out, id, method, request, idem),
            Encoding::Bin1 => bin1::request(out, id, request, idem),
        })
        .await
    }

    /// Asks by the method's name, with parameters and result of any shape, in JSON.
    pub async fn call_raw<T: DeserializeOwned>(
        &self,
        method: &str,
        params: &impl Serialize,
    ) -> Result<Answer<T>, ClientError> {
        self.post(|out, id| encode::request(out, id, method, params, None)).await?.await
    }

    /// Asks for the events of some topics, from now on or from an earlier place on.
    pub async fn subscribe(
        &self,
        topics: &[String],
        since: Option<Place>,
    ) -> Result<Subscribed, ClientError> {
        // Before the first of them can be taken, as from then on the place is that event's.
        if let Some(since) = &since {
            self.connection.seq.fetch_min(since.seq, Ordering::Relaxed);
        }
        let request = Request::Subscribe(Subscribe { topics: topics.to_vec(), since });
        let subscribed: Subscribed = self.request(&request).await?;
        if subscribed.gap {
            self.connection.seq.fetch_max(subscribed.from.saturating_sub(1), Ordering::Relaxed);
        }
        Ok(subscribed)
    }

    /// Says `bye` and waits until the server has heard it.
    pub async fn close(self) -> Result<(), ClientError> {
        match self.request::<Done>(&Request::Bye(Empty {})).await {
            Ok(Done { .. }) | Err(ClientError::Lost(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn post<T>(
        &self,
        write: impl FnOnce(&mut Vec<u8>, u64),
    ) -> Result<Reply<T>, ClientError> {
        let id = self.connection.next_id.fetch_add(1, Ordering::Relaxed);
        let mut bytes = Vec::new();
        write(&mut bytes, id);
        let (slot, raw) = oneshot::channel();
        let outgoing = Outgoing { id, bytes, slot: Some(slot) };
        if self.connection.outgoing.send(outgoing).await.is_err() {
            return Err(self.connection.lost().into());
        }
        Ok(Reply { raw, connection: Arc::clone(&self.connection), shape: PhantomData })
    }
}

async fn greeting(socket: &mut BufReader<impl AsyncRead + Unpin>) -> Result<Greeting, ClientError> {
    let stranger = |text: &str| ClientError::Stranger(text.to_owned());
    let mut line = Vec::new();
    driver::read_line(socket, &mut line).await?;
    let Ok(Incoming::Notice { method, params: Some(params) }) = incoming::read(&line) else {
        return Err(stranger("its first line is no greeting"));
    };
    match serde_json::from_str::<Greeting>(params.get()) {
        Ok(greeting) if method == "greeting" => {
            if greeting.proto.contains(&PROTOCOL_VERSION) {
                Ok(greeting)
            } else {
                Err(stranger("it speaks other versions of the protocol"))
            }
        }
        _ => Err(stranger("its first line is no greeting")),
    }
}

/// A reply that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<T> {
    /// What it gives.
    pub result: T,
    /// Whether it is the answer to an earlier request under the same key.
    pub replayed: bool,
}

/// A reply on its way. Dropped, the request is carried out nevertheless.
#[derive(Debug)]
pub struct Reply<T> {
    raw: oneshot::Receiver<RawReply>,
    connection: Arc<Connection>,
    shape: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Future for Reply<T> {
    type Output = Result<Answer<T>, ClientError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok((result, replayed)) = ready!(pin!(&mut self.raw).poll(context)) else {
            return Poll::Ready(Err(self.connection.lost().into()));
        };
        let raw = result.map_err(ClientError::Refused)?;
        Poll::Ready(Ok(Answer { result: serde_json::from_str(raw.get())?, replayed }))
    }
}
